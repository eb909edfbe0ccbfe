"""The words in pictures: read by the program that is installed, within bounds, or not at all."""

from __future__ import annotations

import io
import shutil
import stat
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

import archiver.capture.reading_pictures as reading_pictures
from archiver.capture.reading_pictures import PictureReader, find_reader, read_picture

SCRIPT = """#!/bin/sh
case "$1" in
  --version) echo "tesseract 9.9.9"; exit 0;;
  --list-langs) echo "List of available languages (4):"; for l in osd spa eng deu; do echo $l; done
    exit 0;;
esac
{act}
"""


def screen(words: str, size: tuple[int, int] = (900, 220)) -> bytes:
    """A picture with words on it."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).text((30, 60), words, fill="black", font=ImageFont.load_default(44))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a program that answers as Tesseract does is put in its place."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path / "tesseract"


def put(path: Path, act: str) -> PictureReader:
    """A stand-in that does `act` with a picture."""
    path.write_text(SCRIPT.format(act=act))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    reading_pictures._asked.cache_clear()
    found = find_reader()
    assert found is not None
    return found


def test_the_program_that_is_installed_reads_a_message_on_a_screen() -> None:
    assert shutil.which("tesseract"), "scripts/test installs tesseract-ocr"
    reader = find_reader()
    assert reader is not None
    assert "street light" in read_picture(reader, screen("The street light is broken"))
    assert read_picture(reader, screen("")) == ""


def test_languages_come_in_the_order_californias_cities_need_them(stand_in: Path) -> None:
    reader = put(stand_in, "cat >/dev/null; echo words")
    assert (reader.version, reader.languages) == ("9.9.9", ("eng", "spa", "deu"))
    assert reader.name == "Tesseract 9.9.9, eng+spa+deu"


def test_the_program_is_given_pixels_alone_and_its_words_are_made_plain(stand_in: Path) -> None:
    act = 'head -c 8 | od -An -c | tr -d "\\n"; printf "\\n\\033[2J two  words\\n"'
    said = read_picture(put(stand_in, act), screen("x"))
    assert "P N G" in said
    assert "\x1b" not in said and "two words" in said


@pytest.mark.parametrize("act", ["exit 1", "kill -9 $$", "exec sleep 300"])
def test_a_program_that_fails_or_hangs_leaves_the_picture_as_it_is(
    stand_in: Path, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = put(stand_in, act)
    monkeypatch.setattr(reading_pictures, "SECONDS", 1)
    assert read_picture(reader, screen("x")) == ""


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\nnothing", screen("x", (300, 20)), b"GIF89a" + b"\xff" * 100],
)
def test_what_is_no_picture_or_too_small_never_reaches_the_program(
    stand_in: Path, content: bytes
) -> None:
    reader = put(stand_in, "echo reached")
    assert read_picture(reader, content) == ""


def test_a_picture_of_too_many_pixels_is_not_decoded(
    stand_in: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = put(stand_in, "echo reached")
    monkeypatch.setattr(reading_pictures, "MOST_PIXELS", 1_000)
    assert read_picture(reader, screen("x")) == ""


def test_where_it_is_not_installed_nothing_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_reader() is None
