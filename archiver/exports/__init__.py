"""Downloads: what a platform hands out on request, turned into Items. Knows nothing of the archive."""
