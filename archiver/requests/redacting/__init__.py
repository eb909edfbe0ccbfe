"""What is covered in a released record, on which law, and what a pattern suggests to cover."""
