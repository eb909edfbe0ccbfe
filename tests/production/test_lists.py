"""Lists in a production: what is released of them, in the packet and as CSV, and what is not."""

from __future__ import annotations

import csv
import datetime as dt
import json

import pytest
from pypdf import PdfReader

from archiver.archive.writing import batch, begin_run, finish_run
from archiver.errors import RuleError
from archiver.items import Relation, Subscriber
from archiver.policy.keyword_lists import add_keywords
from archiver.policy.schema import migrate_policy
from archiver.policy.versions import NewVersion, add_version
from archiver.production.verify import verify_production
from archiver.register.accounts import add_account
from archiver.requests.book import Claim, attest_exemption
from archiver.requests.collecting.freezing import run_search
from archiver.requests.collecting.list_review import bar, decide_list
from archiver.requests.collecting.lists import CollectedList, collect_list
from archiver.requests.collecting.saved import save_search

SECTION = "7927.410"


@pytest.fixture
def blocks(city, parks):
    """Collects the block list of the city's account for a request: =bob, ann and cyd."""
    add_account(city.office, actor="of", platform="x", handle="Parks", department="Parks")
    attest_exemption(
        city.office, SECTION, actor="ph", attorney="P. Haldane", on=dt.date(2026, 1, 12)
    )
    city.store("9")

    def collected(number: str) -> CollectedList:
        people = [
            Subscriber("x", Relation.BLOCK, f"id-{name}", name, f"{name} Doe")
            for name in ("ann", "=bob", "cyd")
        ]
        run = begin_run(city.archive, parks, source="bluesky")
        with batch(city.archive, run) as writing:
            writing.people(
                Relation.BLOCK,
                people,
                observed_at="2026-11-02T10:00:00Z",
                complete=True,
                first=True,
            )
        finish_run(city.archive, run, outcome="complete", notes={})
        return collect_list(
            city.office,
            {"archive": city.archive.public, "private": city.archive.private},
            number,
            "blocks",
            actor="of",
            time_zone="America/Los_Angeles",
            account_id=parks.id,
        )

    return collected


def packet_text(made) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(made.folder / "packet.pdf").pages)


def test_a_released_list_stands_in_the_packet_and_as_csv_without_what_is_barred(
    city, blocks
) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    made = blocks(number)
    bar(city.office, number, made.id, actor="of", claims=[Claim(SECTION)], row_n=2, column=2)
    bar(city.office, number, made.id, actor="of", claims=[Claim(SECTION)], column=0)
    decide_list(city.office, number, made.id, "release", actor="of")
    volume = city.produce(number)
    assert verify_production(volume.folder).ok
    [path] = (volume.folder / "lists").iterdir()
    with path.open(encoding="utf-8-sig", newline="") as text:
        head, *rows = csv.reader(text)
    assert head[:3] == ["Platform id", "Handle", "Name"]
    redacted = f"[redacted: Gov. Code § {SECTION}]"
    assert [row[:3] for row in rows] == [
        [redacted, "'=bob", "'=bob Doe"],
        [redacted, "ann", redacted],
        [redacted, "cyd", "cyd Doe"],
    ]
    text = packet_text(volume)
    assert "cyd Doe" in text
    for barred in ("ann Doe", "id-ann", "id-cyd"):
        assert barred not in text
        assert barred.encode() not in b"".join(
            each.read_bytes() for each in volume.folder.rglob("*") if each.is_file()
        )
    assert "The sections relied on" in text


def test_a_policy_and_a_keyword_list_go_out_as_they_are_but_for_what_is_barred(
    city, blocks
) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    migrate_policy(city.office)
    wording = "Be civil.\n" + "A very long rule about comments. " * 120
    policy = NewVersion("Comments", "1", dt.date(2024, 1, 1), "City Council", wording=wording)
    add_version(city.home, city.office, policy, actor="mq")
    words = ("damn fools", "=cmd", "SECRET-WORD", "賭場")
    add_keywords(city.office, 1, words, actor="mq", stood_on=dt.date(2026, 1, 1))
    for kind, account in (("policies", None), ("policy-wording", None), ("keywords", 1)):
        made = collect_list(
            *(city.office, {"archive": city.archive.public}, number, kind),
            actor="of",
            time_zone="America/Los_Angeles",
            account_id=account,
        )
        if kind == "keywords":
            claims = [Claim(SECTION)]
            bar(city.office, number, made.id, actor="of", claims=claims, row_n=3, column=0)
        decide_list(city.office, number, made.id, "release", actor="of")
    volume = city.produce(number)
    assert verify_production(volume.folder).ok
    files = sorted((volume.folder / "lists").iterdir())
    assert len(files) == 3
    told = [path.read_text("utf-8-sig") for path in files]
    assert "City Council" in told[0]
    assert "Be civil." in told[1]
    assert told[2].splitlines()[1:3] == ["damn fools,1 Jan 2026", "'=cmd,1 Jan 2026"]
    text = packet_text(volume)
    assert "damn fools" in text
    assert " ".join(text.split()).count("A very long rule") > 100
    for path in volume.folder.rglob("*"):
        assert not path.is_file() or b"SECRET-WORD" not in path.read_bytes()


def test_a_withheld_list_is_a_sheet_and_nothing_else(city, blocks) -> None:
    number = city.ask()
    made = blocks(number)
    claims = [Claim(SECTION)]
    decide_list(city.office, number, made.id, "withhold", actor="of", claims=claims)
    volume = city.produce(number)
    assert not (volume.folder / "lists").exists()
    [sheet] = json.loads((volume.folder / "manifest.json").read_text())["withheld"]
    assert sheet["sections"] == [f"Gov. Code § {SECTION}"]
    text = packet_text(volume)
    assert "cyd" not in text
    assert "Responsible for the withholding: of" in text.replace("\n", " ")


def test_the_statement_of_search_names_the_saved_search_and_its_frozen_result(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    saved = save_search(city.office, number, actor="of", name="Lights", text="lights")
    run = run_search(
        city.office,
        {"archive": city.archive.public},
        number,
        saved.latest,
        time_zone="America/Los_Angeles",
        actor="of",
        freeze=True,
    )
    text = "".join(packet_text(city.produce(number)).split())
    assert "Savedas“Lights”,version1;resultfrozen" in text
    assert run.digest in text
    assert "Whatisimportedlatercanfillagap." in text


def test_an_undecided_list_stops_the_production(city, blocks) -> None:
    number = city.ask()
    blocks(number)
    with pytest.raises(RuleError, match="has no decision yet"):
        city.produce(number)


def test_a_list_goes_out_once_and_again_when_a_bar_is_added(city, blocks) -> None:
    number = city.ask()
    made = blocks(number)
    decide_list(city.office, number, made.id, "release", actor="of")
    first = city.produce(number)
    assert city.produce(number) == first
    bar(city.office, number, made.id, actor="of", claims=[Claim(SECTION)], row_n=1)
    assert city.produce(number).volume == 2
