"""A volume of one instalment: refused with the list, and nothing of the others in it."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pypdf
import pytest

from archiver.config import Requests
from archiver.errors import InputError, RuleError
from archiver.production.ledger import Production
from archiver.production.produce import produce as volume_of
from archiver.requests.book import decide
from archiver.requests.reviewing.attorney import answer, ask
from archiver.requests.reviewing.instalments import move, plan

City = Any


def printed(volume: Production) -> str:
    return "\n".join(
        page.extract_text() for page in pypdf.PdfReader(volume.folder / "packet.pdf").pages
    )


def in_two_parts(city: City) -> tuple[str, list[int]]:
    """Three items of which the last is in the second instalment."""
    number = city.ask()
    words = ("First words", "Second words", "Third words")
    items = city.collect(number, *(city.store(str(n), text) for n, text in enumerate(words)))
    plan(city.office, number, actor="of", title="The rest")
    move(city.office, number, items[2:], 2, actor="of")
    return number, items


def produce(city: City, number: str, instalment: int) -> Production:
    [made] = volume_of(
        city.home,
        city.office,
        city.archive,
        number,
        actor="of",
        now="2026-11-20T18:00:00Z",
        instalment=instalment,
    )
    return made


def test_an_instalment_is_produced_while_the_next_is_undecided(city: City) -> None:
    number, items = in_two_parts(city)
    city.release(number, *items[:2])
    first = produce(city, number, 1)
    assert (first.volume, first.released) == (1, 2)
    text = printed(first)
    assert "First words" in text
    assert "Third words" not in text
    with pytest.raises(RuleError, match=f"1 item has no decision yet .{items[2]}."):
        produce(city, number, 2)
    city.release(number, items[2])
    second = produce(city, number, 2)
    assert (second.volume, second.released) == (2, 1)
    assert produce(city, number, 1).volume == 2


def test_an_instalment_is_refused_with_every_reason(city: City) -> None:
    number, items = in_two_parts(city)
    city.release(number, items[0])
    ask(city.office, number, items[0], "PLANTED question", actor="of")
    with pytest.raises(RuleError) as refused:
        produce(city, number, 1)
    assert str(refused.value) == (
        f"instalment 1 of request {number} cannot be produced yet: 1 record has no decision yet "
        f"({items[1]}); 1 record is with the attorney ({items[0]})"
    )
    answer(city.office, number, items[0], "PLANTED answer", actor="ph")
    city.release(number, items[1])
    made = produce(city, number, 1)
    for path in made.folder.rglob("*"):
        assert path.is_dir() or b"PLANTED" not in path.read_bytes()
    assert "PLANTED" not in printed(made)


def test_an_instalment_that_was_not_planned_is_refused(city: City) -> None:
    number, _ = in_two_parts(city)
    with pytest.raises(InputError, match="has no instalment 7"):
        produce(city, number, 7)


def test_an_earlier_version_in_a_later_instalment_does_not_come_out_ahead(city: City) -> None:
    number = city.ask()
    before = city.store("1", "Words before the edit")
    [early] = city.collect(number, before)
    city.store("1", "Words after the edit", observed_at="2026-11-18T10:00:00Z")
    [_, late] = city.collect(number, before)
    plan(city.office, number, actor="of")
    move(city.office, number, [early], 2, actor="of")
    city.release(number, early, late)
    text = printed(produce(city, number, 1))
    assert "after the edit" in text
    assert "before the edit" not in text


def test_a_decision_without_its_second_person_is_not_produced(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, items = in_two_parts(city)
    city.release(number, *items[:2])
    settings = city.home.settings()
    two = msgspec.structs.replace(settings, requests=Requests(second_person=["release"]))
    monkeypatch.setattr(type(city.home), "settings", lambda home: two)
    with pytest.raises(RuleError, match="2 decisions wait for a second person"):
        produce(city, number, 1)


def test_a_duplicate_is_not_printed_and_the_list_says_of_what(city: City) -> None:
    number, items = in_two_parts(city)
    city.withhold(number, items[2])
    city.release(number, items[0])
    decide(city.office, number, [items[1]], "duplicate", actor="of", duplicate_of=items[0])
    made = city.produce(number)
    text = " ".join(printed(made).split())
    assert "Second words" not in text
    assert "1 record is not printed because another record of this request says the same" in text
    listed = json.loads((made.folder / "manifest.json").read_text("utf-8"))
    [entry] = listed["duplicates"]
    assert entry["same_as_page"] == listed["released"][0]["first_page"]
