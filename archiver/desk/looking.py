"""Writing down who looked at private records, before they are shown (DESIGN §7 rule 7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from archiver.desk.visits import Visit


def note_look(
    visit: Visit, action: str, subject: str, detail: Mapping[str, object] | None = None
) -> None:
    """One line of the audit: this person did that with this."""
    visit.desk.looks.note(visit.person.login, action, subject, detail)


def note_private(visit: Visit, subject: str, records: Iterable[tuple[str, int]]) -> None:
    """Write down which private records a page is about to show; nothing where it shows none."""
    private = [record_id for file, record_id in records if file == "private"]
    if private:
        note_look(visit, "viewed", subject, {"private records": private})
