"""What intake asks of a person today: the queue to look through, downloads, texts to attest."""

from __future__ import annotations

from archiver.desk.pages.queue import waiting_count
from archiver.desk.retention_todo import Todo
from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.errors import ArchiverError
from archiver.operations.import_book import FAILED, PREVIEW, imports_in
from archiver.requests.starter_set import starter_set
from archiver.staff.roles import ATTEST, IMPORT, TELL_INTAKE


def intake_todo(visit: Visit) -> list[Todo]:
    """What this person can do now about what came in, the most urgent first."""
    found: list[Todo] = []
    waiting = waiting_count(visit) if visit.may(TELL_INTAKE) else 0
    if waiting:
        title = f"{counted(waiting, 'comment or message', 'comments and messages')} to look at"
        told = (
            "They may be a records request, a claim, a legal notice or a threat. A request’s days "
            "run from when it was written."
        )
        found.append(Todo("Queue", "", title, told, "/requests/queue", "Look"))
    if visit.may(IMPORT):
        found += _downloads(visit)
    if visit.reaches(ATTEST):
        left = _unattested(visit)
        if left:
            title = f"{counted(left, 'text')} to attest"
            told = "Until you attest it, no exemption, letter or unread period counts."
            found.append(Todo("Your word", "", title, told, "/attest", "Read them"))
    return found


def _downloads(visit: Visit) -> list[Todo]:
    with visit.office() as office:
        seen, stopped = imports_in(office, PREVIEW), imports_in(office, FAILED)
    found = []
    if seen:
        title = f"{counted(len(seen), 'download')} to confirm"
        told = "It was looked through. Nothing of it is in the archive before somebody confirms."
        to = f"/import/{seen[0].id}" if len(seen) == 1 else "/import"
        found.append(Todo("Import", "", title, told, to, "Look"))
    if stopped:
        title = f"{counted(len(stopped), 'download')} stopped"
        told = "The page says why, and what to do next."
        to = f"/import/{stopped[0].id}" if len(stopped) == 1 else "/import"
        found.append(Todo("Import", "", title, told, to, "See why"))
    return found


def _unattested(visit: Visit) -> int:
    with visit.office() as office:
        try:
            return len(starter_set(office, visit.desk.settings, visit.desk.home.path))
        except ArchiverError:
            return 0
