"""What is in quarantine goes into no packet; what withholds it needs nothing of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.archive.store import Archive
from archiver.errors import InputError, RuleError
from archiver.production import produce as producing
from archiver.requests.book import add_items, decide
from archiver.retention.quarantine import put_in_quarantine


def shut(city: Any, place: tuple[str, int], kind: str = "court-sealed") -> None:
    files = {"archive": city.archive.public, "private": city.archive.private}
    put_in_quarantine(city.office, files, *place, actor="of", kind=kind, reason="Order 26-114")


def test_a_released_item_in_quarantine_stops_the_production(city: Any) -> None:
    number = city.ask()
    kept, sealed = city.store("1"), city.store("2", "What the court has sealed")
    items = city.collect(number, kept, sealed)
    city.release(number, *items)
    shut(city, sealed)
    with pytest.raises(RuleError, match=f"item {items[1]} cannot be produced: .* in quarantine"):
        city.produce(number)
    assert not (city.home.productions / number).exists()


def test_found_not_responsive_it_does_not_stand_in_the_way(city: Any) -> None:
    number = city.ask()
    kept, sealed = city.store("1"), city.store("2", "What the court has sealed")
    items = city.collect(number, kept, sealed)
    city.release(number, items[0])
    decide(city.office, number, [items[1]], "not responsive", actor="of")
    shut(city, sealed)
    made = city.produce(number)
    for path in made.folder.rglob("*"):
        if path.is_file():
            assert b"court has sealed" not in path.read_bytes()
    manifest = json.loads((made.folder / "manifest.json").read_text())
    assert len(manifest["released"]) == 1


def test_a_quarantine_during_a_production_wins(city: Any, monkeypatch: Any) -> None:
    number = city.ask()
    sealed = city.store("1")
    city.release(number, *city.collect(number, sealed))
    printed = producing.print_volumes

    def meanwhile(*given: Any, **more: Any) -> Any:
        made = printed(*given, **more)
        shut(city, sealed)
        return made

    monkeypatch.setattr(producing, "print_volumes", meanwhile)
    with pytest.raises(RuleError, match="in quarantine"):
        city.produce(number)
    assert not (city.home.productions / number).exists()


def test_it_cannot_be_collected(city: Any) -> None:
    number = city.ask()
    sealed = city.store("1")
    shut(city, sealed)
    with Archive.open(city.home) as archive, pytest.raises(InputError, match="no record"):
        add_items(city.office, {"archive": archive.public}, number, [sealed], actor="of")


def test_an_unlawful_picture_is_left_out_of_other_records(city: Any, tmp_path: Path) -> None:
    picture = tmp_path / "same.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n the very same bytes")
    number = city.ask()
    sealed = city.store("1", pictures=((picture, "first"),))
    other = city.store("2", pictures=((picture, "second"),))
    shut(city, sealed, "unlawful image")
    city.release(number, *city.collect(number, other))
    with Archive.open(city.home) as archive:
        [made] = producing.produce(
            city.home, city.office, archive, number, actor="of", now="2026-11-20T18:00:00Z"
        )
    for path in made.folder.rglob("*"):
        if path.is_file():
            assert b"the very same bytes" not in path.read_bytes()
