"""Whatever a record holds, its packet conforms, stays small and loses nothing without a word."""

from __future__ import annotations

import io
import os
import pickle
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from archiver.pdf import images
from archiver.production.media_files import MediaFolder
from archiver.production.packet import Packet, write_packet
from archiver.production.release import Media, Release
from archiver.requests.redacting.passages import Passage

DEJAVU = Path("/usr/share/fonts/truetype/dejavu")
TEXTS = {
    "a word of 100,000 letters": "x" * 100_000,
    "only combining marks": "\u0301\u0302" * 900,
    "surrogates, NUL and overrides": "\ud800a\udfffb\x00c \u202egnp.exe\u2066 d\u2069 \ue001",
    "empty lines": "first" + "\n" * 5_000 + "last",
    "one Chinese line": "水费为什么涨了" * 6_000,
    "one Arabic line": "شكرا للمدينة " * 3_000,
    "one Thai word": "ขอบคุณครับสวนสาธารณะปิด" * 800,
    "one sequence of joiners": "👨\u200d" * 1_500,
    "a script for each letter": "aعя水ก한हԱ" * 300,
}


def saved(kind: str, size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (200, 90, 40)).save(out, kind, **options)
    return out.getvalue()


def media_of(folder: Path) -> Iterator[Media]:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "green", "blue")]
    moving = io.BytesIO()
    frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:])
    script = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert('RUNS')</script></svg>"
    for name, media_type, data in (
        ("moving", "image/gif", moving.getvalue()),
        ("heic", "image/heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)),
        ("webp", "image/webp", saved("WEBP")),
        ("svg", "image/svg+xml", script),
        ("svg-as-png", "image/png", script),
        ("postscript", "image/jpeg", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"),
        ("cut", "image/jpeg", saved("JPEG", (400, 300))[:700]),
        ("huge", "image/png", b"\x89PNG\r\n\x1a\n" + bytes(20)),
        ("video", "video/mp4", b"\0\0\0\x10ftypmp42\0\0\0\0" + b"\0\0\0\x10mdat12345678"),
        ("empty", "image/png", b""),
    ):
        path = folder / name
        path.write_bytes(data)
        yield Media(path, media_type, Passage.of(name))
    yield Media(None, "image/jpeg", Passage(()))


def printed(release: Release, folder: Path) -> tuple[Path, Packet]:
    folder.mkdir()
    path = folder / "packet.pdf"
    return path, write_packet(release, path, MediaFolder(folder / "media"), 1)


def read(path: Path) -> str:
    text = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True).stdout
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", text.decode()))


@pytest.fixture(scope="module")
def hostile(people, tmp_path_factory) -> tuple[Path, Packet]:
    folder = tmp_path_factory.mktemp("hostile")
    texts = tuple(
        people.record(str(number), text, language=None)
        for number, text in enumerate(TEXTS.values())
    )
    pictured = people.record("p", "pictures", media=tuple(media_of(folder)))
    thread = [people.record("t0", "top", thread="t")]
    thread += [
        people.resident(f"t{n}", f"answer {n}", n, thread="t", parent=f"t{n - 1}")
        for n in range(1, 301)
    ]
    records = (*texts, pictured, *thread)
    return printed(people.release(folder / "in", records=records), folder / "out")


@pytest.mark.parametrize("flavour", ["ua1", "3a"])
def test_a_packet_of_hostile_records_conforms(hostile, failures, flavour) -> None:
    assert failures(hostile[0], flavour) == {}


def test_no_hostile_text_is_lost(hostile) -> None:
    text = read(hostile[0])
    assert text.count("x") >= 100_000
    assert text.count("水费为什么涨了") > 5_500
    assert "[U+D800]a[U+DFFF]b[U+0000]c[U+202E]gnp.exe" in text
    assert "first[4,999emptylines]last" in text
    assert "answer300" in text
    assert "300answersdeep" in text


def test_every_file_is_shown_produced_or_told(hostile) -> None:
    text = read(hostile[0])
    kept = {media.alt_text.words: name for media, name in hostile[1].printed["p"].media}
    assert set(kept) == {"moving", "webp", "video"}
    assert "Ananimation,ofwhichthefirstpictureisshown." in text
    assert "Producedinnativeformat" in text
    assert "nodecoderforHEIC" in text
    assert "anSVGisaprogramasmuchasapicture" in text
    assert text.count("Notproduced") == 7
    assert "thecitydoesnotholdthefile" in text


def test_what_a_script_says_is_nowhere(hostile) -> None:
    for path in hostile[0].parent.rglob("*"):
        assert path.is_dir() or b"RUNS" not in path.read_bytes()


def test_a_picture_too_large_to_decode_is_produced_and_not_shown(monkeypatch) -> None:
    monkeypatch.setattr(images, "AT_ONCE", 1_000)
    png = saved("PNG", (200, 100))
    with pytest.raises(images.InputError):
        images.picture(png)
    assert Image.open(io.BytesIO(images.stripped(png))).size == (200, 100)
    webp = saved("WEBP", (200, 100))
    with pytest.raises(images.InputError):
        images.stripped(webp)


def test_a_large_jpeg_is_decoded_small(monkeypatch) -> None:
    monkeypatch.setattr(images, "LARGEST_SIDE", 100)
    monkeypatch.setattr(images, "AT_ONCE", 30_000)
    found = images.picture(saved("JPEG", (800, 600)))
    assert (found.width, found.height) == (100, 75)
    with pytest.raises(images.InputError):
        images.picture(saved("JPEG", (800, 600), progressive=True))


def test_a_second_picture_behind_the_first_stays_behind() -> None:
    second = saved("JPEG", comment=b"SECRET")
    for data in (saved("JPEG"), saved("JPEG", progressive=True)):
        clean = images.stripped(data + second)
        assert b"SECRET" not in clean
        assert clean.count(b"\xff\xd9") == 1
        assert Image.open(io.BytesIO(clean)).size == (40, 30)


def test_with_one_plain_font_a_packet_still_conforms_and_says_what_it_lacks(
    people, tmp_path, failures
) -> None:
    (tmp_path / "in").mkdir()
    release = people.release(tmp_path / "in")
    out = tmp_path / "packet.pdf"
    program = (
        "import pickle, sys, pathlib\n"
        "from archiver.production.media_files import MediaFolder\n"
        "from archiver.production.packet import write_packet\n"
        "release, out = pickle.load(sys.stdin.buffer)\n"
        "write_packet(release, out, MediaFolder(out.parent / 'media'), 1)\n"
    )
    subprocess.run(
        [sys.executable, "-c", program],
        input=pickle.dumps((release, out)),
        env={**os.environ, "ARCHIVER_FONTS": str(DEJAVU)},
        check=True,
    )
    text = read(out)
    assert "[U+6C34][U+8D39]" in text
    assert "Charactersshownastheirnumber" in text
    assert failures(out, "ua1") == {}
    assert failures(out, "3a") == {}
