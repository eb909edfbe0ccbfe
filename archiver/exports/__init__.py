"""Downloads: what a platform hands out on request, as Items. Knows nothing of the archive."""
