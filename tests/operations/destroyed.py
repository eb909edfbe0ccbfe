"""Destroying one captured post, by the archive's own hand, and telling the ledger."""

from __future__ import annotations

from archiver.archive.destroying import (
    Authority,
    Doomed,
    destroy,
    destroy_exchanges,
    finish_bytes,
    scrub,
)
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.items import Access
from archiver.operations.ledger import append_destruction

NOW = "2026-11-21T09:00:00Z"


def destroy_post(
    home: Home, number: int, *, batch: str = "D-2026-01", told: bool = True
) -> list[tuple[str, str, int, str]]:
    """Destroy the post and the message captured under that number, with the exchanges they came
    in; `told` tells the ledger too."""
    authority = Authority(batch, "destroyed", "Resolution 2026-44")
    holdings = []
    with Archive.open(home, write=True) as archive:
        for file, access in (("archive", Access.PUBLIC), ("private", Access.PRIVATE)):
            ref, leaf, exchange = (
                archive.file(access)
                .execute(
                    """
                    SELECT r.id, l.hash, v.exchange_id FROM records AS r
                    JOIN versions AS v ON v.id = r.version_id JOIN leaves AS l ON l.seq = v.leaf
                    WHERE r.native_id = ?
                    """,
                    (str(10**12 + number),),
                )
                .fetchone()
            )
            holdings.append((file, "record", ref, leaf.hex()))
            with archive.writer():
                destroy_exchanges(archive, [(access, exchange)], authority, now=NOW)
                destroy(archive, access, [Doomed("record", ref, leaf.hex())], authority, now=NOW)
        finish_bytes(archive)
        scrub(archive, patience=0.2)
    if told:
        tell(home, batch, holdings)
    return holdings


def tell(home: Home, batch: str, holdings: list[tuple[str, str, int, str]]) -> None:
    """Tell the ledger of a batch."""
    append_destruction(
        home,
        home.settings(),
        {
            "number": batch,
            "act": "destroyed",
            "authority": "Resolution 2026-44",
            "executed_at": NOW,
            "holdings": holdings,
            "certificate": None,
        },
    )
