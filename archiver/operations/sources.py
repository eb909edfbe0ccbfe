"""Which platforms can be asked over the network, and how a source for an account is made."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from archiver.items import Source
from archiver.platforms.bluesky import open_bluesky
from archiver.register.accounts import Account

CONNECTORS: Mapping[str, Callable[[Account], Source]] = {"bluesky": open_bluesky}

DOWNLOAD_ONLY: Mapping[str, str] = {
    "x": "X is read from its data download: ask X for one every 14 days and import it",
}
"""Platforms the nightly run cannot ask, with what to do instead."""
