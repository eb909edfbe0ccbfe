"""Deciding about a batch: approvals with their documents, what is kept, executing, certificates."""

from __future__ import annotations

import datetime as dt

from archiver.database import write_transaction
from archiver.desk.answers import Answer, Asked, Bytes, NotHere, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.batches import batch_page, find_batch
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.operations.disposing import queue_execution
from archiver.register.accounts import list_accounts
from archiver.register.office import audit
from archiver.retention.dispositions.approvals import (
    approve,
    document_of,
    given,
    withdraw_approval,
)
from archiver.retention.dispositions.batches import keep, withdraw
from archiver.retention.dispositions.certificate import check_certificate
from archiver.retention.dispositions.documents import document_path
from archiver.retention.dispositions.steps import refuse_incomplete
from archiver.retention.dispositions.transfer import record_receipt

_TYPES = {"pdf": "application/pdf", "json": "application/json"}


def record_approval(visit: Visit, asked: Asked) -> Answer:
    """Write down who approved the batch, when, and with which document."""
    batch, upload = find_batch(visit, asked), asked.file("document")
    try:
        with visit.office() as office:
            approve(
                visit.desk.home,
                office,
                visit.desk.settings,
                list_accounts(office),
                batch.number,
                asked.given("kind"),
                actor=visit.person.login,
                may=visit.person.permissions,
                name=asked.given("name"),
                position=asked.given("position"),
                on=_day(asked.given("on")),
                title=asked.given("title"),
                document_number=asked.given("number"),
                department=asked.given("department"),
                votes=_votes(asked.given("ayes"), asked.given("seats")),
                file=upload.path if upload else None,
            )
    except ArchiverError as wrong:
        told = str(wrong)
        if upload is not None:
            told = told.replace(str(upload.path), upload.name)
        return batch_page(visit, asked, told)
    return Redirect(f"/retention/batches/{batch.number}#steps")


def take_back(visit: Visit, asked: Asked) -> Answer:
    """Withdraw an approval, with the reason."""
    batch = find_batch(visit, asked)
    try:
        with visit.office() as office:
            withdraw_approval(
                office,
                batch.number,
                int(asked.parts["approval"]),
                actor=visit.person.login,
                reason=asked.given("reason"),
            )
    except ArchiverError as wrong:
        return batch_page(visit, asked, str(wrong))
    return Redirect(f"/retention/batches/{batch.number}#steps")


def keep_some(visit: Visit, asked: Asked) -> Answer:
    """Take the ticked holdings out of the batch, with the reason."""
    batch = find_batch(visit, asked)
    ticked = []
    for value in asked.all_given("holding"):
        file, _, rest = value.partition(":")
        kind, _, digits = rest.partition(":")
        number = whole(digits)
        if number is not None:
            ticked.append((file, kind, number))
    try:
        if not ticked:
            raise InputError("tick what is to be kept first")
        with visit.office() as office:
            keep(
                office,
                batch.number,
                ticked,
                actor=visit.person.login,
                reason=asked.given("reason"),
            )
    except ArchiverError as wrong:
        return batch_page(visit, asked, str(wrong))
    return Redirect(f"/retention/batches/{batch.number}#list")


def withdraw_batch(visit: Visit, asked: Asked) -> Answer:
    """Withdraw the batch, with the reason; it stays to be seen."""
    batch = find_batch(visit, asked)
    try:
        with visit.office() as office:
            withdraw(office, batch.number, actor=visit.person.login, reason=asked.given("reason"))
    except ArchiverError as wrong:
        return batch_page(visit, asked, str(wrong))
    return Redirect(f"/retention/batches/{batch.number}")


def execute(visit: Visit, asked: Asked) -> Answer:
    """Have the worker execute a batch that has all it needs. The number is typed as a safeguard
    against the wrong page; pressing twice asks once."""
    batch = find_batch(visit, asked)
    try:
        if asked.given("number").strip().upper() != batch.number:
            raise InputError(f"type {batch.number} to say that this is the batch you mean")
        with visit.office() as office:
            refuse_incomplete(office, batch, list_accounts(office))
            queue_execution(office, batch.number, actor=visit.person.login)
    except ArchiverError as wrong:
        return batch_page(visit, asked, str(wrong))
    return Redirect(f"/retention/batches/{batch.number}#steps")


def receive(visit: Visit, asked: Asked) -> Answer:
    """Record the receiving institution's receipt of a bag."""
    batch, upload = find_batch(visit, asked), asked.file("document")
    try:
        with visit.office() as office:
            record_receipt(
                visit.desk.home,
                office,
                visit.desk.settings,
                batch.number,
                actor=visit.person.login,
                name=asked.given("name"),
                position=asked.given("position"),
                on=_day(asked.given("on")),
                receipt_number=asked.given("number"),
                file=upload.path if upload else None,
            )
    except ArchiverError as wrong:
        return batch_page(visit, asked, str(wrong))
    return Redirect(f"/retention/batches/{batch.number}#steps")


def certificate(visit: Visit, asked: Asked) -> Answer:
    """The certificate, checked against the rows it was made from. The PDF opens in the browser."""
    batch = find_batch(visit, asked)
    form = asked.parts["form"]
    with visit.office() as office:
        try:
            found = check_certificate(visit.desk.home, office, batch)
        except InputError:
            raise NotHere from None
        _note(visit, asked, "opened a certificate", batch.number)
    path = found.pdf if form == "pdf" else found.json
    return Bytes(path, _TYPES[form], path.name, inline=form == "pdf")


def document(visit: Visit, asked: Asked) -> Answer:
    """The document kept with an approval."""
    batch = find_batch(visit, asked)
    with visit.office() as office:
        for each in given(office, batch):
            kept = document_of(each)
            if each.id == int(asked.parts["approval"]) and kept is not None:
                path = document_path(visit.desk.home, kept)
                _note(visit, asked, "opened a document", batch.number)
                name = f"{batch.number}-{each.kind}{path.suffix}"
                return Bytes(path, kept.media_type, name, inline=path.suffix == ".pdf")
    raise NotHere


def _note(visit: Visit, asked: Asked, action: str, number: str) -> None:
    with visit.office() as office, write_transaction(office):
        audit(
            office,
            actor=visit.person.login,
            action=action,
            subject=f"batch {number}",
            detail={"address": asked.path},
        )


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise InputError("give the day of the document") from None


def _votes(ayes: str, seats: str) -> tuple[int, int] | None:
    for_it, of = whole(ayes), whole(seats)
    return None if for_it is None or of is None else (for_it, of)
