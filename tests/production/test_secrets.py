"""Nothing of a withheld record leaves the building (DESIGN §7 rule 5)."""

from __future__ import annotations

import hashlib
import re
import zipfile
import zlib
from email import message_from_bytes, policy
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from archiver.items import Author, AuthorRole, Kind, Visibility
from archiver.requests.book import Claim, decide
from archiver.requests.redacting.bars import Region
from archiver.requests.redacting.redactions import Mark, add_redaction

SECRET = "Zwiebelkuchen 555-0142 Überraschung"
NAME = "Quirina Xantopolous"


def fingerprint(folder: Path) -> dict[str, str]:
    """The hash of every file of a volume, and of its zip; the proof alone is another thing."""
    found = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    found.append(folder.with_name(f"{folder.name}.zip"))
    return {
        path.relative_to(folder.parent).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
    }


def produced(city, secret: str, name: str, minute: int, *, message: bool, picture: Path | None):
    number = city.ask()
    author = Author(f"id-{name}", name.replace(" ", ""), name, AuthorRole.PUBLIC)
    kind = {"kind": Kind.MESSAGE, "visibility": Visibility.PRIVATE} if message else {}
    pictures = ((picture, secret),) if picture else ()
    records = [
        city.store("1", "The lights are out"),
        city.store(
            "2",
            secret,
            author=author,
            created_at=f"2026-11-16T10:{minute:02d}:00Z",
            pictures=pictures,
            parent_id="1",
            url=f"https://example.org/{minute}",
            **kind,
        ),
        city.store("3", "And the benches", parent_id="2", created_at="2026-11-16T11:30:00Z"),
    ]
    items = city.collect(number, *records)
    city.release(number, items[0], items[2])
    city.withhold(number, items[1])
    return city.produce(number).folder


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    secret=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=400
    ),
    name=st.text("abcXYZ水ਪش 🧨", min_size=1, max_size=30),
    minute=st.integers(0, 59),
)
def test_two_secrets_give_the_same_bytes(new_city, tmp_path_factory, secret, name, minute) -> None:
    folder = tmp_path_factory.mktemp("secrets")
    picture = folder / "1.png"
    Image.new("RGB", (8 + minute, 8), (200, 30, 30)).save(picture)
    folders = []
    for place, (text, who, when) in enumerate(((SECRET, NAME, 1), (secret, name, minute))):
        city = new_city(folder / str(place))
        try:
            with_picture = picture if place else None
            made = produced(city, text, who, when, message=False, picture=with_picture)
            folders.append(fingerprint(made))
        finally:
            city.close()
    assert folders[0] == folders[1]


def with_earlier_version_withheld(city, secret: str, picture: Path | None) -> Path:
    """A record whose first version is withheld, the second never collected, the third released."""
    number = city.ask()
    pictures = ((picture, secret),) if picture else ()
    record = city.store("1", secret, raw=b"1", stable=b"1", pictures=pictures)
    first = city.collect(number, record)[0]
    city.store("1", f"{secret}!", raw=b"2", stable=b"2", observed_at="2026-11-17T11:00:00Z")
    record = city.store(
        "1", "My number was removed", raw=b"3", stable=b"3", observed_at="2026-11-18T10:00:00Z"
    )
    last = city.collect(number, record)[1]
    city.withhold(number, first)
    city.release(number, last)
    return city.produce(number).folder


@settings(
    max_examples=6,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    secret=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=400
    )
)
@example(secret="My number was removed")
def test_two_secrets_in_an_earlier_version_give_the_same_bytes(
    new_city, tmp_path_factory, secret
) -> None:
    folder = tmp_path_factory.mktemp("versions")
    picture = folder / "1.png"
    Image.new("RGB", (len(secret), 8), (200, 30, 30)).save(picture)
    made = []
    for place, text in enumerate((SECRET, secret)):
        city = new_city(folder / str(place))
        try:
            with_picture = picture if place else None
            made.append(fingerprint(with_earlier_version_withheld(city, text, with_picture)))
        finally:
            city.close()
    assert made[0] == made[1]


def test_a_withheld_earlier_version_is_nowhere_in_the_volume(city) -> None:
    seen = everything_in(with_earlier_version_withheld(city, SECRET, None))
    for word in re.findall(r"\w{4,}", SECRET):
        assert word not in seen, word


@pytest.mark.parametrize("message", [False, True])
def test_a_withheld_record_is_nowhere_in_the_volume(city, message) -> None:
    folder = produced(city, SECRET, NAME, 17, message=message, picture=None)
    words = [*re.findall(r"\w{4,}", f"{SECRET} {NAME}"), "example.org/17"]
    seen = everything_in(folder)
    for word in words:
        assert word not in seen, word


def everything_in(folder: Path) -> str:
    """Every name, text and object of a volume."""
    seen = "".join(path.name for path in folder.rglob("*"))
    for path in folder.rglob("*"):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                seen += "".join(book.read(name).decode("utf-8") for name in book.namelist())
        elif path.suffix == ".eml":
            seen += str(message_from_bytes(path.read_bytes(), policy=policy.default))
        elif path.is_file() and path.suffix not in (".pdf", ".png", ".jpg"):
            seen += path.read_bytes().decode("utf-8", "replace")
    with pikepdf.open(folder / "packet.pdf") as pdf:
        for one in pdf.objects:
            seen += repr(one)
            if isinstance(one, pikepdf.Stream):
                seen += _text_of(one)
    return seen


def alphabet_of(folder: Path) -> set[str]:
    """Every character the packet's fonts can say."""
    alphabet = set()
    with pikepdf.open(folder / "packet.pdf") as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary) and "/ToUnicode" in one:
                for found in re.findall(rb"<[0-9A-F]+> <([0-9A-F]+)>", one.ToUnicode.read_bytes()):
                    alphabet |= set(bytes.fromhex(found.decode()).decode("utf-16-be"))
    return alphabet


def test_no_glyph_of_a_withheld_text_is_in_the_fonts(city) -> None:
    folder = produced(city, "水费 ਪੰਜਾਬੀ 🧨", "ش", 17, message=False, picture=None)
    alphabet = alphabet_of(folder)
    assert "W" in alphabet
    assert not alphabet & set("水费ਪੰਜਾਬੀ🧨ش")


def drawn_on(path: Path, secret: str, kind: str) -> Path:
    """A striped picture whose upper left quarter holds something drawn from the secret."""
    image = Image.effect_mandelbrot((160, 128), (-2, -1, 1, 1), 40).convert("RGB")
    shape = zlib.crc32(secret.encode("utf-8"))
    for bit in range(32):
        if shape >> bit & 1:
            colour = (shape & 255, shape >> 8 & 255, shape >> 16 & 255)
            left, top = 9 + bit % 8 * 7, 9 + bit // 8 * 11
            image.paste(colour, (left, top, left + 6, top + 10))
    image.save(path, kind, **({"quality": 80} if kind == "JPEG" else {}))
    return path


REGION = Region(0.05, 0.06, 0.37, 0.36)


def covered(city, secret: str, folder: Path) -> Path:
    """A volume in which every place that can be covered holds the secret, and is covered."""
    folder.mkdir(exist_ok=True)
    number = city.ask()
    hidden = Author(f"id-{secret}", f"h{secret}", secret, AuthorRole.PUBLIC)
    city.store("1", f"Before\t{secret}\tthe edit", raw=b"1", stable=b"1", author=hidden)
    pictures = tuple(
        (drawn_on(folder / name, secret, kind), alt)
        for name, kind, alt in (
            ("a.jpg", "JPEG", f"A bill\t{secret}"),
            ("b.png", "PNG", secret),
            ("c.png", "PNG" if len(secret) % 2 else "JPEG", f"{secret}, all of it"),
        )
    )
    first = city.store(
        "1",
        f"Call me at\t{secret}\tor write",
        raw=b"2",
        stable=b"2",
        author=hidden,
        observed_at="2026-11-18T10:00:00Z",
        url=f"https://example.org/{secret}",
        links=(f"https://example.org/{secret}", "https://example.org/map"),
        pictures=pictures,
    )
    second = city.store(
        "2",
        secret,
        kind=Kind.MESSAGE,
        visibility=Visibility.PRIVATE,
        recipients=(hidden, Author("7", "b", "Bo Lind", AuthorRole.PUBLIC)),
        created_at="2026-11-16T11:00:00Z",
    )
    third = city.store("3", "Thank you", parent_id="1", created_at="2026-11-16T12:00:00Z")
    one, two, three = city.collect(number, first, second, third)
    size = len(secret)
    marks = [
        (one, Mark("text", 11, 11 + size)),
        (one, Mark("version:1.text", 7, 7 + size)),
        *((one, Mark(name)) for name in ("author.name", "author.handle", "author.id", "url")),
        (one, Mark("link:1")),
        (one, Mark("media:1.alt", 7, 7 + size)),
        (one, Mark("media:2.alt")),
        *((one, Mark(name, region=REGION)) for name in ("media:1", "media:2")),
        (one, Mark("media:3")),
        (two, Mark("text")),
        (two, Mark("recipient:1")),
    ]
    city.attest("7927.410")
    files = {"archive": city.archive.public, "private": city.archive.private}
    for item, mark in marks:
        made = add_redaction(
            *(city.office, files, number, item, mark), actor="of", claims=[Claim("7927.410")]
        )
        assert not made.widened
    decide(city.office, number, [one, two], "redact", actor="of")
    city.release(number, three)
    return city.produce(number).folder


@pytest.fixture
def plain_volume(new_city, tmp_path_factory) -> dict[str, str]:
    """The files of a volume with a plain secret covered."""
    folder = tmp_path_factory.mktemp("plain")
    city = new_city(folder / "city")
    try:
        return fingerprint(covered(city, "555-0142", folder / "in"))
    finally:
        city.close()


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    secret=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=300
    )
)
@example(secret="👩‍👩‍👧‍👦 家族の電話番号 🇺🇸")
@example(secret="شارع الزيتون ٢٧\u202e olleh")
@example(secret="\u0301ਪੰਜਾਬੀ\u200d")
@example(secret="[Redacted: Gov. Code § 7927.410]")
@example(secret="3")
def test_two_secrets_under_bars_give_the_same_bytes(
    new_city, tmp_path_factory, plain_volume, secret
) -> None:
    folder = tmp_path_factory.mktemp("bars")
    city = new_city(folder / "city")
    try:
        assert fingerprint(covered(city, secret, folder / "in")) == plain_volume
    finally:
        city.close()


def test_what_a_bar_covers_is_nowhere_in_the_volume(city, tmp_path) -> None:
    seen = everything_in(covered(city, f"{SECRET} {NAME}", tmp_path / "in"))
    for word in re.findall(r"\w{4,}", f"{SECRET} {NAME}"):
        assert word not in seen, word
    assert "Redacted: Gov. Code § 7927.410" in seen


def test_no_glyph_of_what_a_bar_covers_is_in_the_fonts(city, tmp_path) -> None:
    folder = covered(city, "水费 ਪੰਜਾਬੀ 🧨 ش", tmp_path / "in")
    assert not alphabet_of(folder) & set("水费ਪੰਜਾਬੀ🧨ش")


def _text_of(stream: pikepdf.Stream) -> str:
    try:
        return stream.read_bytes().decode("latin-1")
    except pikepdf.PdfError:
        return stream.read_raw_bytes().decode("latin-1")
