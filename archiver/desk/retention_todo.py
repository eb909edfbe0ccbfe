"""What retention asks of a person today: consent to give, batches to execute, holds to look at."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.desk.visits import Visit
from archiver.desk.words import counted
from archiver.register.accounts import list_accounts
from archiver.retention.dispositions.approvals import missing
from archiver.retention.dispositions.batches import EXECUTING, Batch, list_batches
from archiver.retention.releasing import due_for_release
from archiver.staff.roles import CONSENT, MANAGE_HOLDS, MANAGE_RETENTION

_WAITS_FOR_ATTORNEY = frozenset({"consent", "determination"})


@dataclass(frozen=True, slots=True)
class Todo:
    """One line of Today: what leads, the thing with its address, one sentence, the button."""

    lead: str
    since: str
    title: str
    told: str
    address: str
    act: str
    tone: str = "warn"


def retention_todo(visit: Visit) -> list[Todo]:
    """What this person can do about batches and holds now, the most urgent first."""
    found: list[Todo] = []
    with visit.office() as office:
        accounts = list_accounts(office)
        for batch in list_batches(office):
            lacking = missing(office, batch, accounts) if batch.is_open else []
            codes = {each.kind for each in lacking}
            if batch.state == EXECUTING and visit.may(MANAGE_RETENTION):
                told = f"{counted(batch.waiting, 'holding')} still wait. It goes on where it was."
                found.append(_line(batch, "Stopped", told, "Go on", "bad"))
            elif visit.may(CONSENT) and codes & _WAITS_FOR_ATTORNEY:
                found.append(_line(batch, "Your consent", _about(batch), "Look at it"))
            elif batch.is_open and not lacking and visit.may(MANAGE_RETENTION):
                told = f"{_about(batch)} Everything the law asks for is on file."
                found.append(_line(batch, "Ready", told, "Execute"))
        due = due_for_release(office, visit.desk.settings) if visit.may(MANAGE_HOLDS) else []
    if due:
        title = f"{counted(len(due), 'hold')} of closed requests may be released"
        told = "The time after closing has passed. Nothing releases them but a person."
        address = "/retention/holds#due"
        found.append(Todo("Holds", f"since {due[0].since}", title, told, address, "See them"))
    return found


def _about(batch: Batch) -> str:
    left = f"; {batch.left_out.held:,} left out on hold" if batch.left_out.held else ""
    return f"{counted(batch.items, 'holding')}{left}."


def _line(batch: Batch, lead: str, told: str, act: str, tone: str = "warn") -> Todo:
    name = "Removal" if batch.kind == "removal" else "Batch"
    address = f"/retention/batches/{batch.number}"
    return Todo(lead, "", f"{name} {batch.number}", told, address, act, tone)
