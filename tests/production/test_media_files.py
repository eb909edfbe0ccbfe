"""What leaves the building shows the picture and nothing of where and with what it was taken."""

from __future__ import annotations

import io
import struct

import pytest
from PIL import Image

from archiver.production.media_files import MediaFolder, StripError, stripped


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def video() -> bytes:
    header = box(b"mvhd", bytes(4) + b"\x11\x22\x33\x44" * 2 + bytes(88))
    place = box(b"udta", box(b"\xa9xyz", b"+38.5811-121.4930/"))
    track = box(b"trak", box(b"tkhd", bytes(4) + b"\x11\x22\x33\x44" * 2 + bytes(72)))
    movie = box(b"moov", header + track + place)
    return box(b"ftyp", b"isomiso2") + movie + box(b"mdat", b"PICTURES AND SOUND")


def test_a_jpeg_keeps_its_pixels_and_loses_its_place(people, tmp_path) -> None:
    data = people.photograph(tmp_path / "lake.jpg").read_bytes()
    assert b"SECRET" in data
    clean = stripped(data, "image/jpeg")
    assert b"SECRET" not in clean
    assert not Image.open(io.BytesIO(clean)).getexif()
    assert Image.open(io.BytesIO(clean)).tobytes() == Image.open(io.BytesIO(data)).tobytes()


def test_a_turned_jpeg_stays_upright_and_tells_nothing_else() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "SECRETCAPTION"
    out = io.BytesIO()
    Image.new("RGB", (40, 20), (9, 9, 9)).save(out, "JPEG", exif=exif)
    clean = stripped(out.getvalue(), "image/jpeg")
    assert dict(Image.open(io.BytesIO(clean)).getexif()) == {0x0112: 6}
    assert b"SECRET" not in clean


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_other_pictures_are_written_again(kind) -> None:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "SECRETCAPTION"
    image = Image.new("RGBA" if kind != "GIF" else "P", (40, 20))
    image.save(out, kind, exif=exif, comment=b"SECRETCOMMENT", xmp=b"SECRETXMP")
    clean = stripped(out.getvalue(), f"image/{kind.lower()}")
    assert b"SECRET" not in clean
    assert Image.open(io.BytesIO(clean)).size == (40, 20)


def test_a_video_keeps_its_stream_and_loses_place_and_dates() -> None:
    data = video()
    clean = stripped(data, "video/mp4")
    assert len(clean) == len(data)
    assert b"38.5811" not in clean
    assert b"\x11\x22\x33\x44" not in clean
    assert clean.endswith(b"PICTURES AND SOUND")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"\xff\xd8\xff nothing", "image/jpeg"),
        (b"\0\0\xff\xffmoov", "video/mp4"),
    ],
)
def test_what_cannot_be_stripped_is_not_handed_out(tmp_path, data, kind) -> None:
    folder = MediaFolder(tmp_path / "media")
    with pytest.raises(StripError):
        folder.keep(data, kind, "AG-000001")
    assert not (tmp_path / "media").exists()


def test_files_are_named_by_their_page_alone(people, tmp_path) -> None:
    folder = MediaFolder(tmp_path / "media")
    data = people.photograph(tmp_path / "secret-name.jpg").read_bytes()
    assert folder.keep(data, "image/jpeg", "AG-000007") == "AG-000007-1.jpg"
    assert folder.keep(video(), "video/mp4", "AG-000007") == "AG-000007-2.mp4"
    assert folder.keep(data, "image/jpeg", "AG-000008") == "AG-000008-1.jpg"
