"""A transfer hands over a bag, and destroys only what was received."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import bagit
import pytest

from archiver.archive.leaves import commitment, group_key
from archiver.errors import InputError, RuleError
from archiver.retention.dispositions.batches import event_of, get_batch, withdraw
from archiver.retention.dispositions.certificate import certificate_facts
from archiver.retention.dispositions.premis import NAMESPACE
from archiver.retention.dispositions.transfer import make_bag, record_receipt
from archiver.retention.dispositions.walking import Wanted

STATE_ARCHIVES = Wanted(receiver="California State Archives", agreement="Agreement 26-4")
TODAY = dt.date(2026, 11, 20)


@pytest.fixture
def number(town) -> str:
    """An approved transfer of a post with a picture, one with two versions, and a person."""
    town.store("1", "The heron stands by the lake", picture=b"\x89PNG a heron")
    town.store("2", "Open on Monday")
    town.store("2", "Open on Tuesday", observed_at="2024-03-09T10:00:00Z")
    town.people(("2022-01-01T10:00:00Z", ("ana",)), ("2023-01-01T10:00:00Z", ()))
    made = town.build(STATE_ARCHIVES, act="transferred")
    town.approve_all(made.number)
    return made.number


def receive(town, number: str, **more: object):
    values = {"actor": "of", "name": "M. Ito", "position": "State Archivist", "on": TODAY, **more}
    return record_receipt(town.home, town.office, town.settings, number, **values)


def test_the_bag_validates_with_the_library_of_congress_program(town, number) -> None:
    bag = make_bag(town.work(), number)
    program = Path(bagit.__file__)
    checked = subprocess.run(
        [sys.executable, str(program), "--validate", str(bag.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert bag.holdings == 3
    info = (bag.path / "bag-info.txt").read_text("utf-8")
    assert "Source-Organization: City of Alder Glen" in info
    assert f"External-Identifier: {number}" in info
    (bag.path / "data" / "records.jsonl").write_text("{}", "utf-8")
    checked = subprocess.run(
        [sys.executable, str(program), "--validate", str(bag.path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode != 0


def test_the_receiver_can_prove_a_record_against_its_leaf(town, number) -> None:
    bag = make_bag(town.work(), number)
    lines = (bag.path / "data" / "records.jsonl").read_text("utf-8").splitlines()
    records = {line["record"]["native_id"]: line for line in map(json.loads, lines)}
    assert [each["text"] for each in records["2"]["versions"]] == [
        "Open on Monday",
        "Open on Tuesday",
    ]
    version = records["1"]["versions"][0]
    salt = bytes.fromhex(version["salt"])
    assert len(commitment(group_key(salt, "text"), version["text"].encode())) == 32
    assert records["1"]["leaf"] == version["leaf"]
    (media,) = records["1"]["media"]
    assert (bag.path / media["file"]).read_bytes() == b"\x89PNG a heron"
    people = (bag.path / "data" / "people.jsonl").read_text("utf-8")
    assert json.loads(people)["row"]["native_id"] == "ana"


def test_premis_names_every_file_with_its_fixity_and_the_decisions(town, number) -> None:
    bag = make_bag(town.work(), number)
    root = ElementTree.fromstring((bag.path / "data" / "premis.xml").read_bytes())
    space = {"p": NAMESPACE}
    names = {each.text for each in root.findall("p:object//p:objectIdentifierValue", space)}
    on_disk = {
        path.relative_to(bag.path).as_posix()
        for path in (bag.path / "data").rglob("*")
        if path.is_file() and path.name != "premis.xml"
    }
    assert names == on_disk
    kinds = {each.text for each in root.findall("p:event/p:eventType", space)}
    assert {"appraisal", "decision"} <= kinds


def test_nothing_goes_before_the_receipt(town, number) -> None:
    with pytest.raises(RuleError, match="make its bag and hand it over first"):
        town.execute(number)
    with pytest.raises(RuleError, match="there is no bag"):
        receive(town, number)
    bag = make_bag(town.work(), number)
    with pytest.raises(RuleError, match="before the receipt"):
        town.execute(number)
    with pytest.raises(RuleError, match="does not fit"):
        receive(town, number, on=dt.date(2026, 11, 19))
    with pytest.raises(InputError, match="names who received"):
        receive(town, number, name="")
    receive(town, number, receipt_number="R-88")
    done = town.execute(number)
    assert (done.state, done.gone) == ("done", 3)
    assert set(town.outcomes(number).values()) == {"transferred"}
    assert not bag.path.exists()
    facts = certificate_facts(town.office, done)
    assert facts["transfer"]["receipt"]["number"] == "R-88"
    assert facts["transfer"]["bag"]["tagmanifest_sha256"] == bag.tagmanifest_sha256


def test_no_bag_is_made_before_everything_is_approved(town) -> None:
    town.store("1")
    with pytest.raises(InputError, match="names the receiving institution"):
        town.build(act="transferred")
    made = town.build(STATE_ARCHIVES, act="transferred")
    with pytest.raises(RuleError, match="agreement with the receiving institution"):
        make_bag(town.work(), made.number)


def test_what_may_not_go_any_more_is_not_in_the_bag_and_stays(town, number) -> None:
    held = next(ref for ref in town.outcomes(number) if town.holds("archive", ref))
    hold = town.hold(("archive", held))
    assert make_bag(town.work(), number).holdings == 2
    town.release(hold)
    receive(town, number)
    done = town.execute(number)
    assert (done.gone, done.kept) == (2, 1)
    assert town.holds("archive", held)


def test_a_bag_of_a_withdrawn_transfer_does_not_stay(town, number) -> None:
    bag = make_bag(town.work(), number)
    again = make_bag(town.work(), number)
    assert again.path.exists()
    withdraw(town.office, number, actor="of", reason="they have no room")
    assert not bag.path.exists()
    assert not again.path.exists()
    assert event_of(town.office, get_batch(town.office, number), "bag made") is not None
