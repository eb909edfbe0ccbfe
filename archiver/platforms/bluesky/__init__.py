"""Bluesky and every other server of the AT Protocol, by plain XRPC.

`session` signs in and asks, `records` and `views` turn answers into Items, `source` walks.
"""

from archiver.platforms.bluesky.source import BlueskySource, open_bluesky

__all__ = ["BlueskySource", "open_bluesky"]
