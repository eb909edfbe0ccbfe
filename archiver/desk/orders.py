"""What the desk's first process and those that answer have to say to each other."""

from __future__ import annotations

import logging

import msgspec

CONNECTION = b"c"
"""Beside it comes the descriptor of a connection to answer."""
READY = b"+"
"""Connections may come."""
ENDED = b"-"
"""One of the connections has ended."""

GRACE_SECONDS = 10
"""How long an answer may still take when the desk is stopped."""

LOG_NAME = "desk.log"
LOG_SHAPE = logging.Formatter("%(asctime)s %(levelname)s %(message)s")


class Orders(msgspec.Struct, frozen=True):
    """What a process that answers is told when it is started. `channel` and `counts` are open
    descriptors; `place` is its own among the counts of running searches."""

    home: str
    channel: int
    counts: int
    place: int
    secure: bool
    hosts: list[str] | None
    tls_certificate: str | None
    tls_key: str | None
