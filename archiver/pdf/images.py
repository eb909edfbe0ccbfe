"""Pictures for a document: their pixels, and nothing else their files carried.

A JPEG keeps its compressed pixels; its EXIF (with the place it was taken), XMP, comments and
thumbnails stay behind. Everything else is decoded, its first frame turned upright, and stored as
plain pixels with its transparency.
"""

from __future__ import annotations

import hashlib
import io
import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps, UnidentifiedImageError

from archiver.errors import InputError
from archiver.pdf.objects import ObjectFile, reference

MAXIMUM_PIXELS = 100_000_000
LARGEST_SIDE = 3000  # pixels on the printed page's longer side: over 300 to the inch

ORIENTATION = 0x0112

_SCAN = 0xDA
_ADOBE = 0xEE  # tells how the colours are coded; without it CMYK and RGB JPEGs change colour
_COMMENT = 0xFE

_BLOCK = 16
_MARGINS = {"JPEG": 2, "MPO": 2, "WEBP": 16, "PNG": 0, "GIF": 0, "BMP": 0, "TIFF": 0}
_MOST_MARGIN = 64
"""Pixels around a block that its compression reaches into: upsampled colour in a JPEG, the loop
filter in WebP, whatever a kind not known here does."""
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
Box = tuple[float, float, float, float]
"""Left, top, width and height in fractions of a picture as it is looked at."""


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


def painted(data: bytes, boxes: Sequence[Box]) -> tuple[bytes, str]:
    """A picture with boxes painted black, upright, written anew from its pixels; with its type.

    A box grows outward to the blocks in which the file was compressed, and by what their
    compression spread into the neighbours: around a tight box one could read what was below it.
    Animated pictures keep their first frame. Raises InputError where it cannot be read.
    """
    with _opened(data) as image:
        image.seek(0)
        turned = image.getexif().get(ORIENTATION, 1)
        mode = "RGBA" if _has_transparency(image) else "RGB"
        canvas = image.convert(mode)
        draw = ImageDraw.Draw(canvas)
        for box in boxes:
            draw.rectangle(_grown(image, _unturned(box, turned)), fill="black")
        if turned in _TURNS:
            canvas = canvas.transpose(_TURNS[turned])
        canvas.info.clear()
        out = io.BytesIO()
        if image.format == "JPEG":
            canvas.save(out, "JPEG", quality=92, subsampling=0)
            return out.getvalue(), "image/jpeg"
        canvas.save(out, "PNG")
        return out.getvalue(), "image/png"


def _unturned(box: Box, turned: int) -> Box:
    """A box of the upright picture in the file's own, not yet turned pixels (EXIF orientation)."""
    x, y, w, h = box
    if turned in (5, 6, 7, 8):
        x, y, w, h = y, x, h, w
    if turned in (2, 3, 7, 8):
        x = 1 - x - w
    if turned in (3, 4, 6, 7):
        y = 1 - y - h
    return x, y, w, h


def _grown(image: Image.Image, box: Box) -> tuple[int, int, int, int]:
    """A box in whole pixels, corners inclusive, grown to its blocks and their reach."""
    across, down = _blocks(image)
    margin = _MARGINS.get(image.format or "", _MOST_MARGIN)
    x, y, w, h = box
    left = math.floor(x * image.width / across) * across - margin
    top = math.floor(y * image.height / down) * down - margin
    right = math.ceil((x + w) * image.width / across) * across + margin
    low = math.ceil((y + h) * image.height / down) * down + margin
    return max(left, 0), max(top, 0), min(right, image.width) - 1, min(low, image.height) - 1


def _blocks(image: Image.Image) -> tuple[int, int]:
    """The size of the blocks a file was compressed in: a JPEG's by how its colours are sampled."""
    layers = getattr(image, "layer", None)
    if image.format not in ("JPEG", "MPO") or not layers:
        return _BLOCK, _BLOCK
    return 8 * max(layer[1] for layer in layers), 8 * max(layer[2] for layer in layers)


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
