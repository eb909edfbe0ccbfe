"""A packet under bars: accessible, complete in its lists, made again when a bar changes."""

from __future__ import annotations

import io
import json
import re
import subprocess

import pytest
from PIL import Image

from archiver.errors import RuleError
from archiver.items import Author, AuthorRole
from archiver.production import words
from archiver.production.as_released import as_released
from archiver.requests.book import Claim, decide, get_item
from archiver.requests.redacting.bars import Region
from archiver.requests.redacting.earlier import releases_of
from archiver.requests.redacting.passages import Covered, Passage
from archiver.requests.redacting.redactions import (
    Mark,
    add_redaction,
    fields_of_item,
    ground_redaction,
    remove_redaction,
)
from archiver.staff.people import add_person
from archiver.staff.schema import open_staff

UTILITY = Claim("7927.410")
HEALTH = Claim("7927.705", second_citation="Evid. Code § 994")
TEXT = "My mother is on dialysis, account 4471-0182: call https://example.org/555-0176 please"


@pytest.fixture
def cover(city):
    """Covers words of a field of an item, or all of it."""

    def covered(number, item, field, what=None, claims=(UTILITY,), **more):
        files = {"archive": city.archive.public, "private": city.archive.private}
        mark = Mark(field, **({"region": what} if isinstance(what, Region) else {}))
        if isinstance(what, str):
            fields = fields_of_item(city.office, files, number, item)
            value = next(each.value for each in fields if each.name == field)
            mark = Mark(field, value.index(what), value.index(what) + len(what))
        made = add_redaction(
            *(city.office, files, number, item, mark), actor="of", claims=claims, **more
        )
        return made.redaction

    for section in ("7927.410", "7927.705"):
        city.attest(section)
    return covered


def redact(city, number, *items, **more):
    return decide(city.office, number, items, "redact", actor="of", **more)


@pytest.fixture
def under_bars(city, cover, people, tmp_path):
    """A request whose first record is covered in most places, the second in one, the third not."""
    number = city.ask()
    picture = people.photograph(tmp_path / "lake.jpg")
    city.store("1", "My account is 4471-0182.", raw=b"1", stable=b"1")
    first = city.store(
        "1",
        TEXT,
        raw=b"2",
        stable=b"2",
        observed_at="2026-11-18T10:00:00Z",
        url="https://example.org/jfrost/1",
        links=("https://example.org/map/4471-0182",),
        pictures=((picture, "A bill for 4471-0182"),),
    )
    second = city.store(
        "2", "مرحبا، رقم هاتفي 555-0176 شكرا", parent_id="1", created_at="2026-11-16T11:00:00Z"
    )
    third = city.store("3", "Thank you", parent_id="2", created_at="2026-11-16T12:00:00Z")
    one, two, three = city.collect(number, first, second, third)
    cover(
        *(number, one, "text", "on dialysis", [HEALTH]),
        note_text="Health of a third person",
        note_shown=True,
    )
    for field, what in (
        ("text", "4471-0182"),
        ("text", "555-0176"),
        ("version:1.text", "4471-0182"),
        ("author.name", None),
        ("author.handle", None),
        ("url", None),
        ("link:1", "4471-0182"),
        ("media:1.alt", "4471-0182"),
        ("media:1", Region(0.1, 0.1, 0.2, 0.2)),
    ):
        cover(number, one, field, what)
    cover(number, two, "text", "555-0176", note_text="not for the requester")
    redact(city, number, one, two)
    city.release(number, three)
    return number, [one, two, three]


def test_a_packet_under_bars_is_accessible_and_archival(city, under_bars, failures) -> None:
    packet = city.produce(under_bars[0]).folder / "packet.pdf"
    assert failures(packet, "ua1") == {}
    assert failures(packet, "3a") == {}


def test_the_packet_names_each_bar_and_its_law(city, under_bars) -> None:
    staff = open_staff(city.home)
    add_person(
        staff,
        actor="it",
        login="of",
        name="Odile Farrow",
        title="City Clerk",
        roles=["clerk"],
        password="a long enough passphrase",
    )
    staff.close()
    folder = city.produce(under_bars[0]).folder
    read = subprocess.run(
        ["pdftotext", "-layout", folder / "packet.pdf", "-"], capture_output=True, check=True
    ).stdout.decode()
    said = " ".join(read.split())
    assert "1 record released in full, 2 with redactions" in said
    assert "In 2 records what is exempt is covered, 12 redactions in all" in said
    assert "Responsible for the redactions: Odile Farrow, City Clerk" in said
    assert "Text (2 bars)" in said
    assert "Health of a third person" in said
    assert "not for the requester" not in said
    assert "Evid. Code § 994" in said
    assert re.search(r"Gov\. Code § 7927\.410: ", said)
    assert "in answer to record 1" in said


def test_data_and_manifest_list_bars_by_field_and_law(city, under_bars) -> None:
    folder = city.produce(under_bars[0]).folder
    first, second, third = map(
        json.loads, (folder / "data" / "records.jsonl").read_text().splitlines()
    )
    assert first["text"].startswith(
        "My mother is [Redacted: Gov. Code § 7927.705; Evid. Code § 994], account [Redacted: "
    )
    assert first["redactions"][0] == {
        "field": "text",
        "sections": ["Gov. Code § 7927.705", "Evid. Code § 994"],
        "notes": ["Health of a third person"],
    }
    assert first["native_id"] == "[Redacted: Gov. Code § 7927.410]"
    assert first["earlier_versions"][0]["text"] == (
        "My account is [Redacted: Gov. Code § 7927.410]."
    )
    assert second["redactions"] == [
        {"field": "text", "sections": ["Gov. Code § 7927.410"], "notes": []}
    ]
    assert third["redactions"] == []
    manifest = json.loads((folder / "manifest.json").read_text())
    assert [len(one["redactions"]) for one in manifest["released"]] == [11, 1, 0]
    assert "text: Gov. Code § 7927.410" in (folder / "data" / "records.csv").read_text("utf-8-sig")


def test_a_covered_region_is_black_in_the_file_and_the_rest_is_not(city, under_bars) -> None:
    [media] = (city.produce(under_bars[0]).folder / "media").iterdir()
    with Image.open(media) as image:
        assert not image.getexif()
        assert max(image.getpixel((int(image.width * 0.2), int(image.height * 0.2)))) < 8
        assert min(image.getpixel((int(image.width * 0.5), int(image.height * 0.2)))) > 100
    assert b"SECRET" not in media.read_bytes()


def test_what_is_previewed_is_what_is_produced(city, under_bars, monkeypatch) -> None:
    number, items = under_bars
    files = {"archive": city.archive.public, "private": city.archive.private}
    seen = {item: as_released(city.home, city.office, files, number, item) for item in items}
    from archiver.production import produce as producing

    made = {}
    printed = producing.print_volumes

    def noted(release, *rest, **more):
        made.update({int(record.key): record for record in release.records})
        return printed(release, *rest, **more)

    monkeypatch.setattr(producing, "print_volumes", noted)
    city.produce(number)
    for item in items:
        for name in ("text", "author_name", "author_handle", "url", "links", "native_id", "media"):
            assert getattr(made[item], name) == getattr(seen[item], name), name
        assert made[item].versions == seen[item].versions
        assert made[item].redactions == seen[item].redactions


def test_a_draft_blocks_the_packet_and_is_named(city, cover) -> None:
    number = city.ask()
    [item] = city.collect(number, city.store("1", TEXT))
    bar = cover(number, item, "text", "4471-0182", claims=())
    redact(city, number, item)
    with pytest.raises(RuleError, match=r"1 item has a draft redaction \(1\): text, bar 1, no ex"):
        city.produce(number)
    ground_redaction(city.office, number, bar.id, [UTILITY], actor="of")
    assert city.produce(number).released == 1


def test_bars_that_changed_since_the_decision_ask_for_a_new_one(city, cover) -> None:
    number = city.ask()
    [item] = city.collect(number, city.store("1", TEXT))
    city.release(number, item)
    bar = cover(number, item, "text", "4471-0182")
    with pytest.raises(RuleError, match="bars that changed since the decision"):
        city.produce(number)
    redact(city, number, item)
    remove_redaction(city.office, number, bar.id, actor="of")
    with pytest.raises(RuleError, match="decide again"):
        city.produce(number)


def test_a_changed_bar_is_produced_again_and_an_unchanged_one_is_not(city, cover) -> None:
    number = city.ask()
    [item] = city.collect(number, city.store("1", TEXT))
    cover(number, item, "text", "4471-0182")
    redact(city, number, item)
    assert city.produce(number).volume == 1
    assert city.produce(number).volume == 1
    cover(number, item, "text", "on dialysis", [HEALTH])
    with pytest.raises(RuleError, match="shown then, covered now"):
        redact(city, number, item)
    redact(city, number, item, note_text="overlooked in volume 1", acknowledge_earlier=True)
    assert city.produce(number).volume == 2
    kept = get_item(city.office, number, item)
    assert [len(one.bars) for one in releases_of(city.office, kept.file, kept.record_id)] == [1, 2]


def test_a_version_covered_by_itself_stays_covered_as_the_past_of_the_next(city, cover) -> None:
    number = city.ask()
    record = city.store("1", "Mine is 4471-0182", raw=b"1", stable=b"1")
    [old] = city.collect(number, record)
    record = city.store(
        "1", "Mine is private", raw=b"2", stable=b"2", observed_at="2026-11-18T10:00:00Z"
    )
    _, new = city.collect(number, record)
    cover(number, old, "text", "4471-0182")
    redact(city, number, old)
    city.release(number, new)
    folder = city.produce(number).folder
    assert "4471-0182" not in (folder / "data" / "records.jsonl").read_text()
    assert "Mine is [Redacted" in (folder / "data" / "records.jsonl").read_text().splitlines()[1]


def test_a_covered_picture_tells_neither_kind_nor_description(
    city, cover, people, tmp_path
) -> None:
    number = city.ask()
    picture = people.photograph(tmp_path / "lake.jpg")
    [item] = city.collect(number, city.store("1", "Look", pictures=((picture, "My bill"),)))
    cover(number, item, "media:1")
    redact(city, number, item)
    folder = city.produce(number).folder
    assert not (folder / "media").exists()
    [line] = map(json.loads, (folder / "data" / "records.jsonl").read_text().splitlines())
    assert line["media"] == [
        {"file": None, "type": None, "description": "[Redacted: Gov. Code § 7927.410]"}
    ]


def test_a_region_of_what_is_no_picture_asks_to_cover_it_whole(city, cover, tmp_path) -> None:
    number = city.ask()
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff broken")
    pictures = ((tmp_path / "a.jpg", "x"),)
    [item] = city.collect(number, city.store("1", "Look", pictures=pictures))
    cover(number, item, "media:1", Region(0, 0, 0.5, 0.5))
    redact(city, number, item)
    with pytest.raises(RuleError, match="cover it whole"):
        city.produce(number)


def test_an_author_known_by_number_alone_is_covered_there(city, cover) -> None:
    number = city.ask()
    record = city.store("1", "Hello", author=Author("1000", None, None, AuthorRole.PUBLIC))
    [item] = city.collect(number, record)
    cover(number, item, "author.id")
    redact(city, number, item)
    packet = city.produce(number).folder / "packet.pdf"
    said = subprocess.run(["pdftotext", packet, "-"], capture_output=True, check=True).stdout
    assert b"1000" not in said
    assert b"X user" in said


BAR = Covered(1, ("Gov. Code § 7927.410",))
OTHER = Covered(2, ("Gov. Code § 7927.410",))


def test_a_difference_is_computed_on_what_is_left_alone() -> None:
    parts, what = words.edited(
        Passage(("Call ", BAR, " at noon")), Passage(("Call ", OTHER, " at noon"))
    )
    assert what == "same"
    assert parts[1] == words.bar(BAR)
    for before, after in ((("Call ", BAR, " now"), ("Call ",)), (("Call ",), ("Now ", BAR))):
        parts, what = words.edited(Passage(before), Passage(after))
        assert what == "changed"
        assert sum(part == words.bar(BAR) for part in parts) == 1


def test_an_address_that_runs_into_a_bar_is_no_link() -> None:
    said = words.said(Passage(("See https://example.org/a and https://example.org/", BAR)))
    assert [part.text for part in said if getattr(part, "link", None)] == ["https://example.org/a"]


@pytest.mark.parametrize(
    ("citations", "label"),
    [
        (("Gov. Code § 7927.410",), "Gov. Code § 7927.410"),
        (("Gov. Code § 7927.705", "Evid. Code § 994"), "Gov. Code § 7927.705 +1"),
        (("A very long name of some other law, § 12",), "A very long name of som…"),
        ((), "draft"),
    ],
)
def test_what_stands_on_a_bar_fits_on_it(citations, label) -> None:
    bar = words.bar(Covered(1, citations))
    assert bar.label == label
    assert bar.says.startswith("[Redacted")


def test_pictures_come_out_upright_whatever_their_orientation() -> None:
    from archiver.pdf.images import painted

    for turned in range(1, 9):
        image = Image.new("RGB", (96, 64), "white")
        exif = Image.Exif()
        exif[0x0112] = turned
        out = io.BytesIO()
        image.save(out, "PNG", exif=exif)
        data, kind = painted(out.getvalue(), [(0.0, 0.0, 0.2, 0.2)])
        with Image.open(io.BytesIO(data)) as made:
            assert kind == "image/png"
            assert made.size == ((96, 64) if turned < 5 else (64, 96))
            assert made.getpixel((2, 2)) == (0, 0, 0), turned
            corners = [(made.width - 2, 2), (2, made.height - 2), (made.width - 2, made.height - 2)]
            assert {made.getpixel(corner) for corner in corners} == {(255, 255, 255)}, turned
