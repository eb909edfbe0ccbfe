"""What came with a request and beside it: scope in fields, links, other numbers, files, source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver.desk.answers import Answer, Asked, Bytes, NotHere, Page, Redirect
from archiver.desk.looking import note_look
from archiver.desk.numbers import whole
from archiver.desk.pages.requests import find_request
from archiver.desk.scope_form import read_day, read_scope, scope_choices
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.register.accounts import Account, list_accounts
from archiver.requests.book import Request
from archiver.requests.receiving.attaching import (
    FileKind,
    NewFile,
    RequestFile,
    attach_file,
    files_of,
    open_file,
)
from archiver.requests.receiving.queue import sources_of
from archiver.requests.receiving.referring import (
    SYSTEMS,
    Reference,
    refer,
    references_of,
    take_back_reference,
)
from archiver.requests.receiving.relating import (
    Related,
    Relation,
    relate,
    related_to,
    unrelate,
)
from archiver.requests.receiving.resembling import Resemblance, resembling
from archiver.requests.receiving.scope import Scope, scope_of, set_scope
from archiver.retention.quarantine import quarantined
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS, VIEW_PRIVATE

Problem = Callable[[Visit, Asked, Request, str], Page]


@dataclass(frozen=True, slots=True)
class Intake:
    """What the request page shows of it. `open_duplicates` are open requests that ask the same."""

    scope: Scope
    accounts: list[Account]
    related: list[Related]
    resembling: list[Resemblance]
    references: list[Reference]
    files: list[RequestFile]
    sources: list[tuple[str, int]]
    may_open: bool
    systems: tuple[str, ...]
    relations: list[str]
    form: dict[str, object]

    @property
    def open_duplicates(self) -> list[Related]:
        """Duplicates that are still open, this request's or the one it repeats."""
        return [each for each in self.related if each.duplicates and each.other.is_open]


def intake_of(visit: Visit, request: Request) -> Intake:
    """What came with a request, as far as this person may see it."""
    with visit.office() as office:
        scope = scope_of(office, request)
        accounts = [each for each in list_accounts(office) if each.id in scope.accounts]
        shut = quarantined(office)
        sources = [
            (file, record_id)
            for file, record_id in sources_of(office, request)
            if (visit.private or file != "private") and record_id not in shut.get(file, ())
        ]
        found = (
            related_to(office, request),
            resembling(office, request) if visit.may(MANAGE_REQUESTS) and request.is_open else [],
            references_of(office, request),
            files_of(office, request),
        )
    return Intake(
        scope,
        accounts,
        *found,
        sources,
        _may_open(visit),
        SYSTEMS,
        [relation.value for relation in Relation],
        scope_choices(visit, None, scope),
    )


def file(visit: Visit, asked: Asked) -> Answer:
    """Hand out a file, to be saved and never shown by the browser; who took it is written down."""
    request = find_request(visit, asked.parts["number"])
    if not _may_open(visit):
        raise NotHere
    with visit.office() as office:
        try:
            found, path = open_file(
                visit.desk.home, office, request.number, int(asked.parts["place"])
            )
        except InputError:
            raise NotHere from None
    detail = {"file": found.id, "sha256": found.sha256}
    note_look(visit, "opened a file", f"request {request.number}", detail)
    return Bytes(path, "application/octet-stream", found.name)


def _may_open(visit: Visit) -> bool:
    """Files may hold anything a resident enclosed: who only reads requests does not open them."""
    return any(visit.may(each) for each in (MANAGE_REQUESTS, DECIDE, VIEW_PRIVATE))


def _acted(visit: Visit, asked: Asked, act: Callable[[Request], None]) -> Answer:
    """Do one thing to a request and show it again, or say on its page why it was not done."""
    from archiver.desk.pages.request import refused

    request = find_request(visit, asked.parts["number"])
    try:
        act(request)
    except ArchiverError as wrong:
        return refused(visit, asked, request.number, str(wrong))
    return Redirect(f"/requests/{request.number}#h-came")


def set_fields(visit: Visit, asked: Asked) -> Answer:
    """Write down what the request covers."""
    seen = asked.given("seen")

    def act(request: Request) -> None:
        with visit.office() as office:
            set_scope(
                office,
                request.number,
                read_scope(asked),
                actor=visit.person.login,
                seen=whole(seen),
            )

    return _acted(visit, asked, act)


def link(visit: Visit, asked: Asked) -> Answer:
    """Link the request to another one."""

    def act(request: Request) -> None:
        with visit.office() as office:
            other, relation = asked.given("other"), asked.given("relation")
            relate(office, request.number, other, relation, actor=visit.person.login)

    return _acted(visit, asked, act)


def unlink(visit: Visit, asked: Asked) -> Answer:
    """Take a link back."""

    def act(request: Request) -> None:
        with visit.office() as office:
            place = int(asked.parts["place"])
            unrelate(office, request.number, place, actor=visit.person.login)

    return _acted(visit, asked, act)


def add_number(visit: Visit, asked: Asked) -> Answer:
    """Write down the number the request bears in another system."""

    def act(request: Request) -> None:
        with visit.office() as office:
            refer(
                office,
                request.number,
                actor=visit.person.login,
                system=asked.given("system"),
                reference=asked.given("number"),
                dated=read_day(asked.given("dated"), "the day of the other number"),
                note_text=asked.given("number_note"),
            )

    return _acted(visit, asked, act)


def remove_number(visit: Visit, asked: Asked) -> Answer:
    """Take a number of another system back."""

    def act(request: Request) -> None:
        with visit.office() as office:
            place = int(asked.parts["place"])
            take_back_reference(office, request.number, place, actor=visit.person.login)

    return _acted(visit, asked, act)


def add_file(visit: Visit, asked: Asked) -> Answer:
    """Keep a file with the request: the requester's, or one another department hands over."""

    def act(request: Request) -> None:
        upload = asked.file("file")
        if upload is None:
            raise InputError("choose the file first")
        department = asked.given("department").strip()
        new = NewFile(
            upload.path.read_bytes(),
            upload.name,
            FileKind.DEPARTMENT if department else FileKind.ATTACHMENT,
            department,
            asked.given("described"),
        )
        with visit.office() as office:
            attach_file(visit.desk.home, office, request.number, new, actor=visit.person.login)

    return _acted(visit, asked, act)
