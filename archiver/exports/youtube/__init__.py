"""YouTube data downloads (Google Takeout)."""
