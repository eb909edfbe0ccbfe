"""What everybody may read: chosen, asked about, approved by name, built by a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from archiver.confining import can_confine
from archiver.desk._compat import Datasette
from archiver.errors import InputError, RuleError, StorageError
from archiver.items import Kind, Visibility
from archiver.production.ledger import Production
from archiver.production.reading_room import building
from archiver.production.reading_room.building import build_room
from archiver.production.reading_room.checklist import checklist
from archiver.production.reading_room.posting_rows import get_posting
from archiver.production.reading_room.postings import answer, approve, propose
from archiver.production.reading_room.postings import take_down as take
from archiver.production.releasing.book import releases_of
from archiver.production.releasing.ending import withdraw
from archiver.requests.finding.marking import mark_minor
from tests.cli.shell import Shell

Released = Callable[..., Production]
ODILE = {"actor": "odile"}
SECRET = "HELIOTROPE-SECRET"
CODES = [each.code for each in checklist().question]
BOTH = {"actor": "ph", "attorney": "P. Haldane", "on": dt.date(2026, 11, 24)}


def proposed(room: Any, made: Production, **more: Any) -> Any:
    return propose(
        *(room.home, room.office, made.request, made.volume, "Skate park comments"),
        **ODILE,
        **more,
    )


def approved(room: Any, made: Production, **more: Any) -> Any:
    posting = proposed(room, made, **more)
    answer(room.office, posting.id, dict.fromkeys(CODES, "yes"), **ODILE)
    return approve(room.home, room.office, posting.id, digest=posting.digest, **BOTH)


def words_in(folder: Path) -> bytes:
    """Every byte of what was built."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_it_is_off_until_the_city_turns_it_on(city: Any, tmp_path: Path) -> None:
    for act in (
        lambda: propose(city.home, city.office, "x", 1, "x", **ODILE),
        lambda: build_room(city.home, city.office, tmp_path / "room", **ODILE),
    ):
        with pytest.raises(RuleError, match="the reading room is off"):
            act()
    assert not (tmp_path / "room").exists()


def test_what_must_not_be_posted_stays_out_with_the_reason(room: Any, released: Released) -> None:
    number = room.ask()
    room.office.execute(
        "UPDATE requests SET requester = 'Gwendolyn Ostrander' WHERE number = ?", (number,)
    )
    mark_minor(room.office, number, "Tamsin Bellwether", actor="of")
    private = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE, "root_id": "dm"}
    records = [
        room.store("1", "The lights at the skate park are out"),
        room.store("2", "Call me on 916-555-0143 about the lights"),
        room.store("3", "My neighbour Tamsin Bellwether rides there"),
        room.store("4", "As Gwendolyn Ostrander said at the meeting"),
        room.store("5", f"A message in private, {SECRET}", **private),
        room.store("6", "Councilman Roe, APN 012-345-678, should see it"),
        room.store("7", "Hidden by the city", visibility=Visibility.HIDDEN),
    ]
    made = released(number, *records)
    posting = proposed(room, made)
    assert len(posting.numbers) == 1
    reasons = sorted(posting.left_out.values())
    assert reasons == sorted(
        [
            *("private", "names a minor", "names the requester", "gone, removed or hidden"),
            *("may hold: telephone", "may hold: assessor’s parcel number"),
        ]
    )
    by_reason = {why: int(n) for n, why in posting.left_out.items()}
    telephone = by_reason["may hold: telephone"]
    again = proposed(room, made, include={telephone: "The number of the city's own counter"})
    assert len(again.numbers) == 2 and again.slug != posting.slug
    assert again.included == {str(telephone): "The number of the city's own counter"}
    for wrong in ("private", "names a minor", "names the requester"):
        with pytest.raises(RuleError, match="never posted"):
            proposed(room, made, include={by_reason[wrong]: "Please"})
    with pytest.raises(InputError, match="say why"):
        proposed(room, made, include={telephone: " "})


def test_it_takes_a_released_volume_every_answer_and_the_attorney_over_the_exact_content(
    room: Any, released: Released
) -> None:
    number = room.ask()
    room.release(number, *room.collect(number, room.store("0")))
    unreleased = room.produce(number)
    with pytest.raises(RuleError, match="is not released"):
        proposed(room, unreleased)
    made = released(room.ask(), room.store("1"))
    posting = proposed(room, made)
    with pytest.raises(RuleError, match="“officials” is not answered yet"):
        approve(room.home, room.office, posting.id, digest=posting.digest, **BOTH)
    answer(room.office, posting.id, dict.fromkeys(CODES, "yes") | {"minors": "no"}, **ODILE)
    with pytest.raises(RuleError, match="“minors” is answered no"):
        approve(room.home, room.office, posting.id, digest=posting.digest, **BOTH)
    answer(room.office, posting.id, {"minors": "yes"}, note="Looked at each", **ODILE)
    with pytest.raises(RuleError, match="hash is not that of this posting"):
        approve(room.home, room.office, posting.id, digest="0" * 64, **BOTH)
    with pytest.raises(RuleError, match="lies ahead"):
        ahead = {**BOTH, "on": dt.date(2100, 1, 1)}
        approve(room.home, room.office, posting.id, digest=posting.digest, **ahead)
    done = approve(room.home, room.office, posting.id, digest=posting.digest[:12], **BOTH)
    assert (done.state, done.attorney, done.approved_on) == (
        *("approved", "P. Haldane"),
        "2026-11-24",
    )
    with pytest.raises(InputError, match="answer yes or no"):
        answer(room.office, posting.id, {"minors": "maybe"}, **ODILE)


async def test_what_is_built_opens_in_stock_datasette_and_holds_nothing_else(
    room: Any, released: Released, tmp_path: Path
) -> None:
    private = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE, "root_id": "dm"}
    hostile = "<script>alert(1)</script> ‮desrever‬ & 'quoted'"
    made = released(
        room.ask(),
        room.store("1", f"The lights are out {hostile}"),
        room.store("2", f"In private: {SECRET}", **private),
    )
    proposed(room, made)
    approved(room, made)
    site = tmp_path / "room"
    built = build_room(room.home, room.office, site, **ODILE)
    assert len(built.posted) == 1 and built.left_out == {}
    everything = words_in(site)
    for secret in (SECRET, "author_id", "jfrost-secret", str(room.home.path), "data/direct"):
        assert secret.encode() not in everything, secret
    page = (site / built.posted[0] / "index.html").read_text()
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "P. Haldane" in page
    datasette = Datasette([str(site / "public.db")], internal=None)
    answer_ = await datasette.client.get("/public/records.json?_shape=array&_search=lights")
    assert [each["number"] for each in answer_.json()] == [1]
    datasette.close()
    with closing(sqlite3.connect(site / "public.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM records").fetchone() == (1,)
    first = (site / "public.db").read_bytes()
    build_room(room.home, room.office, site, **ODILE)
    assert (site / "public.db").read_bytes() == first


def test_a_takedown_and_a_withdrawal_take_effect_at_the_next_building(
    room: Any, released: Released, tmp_path: Path
) -> None:
    one = approved(room, released(room.ask(), room.store("1", "The first posting of all")))
    made = released(room.ask(), room.store("2", "The second posting of all"))
    two = approved(room, made)
    site = tmp_path / "room"
    assert set(build_room(room.home, room.office, site, **ODILE).posted) == {one.slug, two.slug}
    with pytest.raises(InputError, match="say why"):
        take(room.office, one.id, reason=" ", **ODILE)
    take(room.office, one.id, reason="A telephone number was overlooked", **ODILE)
    assert get_posting(room.office, one.id).state == "taken down"
    [release] = releases_of(room.office, made.request)
    withdraw(room.home, room.office, release.id, reason="Withdrawn", **ODILE)
    built = build_room(room.home, room.office, site, **ODILE)
    assert built.posted == ()
    assert built.taken_down == (one.slug,)
    assert "is not released" in built.left_out[two.slug]
    everything = words_in(site)
    assert b"posting of all" not in everything and b"overlooked" not in everything
    stone = (site / one.slug / "index.html").read_text()
    assert "was taken down" in stone and "Skate park comments" not in stone
    assert not (site / two.slug).exists()


def test_what_was_changed_after_the_approval_is_never_posted(
    room: Any, released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = released(room.ask(), room.store("1"))
    posting = approved(room, made)
    usual = building._prepare

    def tampered(*given: Any) -> Any:
        job = usual(*given)
        job["postings"][0]["title"] = "Another title"
        return job

    with monkeypatch.context() as patch:
        patch.setattr(building, "_prepare", tampered)
        built = build_room(room.home, room.office, tmp_path / "room", **ODILE)
    assert "not what the city attorney approved" in built.left_out[posting.slug]
    (made.folder / "records.csv").write_text("changed")
    built = build_room(room.home, room.office, tmp_path / "room", **ODILE)
    assert "records.csv" in built.left_out[posting.slug]


def test_the_builder_reaches_nothing_of_the_home(
    room: Any, released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(room, released(room.ask(), room.store("1")))
    spied = building._CODE.replace(
        "main()",
        "import archiver.production.reading_room.builder as b\n"
        "import os\n"
        "usual = b.build\n"
        "def build(root):\n"
        f"    for path in ({str(room.home.office_db)!r}, '/etc/passwd'):\n"
        "        try: open(path)\n"
        "        except PermissionError: pass\n"
        "        else: raise SystemExit('it could read ' + path)\n"
        "    assert not [k for k in os.environ if k.startswith('ARCHIVER')]\n"
        "    return usual(root)\n"
        "b.build = build\n"
        "main()",
    )
    if can_confine():  # elsewhere nothing stops it; it has still no path to the home
        monkeypatch.setattr(building, "_CODE", spied)
    built = build_room(room.home, room.office, tmp_path / "room", **ODILE)
    assert len(built.posted) == 1


def test_a_folder_that_holds_something_else_or_the_home_is_refused(
    room: Any, released: Released, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(room, released(room.ask(), room.store("1")))
    other = tmp_path / "website"
    other.mkdir()
    (other / "index.html").write_text("The city's own pages")
    with pytest.raises(InputError, match="holds something else"):
        build_room(room.home, room.office, other, **ODILE)
    for inside in (room.home.path / "room", room.home.path, room.home.path.parent):
        with pytest.raises(InputError, match="archive home"):
            build_room(room.home, room.office, inside, **ODILE)
    site = tmp_path / "room"
    build_room(room.home, room.office, site, **ODILE)
    before = words_in(site)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(StorageError, match="what was there stays"):
        build_room(room.home, room.office, site, **ODILE)
    assert words_in(site) == before
    assert [each.name for each in tmp_path.glob(".room*")] == []


def test_pictures_come_only_where_they_are_asked_for(
    room: Any, released: Released, tmp_path: Path, people: Any
) -> None:
    from PIL import Image

    picture = tmp_path / "lights.png"
    Image.new("RGB", (40, 30), "green").save(picture)
    made = released(room.ask(), room.store("1", pictures=((picture, "Dark lamps"),)))
    site = tmp_path / "room"
    approved(room, made)
    build_room(room.home, room.office, site, **ODILE)
    assert not list(site.rglob("media/*"))
    shown = approved(room, made, media=True)
    build_room(room.home, room.office, site, **ODILE)
    [file] = (site / shown.slug / "media").iterdir()
    assert file.read_bytes() in [path.read_bytes() for path in (made.folder / "media").iterdir()]
    assert 'alt="Dark lamps"' in (site / shown.slug / "index.html").read_text()
    json.loads((site / "metadata.json").read_text())


def test_the_room_is_kept_by_commands(
    room: Any, released: Released, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell = Shell(capsys, room.home.path)
    made = released(room.ask(), room.store("1", "The lights are out"), room.store("2"))
    words = ("publish", "propose", made.request, "--volume", "1", "--title", "Lights")
    shell.run(*words, "--include", "nonsense", code=2)
    posting = shell.json(*words)
    assert "The lights are out" in shell.run("publish", "show", "1", "--content")
    assert "officials  ?" in shell.out
    approve_ = ("publish", "approve", "1", "--attorney", "P. Haldane", "--on", "2026-11-24")
    shell.run(*approve_, "--hash", posting["digest"], code=8)
    shell.run("publish", "answer", "1", *(f"{code}=yes" for code in CODES))
    shell.run(*approve_, "--hash", posting["digest"][:12])
    site = tmp_path / "room"
    assert "1 postings, 0 taken down" in shell.run("publish", "build", str(site))
    (made.folder / "packet.pdf").write_bytes(b"changed")
    shell.run("publish", "build", str(site), code=10)
    assert "packet.pdf was changed" in shell.out.replace("\n", " ")
    shell.run("publish", "takedown", "1", "--reason", "A name was overlooked")
    assert shell.json("publish", "build", str(site))["taken_down"] == [posting["slug"]]
    [one] = shell.json("publish", "list")
    assert one["state"] == "taken down"
