"""Saved searches, what they froze, and the lists and policies a request collects."""
