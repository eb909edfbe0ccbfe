"""The audit trail: who did, searched and looked at what."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Page
from archiver.desk.visits import Visit
from archiver.register.office import audit_trail

_ROWS = 100


def show(visit: Visit, asked: Asked) -> Answer:
    """The newest lines, or further back from a given one."""
    before = asked.asked("before")
    with visit.office() as office:
        entries = audit_trail(
            office, limit=_ROWS + 1, before=int(before) if before.isdecimal() else 0
        )
    more = entries[_ROWS - 1].id if len(entries) > _ROWS else None
    return Page("audit.html", {"entries": entries[:_ROWS], "older": more})
