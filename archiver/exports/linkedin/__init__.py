"""LinkedIn: a member's data download, and the analytics a Page's administrator exports."""
