"""Every kind of file a volume holds, read as somebody would who looks for what was hidden in it.

Each file becomes texts with the place they stand at. A kind nobody here can read is told as that:
what cannot be looked into must not go out.
"""

from __future__ import annotations

import csv
import email
import email.policy
import gzip
import json
import re
import sqlite3
import zipfile
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import pikepdf
import pypdfium2

from archiver.pdf.looking import page_texts

Texts = Iterator[tuple[str, str]]
"""Places in a file with the text that stands there."""
MEDIA = frozenset(("jpg", "png", "mp4", "mov", "m4a"))
_PRINTABLE = re.compile(rb"[\x20-\x7e\x80-\xff]{4,}")
_DEEPEST = 40
_PIECE = 1 << 20
_OVERLAP = 1 << 12
BYTES = "bytes"
"""The place of what was read in bytes that are no text."""
csv.field_size_limit(1 << 30)


class Unreadable(Exception):
    """A file of a kind that nobody can look into."""


def texts_of(path: Path) -> Texts:
    """The texts of a file. Raises Unreadable for a kind that is not known or not what it says."""
    kind = path.suffix.lower().removeprefix(".")
    if kind in MEDIA:
        with path.open("rb") as file:
            yield from _bytes(file)
        return
    reader = _READERS.get(kind)
    if reader is None:
        raise Unreadable(f"a file of the kind {kind or path.name!r}")
    try:
        yield from reader(path)
    except _FAULTS as error:
        raise Unreadable(f"it cannot be read ({type(error).__name__})") from None


def letters_of(path: Path) -> set[str]:
    """Every character the fonts of a PDF can spell: what was only measured leaves its letters."""
    found: set[str] = set()
    with pikepdf.open(path) as pdf:
        for each in pdf.objects:
            if isinstance(each, pikepdf.Dictionary) and "/ToUnicode" in each:
                found |= _spelled(each.ToUnicode.read_bytes())
    return found


def _spelled(mapping: bytes) -> set[str]:
    """The characters a ToUnicode map leads to (ISO 32000-1, 9.10.3)."""
    found: set[str] = set()
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", mapping, re.DOTALL):
        for spelled in re.findall(rb"<[0-9A-Fa-f]+>\s*<([0-9A-Fa-f]*)>", block):
            found |= set(bytes.fromhex(spelled.decode()).decode("utf-16-be", "replace"))
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", mapping, re.DOTALL):
        for low, high, start in re.findall(rb"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            first = int(start, 16)
            found |= set(map(chr, range(first, first + int(high, 16) - int(low, 16) + 1)))
    return found


def _pdf(path: Path) -> Texts:
    for number, text in enumerate(page_texts(path), 1):
        yield f"page {number}", text
    with pikepdf.open(path) as pdf:
        for each in pdf.objects:
            yield from _object(each, _named(each))


def _named(each: pikepdf.Object) -> str:
    number = each.objgen[0] if isinstance(each, pikepdf.Object) else 0
    return f"object {number}"


def _object(each: object, place: str, depth: int = 0) -> Texts:
    if depth > _DEEPEST:
        raise Unreadable("a file whose parts lie too deep")
    if isinstance(each, pikepdf.Stream):
        yield from _stream(each, place)
    if isinstance(each, pikepdf.String):
        yield place, str(each)
    elif isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
        for key, value in each.items():
            if not getattr(value, "is_indirect", False):
                yield from _object(value, f"{place} {key}", depth + 1)
    elif isinstance(each, pikepdf.Array):
        for value in each:
            if not getattr(value, "is_indirect", False):
                yield from _object(value, place, depth + 1)


def _stream(each: pikepdf.Stream, place: str) -> Texts:
    """The words of streams that hold words; pictures and fonts are looked at elsewhere."""
    if each.get("/Type") in ("/Metadata", "/EmbeddedFile"):
        yield place, each.read_bytes().decode("utf-8", "replace")


def _json(path: Path) -> Texts:
    yield from _value(json.loads(path.read_bytes()), "")


def _jsonl(path: Path) -> Texts:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            yield from _value(json.loads(line), f"line {number}")


def _value(value: object, place: str) -> Texts:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _value(each, f"{place} {key}".strip())
    elif isinstance(value, list):
        for each in value:
            yield from _value(each, place)


def _csv(path: Path) -> Texts:
    with path.open(encoding="utf-8-sig", newline="") as text:
        for number, row in enumerate(csv.reader(text), 1):
            for cell in row:
                yield f"line {number}", cell


def _text(path: Path) -> Texts:
    for number, line in enumerate(path.read_bytes().decode("utf-8", "replace").splitlines(), 1):
        yield f"line {number}", line


def _load_file(path: Path) -> Texts:
    """A Concordance load file: values between U+00FE, which is a letter and stands for none."""
    for place, text in _text(path):
        yield place, text.replace("\u00fe", " ")


def _sqlite(path: Path) -> Texts:
    """Every value of every table, then the raw pages: what was deleted would still lie there."""
    with sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True) as found:
        for name, sql in found.execute("SELECT name, sql FROM sqlite_schema"):
            yield f"schema of {name}", sql or ""
        for (name,) in found.execute("SELECT name FROM sqlite_schema WHERE type = 'table'"):
            for number, row in enumerate(found.execute(f'SELECT * FROM "{name}"'), 1):
                for value in row:
                    if isinstance(value, str):
                        yield f"{name}, row {number}", value
    found.close()
    with path.open("rb") as file:
        yield from _bytes(file)


class _Page(HTMLParser):
    """All that a web page holds: text, attributes, comments."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)

    def handle_comment(self, data: str) -> None:
        self.found.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [value for _, value in attrs if value]


def _html(path: Path) -> Texts:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    page.close()
    yield "text", "".join(page.found)
    for each in page.found:
        yield "text", each


def _xml(path: Path) -> Texts:
    with path.open("rb") as file:
        yield from _elements(file, "")


def _elements(file: IO[bytes], place: str) -> Texts:
    """What stands in XML, element by element; none is kept in memory."""
    for _, each in ElementTree.iterparse(file):
        yield place, each.text or ""
        yield place, each.tail or ""
        for value in each.attrib.values():
            yield place, value
        each.clear()


def _package(path: Path) -> Texts:
    """A zip and what is in it, such as a workbook: names, comments, parts."""
    with zipfile.ZipFile(path) as package:
        yield "comment", package.comment.decode("utf-8", "replace")
        for part in package.infolist():
            yield "names", part.filename
            yield part.filename, (part.comment + part.extra).decode("utf-8", "replace")
            if part.filename.endswith((".xml", ".rels", ".vml")):
                with package.open(part) as file:
                    yield from _elements(file, part.filename)
            else:
                with package.open(part) as file:
                    yield from _bytes(file)


def _message(path: Path) -> Texts:
    found = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    for part in found.walk():
        for name, value in part.items():
            yield name, str(value)
        if not part.is_multipart():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield "body", content.decode(part.get_content_charset() or "utf-8", "replace")


def _gzip(path: Path) -> Texts:
    with gzip.open(path) as data:
        yield "content", data.read().decode("utf-8", "replace")


def _bytes(file: IO[bytes]) -> Texts:
    """What can be read in bytes of any kind, a piece at a time; the pieces overlap."""
    kept = b""
    while piece := file.read(_PIECE):
        data = kept + piece
        for found in _PRINTABLE.finditer(data):
            yield BYTES, found[0].decode("utf-8", "replace")
        kept = data[-_OVERLAP:]
    if kept and len(kept) < _OVERLAP:
        yield BYTES, kept.decode("utf-16-le", "ignore")


def _css(path: Path) -> Texts:
    yield "text", path.read_text("utf-8")


_FAULTS = (
    *(ValueError, OSError, csv.Error, sqlite3.Error, zipfile.BadZipFile),
    *(pikepdf.PdfError, pypdfium2.PdfiumError, ElementTree.ParseError),
)
_READERS: Mapping[str, Callable[[Path], Texts]] = {
    "pdf": _pdf,
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "dat": _load_file,
    "opt": _text,
    "txt": _text,
    "sqlite": _sqlite,
    "html": _html,
    "css": _css,
    "js": _css,
    "xml": _xml,
    "xsd": _xml,
    "xlsx": _package,
    "eml": _message,
    "gz": _gzip,
}
