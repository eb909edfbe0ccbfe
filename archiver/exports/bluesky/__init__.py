"""Bluesky: the repository file, its blobs, and the chat data."""
