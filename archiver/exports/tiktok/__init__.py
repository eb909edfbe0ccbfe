"""TikTok data downloads."""
