"""Which platforms can be asked over the network, how a source for an account is made, and what to
do for all others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from archiver.items import Source
from archiver.platforms.bluesky import open_bluesky
from archiver.register.accounts import Account

CONNECTORS: Mapping[str, Callable[[Account], Source]] = {"bluesky": open_bluesky}

_DOWNLOADS: Final = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "threads": "Threads",
    "tiktok": "TikTok",
    "x": "X",
    "youtube": "YouTube",
}
_OTHERS: Final = {
    "nextdoor": "Nextdoor gives no download: save its tables and pages every 14 days and import "
    "them",
    "periscope": "Periscope is closed: import what was saved of it, and close the account",
    "vine": "Vine is closed: import what was saved of it, and close the account",
}


def instead_of_asking(platform: str) -> str:
    """What a person does where the nightly run cannot ask a platform: every platform can be
    imported, in its own form or in the plain one."""
    if name := _DOWNLOADS.get(platform):
        return (
            f"{name} is read from its data download: ask {name} for one every 14 days and import it"
        )
    return _OTHERS.get(
        platform,
        f"{platform} has no importer of its own: write what it holds into the plain form "
        "(docs/downloads/plain.md) every 14 days and import it",
    )
