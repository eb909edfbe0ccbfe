"""What went out: to whom, how, with which hashes; refused with the list; withdrawn, superseded."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archiver.config import Home
from archiver.errors import InputError, IntegrityError, RuleError, StorageError
from archiver.production.ledger import Production
from archiver.production.manifest import sha256
from archiver.production.releasing import driving
from archiver.production.releasing.book import get_release, releases_of
from archiver.production.releasing.driving import copy_to_drive
from archiver.production.releasing.ending import supersede, withdraw
from archiver.production.releasing.going_out import volumes_out
from archiver.production.releasing.handing_over import hand_over_by_hand
from archiver.production.releasing.staging import NOBODY_NAMED, stage
from archiver.register.office import audit_trail
from archiver.requests.book import decide, items_of
from archiver.requests.reviewing.attorney import ask
from archiver.retention.quarantine import put_in_quarantine

Fit = Callable[..., Production]
ODILE = {"actor": "odile"}


def staged(city: Any, made: Production, channel: str = "paper", **more: Any) -> Any:
    return stage(city.home, city.office, made.request, channel=channel, **ODILE, **more)


def test_a_volume_on_paper_is_staged_then_out_with_hashes_recipient_time_and_audit(
    city: Any, fit: Fit
) -> None:
    made = fit()
    release = staged(city, made, recipient="Gwendolyn Ostrander", note="Picked up at the counter")
    assert (release.state, release.released_at) == ("staged", None)
    [volume] = release.volumes
    assert volume.manifest_sha256 == made.manifest_sha256
    packed = made.folder.with_name("VOL001.zip")
    assert (volume.zip_sha256, volume.zip_bytes) == (sha256(packed), packed.stat().st_size)
    assert volumes_out(city.office, made.request) == {}
    out = hand_over_by_hand(city.home, city.office, release, **ODILE)
    assert (out.state, out.recipient) == ("released", "Gwendolyn Ostrander")
    assert volumes_out(city.office, made.request) == {1: out.released_at}
    told = audit_trail(city.office, subject=f"release {release.id}")
    assert [each.action for each in told] == ["release released", "release staged"]
    assert told[1].detail is not None
    assert told[1].detail["manifests"] == [made.manifest_sha256]
    with pytest.raises(RuleError, match="nothing to hand over"):
        hand_over_by_hand(city.home, city.office, out, **ODILE)


def test_who_gave_no_name_needs_none_and_all_that_never_went_out_is_meant(
    city: Any, fit: Fit
) -> None:
    first = fit()
    out = hand_over_by_hand(city.home, city.office, staged(city, first), **ODILE)
    assert out.recipient == NOBODY_NAMED
    second = fit(first.request, "Second thoughts about the lights")
    release = staged(city, second)
    assert [each.volume for each in release.volumes] == [2]
    with pytest.raises(InputError, match="has no volume VOL009"):
        stage(city.home, city.office, first.request, [9], channel="paper", **ODILE)
    with pytest.raises(RuleError, match="since this page was opened"):
        staged(city, second, seen=out.id)


def test_the_time_of_handing_over_lies_between_the_making_and_now(city: Any, fit: Fit) -> None:
    release = staged(city, fit())
    for wrong in ("2031-01-01T00:00:00Z", "2026-11-01T00:00:00Z"):
        with pytest.raises(InputError, match="the time lies"):
            hand_over_by_hand(city.home, city.office, release, at=wrong, **ODILE)
    at = "2026-11-20T19:00:00Z"
    out = hand_over_by_hand(city.home, city.office, release, at=at, **ODILE)
    assert out.released_at == at


def test_a_draft_and_a_practice_packet_never_go_out(city: Any) -> None:
    for practice in (False, True):
        number = city.ask(practice=practice)
        city.release(number, *city.collect(number, city.store(f"d{practice}")))
        made = city.produce(number)
        with pytest.raises(RuleError, match="practice" if practice else "DRAFT"):
            staged(city, made)
        assert releases_of(city.office, number) == []


def changed(city: Any, made: Production) -> str:
    (made.folder / "packet.pdf").write_bytes(b"%PDF-1.7 another")
    return "packet.pdf was changed since it was produced"


def other_manifest(city: Any, made: Production) -> str:
    (made.folder / "manifest.json").write_text("{}")
    return "manifest.json is not the one that was produced"


def other_zip(city: Any, made: Production) -> str:
    made.folder.with_name("VOL001.zip").write_bytes(b"PK\5\6" + bytes(18))
    return "VOL001.zip: it does not hold the volume’s files"


def other_proof(city: Any, made: Production) -> str:
    made.folder.with_name("VOL001.proof.json").write_text('{"manifest": "00"}')
    return "the proof of another volume"


def quarantine(city: Any, made: Production) -> str:
    files = {"archive": city.archive.public, "private": city.archive.private}
    item = items_of(city.office, made.request)[0]
    put_in_quarantine(
        *(city.office, files, item.file, item.record_id),
        actor="ph",
        kind="court-sealed",
        reason="Order 26-114",
    )
    return "in quarantine now"


def decided_anew(city: Any, made: Production) -> str:
    item = items_of(city.office, made.request)[0]
    decide(city.office, made.request, [item.id], "not responsive", actor="of")
    return "decided anew since: produce again"


def asked_about(city: Any, made: Production) -> str:
    item = items_of(city.office, made.request)[0]
    ask(city.office, made.request, item.id, "May this go out?", actor="of")
    return "with the attorney"


@pytest.mark.parametrize(
    "happens",
    [changed, other_manifest, other_zip, other_proof, quarantine, decided_anew, asked_about],
)
def test_what_happened_since_it_was_made_keeps_a_volume_from_going_out(
    city: Any, fit: Fit, happens: Callable[[Any, Production], str]
) -> None:
    made = fit()
    told = happens(city, made)
    with pytest.raises(RuleError, match=told) as refused:
        staged(city, made)
    assert "VOL001: " in str(refused.value)
    assert "\n" not in str(refused.value)
    assert releases_of(city.office, made.request) == []


def test_what_was_staged_is_looked_at_again_when_it_is_handed_over(city: Any, fit: Fit) -> None:
    made = fit()
    release = staged(city, made)
    quarantine(city, made)
    with pytest.raises(RuleError, match="in quarantine now"):
        hand_over_by_hand(city.home, city.office, release, **ODILE)
    assert get_release(city.office, release.id).state == "staged"


def test_a_record_in_a_later_volume_is_released_there_and_supersedes_what_was_out(
    city: Any, fit: Fit
) -> None:
    made = fit()
    out = hand_over_by_hand(city.home, city.office, staged(city, made), **ODILE)
    item = items_of(city.office, made.request)[0]
    city.withhold(made.request, item.id, acknowledge_earlier=True, note_text="It names a child.")
    with pytest.raises(InputError, match="in release"):
        supersede(city.home, city.office, out.id, 1, reason="The same", **ODILE)
    again = fit(made.request, "A second record")
    assert again.volume == 2
    with pytest.raises(RuleError, match="in a later volume in another form: release that one"):
        stage(city.home, city.office, made.request, [1], channel="paper", **ODILE)
    ended = supersede(city.home, city.office, out.id, 2, reason="A telephone number", **ODILE)
    assert (ended.state, ended.steps[-1].by_volume) == ("superseded", 2)
    assert ended.released_at == out.released_at
    assert volumes_out(city.office, made.request) == {}
    with pytest.raises(RuleError, match="was superseded"):
        withdraw(city.home, city.office, out.id, reason="Late", **ODILE)


def test_withdrawn_with_a_reason_stays_with_everything_it_was(city: Any, fit: Fit) -> None:
    made = fit()
    out = hand_over_by_hand(city.home, city.office, staged(city, made), **ODILE)
    with pytest.raises(InputError, match="say why"):
        withdraw(city.home, city.office, out.id, reason=" ", **ODILE)
    ended = withdraw(city.home, city.office, out.id, reason="Sent to the wrong person", **ODILE)
    assert (ended.state, ended.volumes, ended.released_at) == (
        *("withdrawn", out.volumes),
        out.released_at,
    )
    [entry] = audit_trail(city.office, subject=f"release {out.id}", limit=1)
    assert entry.detail is not None
    assert entry.detail["was out"] == out.released_at


@pytest.mark.parametrize(
    "table",
    [
        *("releases", "release_volumes", "release_steps"),
        *("delivery_links", "delivery_link_ends", "delivery_fetches", "release_copies"),
    ],
)
def test_nothing_of_a_release_is_ever_changed_or_deleted(city: Any, table: str) -> None:
    names = [each["name"] for each in city.office.execute(f"PRAGMA table_info({table})")]
    city.office.execute("PRAGMA foreign_keys = OFF")
    city.office.execute("PRAGMA ignore_check_constraints = ON")
    values = ", ".join("'1'" for _ in names)
    city.office.execute(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({values})")
    for statement in (
        f"UPDATE {table} SET {names[1]} = 2",
        f"DELETE FROM {table}",
        f"INSERT OR REPLACE INTO {table} ({', '.join(names)}) VALUES ({values})",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            city.office.execute(statement)


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_a_drive_gets_a_copy_that_was_read_back_and_a_page_how_to_check_it(
    city: Any, fit: Fit, tmp_path: Path, form: str
) -> None:
    made = fit()
    proof = made.folder.with_name("VOL001.proof.json")
    proof.write_text(json.dumps({"manifest_sha256": made.manifest_sha256}))
    drive = tmp_path / "stick"
    drive.mkdir()
    release = staged(city, made, "drive")
    out = copy_to_drive(city.home, city.office, release, drive, form=form, **ODILE)
    assert out.state == "released"
    [copy] = out.copies
    place = Path(copy.place)
    names = {each.name for each in place.iterdir()}
    volume = "VOL001.zip" if form == "zip" else "VOL001"
    assert names == {volume, "VOL001.proof.json", "README.txt"}
    readme = (place / "README.txt").read_text("utf-8")
    assert made.manifest_sha256 in readme and "verify.html" in readme
    assert copy.bytes == sum(p.stat().st_size for p in place.rglob("*") if p.is_file())
    with pytest.raises(InputError, match="there already"):
        copy_to_drive(city.home, city.office, out, drive, form=form, **ODILE)


def test_a_drive_that_writes_something_else_or_is_full_leaves_nothing_and_nothing_went_out(
    city: Any, fit: Fit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = fit()
    drive = tmp_path / "stick"
    drive.mkdir()
    release = staged(city, made, "drive")

    def spoilt(path: Path) -> None:
        if path.suffix == ".zip":
            path.write_bytes(path.read_bytes()[:-1] + b"?")

    with monkeypatch.context() as patch:
        patch.setattr(driving, "_settle", spoilt)
        with pytest.raises(IntegrityError, match="use another drive"):
            copy_to_drive(city.home, city.office, release, drive, **ODILE)
    monkeypatch.setattr(driving.shutil, "disk_usage", lambda _: _Full())
    with pytest.raises(StorageError, match="No space left"):
        copy_to_drive(city.home, city.office, release, drive, **ODILE)
    assert list(drive.iterdir()) == []
    assert get_release(city.office, release.id).state == "staged"
    with pytest.raises(InputError, match="inside the archive home"):
        copy_to_drive(city.home, city.office, release, Home(city.home.path).productions, **ODILE)


class _Full:
    free = 0
