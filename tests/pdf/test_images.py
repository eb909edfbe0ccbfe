"""Pictures keep their pixels and nothing else."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archiver.errors import InputError
from archiver.pdf.images import LARGEST_SIDE, picture, strip_jpeg


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def test_a_jpeg_is_taken_over_without_what_it_carried() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET"
    data = saved(Image.new("RGB", (30, 20)), "JPEG", exif=exif, comment=b"SECRET")
    found = picture(data)
    assert found.jpeg
    assert b"SECRET" not in found.data
    assert Image.open(io.BytesIO(found.data)).size == (30, 20)


def test_what_follows_the_end_of_a_jpeg_stays_behind() -> None:
    data = saved(Image.new("RGB", (30, 20)), "JPEG") + b"SECRET APPENDED"
    assert b"SECRET" not in picture(data).data


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "1", "L", "RGB", "I;16", "CMYK"])
def test_every_mode_becomes_grey_or_colour(mode) -> None:
    kind = "TIFF" if mode == "CMYK" else "PNG"
    found = picture(saved(Image.new(mode, (12, 8)), kind))
    channels = {"DeviceGray": 1, "DeviceRGB": 3}[found.colours]
    assert len(found.data) == 12 * 8 * channels
    assert (found.mask is not None) == (mode in ("RGBA", "LA"))


def test_a_picture_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    found = picture(saved(Image.new("RGB", (30, 20)), "JPEG", exif=exif))
    assert (found.width, found.height) == (20, 30)


def test_of_an_animation_the_first_frame_is_shown() -> None:
    frames = [Image.new("P", (9, 9), color) for color in (1, 2, 3)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert (picture(data).width, picture(data).height) == (9, 9)


def test_a_huge_picture_is_made_smaller() -> None:
    found = picture(saved(Image.new("L", (LARGEST_SIDE * 2, 10)), "PNG"))
    assert found.width == LARGEST_SIDE


@given(st.binary(max_size=200))
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(InputError):
        picture(data)


@given(st.data())
def test_a_damaged_jpeg_is_refused_or_read(data: st.DataObject) -> None:
    good = bytearray(saved(Image.new("RGB", (30, 20), (9, 99, 200)), "JPEG"))
    place = data.draw(st.integers(0, len(good) - 1))
    good[place] = data.draw(st.integers(0, 255))
    try:
        picture(bytes(good))
    except InputError:
        return


def test_a_jpeg_cut_short_is_refused() -> None:
    data = saved(Image.new("RGB", (300, 200), (9, 99, 200)), "JPEG")
    with pytest.raises(ValueError, match="picture data"):
        strip_jpeg(data[:100])
