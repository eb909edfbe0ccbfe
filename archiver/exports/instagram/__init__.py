"""Instagram's data download."""
