"""How much a night may ask for, and how much of the past it looks at again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Everything newer than `window_days` is looked at every night. The rest comes round in turn,
    about every `rotation_days`, within a fixed budget a night: list pages, posts whose threads are
    read again, and questions by id. A platform that asks to wait longer than `longest_wait`
    (seconds) ends the account's night; the next one goes on."""

    window_days: int = 45
    rotation_days: int = 30
    rotation_pages: int = 40
    rotation_threads: int = 300
    confirmations: int = 500
    longest_wait: float = 60.0
    batch_items: int = 500
    batch_bytes: int = 8 * 1024 * 1024


NIGHTLY = Limits()
