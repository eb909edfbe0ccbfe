"""Where type comes from: the fonts on this machine, what each one covers, and what is missing.

Debian's `fonts-noto-core`, `fonts-noto-cjk` and `fonts-noto-color-emoji` hold every script the
regions write in. A family that is absent is replaced by the next one named here; a character that
no font has is printed as its code point (`typesetting`), never dropped.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, lru_cache
from pathlib import Path

import uharfbuzz as hb

from archiver.errors import HomeError

FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "/Library/Fonts",
)
FOLDERS_VARIABLE = "ARCHIVER_FONTS"

SCRIPTS = (
    "Hebrew", "Devanagari", "Gurmukhi", "Bengali", "Gujarati", "Tamil", "Telugu", "Kannada",
    "Malayalam", "Sinhala", "Armenian", "Georgian", "Thai", "Lao", "Khmer", "Myanmar", "Ethiopic",
    "Tibetan", "NyiakengPuachueHmong",
)  # fmt: skip
# The Arabic of 2020 keeps letter and dots in one glyph: readers get words back whole (20 of 20
# against 9 of 20 with the newer and the Naskh cuts), so it serves both families.
ARABIC = "NotoSansArabic"
SYMBOLS = ("NotoSansSymbols", "NotoSansSymbols2", "NotoSansMath", "NotoMusic")
EMOJI = "NotoColorEmoji"


class Family(StrEnum):
    """What a piece of text is set in."""

    SERIF = "serif"
    SANS = "sans"
    DISPLAY = "display"


class Han(StrEnum):
    """Which region's shapes Chinese characters take; the value is their place in Noto's CJK."""

    JAPAN = "0"
    KOREA = "1"
    SIMPLIFIED = "2"
    TRADITIONAL = "3"


@dataclass(frozen=True, slots=True)
class Cut:
    """A family in one weight."""

    family: Family = Family.SERIF
    bold: bool = False
    italic: bool = False
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.family.value, self.bold, self.italic)))

    def __hash__(self) -> int:
        return self._hash


LATIN = {
    Family.SERIF: ("NotoSerif", "DejaVuSerif", "LiberationSerif", "NotoSans", "DejaVuSans"),
    Family.SANS: ("NotoSans", "DejaVuSans", "LiberationSans"),
    Family.DISPLAY: ("NotoSerifDisplay", "NotoSerif", "DejaVuSerif", "NotoSans", "DejaVuSans"),
}


class Face:
    """One font of one file, read only and shared by all documents of the process."""

    def __init__(self, path: Path, index: int = 0) -> None:
        self.path = path
        self.index = index
        self.hb_face = hb.Face(hb.Blob.from_file_path(str(path)), index)
        self.hb_font = hb.Font(self.hb_face)
        self.scale = 1000.0 / self.hb_face.upem
        self._advances: dict[int, float] = {}

    @cached_property
    def coverage(self) -> frozenset[int]:
        """The code points it has a glyph for."""
        return frozenset(self.hb_face.unicodes)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables the file holds; they tell outlines from bitmaps."""
        return frozenset(self.hb_face.table_tags)

    def advance(self, glyph: int) -> float:
        """The width of a glyph in thousandths of the type size."""
        width = self._advances.get(glyph)
        if width is None:
            width = self._advances[glyph] = self.hb_font.get_glyph_h_advance(glyph) * self.scale
        return width


@dataclass(frozen=True, slots=True)
class Package:
    """A Debian package of fonts and what a packet loses without it."""

    name: str
    probe: str
    without: str


PACKAGES = (
    Package(
        "fonts-noto-core",
        "NotoSerif-Regular",
        "packets are set in a substitute; Punjabi, Arabic, Farsi, Thai, Khmer, Armenian, Hmong and "
        "others print as code points",
    ),
    Package(
        "fonts-noto-cjk",
        "NotoSerifCJK-Regular",
        "Chinese, Japanese and Korean print as code points",
    ),
    Package("fonts-noto-color-emoji", EMOJI, "emoji print as code points"),
)


@dataclass(frozen=True, slots=True)
class FontReport:
    """What is there. `missing` pairs each absent package with what it means for a packet."""

    found: tuple[str, ...]
    missing: tuple[tuple[str, str], ...]

    @property
    def complete(self) -> bool:
        """Whether every script the notes ask for can be printed."""
        return not self.missing


def report() -> FontReport:
    """Which font packages are there and what the absent ones mean, for `archiver doctor`."""
    files = _files()
    found = tuple(package.name for package in PACKAGES if package.probe in files)
    missing = tuple(
        (package.name, package.without) for package in PACKAGES if package.probe not in files
    )
    return FontReport(found, missing)


@lru_cache(maxsize=1)
def _files() -> dict[str, Path]:
    """Every font file by its stem; the first folder that has it wins."""
    found: dict[str, Path] = {}
    for folder in folders():
        for path in sorted(folder.rglob("*.[ot]t[fc]")):
            found.setdefault(path.stem, path)
    return found


def folders() -> list[Path]:
    """Where fonts are looked for, the first that has one before the others."""
    own = os.environ.get(FOLDERS_VARIABLE)
    return [Path(each).expanduser() for each in (own.split(os.pathsep) if own else FOLDERS)]


@lru_cache(maxsize=512)
def _open(path: Path, index: int) -> Face:
    return Face(path, index)


def _named(stem: str, cut: Cut, index: int = 0) -> Face | None:
    """The best file of a family for the cut: its own weight first, the regular one otherwise."""
    files = _files()
    wanted = ("Bold" if cut.bold else "") + ("Italic" if cut.italic else "") or "Regular"
    for ending in (f"-{wanted}", "-Bold" if cut.bold else "-Regular", "-Regular", ""):
        path = files.get(stem + ending)
        if path is not None:
            return _open(path, index)
    return None


@lru_cache(maxsize=64)
def chain(cut: Cut, han: Han) -> tuple[Face, ...]:
    """The fonts to try for a character, in order; the first one sets plain Latin text.

    Raises HomeError where the machine has no usable font at all.
    """
    serif = cut.family is not Family.SANS
    first, second = ("NotoSerif", "NotoSans") if serif else ("NotoSans", "NotoSerif")
    faces = [next((f for s in LATIN[cut.family] if (f := _named(s, cut))), None)]
    if faces[0] is None:
        raise HomeError(
            "no usable font on this machine: install the packages fonts-noto-core, "
            "fonts-noto-cjk and fonts-noto-color-emoji"
        )
    plain = Cut(cut.family, cut.bold)
    faces += [_named(stem, plain) for stem in (first, ARABIC)]
    for script in SCRIPTS:
        faces.append(_named(first + script, plain) or _named(second + script, plain))
    cjk = _named(f"{first}CJK", plain, int(han)) or _named(f"{second}CJK", plain, int(han))
    faces.append(cjk)
    faces += [_named(stem, plain) for stem in SYMBOLS]
    return tuple(dict.fromkeys(face for face in faces if face is not None))


@lru_cache(maxsize=1)
def emoji() -> Face | None:
    """The colour emoji, where they are installed and hold bitmaps."""
    face = _named(EMOJI, Cut())
    return face if face is not None and "CBDT" in face.tables else None


def others() -> Iterator[Face]:
    """Every further Noto font with outlines: the last resort for a rare script."""
    for stem, path in sorted(_files().items()):
        if stem.startswith("Noto") and stem.endswith("-Regular") and "CJK" not in stem:
            face = _open(path, 0)
            if face.tables & {"glyf", "CFF "}:
                yield face


@lru_cache(maxsize=4096)
def last_resort(code_point: int) -> Face | None:
    """The first of `others` that has the character."""
    return next((face for face in others() if code_point in face.coverage), None)
