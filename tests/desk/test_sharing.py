"""What the desk's processes and threads share: the lines of the audit, the log, time to count."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from logging.handlers import WatchedFileHandler
from typing import Any

import pytest

from archiver.archive import running as running_module
from archiver.archive.running import Running, shared_bytes
from archiver.config import Home
from archiver.database import write_transaction
from archiver.desk import looks as looks_module
from archiver.desk.looks import Looks
from archiver.desk.serve import _Log
from archiver.desk.stores import Stores
from archiver.errors import BusyError
from archiver.register.office import audit_trail, open_office

Browser = Any


@pytest.fixture
def pair(city: Home) -> Iterator[tuple[Looks, Looks]]:
    """The looks of two processes of one desk."""
    stores = Stores(city)
    both = Looks(city, stores), Looks(city, stores)
    yield both
    for looks in both:
        looks.close()
    stores.close()


def written(home: Home) -> list[str]:
    office = open_office(home)
    try:
        return [entry.subject for entry in audit_trail(office) if entry.action == "looked"]
    finally:
        office.close()


def test_looks_of_many_at_once_are_each_written_once(city: Home, pair: tuple[Looks, Looks]) -> None:
    def look(number: int) -> bool:
        pair[number % 2].note("odile", "looked", f"thing {number}")
        return f"thing {number}" in written(city)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(look, range(40))), "it is on the disk before it returns"
    assert sorted(written(city)) == sorted(f"thing {number}" for number in range(40))


def test_looks_that_wait_are_written_in_one_transaction(
    city: Home, pair: tuple[Looks, Looks], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, transactions = pair[0], list[int]()

    def counted(connection: Any) -> Any:
        transactions.append(1)
        return write_transaction(connection)

    monkeypatch.setattr(looks_module, "write_transaction", counted)
    with ThreadPoolExecutor(6) as pool:
        with looks._turn:
            waiting = [pool.submit(looks.note, "odile", "looked", str(each)) for each in range(6)]
            while len(looks._waiting) < 6:
                pass
        for one in waiting:
            one.result()
    assert len(transactions) == 1
    assert len(written(city)) == 6


def test_a_look_that_cannot_be_written_down_keeps_no_other_from_it(
    city: Home, pair: tuple[Looks, Looks]
) -> None:
    with pytest.raises(UnicodeEncodeError):
        pair[0].note("odile", "looked", "half a letter", {"words": "\ud800"})
    pair[0].note("odile", "looked", "whole letters", {"words": "park"})
    assert written(city) == ["whole letters"]


async def test_what_cannot_be_written_down_is_not_shown(
    odile: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(_: object) -> None:
        raise BusyError("another writer holds the database: wait")

    assert "Rosalind" in (await odile.get("/search?q=park")).text
    monkeypatch.setattr(looks_module, "write_transaction", busy)
    answer = await odile.get("/search?q=park")
    assert answer.status_code == 503
    assert "Rosalind" not in answer.text
    assert (await odile.get("/search.json?q=park")).status_code == 503
    monkeypatch.undo()
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T17:30:00Z")
    assert "Rosalind" in (await odile.get("/search?q=park")).text


def test_lines_of_every_process_stay_when_the_log_is_put_aside(city: Home) -> None:
    path = city.logs / "desk.log"
    path.parent.mkdir(exist_ok=True)
    first = _Log(path, maxBytes=60, backupCount=5, encoding="utf-8")
    other = WatchedFileHandler(path, encoding="utf-8")
    try:
        for line in ("one", "two", "three"):
            other.emit(logging.makeLogRecord({"msg": line * 25}))
            first.put_aside_if_long()
            first.emit(logging.makeLogRecord({"msg": f"after {line}"}))
    finally:
        first.close()
        other.close()
    lines = [text.read_text("utf-8") for text in sorted(city.logs.glob("desk.log*"))]
    assert "".join(lines).count("\n") == 6
    assert lines[0] == "after three\n"
    assert len(lines) == 4


def test_searches_share_the_processors_with_those_of_other_processes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running_module, "processors", lambda: 2)
    here, there = Running(), Running()
    with tempfile.TemporaryFile() as counts:
        counts.truncate(shared_bytes(2))
        here.share(counts.fileno(), 0)
        there.share(counts.fileno(), 1)
        with here:
            assert (here.part, there.part) == (1, 1)
            with there, there:
                assert here.searches == there.searches == 3
                assert here.part == pytest.approx(2 / 3)
            there.__enter__()
            there.__enter__()
            assert here.searches == 3
            Running().share(counts.fileno(), 1)  # the next in its place, after it was killed
            assert here.searches == 1
            assert here.part == 1
        assert here.searches == 0
