"""An execution as retention's will be, without the law: in slices, resumable after a kill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.archive.destroying import (
    Doomed,
    Scrubbed,
    destroy,
    destroy_exchanges,
    finish_bytes,
    scrub,
)
from archiver.archive.runs import recover
from archiver.archive.store import Archive
from archiver.archive.surveying import copies_of
from archiver.items import Access
from tests.archive.doomed_town import LETTER, NOW, OLD, UNDER, doomed


@dataclass(frozen=True)
class Plan:
    """What was frozen when people decided."""

    holdings: tuple[tuple[Access, Doomed], ...]
    exchanges: tuple[tuple[Access, int], ...]


def plan_of(archive: Archive, *, download: bool = True) -> Plan:
    """The old post, the letter, who left a list, and with `download` all that came from it."""
    public = [doomed(archive, Access.PUBLIC, "post", OLD)]
    private = [doomed(archive, Access.PRIVATE, "message", LETTER)]
    if download:
        public.append(doomed(archive, Access.PUBLIC, "post", "99887766554433"))
    more = [("subscriber", "subscribers", "to_at IS NOT NULL")]
    more += [("unread", "skipped", "1"), ("original", "originals", "1")] if download else []
    for kind, table, where in more:
        for number, leaf in archive.private.execute(
            f"""
            SELECT t.id, l.hash FROM {table} AS t JOIN leaves AS l ON l.seq = t.leaf
            WHERE {where}
            """
        ):
            private.append(Doomed(kind, number, leaf.hex()))
    ids = {
        Access.PUBLIC: [one.id for one in public],
        Access.PRIVATE: [one.id for one in private if one.kind == "record"],
    }
    survey = copies_of(archive, ids)
    return Plan(
        (*((Access.PUBLIC, one) for one in public), *((Access.PRIVATE, one) for one in private)),
        tuple((one.access, one.id) for one in survey.exchanges),
    )


def execute(archive: Archive, plan: Plan, *, slice_of: int = 1) -> Scrubbed:
    """Carry a plan out from wherever it stands."""
    recover(archive)
    for access in Access:
        chosen: Sequence[Doomed] = [one for file, one in plan.holdings if file is access]
        for start in range(0, len(chosen), slice_of):
            with archive.writer():
                destroy(archive, access, chosen[start : start + slice_of], UNDER, now=NOW)
    for start in range(0, len(plan.exchanges), slice_of):
        with archive.writer():
            some = plan.exchanges[start : start + slice_of]
            destroy_exchanges(archive, some, UNDER, now=NOW)
    finish_bytes(archive)
    return scrub(archive, patience=5)
