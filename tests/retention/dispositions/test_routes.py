"""Every other way a record may lawfully go, each with its own conditions."""

from __future__ import annotations

import datetime as dt

import pytest

from archiver.archive.originals import store_original
from archiver.archive.verify import verify
from archiver.archive.writing import batch as open_batch
from archiver.archive.writing import begin_run, finish_run
from archiver.errors import InputError, RuleError
from archiver.items import Access, Skipped
from archiver.retention.dispositions.batches import items_of
from archiver.retention.dispositions.certificate import certificate_facts, find_certificate
from archiver.retention.dispositions.outside import Outside
from archiver.retention.dispositions.removals import propose
from archiver.retention.dispositions.routes import attest_system
from archiver.retention.dispositions.walking import Wanted

YOUNG = "2026-10-01T18:00:00Z"


def test_the_floor_of_two_years_cannot_be_overridden_by_a_schedule(town) -> None:
    path = town.home.path / "schedule.toml"
    path.write_text(path.read_text("utf-8").replace("years = 2", "days = 1"), "utf-8")
    town.store("1", created_at=YOUNG)
    old = town.store("2")
    batch = town.build()
    assert [item.key for item in items_of(town.office, batch)] == [old]


def test_a_young_duplicate_goes_where_the_record_that_is_kept_is_named(town) -> None:
    file, ref = town.store("1", created_at=YOUNG)
    picked = ((file, "record", ref),)
    with pytest.raises(RuleError, match="the record that is kept in their place"):
        town.build(Wanted(picked=picked), route="34090.7")
    with pytest.raises(RuleError, match="cannot be one of the duplicates"):
        town.build(Wanted(picked=picked, kept_record=f"{file}:{ref}"), route="34090.7")
    made = town.build(Wanted(picked=picked, kept_record="Minutes of 1 Oct 2026"), route="34090.7")
    with pytest.raises(RuleError, match="council's procedure"):
        town.execute(made.number)
    town.approve_all(made.number)
    done = town.execute(made.number)
    assert done.gone == 1
    assert certificate_facts(town.office, done)["criteria"]["kept_record"].startswith("Minutes")


def test_a_duplicate_on_video_waits_ninety_days_after_the_event(town, monkeypatch) -> None:
    file, ref = town.store("1", created_at=YOUNG, picture=b"moving pictures")
    town.archive.public.execute("DROP TRIGGER record_media_keep")
    town.archive.public.execute("UPDATE record_media SET media_type = 'video/mp4'")
    wanted = Wanted(picked=((file, "record", ref),), kept_record="Minutes of 1 Oct 2026")
    with pytest.raises(RuleError, match="kept until 2026-12-30: 90 days after"):
        town.build(wanted, route="34090.7")
    monkeypatch.setenv("ARCHIVER_NOW", "2026-12-30T18:00:00Z")
    assert town.build(wanted, route="34090.7").items == 1


def test_the_trusted_copy_route_is_off_until_attested_and_restored(town) -> None:
    town.store("1")
    with pytest.raises(RuleError, match="has not attested a trusted system"):
        town.build(route="34090.5")
    attest_system(
        town.office, "Vault at Cedar", actor="ph", attorney="P. Haldane", on=dt.date(2026, 11, 1)
    )
    with pytest.raises(RuleError, match="passed a restore test"):
        town.build(route="34090.5")
    town.outside = Outside(tested_copy=lambda: "2026-11-01T10:00:00Z")
    made = town.build(route="34090.5")
    town.approve_all(made.number)
    town.outside = Outside()
    with pytest.raises(RuleError, match="passed a restore test"):
        town.execute(made.number)


def test_a_removal_reaches_young_records_on_the_attorneys_signed_word(town) -> None:
    file, ref = town.store("1", created_at=YOUNG)
    made = _propose(town, (file, "record", ref))
    assert made.number == "R-2026-01"
    with pytest.raises(RuleError, match="signed determination of the attorney"):
        town.execute(made.number)
    with pytest.raises(RuleError, match="files the signed document"):
        town.approve(made.number, "determination")
    town.approve_all(made.number)
    done = town.execute(made.number)
    assert (done.state, done.gone) == ("done", 1)
    assert find_certificate(town.home, town.office, done).pdf.name == "R-2026-01.pdf"
    assert verify(town.home).ok
    assert _propose(town, (file, "record", town.store("2")[1])).number == "R-2026-02"


def test_a_removal_never_reaches_what_is_on_hold(town) -> None:
    record = town.store("1", created_at=YOUNG)
    hold = town.hold(record)
    with pytest.raises(RuleError, match="held by claim 26-019: release it first"):
        _propose(town, (record[0], "record", record[1]))
    town.release(hold)
    made = _propose(town, (record[0], "record", record[1]))
    town.approve_all(made.number)
    town.hold(record, reference="26-020")
    assert town.execute(made.number).kept == 1
    assert town.holds(*record)


def test_a_court_order_needs_the_order_and_the_determination(town) -> None:
    file, ref = town.store("1", created_at=YOUNG)
    made = _propose(town, (file, "record", ref), route="court-order")
    with pytest.raises(RuleError, match=r"order of the court .*; signed determination"):
        town.execute(made.number)


def test_a_removal_takes_a_reason_and_something_that_is_there(town) -> None:
    town.store("1")
    with pytest.raises(RuleError, match="takes a reason"):
        _propose(town, ("archive", "record", 1), reason=" ")
    with pytest.raises(InputError, match="there is no record 1 in archive"):
        _propose(town, ("archive", "record", 1))
    with pytest.raises(InputError, match="known are non-record, court-order"):
        _propose(town, ("archive", "record", 1), route="34090")
    with pytest.raises(RuleError, match="propose a removal instead"):
        town.build(route="non-record")


def test_a_download_goes_when_nothing_rests_on_it_any_more(town, tmp_path, monkeypatch) -> None:
    _imported(town, tmp_path, monkeypatch, b"PK\x03\x04 only old posts", "1")
    batch = town.build()
    kinds = [item.kind for item in items_of(town.office, batch)]
    assert kinds == ["record", "original"]
    town.approve_all(batch.number)
    done = town.execute(batch.number)
    assert done.gone == 2
    assert list(town.home.path.glob("p*/originals/*")) == []
    assert verify(town.home).ok


def test_a_mixed_download_stays_and_the_certificate_says_so(town, tmp_path, monkeypatch) -> None:
    _imported(town, tmp_path, monkeypatch, b"PK\x03\x04 old and new", "1", "2")
    batch = town.build()
    assert [item.kind for item in items_of(town.office, batch)] == ["record"]
    assert any("rests on this download" in words for words in batch.left_out.reasons)
    town.approve_all(batch.number)
    done = town.execute(batch.number)
    (left,) = certificate_facts(town.office, done)["copies"]["downloads"]
    assert (left["gone"], left["surviving"]) == (1, 1)
    assert len(list(town.home.path.glob("p*/originals/*"))) == 1


def test_what_could_not_be_read_goes_by_the_day_of_its_run(town, monkeypatch) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2024-01-05T18:00:00Z")
    run = begin_run(town.archive, town.reference(1), source="x-download")
    with open_batch(town.archive, run) as adding:
        adding.skipped([Skipped("tweets.js", 3, "no date", raw=b'{"id": "?"}')])
    finish_run(town.archive, run, outcome="partial", notes={})
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    batch = town.build()
    (item,) = items_of(town.office, batch)
    assert (item.kind, item.cutoff_on) == ("unread", "2024-01-05")
    town.approve_all(batch.number)
    assert town.execute(batch.number).gone == 1
    assert verify(town.home).ok


def _imported(town, tmp_path, monkeypatch, content: bytes, *native_ids: str) -> None:
    """Import, long ago, a download with an old post first and young ones after it."""
    path = tmp_path / "twitter.zip"
    path.write_bytes(content)
    with monkeypatch.context() as then:
        then.setenv("ARCHIVER_NOW", "2024-03-05T10:00:00Z")
        run = begin_run(town.archive, town.reference(1), source="x-download")
        original = store_original(town.archive, run, path, access=Access.PRIVATE, name=path.name)
        finish_run(town.archive, run, outcome="complete", notes={})
    for place, native_id in enumerate(native_ids):
        created = "2024-03-01T18:00:00Z" if place == 0 else YOUNG
        text = f"Post {native_id} of the lake"
        town.store(native_id, text, created_at=created, original=original)


def _propose(town, *picked, route: str = "non-record", reason: str = "captured by mistake"):
    return propose(
        *(town.office, town.archive, town.settings, town.accounts, picked),
        actor="ph",
        route=route,
        reason=reason,
        outside=town.outside,
    )


def test_a_duplicate_stays_where_the_record_kept_for_it_is_gone(town) -> None:
    file, ref = town.store("1", created_at=YOUNG)
    other, kept = town.store("2", created_at=YOUNG)
    wanted = Wanted(picked=((file, "record", ref),), kept_record=f"{other}:{kept}")
    made = town.build(wanted, route="34090.7")
    town.approve_all(made.number)
    removal = _propose(town, (other, "record", kept))
    town.approve_all(removal.number)
    town.execute(removal.number)
    assert town.execute(made.number).kept == 1
    assert town.holds(file, ref)
    with pytest.raises(RuleError, match=f"{other}:{kept}, is not there"):
        town.build(wanted, route="34090.7")
