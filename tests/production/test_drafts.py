"""A packet is a draft, and says so on every page, until the attorney attested its cover letter."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pypdf

from archiver.production.drafting import as_made, draft_words
from archiver.production.ledger import productions_of
from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet
from archiver.production.telling import produced_of
from archiver.requests.letters.attesting import attest_template


def pages_of(path: Path) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(path).pages]


def attest(city) -> None:
    attest_template(
        city.office,
        "production-cover",
        "en",
        actor="ph",
        attorney="P. Haldane",
        on=dt.date(2026, 11, 2),
    )


def test_every_page_says_draft_until_the_wording_is_attested_and_then_a_real_volume_is_made(
    city,
) -> None:
    number = city.ask()
    items = city.collect(number, city.store("1"), city.store("2"))
    city.release(number, items[0])
    city.withhold(number, items[1], acknowledge_earlier=True, note_text="It names a child.")
    first = city.produce(number)
    pages = pages_of(first.folder / "packet.pdf")
    assert len(pages) == first.pages
    assert all("DRAFT: the city attorney" in page for page in pages)
    assert produced_of(city.office, city.home, number).items == frozenset()
    assert city.produce(number).volume == 1
    attest(city)
    second = city.produce(number)
    assert (second.volume, second.released, second.withheld) == (2, 1, 1)
    assert not any("DRAFT" in page for page in pages_of(second.folder / "packet.pdf"))
    told = produced_of(city.office, city.home, number)
    assert told.items == frozenset(items)
    assert told.volume is not None and told.volume.number == 2
    assert city.produce(number).volume == 2
    assert len(productions_of(city.office, city.home, number)) == 2


def test_an_item_decided_anew_is_not_counted_as_produced(city) -> None:
    attest(city)
    number = city.ask()
    items = city.collect(number, city.store("1"), city.store("2"))
    city.release(number, *items)
    city.produce(number)
    city.withhold(number, items[1], acknowledge_earlier=True, note_text="It names a child.")
    assert produced_of(city.office, city.home, number).items == frozenset(items[:1])


def test_a_practice_request_never_makes_a_real_packet(city) -> None:
    attest(city)
    assert draft_words(city.office, "PRACTICE-2026-0001").startswith("PRACTICE")
    assert draft_words(city.office, "2026-0001") == ""
    assert as_made("a", "") == "a" != as_made("a", "DRAFT")


def test_a_draft_packet_conforms_too(people, tmp_path, failures) -> None:
    release = dataclasses.replace(people.release(tmp_path / "media"), draft="DRAFT: not attested.")
    path = tmp_path / "packet.pdf"
    write_packet(release, path, MediaFolder(tmp_path / "out"), 1)
    for flavour in ("ua1", "3a"):
        assert failures(path, flavour) == {}, flavour
