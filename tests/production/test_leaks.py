"""The last look finds what is covered, wherever in a file it hides, and nothing else."""

from __future__ import annotations

import csv
import json
import sqlite3
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from archiver.errors import IntegrityError
from archiver.production.leaks.scanning import Leak, Lookout, leaks_in
from archiver.production.leaks.secrets import Secret, Secrets
from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet

NUMBER = "(916) 555-0142"
WORDS = "Quirina Xantopolous"


def found_in(folder: Path, release, kept: Secrets) -> list[Leak]:
    return leaks_in(folder, Lookout(release, kept))


def secrets(*found: str) -> Secrets:
    kept = Secrets()
    kept.words += [Secret(7, "text", words) for words in found]
    return kept


@pytest.fixture
def volume(people, tmp_path):
    release = people.release(tmp_path, records=(people.record("1", "The lights are out"),))
    folder = tmp_path / "VOL001"
    folder.mkdir()
    write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    return release, folder


def as_text(folder: Path, words: str) -> None:
    (folder / "records.csv").write_text(f"a,b\n1,{words}\n")


def as_json_escapes(folder: Path, words: str) -> None:
    (folder / "records.jsonl").write_text(json.dumps({"text": words, "n": 1}) + "\n")


def as_a_deleted_row(folder: Path, words: str) -> None:
    with sqlite3.connect(folder / "records.sqlite") as made:
        made.execute("PRAGMA secure_delete = OFF")
        made.execute("CREATE TABLE records (text)")
        made.executemany("INSERT INTO records VALUES (?)", [(words,), ("other",)])
        made.commit()
        made.execute("DELETE FROM records WHERE text = ?", (words,))
    made.close()


def as_a_cell(folder: Path, words: str) -> None:
    with zipfile.ZipFile(folder / "records.xlsx", "w") as made:
        made.writestr("xl/sharedStrings.xml", f"<sst><si><t>{words}</t></si></sst>")


def as_a_comment_of_a_zip(folder: Path, words: str) -> None:
    with zipfile.ZipFile(folder / "records.xlsx", "w") as made:
        made.writestr("xl/workbook.xml", "<workbook/>")
        made.comment = words.encode()


def as_a_page(folder: Path, words: str) -> None:
    (folder / "index.html").write_text(f"<p>Nothing</p><!-- {words} -->")


def as_an_attribute(folder: Path, words: str) -> None:
    (folder / "index.html").write_text(f'<p>Nothing</p><img alt="{words}">')


def as_an_encoded_message(folder: Path, words: str) -> None:
    message = EmailMessage()
    message["Subject"] = "Nothing"
    message.set_content(words, cte="base64")
    (folder / "AG-000001.eml").write_bytes(message.as_bytes())


def as_a_header(folder: Path, words: str) -> None:
    message = EmailMessage()
    message["Subject"] = f"ü {words}"
    message.set_content("Nothing")
    (folder / "AG-000001.eml").write_bytes(message.as_bytes())


def as_a_file_name(folder: Path, words: str) -> None:
    (folder / f"{words}.txt").write_text("Nothing")


def as_a_title(folder: Path, words: str) -> None:
    with pikepdf.open(folder / "packet.pdf", allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Title"] = words
        pdf.save(folder / "packet.pdf")


def as_an_outline(folder: Path, words: str) -> None:
    with pikepdf.open(folder / "packet.pdf", allow_overwriting_input=True) as pdf:
        with pdf.open_outline() as outline:
            outline.root.append(pikepdf.OutlineItem(words, 0))
        pdf.save(folder / "packet.pdf")


def as_an_attachment(folder: Path, words: str) -> None:
    with pikepdf.open(folder / "packet.pdf", allow_overwriting_input=True) as pdf:
        pdf.attachments["a.txt"] = words.encode()
        pdf.save(folder / "packet.pdf")


def as_a_link(folder: Path, words: str) -> None:
    with pikepdf.open(folder / "packet.pdf", allow_overwriting_input=True) as pdf:
        pdf.pages[0].obj["/Annots"] = pdf.make_indirect(
            pikepdf.Array([pikepdf.Dictionary(Type=pikepdf.Name.Annot, Contents=words)])
        )
        pdf.save(folder / "packet.pdf")


def as_metadata_of_a_picture(folder: Path, words: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = words
    (folder / "media").mkdir(exist_ok=True)
    Image.new("RGB", (8, 8)).save(folder / "media" / "AG-000001-1.jpg", exif=exif)


def as_a_load_file(folder: Path, words: str) -> None:
    (folder / "production.dat").write_text(f"\u00feA\u00fe\x14\u00fe{words}\u00fe", "utf-8-sig")


PLACES = [
    *(as_text, as_json_escapes, as_a_deleted_row, as_a_cell, as_a_comment_of_a_zip, as_a_page),
    *(as_an_attribute, as_an_encoded_message, as_a_header, as_a_file_name, as_a_title),
    *(as_an_outline, as_an_attachment, as_a_link, as_metadata_of_a_picture, as_a_load_file),
]


@pytest.mark.parametrize("words", [NUMBER, WORDS])
@pytest.mark.parametrize("hide", PLACES, ids=lambda place: place.__name__)
def test_it_is_found_wherever_it_hides(volume, hide, words) -> None:
    release, folder = volume
    assert not found_in(folder, release, secrets(words))
    hide(folder, words)
    found = found_in(folder, release, secrets(words))
    assert [each.item_id for each in found][:1] == [7]
    assert WORDS not in str(found[0])
    assert "0142" not in str(found[0])


def test_text_under_a_black_box_is_found(volume) -> None:
    release, folder = volume
    with pikepdf.open(folder / "packet.pdf", allow_overwriting_input=True) as pdf:
        page = pdf.pages[-1]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        page.obj["/Resources"]["/Font"] = pikepdf.Dictionary(
            dict(page.obj["/Resources"]["/Font"].items()) | {"/Hv": pdf.make_indirect(font)}
        )
        code = f"BT /Hv 9 Tf 60 400 Td ({WORDS}) Tj ET 0 g 55 395 200 20 re f".encode()
        page.contents_add(pikepdf.Stream(pdf, code))
        pdf.save(folder / "packet.pdf")
    [found] = found_in(folder, release, secrets(WORDS))
    assert found.path == "packet.pdf"
    assert found.place.startswith("page ")


def test_a_secret_that_was_only_measured_leaves_its_letters_and_is_found(people, tmp_path) -> None:
    release = people.release(tmp_path, records=(people.record("1", "The lights are out"),))
    measured = people.release(tmp_path, records=(people.record("1", "The lights are out ж"),))
    folder = tmp_path / "VOL001"
    folder.mkdir()
    write_packet(measured, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    [found] = found_in(folder, release, Secrets())
    assert "letter in its fonts" in found.place


def test_a_covered_file_that_comes_along_is_found(volume, tmp_path) -> None:
    release, folder = volume
    (folder / "media").mkdir()
    path = folder / "media" / "AG-000001-1.png"
    Image.new("RGB", (8, 8)).save(path)
    kept = Secrets()
    import hashlib

    kept.media[hashlib.sha256(path.read_bytes()).hexdigest()] = (7, "picture or file 1")
    [found] = found_in(folder, release, kept)
    assert (found.item_id, found.place) == (7, "the file itself")


def test_what_nobody_can_look_into_does_not_go_out(volume) -> None:
    release, folder = volume
    (folder / "notes.docx").write_bytes(b"PK")
    (folder / "records.xlsx").write_bytes(b"no zip")
    found = found_in(folder, release, Secrets())
    assert [each.path for each in found] == ["notes.docx", "records.xlsx"]


def test_what_stands_open_elsewhere_is_told_beforehand_and_is_no_leak(people, tmp_path) -> None:
    release = people.release(
        tmp_path, records=(people.record("1", f"Ask {WORDS}, telephone 916 555 0142."),)
    )
    folder = tmp_path / "VOL001"
    folder.mkdir()
    write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    kept = secrets(WORDS, NUMBER, "Zwiebelkuchen")
    assert {each.words for each in Lookout(release, kept).standing_open} == {WORDS, NUMBER}
    assert not found_in(folder, release, kept)


@pytest.mark.parametrize(
    "words",
    ["The city seals what it captures", "Statement of search", "2 May 2026", "31", "Li", "records"],
)
def test_what_every_packet_says_is_no_leak(volume, words) -> None:
    release, folder = volume
    assert not found_in(folder, release, secrets(words))


def test_what_a_packet_says_of_a_picture_by_its_number_is_no_leak(volume) -> None:
    release, folder = volume
    as_text(folder, "Picture or file 3: all of it is covered")
    assert not found_in(folder, release, secrets("3, all of it"))


@pytest.mark.parametrize(
    "words",
    [
        *("code 12-34-56", "date 4/2/1984", "account 4512; 1234; 5678", "3 Reed Harbormaster"),
        *("all of it 12 34", "3 all of it 4", "4512 all of it", "room 12 34 56"),
    ],
)
def test_numbers_beside_words_every_packet_says_are_found(volume, words: str) -> None:
    release, folder = volume
    as_text(folder, words)
    assert found_in(folder, release, secrets(words))


@pytest.fixture(scope="module")
def quiet(people, tmp_path_factory):
    """A release that says next to nothing."""
    return people.release(tmp_path_factory.mktemp("quiet"), records=(), searches=(), coverage=())


def test_a_phone_number_is_found_however_it_is_written(quiet) -> None:
    lookout = Lookout(quiet, secrets(NUMBER))
    for written in ("9165550142", "916.555.0142", "4 916-555-0142", "(916)\u00a0555\u20110142"):
        assert lookout.seen(f"Call {written} now"), written
    assert not lookout.seen("Call 916-555-0143")
    assert Lookout(quiet, secrets("555-0142")).seen("or 916-555-0142")
    assert not Lookout(quiet, secrets("555-0142")).seen("sha256 a5550142b 95550142")


def test_an_excerpt_is_found_and_a_handle_out_of_an_address(quiet) -> None:
    text = (
        "My daughter was hurt on the slide last Tuesday evening and nobody of the parks department "
        "answered the telephone, so we drove to the clinic on Willow Street."
    )
    lookout = Lookout(quiet, secrets(text))
    words = text.split()
    for start in range(len(words) - 7):
        assert lookout.seen(" ".join(words[start : start + 7])), start
    address = "https://bsky.app/profile/quirinaxantopolous.example.org/post/3kabcdefghi2x"
    lookout = Lookout(quiet, secrets(address))
    assert lookout.seen("@quirinaxantopolous said")
    assert lookout.seen("id 3kabcdefghi2x")


@settings(max_examples=40, deadline=None)
@given(
    found=st.lists(
        st.text("abcdefgh水ਪش ", min_size=6, max_size=30).filter(lambda t: len(t.split()) > 1),
        min_size=1,
        max_size=4,
    )
)
def test_every_secret_that_means_something_is_seen_in_any_text_around_it(quiet, found) -> None:
    for words in found:
        lookout = Lookout(quiet, secrets(words))
        if lookout.expected:
            assert lookout.seen(f"xx, {words.upper()}! yy"), words


@pytest.mark.parametrize(
    "words", ["Roman", "Microsoft", "frozen", "attachment", "printable", "2 records"]
)
def test_what_a_workbook_says_of_itself_is_no_leak(city, words) -> None:
    number = city.ask()
    shown, withheld = city.collect(number, city.store("1"), city.store("2", words))
    city.release(number, shown)
    city.withhold(number, withheld)
    assert city.produce(number).withheld == 1


def test_noise_in_a_film_is_no_leak_and_words_in_it_are(volume) -> None:
    release, folder = volume
    (folder / "media").mkdir()
    film = folder / "media" / "AG-000001-1.mp4"
    kept = secrets("Ruth", "Reed Harbormaster")
    film.write_bytes(b"\0\1Ruth\0\2" * 50)
    assert not found_in(folder, release, kept)
    film.write_bytes(b"\0" * (1 << 20) + b"by reed harbormaster\0")
    found = found_in(folder, release, kept)
    assert {each.place for each in found} == {"bytes"}


def test_a_record_of_many_letters_can_be_looked_through(city) -> None:
    number = city.ask()
    text = "The lights are out. " * 8_000
    shown, withheld = city.collect(number, city.store("1", text), city.store("2", WORDS))
    city.release(number, shown)
    city.withhold(number, withheld)
    assert city.produce(number).released == 1


def test_a_production_that_leaks_is_refused_and_takes_no_number(city, monkeypatch) -> None:
    number = city.ask()
    shown, withheld = city.collect(
        number, city.store("1"), city.store("2", f"My name is {WORDS} {NUMBER}")
    )
    city.release(number, shown)
    city.withhold(number, withheld)
    from archiver.production import produce as producing

    printed = producing.print_volumes

    def leaking(*given, **more):
        made = printed(*given, **more)
        with (made[0].folder / "records.csv").open("a", newline="") as text:
            csv.writer(text).writerow([f"my NAME is\n{WORDS}: 916.555.0142"])
        return made

    with monkeypatch.context() as patch:
        patch.setattr(producing, "print_volumes", leaking)
        with pytest.raises(IntegrityError, match=rf"item {withheld}, text: records.csv") as told:
            city.produce(number)
    assert WORDS not in str(told.value)
    assert not (city.home.productions / number).exists()
    assert city.produce(number).first_bates == "AG-000001"
