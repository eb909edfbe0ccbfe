"""What a custodian is asked for: a records request, or a hold that waits for what they keep."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.database import row
from archiver.errors import InputError, RuleError
from archiver.register.office import audit
from archiver.requests.intake import Request, get_request, note
from archiver.retention.holds import Hold, HoldKind, hold_by_id


@dataclass(frozen=True, slots=True)
class Cause:
    """A request or a hold: exactly one of the two."""

    request: Request | None = None
    hold: Hold | None = None

    @property
    def name(self) -> str:
        """How pages and reminders call it: `request 2026-0041`, `hold 7`."""
        if self.request is not None:
            return f"request {self.request.number}"
        assert self.hold is not None
        return f"hold {self.hold.id}"

    @property
    def subject(self) -> str:
        """How a letter calls it, with what it is known by outside."""
        if self.request is not None:
            return f"records request {self.request.number}"
        assert self.hold is not None
        return f"the city’s hold {self.hold.id} ({self.hold.title})"

    @property
    def reference(self) -> str:
        """What stands at the head of a letter and in a file's name."""
        return self.request.number if self.request is not None else f"hold-{self._hold.id}"

    @property
    def address(self) -> str:
        """Its page at the desk."""
        if self.request is not None:
            return f"/requests/{self.request.number}"
        return f"/retention/holds/{self._hold.id}"

    @property
    def is_open(self) -> bool:
        """Whether the request is open, or the hold not released."""
        if self.request is not None:
            return self.request.is_open
        return self._hold.released_at is None

    @property
    def is_practice(self) -> bool:
        """Whether it is a request for practice: nothing of it goes out or enters the archive."""
        return self.request is not None and bool(self.request.practice)

    @property
    def _hold(self) -> Hold:
        assert self.hold is not None
        return self.hold

    def require_open(self) -> None:
        """Raises RuleError where the request is closed or the hold released."""
        if self.is_open:
            return
        if self.request is not None:
            raise RuleError(f"request {self.request.number} is closed: reopen it first")
        raise RuleError(f"hold {self._hold.id} is released: place a new hold")

    def note(
        self, conn: sqlite3.Connection, *, actor: str, kind: str, detail: Mapping[str, object]
    ) -> None:
        """Write down what happened, with the request or in the audit of the hold, in the caller's
        transaction."""
        if self.request is not None:
            note(conn, self.request, actor=actor, kind=kind, detail=dict(detail))
        else:
            audit(conn, actor=actor, action=kind, subject=self.name, detail=detail)


def cause_by_ids(
    conn: sqlite3.Connection, request_id: int | None, hold_id: int | None
) -> Cause | None:
    """The request or hold of these ids, or None where neither is given (a forward)."""
    if request_id is not None:
        found = row(conn, "SELECT number FROM requests WHERE id = ?", request_id)
        assert found is not None
        return Cause(request=get_request(conn, found["number"]))
    return None if hold_id is None else Cause(hold=hold_by_id(conn, hold_id))


def cause_of_request(conn: sqlite3.Connection, number: str) -> Cause:
    """A request as what is asked for. Raises InputError where there is none of that number."""
    return Cause(request=get_request(conn, number))


def cause_of_hold(conn: sqlite3.Connection, hold_id: int) -> Cause:
    """A hold as what is asked for.

    Raises InputError where there is none, or it is a request's own: its custodians are asked for
    the request.
    """
    hold = hold_by_id(conn, hold_id)
    if hold.kind == HoldKind.REQUEST.value:
        raise InputError(
            f"hold {hold.id} stands for request {hold.reference}: ask its custodians there"
        )
    return Cause(hold=hold)
