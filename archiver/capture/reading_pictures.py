"""Text in pictures, read by Tesseract where it is installed: a help for finding, never evidence.

The program runs as a process of its own, on a copy of the picture that was decoded here within
bounds, with limits on its time and memory. Where it is missing, fails or finds nothing, the picture
stands as it is.
"""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageOps

PROGRAM = "tesseract"
MARK = "Text read from the picture by machine"
"""With this a description says that what follows was read by a program."""
SECONDS = 60
MEMORY = 2 * 1024**3
"""Bytes of memory it may ask for."""
MOST_PIXELS = 40_000_000
LEAST_SIDE = 64
"""A picture narrower than this is a button or a line."""
LONGEST_TEXT = 20_000
MOST_LANGUAGES = 3
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "TIFF", "BMP")
_FIRST = ("eng", "spa", "chi_tra", "vie", "fil", "tgl", "kor")
"""The languages California's cities answer in most, in that order; others of the machine follow."""
_NO_LANGUAGE = ("osd", "equ", "snum")


@dataclass(frozen=True, slots=True)
class PictureReader:
    """The program on this machine: its version and the languages it reads (codes of ISO 639-2)."""

    path: str
    version: str
    languages: tuple[str, ...]

    @property
    def name(self) -> str:
        """What a record says read it."""
        return f"Tesseract {self.version}, {'+'.join(self.languages)}"


def find_reader() -> PictureReader | None:
    """The program as it is installed, or None."""
    path = shutil.which(PROGRAM)
    return _asked(path) if path is not None else None


@lru_cache(maxsize=8)
def _asked(path: str) -> PictureReader | None:
    said = _run([path, "--version"])
    listed = _run([path, "--list-langs"])
    if said is None or listed is None:
        return None
    version = said.decode(errors="replace").split("\n", 1)[0].removeprefix("tesseract ").strip()
    there = [each.strip() for each in listed.decode(errors="replace").splitlines()[1:]]
    codes = [each for each in there if each.replace("_", "").isalnum() and each not in _NO_LANGUAGE]
    known = [each for each in _FIRST if each in codes]
    others = [each for each in codes if each not in known]
    languages = tuple([*known, *others][:MOST_LANGUAGES])
    return PictureReader(path, version, languages) if languages else None


def read_picture(reader: PictureReader, content: bytes) -> str:
    """The words in a picture, line by line; nothing where it shows none or cannot be read."""
    copy = _plain_copy(content)
    if copy is None:
        return ""
    languages = "+".join(reader.languages)
    said = _run([reader.path, "stdin", "stdout", "-l", languages, "--psm", "3"], copy)
    if said is None:
        return ""
    lines = [" ".join(each.split()) for each in said.decode(errors="replace").splitlines()]
    kept = "\n".join(each for each in lines if sum(map(str.isalnum, each)) > 1)
    plain = "".join(each for each in kept if each.isprintable() or each == "\n")
    return plain[:LONGEST_TEXT]


def _plain_copy(content: bytes) -> bytes | None:
    """The picture in shades of grey, the right way up: the program is given nothing but pixels."""
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            width, height = opened.size
            if min(width, height) < LEAST_SIDE or width * height > MOST_PIXELS:
                return None
            grey = ImageOps.exif_transpose(opened).convert("RGBA")
            paper = Image.new("RGBA", grey.size, "white")
            paper.alpha_composite(grey)
            out = io.BytesIO()
            paper.convert("L").save(out, "PNG", compress_level=1)
    except Exception:
        # the library fails in many ways on damaged pictures, none of which says more than this
        return None
    return out.getvalue()


def _run(words: list[str], given: bytes = b"") -> bytes | None:
    try:
        done = subprocess.run(
            words,
            input=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=SECONDS,
            env={"OMP_THREAD_LIMIT": "1", "LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin"},
            preexec_fn=_limited,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None


def _limited() -> None:
    for what, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (allowed, allowed))
