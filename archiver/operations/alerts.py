"""Telling a person: alerts after a bad night, and the heartbeat after a good one.

Addresses are pointers because they hold tokens. An alert names accounts and causes; it never quotes
a record, so it may travel by e-mail or chat.
"""

from __future__ import annotations

import apprise
import httpx

from archiver.config import Settings, resolve_secret
from archiver.errors import ArchiverError

HEARTBEAT_SECONDS = 10


def alert(settings: Settings, *, title: str, body: str) -> list[str]:
    """Send an alert to every target. Returns one line per target that could not be reached."""
    failed: list[str] = []
    for pointer in settings.alerts.targets:
        try:
            sender = apprise.Apprise()
            if not sender.add(resolve_secret(pointer)):
                failed.append(f"alert target {pointer}: not an address apprise understands")
            elif not sender.notify(title=title, body=body):
                failed.append(f"alert target {pointer}: the message was not delivered")
        except ArchiverError as error:
            failed.append(f"alert target {pointer}: {error}")
        except Exception as error:
            # a target that fails in its own way must neither hide the night nor tell its token
            failed.append(f"alert target {pointer}: {type(error).__name__}")
    return failed


def unusable(pointer: str) -> str | None:
    """Why the address a pointer leads to is no alert target, or None where it is one.

    Sends nothing. Raises HomeError where the pointer leads nowhere.
    """
    if apprise.Apprise().add(resolve_secret(pointer)):
        return None
    return "leads to no address that apprise understands"


def heartbeat(settings: Settings) -> str | None:
    """Ask for the heartbeat address, so that an outside watcher notices when a night is missing.

    Returns a line saying what went wrong, or None.
    """
    pointer = settings.alerts.heartbeat
    if pointer is None:
        return None
    try:
        httpx.get(resolve_secret(pointer), timeout=HEARTBEAT_SECONDS).raise_for_status()
    except (ArchiverError, httpx.HTTPError, httpx.InvalidURL) as error:
        return f"heartbeat {pointer}: {type(error).__name__}"
    return None
