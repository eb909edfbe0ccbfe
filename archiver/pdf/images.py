"""Pictures for a document: their pixels, and nothing else their files carried.

A JPEG keeps its compressed pixels; its EXIF (with the place it was taken), XMP, comments and
thumbnails stay behind. Everything else is decoded, its first frame turned upright, and stored as
plain pixels with its transparency.
"""

from __future__ import annotations

import hashlib
import io
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageOps

from archiver.errors import InputError
from archiver.pdf.objects import ObjectFile, reference

MAXIMUM_PIXELS = 100_000_000
AT_ONCE = 40_000_000
"""Pixels that may be decoded at once to be shown; a larger JPEG is decoded smaller."""
TWICE = ("WEBP", "AVIF")  # their decoders hold the whole picture beside ours
FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF", "AVIF")
"""What is decoded. Pillow knows more: some start a program, and none is a picture of a platform."""
LARGEST_SIDE = 3000  # pixels on the printed page's longer side: over 300 to the inch

ORIENTATION = 0x0112

_SCAN = 0xDA
_ADOBE = 0xEE  # tells how the colours are coded; without it CMYK and RGB JPEGs change colour
_COMMENT = 0xFE
_END = 0xD9

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
    moves: bool = False
    """Whether its file is an animation, of which this is the first frame."""

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

    Raises InputError where it is none, is damaged, or is too large to be decoded.
    """
    with _opened(data, smaller=True) as image:
        return _jpeg(image, data) or _pixels(image)


@contextmanager
def _opened(data: bytes, *, smaller: bool = False) -> Iterator[Image.Image]:
    """A decoded picture; `smaller` lets a large JPEG be decoded at a part of its size."""
    with _looked_at(data) as image:
        if smaller and _draftable(image):
            image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))
        most = AT_ONCE // 2 if image.format in TWICE else AT_ONCE
        if image.width * image.height > (most if smaller else MAXIMUM_PIXELS):
            raise InputError("the picture has too many pixels to be decoded here")
        image.load()
        yield image


@contextmanager
def _looked_at(data: bytes) -> Iterator[Image.Image]:
    """A picture not yet decoded; Pillow's own limit, which is another, stands aside meanwhile."""
    limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            yield image
    except InputError:
        raise
    except Exception:  # a decoder given what it never saw can fail in any way
        raise InputError("the file is no picture that can be read") from None
    finally:
        Image.MAX_IMAGE_PIXELS = limit


def _draftable(image: Image.Image) -> bool:
    """Whether a JPEG can be decoded smaller without being held whole: a progressive one cannot."""
    large = max(image.size) > LARGEST_SIDE
    return image.format == "JPEG" and large and "progressive" not in image.info


def _kind(data: bytes) -> tuple[str, int]:
    """The format of a picture and how many pixels it has, by what its file says."""
    with _looked_at(data) as image:
        return image.format or "", image.width * image.height


def _is_turned(image: Image.Image) -> bool:
    return bool(image.getexif().get(ORIENTATION, 1) != 1)


def _has_transparency(image: Image.Image) -> bool:
    return image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info


def stripped(data: bytes) -> bytes:
    """A picture file without what it carried beside its pixels; the pixels are unchanged.

    A JPEG is cut losslessly and keeps only which way up it is, and so is a PNG too large to be
    decoded; other kinds are written again as PNG (animated ones by their first frame). Raises
    InputError where it cannot be read.
    """
    kind, size = _kind(data)
    if kind == "PNG" and size > AT_ONCE:
        return strip_png(data)
    if kind in ("JPEG", "MPO") and size > AT_ONCE:
        return strip_jpeg(data, keep_orientation=True)
    with _opened(data, smaller=True) as image:
        if image.format in ("JPEG", "MPO"):
            return strip_jpeg(data, keep_orientation=True)
        image.seek(0)
        out = io.BytesIO()
        mode = "RGBA" if _has_transparency(image) else "RGB"
        upright = ImageOps.exif_transpose(image) if _is_turned(image) else image
        upright = upright if upright.mode == mode else upright.convert(mode)
        upright.info.clear()
        upright.save(out, "PNG", compress_level=4)
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
            return bytes(out + _scans(data, place))
        length = int.from_bytes(data[place + 2 : place + 4], "big") + 2
        keeps = not (0xE1 <= marker <= 0xEF or marker == _COMMENT) or marker == _ADOBE
        if keeps:
            out += data[place : place + length]
        place += length
    raise ValueError("no picture data")


def _scans(data: bytes, place: int) -> bytes:
    """Everything from the first scan to the end of the picture, but application segments and
    comments; a second picture behind the end is not taken along."""
    out = bytearray()
    start = place
    at = data.find(b"\xff", place + 2)
    while 0 <= at < len(data) - 1:
        marker = data[at + 1]
        if marker == _END:
            return bytes(out + data[start : at + 2])
        if marker == 0xFF:
            at += 1
            continue
        if marker == 0 or 0xD0 <= marker <= 0xD7:
            at = data.find(b"\xff", at + 2)
            continue
        after = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xE0 <= marker <= 0xEF or marker == _COMMENT:
            out += data[start:at]
            start = after
        at = data.find(b"\xff", after)
    return bytes(out + data[start:] + b"\xff\xd9")


_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"pHYs")
)


def strip_png(data: bytes) -> bytes:
    """A PNG with its pixels and how they are to be seen; texts, profiles, further frames and what
    follows its end are left out. Raises InputError where its chunks do not add up."""
    if not data.startswith(_PNG):
        raise InputError("the file is no PNG")
    out, place = bytearray(_PNG), len(_PNG)
    while place + 12 <= len(data):
        end = place + 12 + int.from_bytes(data[place : place + 4], "big")
        kind = data[place + 4 : place + 8]
        if kind in _PNG_KEPT:
            out += data[place:end]
        if kind == b"IEND" and end <= len(data):
            return bytes(out)
        place = end
    raise InputError("the PNG is cut short")


def _orientation(data: bytes) -> bytes:
    with _looked_at(data) as image:
        turned = image.getexif().get(ORIENTATION, 1)
    if turned == 1:
        return b""
    exif = Image.Exif()
    exif[ORIENTATION] = turned
    block = exif.tobytes()
    return b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block


def _pixels(image: Image.Image) -> Picture:
    moves = getattr(image, "n_frames", 1) > 1 and image.format != "MPO"
    image.seek(0)
    if max(image.size) > LARGEST_SIDE:
        image = _smaller(image)
    if _is_turned(image):
        image = ImageOps.exif_transpose(image)
    clear = _has_transparency(image)
    mask = None
    if clear:
        image = image if image.mode == "RGBA" else image.convert("RGBA")
        mask = image.getchannel("A").tobytes()
    grey = image.mode in ("1", "L") and not clear
    mode = "L" if grey else "RGB"
    image = image if image.mode == mode else image.convert(mode)
    colours = "DeviceGray" if grey else "DeviceRGB"
    return Picture(image.width, image.height, colours, image.tobytes(), False, mask, moves)


def _smaller(image: Image.Image) -> Image.Image:
    """A picture no larger than it is printed; first by whole pixels, which takes little memory."""
    turned, clear = image.getexif(), image.info.get("transparency")
    if clear is not None:
        image = image.convert("RGBA")
    factor = max(image.size) // (2 * LARGEST_SIDE)
    if factor > 1 and image.mode not in ("P", "1"):
        image = image.reduce(factor)
    if image.mode in ("P", "1"):
        image = image.convert("RGB" if image.mode == "P" else "L")
    image.thumbnail((LARGEST_SIDE, LARGEST_SIDE), Image.Resampling.LANCZOS)
    if turned.get(ORIENTATION, 1) != 1:
        exif = Image.Exif()
        exif[ORIENTATION] = turned[ORIENTATION]
        image.getexif().update(exif)
    return image
