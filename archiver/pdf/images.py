"""Pictures for a document: their pixels, and nothing else their files carried.

A JPEG keeps its compressed pixels; its EXIF (with the place it was taken), XMP, comments and
thumbnails stay behind. Everything else is decoded, its first frame turned upright, and stored as
plain pixels with its transparency.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from archiver.errors import InputError
from archiver.pdf.objects import ObjectFile, reference

MAXIMUM_PIXELS = 100_000_000
LARGEST_SIDE = 3000  # pixels on the printed page's longer side: over 300 to the inch

ORIENTATION = 0x0112

_SCAN = 0xDA
_ADOBE = 0xEE  # tells how the colours are coded; without it CMYK and RGB JPEGs change colour
_COMMENT = 0xFE


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture ready to be embedded. `mask` is its transparency, one byte per pixel."""

    width: int
    height: int
    colours: str
    data: bytes
    jpeg: bool
    mask: bytes | None

    @property
    def digest(self) -> str:
        """What tells equal pictures: they are embedded once."""
        shape = f"{self.width} {self.height} {self.colours} {self.jpeg} ".encode("ascii")
        return hashlib.sha256(shape + self.data + (self.mask or b"")).hexdigest()

    def write(self, file: ObjectFile) -> int:
        """Write it; gives its object number."""
        entries = {
            "Type": b"/XObject",
            "Subtype": b"/Image",
            "Width": b"%d" % self.width,
            "Height": b"%d" % self.height,
            "BitsPerComponent": b"8",
        }
        colour = {**entries, "ColorSpace": f"/{self.colours}".encode("ascii")}
        if self.mask is not None:
            grey = {**entries, "ColorSpace": b"/DeviceGray"}
            colour["SMask"] = reference(file.add_stream(grey, self.mask))
        if self.jpeg:
            return file.add_stream({**colour, "Filter": b"/DCTDecode"}, self.data, compress=False)
        return file.add_stream(colour, self.data)


def picture(data: bytes) -> Picture:
    """Read a JPEG, PNG, WebP, GIF or any other picture Pillow knows.

    Raises InputError where it is none, is damaged, or is larger than a hundred million pixels.
    """
    with _opened(data) as image:
        return _jpeg(image, data) or _pixels(image)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
        if image.width * image.height > MAXIMUM_PIXELS:
            raise InputError("the picture has more than a hundred million pixels")
        image.load()
        yield image
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise InputError("the file is no picture that can be read") from None


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def stripped(data: bytes) -> bytes:
    """A picture file without what it carried beside its pixels; the pixels are unchanged.

    A JPEG is cut losslessly and keeps only which way up it is; other kinds are written again as PNG
    (animated ones by their first frame). Raises InputError where it cannot be read.
    """
    with _opened(data) as image:
        if image.format == "JPEG":
            return strip_jpeg(data, keep_orientation=True)
        image.seek(0)
        out = io.BytesIO()
        mode = "RGBA" if _has_transparency(image) else "RGB"
        ImageOps.exif_transpose(image).convert(mode).save(out, "PNG")
        return out.getvalue()


def _jpeg(image: Image.Image, data: bytes) -> Picture | None:
    """A JPEG whose own bytes can stand: upright, grey or colour, not too large."""
    upright = image.getexif().get(ORIENTATION, 1) == 1
    if image.format != "JPEG" or image.mode not in ("L", "RGB") or not upright:
        return None
    if max(image.size) > LARGEST_SIDE:
        return None
    colours = "DeviceGray" if image.mode == "L" else "DeviceRGB"
    return Picture(image.width, image.height, colours, strip_jpeg(data), True, None)


def strip_jpeg(data: bytes, *, keep_orientation: bool = False) -> bytes:
    """A JPEG without its application segments and comments, and without what follows its end.

    `keep_orientation` writes a new EXIF block that says which way up it is and nothing else. Raises
    ValueError where its segments do not add up.
    """
    out = bytearray(data[:2])
    if keep_orientation:
        out += _orientation(data)
    place = 2
    while place < len(data) - 1:
        if data[place] != 0xFF:
            raise ValueError("no marker where one should be")
        marker = data[place + 1]
        if marker == 0xFF:
            place += 1
            continue
        if marker == _SCAN:
            end = data.rfind(b"\xff\xd9")
            return bytes(out + data[place : end + 2 if end > place else len(data)])
        length = int.from_bytes(data[place + 2 : place + 4], "big") + 2
        keeps = not (0xE1 <= marker <= 0xEF or marker == _COMMENT) or marker == _ADOBE
        if keeps:
            out += data[place : place + length]
        place += length
    raise ValueError("no picture data")


def _orientation(data: bytes) -> bytes:
    turned = Image.open(io.BytesIO(data)).getexif().get(ORIENTATION, 1)
    if turned == 1:
        return b""
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    block = exif.tobytes()
    return b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block


def _pixels(image: Image.Image) -> Picture:
    image.seek(0)
    image = ImageOps.exif_transpose(image)
    if max(image.size) > LARGEST_SIDE:
        image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    clear = _has_transparency(image)
    mask = None
    if clear:
        image = image.convert("RGBA")
        mask = image.getchannel("A").tobytes()
    grey = image.mode in ("1", "L") and not clear
    image = image.convert("L" if grey else "RGB")
    colours = "DeviceGray" if grey else "DeviceRGB"
    return Picture(image.width, image.height, colours, image.tobytes(), False, mask)
