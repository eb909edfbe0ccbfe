"""Mastodon, and servers whose downloads follow it (Pleroma, Akkoma, GoToSocial)."""
