"""Fonts as one document uses them: which glyph stands for which text, and the embedded subset.

A code is given out for each distinct pair of glyph and text, so the map back to Unicode is exact
(ISO 32000-1, 9.10.3): what a reader copies, searches or hears is what the record said. A font
starts empty with each document, so a subset says nothing about any other document.
"""

from __future__ import annotations

import hashlib
import io
import struct
from typing import Any, Protocol

import uharfbuzz as hb
from fontTools.ttLib import TTFont
from PIL import Image

from archiver.pdf import objects
from archiver.pdf.faces import Face
from archiver.pdf.objects import ObjectFile, dictionary, name, number, numbers, reference

DROPPED_TABLES = (
    "GSUB", "GPOS", "GDEF", "kern", "STAT", "name", "DSIG", "MATH", "vhea", "vmtx", "VORG",
    "BASE", "gasp", "meta", "COLR", "CPAL", "SVG ",
)  # fmt: skip
IDENTITY = b"<</Registry (Adobe) /Ordering (Identity) /Supplement 0>>"
SYMBOLIC = b"4"
TYPE3_GLYPHS = 255
# poppler takes the size of a Type3 font from the width of its glyph "m", and without one from
# that of any glyph, which for an emoji is twice too large: it then tears the line apart there.
GAUGE_WIDTH = 600
EMOJI_DROP = 0.19  # how far below the base line a bitmap reaches, in parts of its advance


class FontUse(Protocol):
    """A face as this document uses it."""

    face: Face

    def code(self, glyph: int, text: str) -> tuple[str, str]:
        """The resource name and the hexadecimal code that stand for the glyph read as `text`."""

    def write(self, file: ObjectFile) -> dict[str, int]:
        """Write the subset; gives the font object of each resource name."""


def use(face: Face, key: str) -> FontUse:
    """A fresh use of a face; `key` names its resources in the document."""
    if "glyf" in face.tables:
        return TrueTypeUse(face, key)
    if "CFF " in face.tables:
        return CffUse(face, key)
    return BitmapUse(face, key)


class TrueTypeUse:
    """Outlines in `glyf`: a Type0 font over CIDFontType2, codes in the order of first use."""

    def __init__(self, face: Face, key: str) -> None:
        self.face = face
        self._key = key
        self._codes: dict[tuple[int, str], str] = {}
        self._pairs: list[tuple[int, str]] = [(0, "")]

    def code(self, glyph: int, text: str) -> tuple[str, str]:
        """See `FontUse`."""
        pair = (glyph, text)
        found = self._codes.get(pair)
        if found is None:
            found = self._codes[pair] = f"{len(self._pairs):04X}"
            self._pairs.append(pair)
        return self._key, found

    def write(self, file: ObjectFile) -> dict[str, int]:
        """See `FontUse`."""
        subset, mapping = _subset(self.face, {glyph for glyph, _ in self._pairs})
        program = file.add_stream({"Length1": b"%d" % len(subset)}, subset)
        places = b"".join(struct.pack(">H", mapping[glyph]) for glyph, _ in self._pairs)
        base = _subset_name(self.face, subset)
        descendant = {
            "Type": b"/Font",
            "Subtype": b"/CIDFontType2",
            "BaseFont": base,
            "CIDSystemInfo": IDENTITY,
            "FontDescriptor": reference(_descriptor(file, self.face, base, "FontFile2", program)),
            "DW": b"0",
            "W": b"[0 " + numbers(self.face.advance(glyph) for glyph, _ in self._pairs) + b"]",
            "CIDToGIDMap": reference(file.add_stream({}, places)),
        }
        number_of_descendant = file.add(dictionary(descendant))
        to_unicode = _to_unicode(
            [(code, text) for code, (_, text) in enumerate(self._pairs) if text], 4
        )
        return {self._key: _type0(file, base, number_of_descendant, to_unicode)}


class CffUse:
    """Outlines in a CID-keyed CFF (Noto's CJK): the code is the glyph's own CID.

    One glyph can stand for two characters (a radical and the ideograph). Since its code is fixed,
    each further reading goes to a further layer: the same subset under another resource name, with
    its own map back to Unicode.
    """

    def __init__(self, face: Face, key: str) -> None:
        self.face = face
        self._key = key
        self._layers: list[dict[int, str]] = []

    def code(self, glyph: int, text: str) -> tuple[str, str]:
        """See `FontUse`."""
        for place, layer in enumerate(self._layers):
            if layer.setdefault(glyph, text) == text:
                return self._resource(place), f"{glyph:04X}"
        self._layers.append({glyph: text})
        return self._resource(len(self._layers) - 1), f"{glyph:04X}"

    def _resource(self, layer: int) -> str:
        return f"{self._key}L{layer}" if layer else self._key

    def write(self, file: ObjectFile) -> dict[str, int]:
        """See `FontUse`."""
        glyphs = sorted({0}.union(*self._layers))
        subset, _ = _subset(self.face, set(glyphs))
        table = TTFont(io.BytesIO(subset), lazy=True).reader["CFF "]
        program = file.add_stream({"Subtype": b"/CIDFontType0C"}, table)
        base = _subset_name(self.face, subset)
        widths = b" ".join(
            b"%d [%b]" % (glyph, number(self.face.advance(glyph))) for glyph in glyphs
        )
        descendant = {
            "Type": b"/Font",
            "Subtype": b"/CIDFontType0",
            "BaseFont": base,
            "CIDSystemInfo": IDENTITY,
            "FontDescriptor": reference(_descriptor(file, self.face, base, "FontFile3", program)),
            "DW": b"1000",
            "W": b"[" + widths + b"]",
        }
        number_of_descendant = file.add(dictionary(descendant))
        return {
            self._resource(place): _type0(
                file,
                base,
                number_of_descendant,
                _to_unicode([(glyph, text) for glyph, text in sorted(layer.items()) if text], 4),
            )
            for place, layer in enumerate(self._layers)
        }


class BitmapUse:
    """Colour bitmaps (CBDT): glyphs of Type3 fonts, 256 to a font, each one a small image.

    So an emoji is text: found by search, copied whole (flags, skin tones, families), read aloud.
    """

    def __init__(self, face: Face, key: str) -> None:
        self.face = face
        self._key = key
        self._codes: dict[tuple[int, str], tuple[str, str]] = {}
        self._pairs: list[tuple[int, str]] = []

    def code(self, glyph: int, text: str) -> tuple[str, str]:
        """See `FontUse`."""
        pair = (glyph, text)
        found = self._codes.get(pair)
        if found is None:
            font, place = divmod(len(self._pairs), TYPE3_GLYPHS)
            found = self._codes[pair] = (self._resource(font), f"{place + 1:02X}")
            self._pairs.append(pair)
        return found

    def _resource(self, font: int) -> str:
        return f"{self._key}L{font}" if font else self._key

    def write(self, file: ObjectFile) -> dict[str, int]:
        """See `FontUse`."""
        source = TTFont(self.face.path, lazy=True, fontNumber=self.face.index)
        strike = source["CBDT"].strikeData[0]
        names = source.getGlyphOrder()
        fonts = {}
        for start in range(0, len(self._pairs), TYPE3_GLYPHS):
            pairs = self._pairs[start : start + TYPE3_GLYPHS]
            glyphs = [_bitmap(strike.get(names[glyph])) for glyph, _ in pairs]
            resource = self._resource(start // TYPE3_GLYPHS)
            fonts[resource] = self._write_one(file, resource, pairs, glyphs)
        return fonts

    def _write_one(
        self,
        file: ObjectFile,
        resource: str,
        pairs: list[tuple[int, str]],
        glyphs: list[Image.Image | None],
    ) -> int:
        gauge = file.add_stream({}, b"%d 0 d0\n" % GAUGE_WIDTH)
        procedures = {"m": reference(gauge)}
        images: dict[str, bytes] = {}
        widths = [self.face.advance(glyph) for glyph, _ in pairs]
        for place, (width, picture) in enumerate(zip(widths, glyphs, strict=True), 1):
            code = number(width) + b" 0 d0\n"
            if picture is not None:
                images[f"I{place}"] = reference(_write_bitmap(file, picture))
                height = width * picture.height / picture.width
                box = (width, 0, 0, height, 0, -EMOJI_DROP * width)
                matrix = b" ".join(number(value) for value in box)
                code += b"q " + matrix + b" cm /I%d Do Q\n" % place
            procedures[f"e{place}"] = reference(file.add_stream({}, code))
        differences = b" ".join(b"/e%d" % place for place in range(1, len(pairs) + 1))
        entries = {
            "Type": b"/Font",
            "Subtype": b"/Type3",
            "Name": name(resource),
            "FontBBox": b"[0 -300 1400 1200]",
            "FontMatrix": b"[0.001 0 0 0.001 0 0]",
            "FirstChar": b"0",
            "LastChar": b"%d" % len(pairs),
            "Widths": numbers((GAUGE_WIDTH, *widths)),
            "CharProcs": dictionary(procedures),
            "Encoding": b"<</Type /Encoding /Differences [0 /m " + differences + b"]>>",
            "Resources": dictionary({"XObject": dictionary(images)}),
            "ToUnicode": reference(
                file.add_stream(
                    {},
                    _to_unicode([(i, text) for i, (_, text) in enumerate(pairs, 1) if text], 2),
                )
            ),
        }
        return file.add(dictionary(entries))


def _bitmap(glyph: Any) -> Image.Image | None:
    data = getattr(glyph, "imageData", None)
    return Image.open(io.BytesIO(data)).convert("RGBA") if data else None


def _write_bitmap(file: ObjectFile, picture: Image.Image) -> int:
    shared = {
        "Type": b"/XObject",
        "Subtype": b"/Image",
        "Width": b"%d" % picture.width,
        "Height": b"%d" % picture.height,
        "BitsPerComponent": b"8",
    }
    mask = file.add_stream(
        {**shared, "ColorSpace": b"/DeviceGray"}, picture.getchannel("A").tobytes()
    )
    colour = {**shared, "ColorSpace": b"/DeviceRGB", "SMask": reference(mask)}
    return file.add_stream(colour, picture.convert("RGB").tobytes())


def _subset(face: Face, glyphs: set[int]) -> tuple[bytes, dict[int, int]]:
    """The font with only these glyphs, and where each of them went."""
    wanted = hb.SubsetInput()
    wanted.glyph_set.update(sorted(glyphs | {0}))
    wanted.flags = hb.SubsetFlags.NO_LAYOUT_CLOSURE | hb.SubsetFlags.NOTDEF_OUTLINE
    wanted.drop_table_tag_set.update(
        int.from_bytes(tag.encode("ascii"), "big") for tag in DROPPED_TABLES
    )
    plan = hb.SubsetPlan(face.hb_face, wanted)
    subset = bytes(plan.execute().blob.data)
    moved = plan.old_to_new_glyph_mapping
    return subset, {glyph: moved[glyph] for glyph in glyphs | {0}}


def _subset_name(face: Face, subset: bytes) -> bytes:
    """The font's name with the six letters that mark a subset (ISO 32000-1, 9.6.4)."""
    digest = hashlib.sha256(subset + str(face.index).encode("ascii")).digest()
    letters = "".join(chr(ord("A") + byte % 26) for byte in digest[:6])
    return name(f"{letters}+{face.path.stem}")


def _descriptor(file: ObjectFile, face: Face, base: bytes, kind: str, program: int) -> int:
    extents = face.hb_font.get_font_extents("ltr")
    return file.add(
        dictionary(
            {
                "Type": b"/FontDescriptor",
                "FontName": base,
                "Flags": SYMBOLIC,
                "FontBBox": b"[-1000 -500 3000 1500]",
                "ItalicAngle": b"-12" if "Italic" in face.path.stem else b"0",
                "Ascent": number(round(extents.ascender * face.scale)),
                "Descent": number(round(extents.descender * face.scale)),
                "CapHeight": b"714",
                "StemV": b"120" if "Bold" in face.path.stem else b"80",
                kind: reference(program),
            }
        )
    )


def _type0(file: ObjectFile, base: bytes, descendant: int, to_unicode: bytes) -> int:
    return file.add(
        dictionary(
            {
                "Type": b"/Font",
                "Subtype": b"/Type0",
                "BaseFont": base,
                "Encoding": b"/Identity-H",
                "DescendantFonts": objects.references((descendant,)),
                "ToUnicode": reference(file.add_stream({}, to_unicode)),
            }
        )
    )


def _to_unicode(pairs: list[tuple[int, str]], digits: int) -> bytes:
    """A CMap from codes of that many hexadecimal digits to text."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        f"1 begincodespacerange <{'0' * digits}> <{'F' * digits}> endcodespacerange",
    ]
    for start in range(0, len(pairs), 100):
        part = pairs[start : start + 100]
        lines.append(f"{len(part)} beginbfchar")
        lines += [
            f"<{code:0{digits}X}> <{text.encode('utf-16-be').hex().upper()}>" for code, text in part
        ]
        lines.append("endbfchar")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")
