"""After a disposition a search of the whole home finds no word of what went."""

from __future__ import annotations

import datetime as dt
import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

from archiver.items import Author, AuthorRole, Kind, Visibility
from archiver.operations.disposing import bag_batch, execute_batch, outside_of
from archiver.retention.attesting import attest_series
from archiver.retention.dispositions.certificate import certificate_facts
from archiver.retention.dispositions.transfer import record_receipt
from archiver.retention.dispositions.walking import Wanted
from archiver.retention.marking import schedule_in_force

SEARCHING = Path(__file__).resolve().parents[2] / "archive" / "searching_home.py"
WORDS = ("heron by the weir", "mildred.q.frost", "9100000000000000017", "quiet word about fees")


def _searching() -> ModuleType:
    spec = importlib.util.spec_from_file_location("searching_home", SEARCHING)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("searching_home", module)
    spec.loader.exec_module(module)
    return module


def _plant(town, exchange) -> None:
    """A comment with a picture that an exchange brought, and a private message."""
    town.outside = outside_of(town.home, town.office, town.settings)
    someone = Author("9100000000000000017", "mildred.q.frost", "Mildred", AuthorRole.PUBLIC)
    body = json.dumps([{"id": "1", "text": "A heron by the weir", "user": "mildred.q.frost"}])
    town.store(
        "1",
        "A heron by the weir",
        kind=Kind.COMMENT,
        author=someone,
        exchange=exchange(body.encode()),
        picture=b"\x89PNG heron by the weir",
    )
    town.store(
        "2",
        "A quiet word about fees",
        kind=Kind.MESSAGE,
        visibility=Visibility.PRIVATE,
        author=someone,
    )
    town.store("3", "Unrelated and staying", created_at="2026-10-01T10:00:00Z")
    schedule = schedule_in_force(town.settings, town.home.path)
    attest_series(
        town.office, schedule, "AG-13", actor="ph", attorney="P. Haldane", on=dt.date(2026, 11, 1)
    )


def test_nothing_is_left_anywhere_in_the_home(town, exchange) -> None:
    _plant(town, exchange)
    search = _searching().search_home
    assert set(search(town.home.path, WORDS)) == {word.encode() for word in WORDS}
    batch = town.build()
    assert batch.items == 2
    town.approve_all(batch.number)
    town.archive.close()
    done = execute_batch(town.home, batch.number, actor="of")
    assert done.gone == 2
    assert search(town.home.path, WORDS) == {}
    facts = certificate_facts(town.office, done)
    assert facts["copies"]["downloads"] == facts["copies"]["held"] == []


def test_a_bag_that_was_handed_over_is_not_left_either(town, exchange) -> None:
    _plant(town, exchange)
    wanted = Wanted(receiver="California State Archives", agreement="26-4")
    batch = town.build(wanted, act="transferred")
    town.approve_all(batch.number)
    town.archive.close()
    bag = bag_batch(town.home, batch.number, actor="of")
    assert "A heron by the weir" in (bag.path / "data" / "records.jsonl").read_text("utf-8")
    record_receipt(
        *(town.home, town.office, town.settings, batch.number),
        actor="of",
        name="M. Ito",
        position="State Archivist",
        on=dt.date(2026, 11, 20),
    )
    execute_batch(town.home, batch.number, actor="of")
    assert _searching().search_home(town.home.path, WORDS) == {}
