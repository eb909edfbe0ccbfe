"""What a row cites: the exchange or the original it came from.

An exchange is written only when something cites it. Where its bytes hold anything private they lie
under `private/`; a row of archive.db that cites them carries their hash and place and no address.
"""

from __future__ import annotations

from typing import NamedTuple

from archiver.archive.originals import StoredOriginal
from archiver.archive.rows import RowWriter
from archiver.archive.runs import Run
from archiver.archive.store import Archive
from archiver.archive.stored_text import to_stored
from archiver.archive.warc import Segment, WarcAppender, warc_name
from archiver.items import Access, Exchange


class Cited(NamedTuple):
    """The numbers of exchange and original in the file of the row that cites them."""

    exchange_id: int | None
    original_id: int | None


class EvidenceWriter:
    """Writes exchanges of one run inside one batch, each once."""

    def __init__(self, archive: Archive, run: Run, rows: dict[Access, RowWriter]) -> None:
        self._archive = archive
        self._run = run
        self._rows = rows
        self._name = warc_name(run.id, run.account.id, run.started_at)
        self._appenders: dict[Access, WarcAppender] = {}
        self._written: dict[tuple[int, Access], tuple[Exchange, Segment]] = {}
        self._numbers: dict[tuple[int, Access, Access], int] = {}
        self._withheld: dict[int, tuple[Exchange, str]] = {}

    def withhold(self, exchange: Exchange, why: str) -> None:
        """Write this exchange without its answer's body, which shows what was destroyed. Call it
        before anything cites the exchange."""
        self._withheld[id(exchange)] = (exchange, why)

    def cite(
        self,
        exchange: Exchange | None,
        original: StoredOriginal | None,
        *,
        lies: Access,
        file: Access,
    ) -> Cited:
        """The numbers to cite in `file`; the exchange's bytes lie in the folder of `lies`."""
        return Cited(
            None if exchange is None else self._exchange(exchange, lies, file),
            None if original is None else original.id_in(file),
        )

    def _exchange(self, exchange: Exchange, lies: Access, file: Access) -> int:
        key = (id(exchange), lies, file)
        if key not in self._numbers:
            segment = self._segment(exchange, lies)
            if file is not lies and (id(exchange), lies, lies) not in self._numbers:
                self._numbers[id(exchange), lies, lies] = self._row(exchange, segment, lies, lies)
            self._numbers[key] = self._row(exchange, segment, lies, file)
        return self._numbers[key]

    def _segment(self, exchange: Exchange, lies: Access) -> Segment:
        key = (id(exchange), lies)
        if key not in self._written:
            if lies not in self._appenders:
                self._appenders[lies] = WarcAppender(self._archive, lies, self._name)
            # the exchange is kept, so that its id() names no other one during this batch
            _, withheld = self._withheld.get(id(exchange), (exchange, ""))
            written = self._appenders[lies].append(exchange, withheld=withheld)
            self._written[key] = (exchange, written)
        return self._written[key][1]

    def _row(self, exchange: Exchange, at: Segment, lies: Access, file: Access) -> int:
        told = file is lies
        return self._rows[file].add(
            *("exchange", self._run.id, lies.value, at.warc, at.start, at.length),
            *(at.response_start, at.sha256),
            exchange.method if told else None,
            to_stored(exchange.url) if told else None,
            exchange.status if told else None,
            exchange.requested_at,
            exchange.error if told else None,
        )

    def sync(self) -> None:
        """Bring the WARC files safely to the disk, before the rows that cite them are committed."""
        for appender in self._appenders.values():
            appender.sync()

    def close(self) -> None:
        """Close the WARC files."""
        for appender in self._appenders.values():
            appender.close()
