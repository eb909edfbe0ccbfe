"""Execution: what goes, what stays, and what is written down about both."""

from __future__ import annotations

import sqlite3

import pytest

from archiver.archive.destroying import Authority, Doomed, destroy, is_destroyed
from archiver.archive.scrubbing import Scrubbed
from archiver.archive.seals import seal
from archiver.archive.verify import verify
from archiver.errors import IntegrityError, RuleError
from archiver.items import Access
from archiver.retention.dispositions import execution, finishing
from archiver.retention.dispositions.batches import event_of, get_batch
from archiver.retention.dispositions.certificate import (
    certificate_bytes,
    certificate_facts,
    check_certificate,
    find_certificate,
)
from archiver.retention.dispositions.outside import Outside

SAID = "The skate park at Mill Street is closed until Monday"


@pytest.fixture
def batch(town):
    """An approved batch of three records."""
    for native_id in ("1", "2", "3"):
        town.store(native_id)
    made = town.build()
    town.approve_all(made.number)
    return made


def test_a_batch_that_is_approved_goes_and_leaves_its_tombstones(town, batch) -> None:
    town.store("9", "A later post that stays where it is", created_at="2026-10-01T10:00:00Z")
    done = town.execute(batch.number)
    assert (done.state, done.gone, done.kept, done.waiting) == ("done", 3, 0, 0)
    for ref in town.outcomes(batch.number):
        assert not town.holds("archive", ref)
        stone = is_destroyed(town.archive, Access.PUBLIC, "record", ref)
        assert (stone.number, stone.series) == (batch.number, "AG-11")
        assert "resolution 2026-77" in stone.authority
    assert verify(town.home).ok
    assert SAID.encode() not in town.home.archive_db.read_bytes()
    with pytest.raises(RuleError, match="is done"):
        town.execute(batch.number)


def test_the_ledger_is_told_what_went_by_leaf(town, batch) -> None:
    town.execute(batch.number)
    (entry,) = town.written
    assert (entry["number"], entry["act"]) == (batch.number, "destroyed")
    assert len(entry["holdings"]) == 3
    known = find_certificate(town.home, town.office, get_batch(town.office, batch.number))
    assert entry["certificate"] == known.json_sha256


def test_the_proof_looked_for_texts_and_found_none(town, batch) -> None:
    town.execute(batch.number)
    proof = event_of(town.office, batch, "proof").detail
    assert (proof["texts"], proof["left"], proof["whole"]) == (1, 0, True)
    assert "archive.db" in proof["files"]


def test_a_text_that_a_later_record_says_too_is_told_apart(town, batch) -> None:
    town.store("9", created_at="2026-10-01T10:00:00Z")
    town.execute(batch.number)
    proof = event_of(town.office, batch, "proof").detail
    assert (proof["texts"], proof["alike"], proof["left"]) == (1, 1, 0)


def test_text_left_in_a_file_is_not_certified(town, batch, monkeypatch) -> None:
    monkeypatch.setattr(finishing, "scrub", lambda *_: Scrubbed(True))
    town.archive.public.execute("CREATE TABLE leftover (said TEXT)")
    town.archive.public.execute("INSERT INTO leftover VALUES (?)", (SAID,))
    with pytest.raises(IntegrityError, match="1 destroyed texts still stand"):
        town.execute(batch.number)
    assert get_batch(town.office, batch.number).state == "executing"
    town.archive.public.execute("DROP TABLE leftover")
    monkeypatch.undo()
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    facts = certificate_facts(town.office, town.execute(batch.number))
    assert (facts["proof"]["whole"], facts["proof"]["earlier_left"]) == (False, 1)


def test_a_record_held_since_the_list_was_frozen_stays(town, batch) -> None:
    held, *_ = town.outcomes(batch.number)
    town.hold(("archive", held))
    done = town.execute(batch.number)
    assert (done.gone, done.kept) == (2, 1)
    assert town.holds("archive", held)
    reason = town.office.execute("SELECT reason FROM disposition_items WHERE ref = ?", (held,))
    assert reason.fetchone()[0] == "held by claim 26-019"


def test_a_hold_placed_during_the_execution_wins_for_what_is_not_gone_yet(
    town, batch, monkeypatch
) -> None:
    monkeypatch.setattr(execution, "SLICE", 1)
    refs = list(town.outcomes(batch.number))
    destroy = execution.destroy

    def hold_after_the_first(*parts: object, **more: object) -> object:
        done = destroy(*parts, **more)
        if town.outcomes(batch.number) == dict.fromkeys(refs):
            placing.append(refs[2])
        return done

    placing: list[int] = []
    monkeypatch.setattr(execution, "destroy", hold_after_the_first)
    intend = execution._intend

    def place_then_intend(*parts: object) -> object:
        intended = intend(*parts)
        if placing:
            # after the intent of the second slice, before it is carried out
            town.hold(("archive", placing.pop()), ("archive", refs[1]))
        return intended

    monkeypatch.setattr(execution, "_intend", place_then_intend)
    done = town.execute(batch.number)
    assert town.outcomes(batch.number) == {refs[0]: "destroyed", refs[1]: "kept", refs[2]: "kept"}
    assert (done.gone, done.kept) == (1, 2)


def test_nobody_places_a_hold_while_a_slice_is_going(town, batch, monkeypatch) -> None:
    destroy = execution.destroy
    refused = []

    def try_to_hold(*parts: object, **more: object) -> object:
        other = sqlite3.connect(town.home.office_db, timeout=0.1, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            refused.append(str(error))
        finally:
            other.close()
        return destroy(*parts, **more)

    monkeypatch.setattr(execution, "destroy", try_to_hold)
    town.execute(batch.number)
    assert refused == ["database is locked"]


def test_a_record_changed_since_the_list_was_frozen_stays(town, batch) -> None:
    town.store("2", "Corrected: open again on Tuesday", observed_at="2026-11-01T10:00:00Z")
    town.mark()
    done = town.execute(batch.number)
    assert (done.gone, done.kept) == (2, 1)
    reasons = {
        each[0]
        for each in town.office.execute("SELECT reason FROM disposition_items WHERE reason <> ''")
    }
    assert len(reasons) == 1


def test_a_schedule_that_keeps_longer_now_keeps_what_was_listed(town, batch) -> None:
    path = town.home.path / "schedule.toml"
    text = path.read_text("utf-8").replace("years = 2", "years = 9", 1)
    path.write_text(text.replace("2026.1", "2026.2"), "utf-8")
    done = town.execute(batch.number)
    assert (done.gone, done.kept) == (0, 3)
    assert certificate_facts(town.office, done)["holdings"] == []


def test_what_another_room_still_needs_stays(town, batch) -> None:
    first, *_ = town.outcomes(batch.number)
    town.outside = Outside(in_use=lambda keys: {("archive", first): "it is in request 2026-0041"})
    assert town.execute(batch.number).kept == 1


def test_what_is_in_quarantine_stays(town, batch) -> None:
    first, *_ = town.outcomes(batch.number)
    town.outside = Outside(quarantined=lambda office: {"archive": frozenset({first})})
    assert town.execute(batch.number).kept == 1


@pytest.mark.parametrize("moment", ["2026-11-19T10:00:00Z", "2029-01-01T10:00:00Z"])
def test_a_clock_that_cannot_be_right_stops_everything(
    town, batch, monkeypatch, moment: str
) -> None:
    seal(town.archive, now="2026-11-20T18:00:00Z")
    monkeypatch.setenv("ARCHIVER_NOW", moment)
    with pytest.raises(RuleError, match="clock says"):
        town.execute(batch.number)
    assert get_batch(town.office, batch.number).state == "open"


def test_pictures_nobody_else_shows_go_with_their_record(town) -> None:
    town.store("1", picture=b"\x89PNG only here")
    town.store("2", picture=b"\x89PNG shared")
    town.store("3", picture=b"\x89PNG shared", created_at="2026-10-01T10:00:00Z")
    batch = town.build()
    town.approve_all(batch.number)
    town.execute(batch.number)
    kept = [path.read_bytes() for path in town.home.path.glob("public/media/*/*/*")]
    assert kept == [b"\x89PNG shared"]


def test_an_exchange_is_destroyed_with_what_it_held(town, exchange) -> None:
    town.store("101", exchange=exchange(b'[{"id": "101"}, {"id": "202"}]'))
    town.store("202", created_at="2026-10-01T10:00:00Z", observed_at="2026-10-02T10:00:00Z")
    batch = town.build()
    town.approve_all(batch.number)
    town.execute(batch.number)
    assert event_of(town.office, batch, "exchanges").detail == {"destroyed": 1, "waiting": []}
    assert verify(town.home).ok


def test_an_exchange_that_is_evidence_of_a_held_record_waits_for_the_hold(town, exchange) -> None:
    page = exchange(b'[{"id": "101"}, {"id": "202"}]')
    town.store("101", exchange=page)
    held = town.store("202", exchange=page, created_at="2024-03-02T10:00:00Z")
    hold = town.hold(held)
    batch = town.build()
    # the survey finds both exchanges: each page names both records
    town.approve_all(batch.number)
    town.execute(batch.number)
    detail = event_of(town.office, batch, "exchanges").detail
    assert (detail["destroyed"], len(detail["waiting"])) == (1, 1)
    assert detail["waiting"][0]["holds"] == ["claim 26-019"]
    work = town.work()
    assert finishing.destroy_waiting(execution.ending(work, batch), batch) == 0
    town.release(hold)
    assert finishing.destroy_waiting(execution.ending(work, batch), batch) == 1
    assert finishing.destroy_waiting(execution.ending(work, batch), batch) == 0
    assert verify(town.home).ok
    check_certificate(town.home, town.office, get_batch(town.office, batch.number))


def test_the_certificate_is_the_same_bytes_on_any_day(town, batch, monkeypatch) -> None:
    done = town.execute(batch.number)
    made = find_certificate(town.home, town.office, done)
    before = (made.json.read_bytes(), made.pdf.read_bytes())
    assert certificate_bytes(certificate_facts(town.office, done)) == before[0]
    made.json.unlink()
    made.pdf.unlink()
    monkeypatch.setenv("ARCHIVER_NOW", "2027-03-01T18:00:00Z")
    check_certificate(town.home, town.office, done)
    assert (made.json.read_bytes(), made.pdf.read_bytes()) == before
    made.pdf.write_bytes(b"%PDF-1.7 forged")
    with pytest.raises(IntegrityError, match="was changed"):
        check_certificate(town.home, town.office, done)


def test_the_certificate_says_nothing_of_who_or_what_was_said(town, batch) -> None:
    done = town.execute(batch.number)
    text = find_certificate(town.home, town.office, done).json.read_text("utf-8")
    assert "skate" not in text
    assert "AlderGlenParks" not in text
    assert "jfrost" not in text


def test_a_batch_the_ledger_knows_is_not_carried_out_twice_in_a_restored_home(town, batch) -> None:
    town.outside = Outside(numbers=lambda: {batch.number})
    with pytest.raises(RuleError, match="carried out already, as the ledger"):
        town.execute(batch.number)


def test_what_a_restored_office_does_not_know_is_told_by_the_tombstones(town, batch) -> None:
    first, *_ = town.outcomes(batch.number)
    leaf = town.office.execute("SELECT leaf FROM disposition_items WHERE ref = ?", (first,))
    doomed = Doomed("record", first, leaf.fetchone()[0])
    authority = Authority(batch.number, "destroyed", "replayed")
    with town.archive.writer():
        destroy(town.archive, Access.PUBLIC, [doomed], authority, now="2026-11-20T18:00:00Z")
    done = town.execute(batch.number)
    assert (done.gone, done.kept) == (3, 0)
