"""The packet is accessible, archival, numbered, linked, readable and repeatable."""

from __future__ import annotations

import dataclasses
import os
import pickle
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pikepdf
import pypdfium2
import pytest

from archiver.pdf.flow import Flow, Frame
from archiver.pdf.measuring import Ruler
from archiver.pdf.typesetting import Typesetter
from archiver.production import look
from archiver.production import packet as printing
from archiver.production.composing import Standing, composed
from archiver.production.media_files import MediaFolder, NoFolder
from archiver.production.packet import Packet, reading_order, write_packet
from archiver.production.pages import Foot
from archiver.production.record_pages import Printed, RecordPages
from archiver.production.release import LeftOut, Media, Release
from archiver.requests.redacting.passages import Passage

RIGHT_TO_LEFT = ("ar", "fa")


def printed(release: Release, folder: Path, first: int = 31) -> tuple[Path, Packet]:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "packet.pdf"
    return path, write_packet(release, path, MediaFolder(folder / "media"), first)


def folded(text: str) -> str:
    """Text as readers compare it: compatibility forms folded, white space and joiners dropped."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\u200b-\u200f\u202a-\u202e\ufffe\ufe0f\u00ad\x02]", "", text)


def pages_of(path: Path) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]


@pytest.fixture
def packet(people, tmp_path) -> tuple[Path, Packet]:
    return printed(people.release(tmp_path / "in"), tmp_path / "out")


@pytest.mark.parametrize("flavour", ["ua1", "3a"])
def test_a_packet_with_every_kind_of_page_conforms(packet, failures, flavour) -> None:
    assert failures(packet[0], flavour) == {}


@pytest.mark.parametrize("flavour", ["ua1", "3a"])
def test_an_almost_empty_packet_conforms(people, tmp_path, failures, flavour) -> None:
    bare = people.release(
        tmp_path / "in", records=(), withheld=(), grounds=(), searches=(), coverage=()
    )
    assert failures(printed(bare, tmp_path / "out")[0], flavour) == {}


def test_every_language_can_be_read_back(packet, people) -> None:
    path, _ = packet
    by_pdfium = folded("\n".join(pages_of(path)))
    poppler = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True)
    by_poppler = folded(poppler.stdout.decode())
    for language, text in people.SAYINGS.items():
        # A whole right-to-left line with punctuation comes back exact from no producer's file.
        parts = re.findall(r"\w+", text) if language in RIGHT_TO_LEFT else [text]
        for part in parts:
            assert folded(part) in by_pdfium, (language, part)
            assert folded(part) in by_poppler, (language, part)


def test_every_page_bears_its_number_and_is_labelled_with_it(packet) -> None:
    path, made = packet
    pages = pages_of(path)
    assert len(pages) == made.pages.pages
    numbers = [f"AG-{number:06d}" for number in range(made.pages.first, made.pages.last + 1)]
    for number, text in zip(numbers, pages, strict=True):
        assert number in text
    with pikepdf.open(path) as pdf:
        labels = [str(one.P) for one in pdf.Root.PageLabels.Nums[1::2]]
    assert labels == numbers


def test_every_link_and_bookmark_leads_somewhere(packet) -> None:
    with pikepdf.open(packet[0]) as pdf:
        names = pdf.Root.Names.Dests.Names
        places = {str(name) for name in names[0::2]}
        pages = {page.obj.objgen for page in pdf.pages}
        for target in names[1::2]:
            assert target[0].objgen in pages
        used = [
            str(link.Dest)
            for page in pdf.pages
            for link in page.get("/Annots", [])
            if "/Dest" in link
        ]
        waiting = [pdf.Root.Outlines.First]
        while waiting:
            entry = waiting.pop()
            used.append(str(entry.Dest))
            waiting += [entry[key] for key in ("/First", "/Next") if key in entry]
    assert len(used) > 40
    assert set(used) <= places


def test_the_index_leads_to_the_page_of_each_record(packet) -> None:
    path, made = packet
    pages = pages_of(path)
    for record in made.order:
        first = made.printed[record.key].first
        index = next(
            text
            for text in pages
            if "Index of records" in text.split("\n")[1:3][0:2] or "Index of records" in text[:80]
        )
        assert f"AG-{first:06d}" in index
        author = record.author_name.words.split()[0]
        assert author in pages[first - made.pages.first]


def test_the_same_release_gives_the_same_bytes(people, tmp_path) -> None:
    release = people.release(tmp_path / "in")
    first, _ = printed(release, tmp_path / "a")
    second, _ = printed(release, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()


PRINT = (
    "import pathlib, pickle, sys\n"
    "from archiver.production.media_files import MediaFolder\n"
    "from archiver.production.packet import write_packet\n"
    "release, folder = pickle.load(sys.stdin.buffer)\n"
    "folder.mkdir()\n"
    "write_packet(release, folder / 'packet.pdf', MediaFolder(folder / 'media'), 1)\n"
)


def test_the_height_of_a_record_is_what_it_takes(people, tmp_path) -> None:
    release = people.release(tmp_path)
    for record in release.records:
        record = dataclasses.replace(record, media=())
        ruler, foot = Ruler(Typesetter()), Foot(release, 1)
        flow = Flow(ruler, Frame(look.FRAME.left, look.FRAME.right, 1e6, 0), foot)
        flow.start()
        flow.y -= 5
        pages = RecordPages(flow, foot, release.office, NoFolder())
        where = Standing(1, 1, 3, 2, record.kind == "message")
        width = look.FRAME.width - 2 * look.STEP
        made = composed(record, where, {}, release.office, ruler.type, width)
        before = flow.y
        pages._print(record, made, Printed(1, 1, 1), where)
        assert before - flow.y == pytest.approx(made.height(ruler.type, width))


def test_no_order_of_chance_reaches_the_packet(people, tmp_path) -> None:
    release = people.release(tmp_path / "in")
    made = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", PRINT],
            input=pickle.dumps((release, folder)),
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        made.append((folder / "packet.pdf").read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize("reader", ["qpdf", "poppler", "pdfium", "pypdf", "pikepdf"])
def test_other_readers_open_it(packet, reader) -> None:
    path, made = packet
    if reader == "qpdf":
        subprocess.run(["qpdf", "--check", path], capture_output=True, check=True)
    elif reader == "poppler":
        for command in (["pdftotext", path, "-"], ["pdftoppm", "-r", "20", path]):
            told = subprocess.run(command, capture_output=True, check=True)
            assert told.stderr == b""
    elif reader == "pdfium":
        assert all(page.render(scale=0.2).width for page in pypdfium2.PdfDocument(path))
    elif reader == "pypdf":
        import pypdf

        assert len(pypdf.PdfReader(path, strict=True).pages) == made.pages.pages
    else:
        with pikepdf.open(path) as pdf:
            assert pdf.check_pdf_syntax() == []


def test_a_slip_sheet_says_no_more_than_the_law(packet, people, tmp_path) -> None:
    path, made = packet
    texts = pages_of(path)
    sheet = texts[made.sheets["b"] - made.pages.first]
    assert "Gov. Code § 7927.705" in sheet
    assert "Evid. Code § 954" in sheet
    assert folded(sheet) == folded(
        "Sheet 2 Withheld This page stands in the place of one record that is withheld in full "
        "under Gov. Code § 7927.705 Evid. Code § 954 The section’s text stands with the list of "
        "withheld records. City of Alder Glen · Public Records Act request 2026-0041 · Volume 1 "
        f"AG-{made.sheets['b']:06d}"
    )


def test_an_answer_to_something_not_released_says_only_that(packet) -> None:
    text = folded("\n".join(pages_of(packet[0])))
    assert folded("in answer to a record that is not part of this production") in text


def test_a_record_answered_in_an_earlier_volume_is_named_by_its_page(people, tmp_path) -> None:
    answer = people.resident("9", "Thank you!", 2, thread="x", earlier_page="AG-000004")
    path, _ = printed(people.release(tmp_path, records=(answer,)), tmp_path / "out")
    assert folded("in answer to the record on page AG-000004") in folded("".join(pages_of(path)))


def test_answers_stand_below_what_they_answer(people, tmp_path) -> None:
    post = people.record("1", "post", thread="t")
    late = people.resident(
        "2", "late", 0, thread="t", parent="1", created_at="2026-05-03T00:00:00Z"
    )
    early = people.resident(
        "3", "early", 1, thread="t", parent="1", created_at="2026-05-02T20:00:00Z"
    )
    below = people.resident(
        "4", "below", 2, thread="t", parent="3", created_at="2026-05-09T00:00:00Z"
    )
    order = reading_order([late, below, post, early])
    assert [record.text.words for record in order] == ["post", "early", "below", "late"]


def test_answers_in_a_circle_are_printed_once_each(people) -> None:
    one = people.resident("1", "one", 0, thread="t", parent="2")
    two = people.resident("2", "two", 1, thread="t", parent="1")
    assert {record.key for record in reading_order([one, two])} == {"1", "2"}
    assert len(reading_order([one, two])) == 2


@pytest.mark.parametrize(
    "text",
    [
        "a" * 30_000,
        "\u0301\u0302" * 400,
        "word " * 20_000,
        "\x00\x01\ud800 \ue000 \u202egnp.exe",
        "\n" * 300,
        "https://example.org/" + "x" * 3000,
        "🧨" * 700,
        "",
    ],
    ids=["long word", "combining", "long", "controls", "lines", "address", "emoji", "none"],
)
def test_strange_texts_are_printed_and_conform(people, tmp_path, failures, text) -> None:
    record = people.record("1", text, language=None)
    release = people.release(tmp_path / "in", records=(record,))
    path, _ = printed(release, tmp_path / "out")
    assert failures(path, "ua1") == {}
    assert failures(path, "3a") == {}


def test_what_cannot_be_printed_is_shown_as_its_number_and_listed(people, tmp_path) -> None:
    record = people.record("1", "before \x07 after \ue001")
    path, _ = printed(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    text = folded("".join(pages_of(path)))
    assert folded("before [U+0007] after [U+E001]") in text
    assert folded("Unicode number: [U+0007], [U+E001].") in text


def test_a_damaged_picture_is_named_and_not_shown(people, tmp_path) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 nothing")
    media = (Media(broken, "image/jpeg", Passage.of("A lake")),)
    record = people.record("1", "See the picture", media=media)
    release = people.release(tmp_path / "in", records=(record,))
    path, made = printed(release, tmp_path / "out")
    assert folded("Its file is not produced: it cannot be read as image/jpeg") in folded(
        "".join(pages_of(path))
    )
    assert made.printed["1"].media == []


def test_a_deep_thread_stays_on_the_page(people, tmp_path, failures) -> None:
    thread = [people.record("1", "top", thread="t")]
    for depth in range(2, 120):
        thread.append(
            people.resident(
                str(depth),
                f"answer {depth}",
                depth,
                thread="t",
                parent=str(depth - 1),
                created_at="2026-05-02T20:00:00Z",
            )
        )
    release = people.release(tmp_path / "in", records=tuple(thread))
    path, made = printed(release, tmp_path / "out")
    assert len(made.order) == 119
    assert failures(path, "ua1") == {}


def test_a_shortened_address_says_where_it_leads(people, tmp_path) -> None:
    record = people.record("1", "See https://t.co/x1", links=("https://example.org/agenda",))
    path, _ = printed(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    assert folded("Leads to https://example.org/agenda") in folded("".join(pages_of(path)))
    with pikepdf.open(path) as pdf:
        addresses = [
            str(link.A.URI)
            for page in pdf.pages
            for link in page.get("/Annots", [])
            if "/A" in link
        ]
    assert addresses[:2] == [
        "https://t.co/x1",
        "https://x.com/AlderGlenParks/status/19" + "0" * 16 + "1",
    ]
    assert addresses[2] == "https://example.org/agenda"


def test_only_web_addresses_can_be_followed(people, tmp_path) -> None:
    record = people.record(
        "1", "no javascript:alert(1) here", url="at://did:plc:abc/x", links=("javascript:alert(1)",)
    )
    path, _ = printed(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    with pikepdf.open(path) as pdf:
        assert not [1 for page in pdf.pages for link in page.get("/Annots", []) if "/A" in link]


@pytest.mark.parametrize("first", [1, 95, 999_985])
def test_the_index_is_right_where_numbers_grow_a_digit(people, tmp_path, first) -> None:
    records = tuple(people.record(str(place), "Short") for place in range(60))
    release = people.release(tmp_path / "in", records=records)
    path, made = printed(release, tmp_path / "out", first)
    assert (made.pages.first, made.pages.pages) == (first, len(pages_of(path)))
    text = folded("".join(pages_of(path)[: made.printed["0"].first - first]))
    for record in made.order:
        assert f"AG-{made.printed[record.key].first:06d}" in text


def test_a_front_that_takes_other_pages_than_expected_is_printed_again(
    people, tmp_path, monkeypatch
) -> None:
    wrong = printing._Front(9, {"statement": 2, "index": 3})
    monkeypatch.setattr(printing, "_dry_run", lambda *_: wrong)
    release = people.release(tmp_path / "in")
    path, made = printed(release, tmp_path / "out")
    monkeypatch.undo()
    right, _ = printed(release, tmp_path / "right")
    assert pages_of(path) == pages_of(right)
    assert len(list((tmp_path / "out" / "media").iterdir())) == 1
    assert made.printed["1"].media[0][1].startswith(f"AG-{made.printed['1'].first:06d}")


def test_what_an_edit_took_out_is_heard_as_well_as_seen(packet) -> None:
    with pikepdf.open(packet[0]) as pdf:
        heard = {
            str(one.ActualText).strip()
            for one in pdf.objects
            if isinstance(one, pikepdf.Dictionary) and "/ActualText" in one
        }
    assert {"[taken out: Sunday]", "[put in: Saturday]", "[put in: 8]"} <= heard


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_a_date_at_the_end_of_the_calendar_is_printed_as_stored(people, tmp_path, moment) -> None:
    record = people.record("1", "odd", created_at=moment)
    path, _ = printed(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    assert folded("odd") in folded("".join(pages_of(path)))


def test_a_long_prefix_is_never_broken_in_a_table(people, tmp_path) -> None:
    office = dataclasses.replace(people.OFFICE, bates_prefix="CITYOFALDERGLEN")
    release = people.release(tmp_path / "in", office=office)
    path, made = printed(release, tmp_path / "out")
    text = "".join(pages_of(path))
    assert "CITYOFALDERGLEN-\r\n" not in text
    for place in (made.printed["1"].first, *made.sheets.values()):
        assert f"CITYOFALDERGLEN-{place:06d}" in text


def test_a_long_handle_stands_on_a_line_of_its_own_in_the_index(people, tmp_path) -> None:
    handle = "library.alderglen.example.org"
    release = people.release(
        tmp_path / "in", records=(people.record("1", "Open", platform="bluesky", handle=handle),)
    )
    path, _ = printed(release, tmp_path / "out")
    (index,) = [page for page in pages_of(path) if "Index of records" in page[:80]]
    assert handle in index


def test_a_picture_is_made_smaller_where_its_record_then_fits_on_the_page(people, tmp_path) -> None:
    picture = people.photograph(tmp_path / "lake.jpg")
    media = (Media(picture, "image/jpeg", Passage.of("A lake")),)
    first = people.record("1", "Open today from nine to five. " * 10)
    second = people.record("2", "See the lake", media=media)
    release = people.release(tmp_path / "in", records=(first, second))
    _, made = printed(release, tmp_path / "out")
    assert made.printed["2"].first == made.printed["1"].first
    assert made.printed["2"].last == made.printed["1"].first


def test_a_record_without_room_for_its_picture_begins_on_the_next_page(people, tmp_path) -> None:
    picture = people.photograph(tmp_path / "lake.jpg")
    media = (Media(picture, "image/jpeg", Passage.of("A lake")),)
    short = [people.record(str(number), "Open today") for number in (1, 2, 3)]
    records = (*short, people.record("4", "See the lake", media=media))
    release = people.release(tmp_path / "in", records=records)
    _, made = printed(release, tmp_path / "out")
    assert made.printed["4"].first == made.printed["3"].first + 1
    assert made.printed["4"].last == made.printed["4"].first


def test_a_person_known_by_number_only_is_named_as_the_platforms_user(people, tmp_path) -> None:
    unnamed = people.record("1", "ok", author_name="", author_handle="", author_id="1008049175")
    path, _ = printed(people.release(tmp_path / "in", records=(unnamed,)), tmp_path / "out")
    assert "X user 1008049175" in "".join(pages_of(path))


@pytest.mark.parametrize(
    ("changes", "said", "unsaid"),
    [
        ({}, "holds disclosable records", "releases no"),
        ({"records": ()}, "is exempt from disclosure in full", "holds disclosable records"),
        (
            {"records": (), "earlier_volumes": 1},
            "This volume releases no further record.",
            "holds disclosable records",
        ),
    ],
)
def test_the_letter_says_what_was_determined(people, tmp_path, changes, said, unsaid) -> None:
    path, _ = printed(people.release(tmp_path / "in", **changes), tmp_path / "out")
    letter = folded(pages_of(path)[0])
    assert folded(said) in letter
    assert folded(unsaid) not in letter


def test_a_record_with_a_withheld_version_says_so_and_leads_to_its_sheet(
    people, tmp_path, failures
) -> None:
    left_out = (LeftOut(1, False, "withheld", 2, None), LeftOut(3, True, "withheld", None, "AG-9"))
    record = people.record("1", "Clean", number=2, left_out=left_out)
    path, _ = printed(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    text = folded("".join(pages_of(path)))
    assert folded("An earlier version is withheld: see sheet 2") in text
    assert folded("A later version is withheld: see the sheet on page AG-9") in text
    assert folded("Where a version of a record is withheld, the record says so.") in text
    assert failures(path, "ua1") == {}
