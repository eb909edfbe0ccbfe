"""Nothing of a withheld record leaves the building (DESIGN §7 rule 5)."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pikepdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from archiver.items import Author, AuthorRole, Kind, Visibility

SECRET = "Zwiebelkuchen 555-0142 Überraschung"
NAME = "Quirina Xantopolous"


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
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
        if path.suffix in (".json", ".jsonl", ".csv"):
            seen += path.read_text("utf-8-sig")
    with pikepdf.open(folder / "packet.pdf") as pdf:
        for one in pdf.objects:
            seen += repr(one)
            if isinstance(one, pikepdf.Stream):
                seen += _text_of(one)
    return seen


def test_no_glyph_of_a_withheld_text_is_in_the_fonts(city) -> None:
    folder = produced(city, "水费 ਪੰਜਾਬੀ 🧨", "ش", 17, message=False, picture=None)
    alphabet = set()
    with pikepdf.open(folder / "packet.pdf") as pdf:
        for one in pdf.objects:
            if isinstance(one, pikepdf.Dictionary) and "/ToUnicode" in one:
                for found in re.findall(rb"<[0-9A-F]+> <([0-9A-F]+)>", one.ToUnicode.read_bytes()):
                    alphabet |= set(bytes.fromhex(found.decode()).decode("utf-16-be"))
    assert "W" in alphabet
    assert not alphabet & set("水费ਪੰਜਾਬੀ🧨ش")


def _text_of(stream: pikepdf.Stream) -> str:
    try:
        return stream.read_bytes().decode("latin-1")
    except pikepdf.PdfError:
        return stream.read_raw_bytes().decode("latin-1")
