"""A volume stands whole or not at all, holds what was decided, and is numbered once."""

from __future__ import annotations

import errno
import json
import resource
import sqlite3
from pathlib import Path

import pypdfium2
import pytest

from archiver.errors import BusyError, RuleError, StorageError
from archiver.items import Kind, Visibility
from archiver.production import ledger
from archiver.production.press import press
from archiver.production.produce import produce
from archiver.production.staging import recover_productions
from archiver.production.verify import verify_production
from archiver.requests.book import close_request, decide


def test_a_volume_holds_packet_data_and_a_manifest_that_verifies(city) -> None:
    number = city.ask()
    items = city.collect(number, city.store("1"), city.store("2", "¿Cuándo abre? 水费"))
    city.release(number, *items)
    made = city.produce(number)
    assert made.folder == city.home.productions / number / "VOL001"
    assert {path.name for path in made.folder.iterdir()} == {
        "packet.pdf",
        "data",
        "load",
        "site",
        "verify.html",
        "manifest.json",
    }
    assert verify_production(made.folder).ok
    manifest = json.loads((made.folder / "manifest.json").read_text())
    assert manifest["pages"] == {"first": "AG-000001", "last": made.last_bates, "count": made.pages}
    assert [one["number"] for one in manifest["released"]] == [1, 2]


def test_an_undecided_item_stops_the_production_and_is_named(city) -> None:
    number = city.ask()
    first, second = city.collect(number, city.store("1"), city.store("2"))
    city.release(number, first)
    with pytest.raises(RuleError, match=rf"1 item has no decision yet \({second}\)"):
        city.produce(number)
    assert not (city.home.productions / number).exists()


def test_a_record_that_is_not_what_was_reviewed_is_refused(city) -> None:
    number = city.ask()
    (item,) = city.collect(number, city.store("1"))
    city.release(number, item)
    city.archive.public.execute("DROP TRIGGER leaves_keep")
    city.archive.public.execute(
        "UPDATE leaves SET hash = randomblob(32) WHERE seq = (SELECT leaf FROM versions)"
    )
    with pytest.raises(RuleError, match=f"item {item} cannot be produced"):
        city.produce(number)


def test_an_empty_request_produces_nothing(city) -> None:
    with pytest.raises(RuleError, match="nothing is collected"):
        city.produce(city.ask())


def test_a_request_of_which_nothing_is_responsive_produces_nothing(city) -> None:
    number = city.ask()
    decide(city.office, number, city.collect(number, city.store("1")), "not responsive", actor="of")
    with pytest.raises(RuleError, match="not responsive"):
        city.produce(number)


def test_producing_twice_makes_one_volume(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    assert city.produce(number) == city.produce(number, now="2026-11-20T19:00:00Z")
    beside = {path.name for path in (city.home.productions / number).iterdir()}
    assert beside == {"VOL001", "VOL001.proof.json", "VOL001.zip"}


def test_a_second_volume_holds_what_is_new_and_continues_the_numbers(city) -> None:
    number = city.ask()
    (item,) = city.collect(number, city.store("1"))
    city.release(number, item)
    first = city.produce(number)
    before = (first.folder / "packet.pdf").read_bytes()
    items = city.collect(number, city.store("2", "And the benches?", parent_id="1"))
    city.release(number, items[1])
    second = city.produce(number)
    assert second.folder.name == "VOL002"
    assert (first.folder / "packet.pdf").read_bytes() == before
    lines = (second.folder / "data" / "records.jsonl").read_text().splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["And the benches?"]
    assert second.first_bates == f"AG-{first.pages + 1:06d}"


def test_an_item_decided_anew_is_produced_again(city) -> None:
    number = city.ask()
    (item,) = city.collect(number, city.store("1"))
    city.withhold(number, item)
    assert city.produce(number).withheld == 1
    city.release(number, item)
    second = city.produce(number)
    assert (second.volume, second.released, second.withheld) == (2, 1, 0)


def test_page_numbers_never_repeat_between_requests(city) -> None:
    last = 0
    for native_id in "12":
        number = city.ask()
        city.release(number, *city.collect(number, city.store(native_id)))
        made = city.produce(number)
        assert made.first_bates == f"AG-{last + 1:06d}"
        last += made.pages
    taken = city.office.execute("SELECT page FROM bates_pages ORDER BY page").fetchall()
    assert [row["page"] for row in taken] == list(range(1, last + 1))


def test_a_volume_and_its_numbers_cannot_be_changed_in_the_database(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    city.produce(number)
    for change in (
        "UPDATE productions SET last_page = 900",
        "DELETE FROM productions",
        "DELETE FROM bates_pages",
        "UPDATE production_items SET outcome = 'withheld'",
    ):
        with pytest.raises(sqlite3.IntegrityError):
            city.office.execute(change)


def test_only_one_production_is_made_at_a_time(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    heard = []

    def again(what: str, done: int, total: int | None) -> None:
        with pytest.raises(BusyError):
            city.produce(number)
        heard.append(what)

    produce(
        city.home,
        city.office,
        city.archive,
        number,
        actor="of",
        now="2026-11-20T18:00:00Z",
        progress=again,
    )
    assert heard


def test_an_edit_after_collection_does_not_reach_the_packet(city) -> None:
    number = city.ask()
    (item,) = city.collect(number, city.store("1", "The lights are out"))
    city.release(number, item)
    city.store("1", "The lights are on again", observed_at="2026-11-18T10:00:00Z")
    made = city.produce(number)
    text = (made.folder / "data" / "records.jsonl").read_text()
    assert "The lights are out" in text
    assert "on again" not in text


def test_earlier_versions_come_with_the_version_that_was_reviewed(city) -> None:
    number = city.ask()
    city.store("1", "The lights are out")
    record = city.store("1", "The lights are on again", observed_at="2026-11-18T10:00:00Z")
    city.release(number, *city.collect(number, record))
    line = json.loads((city.produce(number).folder / "data" / "records.jsonl").read_text())
    assert line["text"] == "The lights are on again"
    assert [one["text"] for one in line["earlier_versions"]] == ["The lights are out"]


def test_the_audit_names_who_produced_what(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    made = city.produce(number)
    row = city.office.execute("SELECT * FROM audit WHERE action = 'production made'").fetchone()
    assert (row["actor"], row["subject"]) == ("of", f"request {number}")
    assert json.loads(row["detail"])["manifest_sha256"] == made.manifest_sha256
    assert ledger.productions_of(city.office, city.home, number) == [made]


def test_a_full_disk_leaves_nothing_and_takes_no_number(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    before = resource.prlimit(press.process_id(), resource.RLIMIT_FSIZE)
    resource.prlimit(press.process_id(), resource.RLIMIT_FSIZE, (9_000, before[1]))
    try:
        with pytest.raises(StorageError, match="nothing was produced"):
            city.produce(number)
    finally:
        resource.prlimit(press.process_id(), resource.RLIMIT_FSIZE, before)
    assert [path.name for path in city.home.productions.iterdir()] == [".making.lock"]
    assert city.produce(number).first_bates == "AG-000001"


def test_a_closed_request_produces_nothing(city) -> None:
    number = city.ask()
    close_request(
        city.office, number, settings=city.home.settings(), actor="of", reason="withdrawn"
    )
    with pytest.raises(RuleError, match="closed"):
        city.produce(number)


def test_media_and_messages_come_with_their_records(city, people, tmp_path) -> None:
    number = city.ask()
    picture = people.photograph(tmp_path / "lake.jpg", 90, 60)
    private = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE}
    records = [
        city.store("1", pictures=((picture, "A lake at noon"),)),
        city.store("2", "Is the pool heated?", pictures=((picture, "Again"),), **private),
    ]
    city.release(number, *city.collect(number, *records))
    folder = city.produce(number).folder
    lines = [
        json.loads(line) for line in (folder / "data" / "records.jsonl").read_text().splitlines()
    ]
    assert [line["kind"] for line in lines] == ["comment", "message"]
    for line in lines:
        (media,) = line["media"]
        assert b"SECRET" not in (folder / media["file"]).read_bytes()
    check = verify_production(folder)
    assert check.ok
    assert check.files == sum(path.is_file() for path in folder.rglob("*")) - 1


def test_what_happened_to_a_record_is_told_in_words(city) -> None:
    number = city.ask()
    record = city.store("1")
    city.store(
        "1",
        visibility=Visibility.HIDDEN,
        observed_at="2026-11-18T10:00:00Z",
    )
    city.store(
        "1",
        visibility=Visibility.HIDDEN,
        removed_at="2026-11-18T20:00:00Z",
        removed_by="author",
        observed_at="2026-11-19T10:00:00Z",
    )
    city.release(number, *city.collect(number, record))
    line = json.loads((city.produce(number).folder / "data" / "records.jsonl").read_text())
    assert [one["what"] for one in line["history"]] == [
        "Hidden from the public.",
        "Deleted, as the download states; removed by its author.",
    ]
    assert line["presence"] == "absent"


def test_languages_a_reader_cannot_use_are_left_out(city) -> None:
    number = city.ask()
    records = [
        city.store(str(place), language=tag)
        for place, tag in enumerate(("es", "zh-Hans", "und", "qme", "not a tag", None))
    ]
    city.release(number, *city.collect(number, *records))
    lines = (city.produce(number).folder / "data" / "records.jsonl").read_text().splitlines()
    found = [json.loads(line)["language"] for line in lines]
    assert found == ["es", "zh-Hans", None, None, None, None]


def test_a_finished_volume_that_a_kill_left_aside_is_moved_into_place(city, monkeypatch) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", killed)
        with pytest.raises(Killed):
            city.produce(number)
    assert not (city.home.productions / number / "VOL001").exists()
    assert ledger.productions_of(city.office, city.home, number) == []
    assert recover_productions(city.home, city.office) == 1
    assert recover_productions(city.home, city.office) == 0
    (made,) = ledger.productions_of(city.office, city.home, number)
    assert verify_production(made.folder).ok
    assert city.produce(number) == made


def test_a_decision_changed_while_a_volume_is_made_stops_it(city) -> None:
    number = city.ask()
    (item,) = city.collect(number, city.store("1"))
    city.release(number, item)

    def changes_their_mind(what: str, done: int, total: int | None) -> None:
        if total is None:
            city.withhold(number, item)

    with pytest.raises(RuleError, match=f"item {item} was decided anew"):
        produce(
            city.home,
            city.office,
            city.archive,
            number,
            actor="of",
            now="2026-11-20T18:00:00Z",
            progress=changes_their_mind,
        )
    assert not (city.home.productions / number).exists()
    made = city.produce(number)
    assert (made.released, made.withheld, made.first_bates) == (0, 1, "AG-000001")


def test_recovering_leaves_alone_a_production_that_is_being_made(city) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))
    left = []

    def meanwhile(*_: object) -> None:
        assert recover_productions(city.home, city.office) == 0
        left.append(list(city.home.productions.glob(".making-*")))

    produce(
        *(city.home, city.office, city.archive, number),
        actor="of",
        now="2026-11-20T18:00:00Z",
        progress=meanwhile,
    )
    assert left
    assert all(left)


def test_a_volume_that_cannot_be_moved_is_said_in_one_line(city, monkeypatch) -> None:
    number = city.ask()
    city.release(number, *city.collect(number, city.store("1")))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "rename", full)
        with pytest.raises(StorageError, match="cannot be moved into place"):
            city.produce(number)
        with pytest.raises(StorageError, match="cannot be moved into place"):
            recover_productions(city.home, city.office)
    assert recover_productions(city.home, city.office) == 1


def test_a_packet_for_practice_says_so_and_takes_no_page_number_of_the_city(city) -> None:
    number = city.ask(practice=True)
    city.release(number, *city.collect(number, city.store("1")))
    made = city.produce(number)
    assert made.last_bates.startswith("PRACTICE-")
    packet = pypdfium2.PdfDocument(made.folder / "packet.pdf")
    pages = [page.get_textpage().get_text_range() for page in packet]
    assert all("PRACTICE, DRAFT" in page for page in pages)
    assert "answers nobody" in pages[0]
    real = city.ask()
    city.release(real, *city.collect(real, city.store("2")))
    assert city.produce(real).first_bates == "AG-000001"


def test_every_page_number_leads_back_to_the_archive(city) -> None:
    number = city.ask()
    shown, withheld = city.collect(number, city.store("1"), city.store("2"))
    city.release(number, shown)
    city.withhold(number, withheld)
    made = city.produce(number)
    found = ledger.sources_of(city.office, number)
    assert [(each.item, each.outcome) for each in found] == [
        (shown, "released"),
        (withheld, "withheld"),
    ]
    assert all(made.first_bates < each.first_page <= made.last_bates for each in found)
    assert all(len(each.leaf) == 64 for each in found)
