"""A volume as documents with fields, as the load files of review platforms name them.

A document is a released record, one of its media files (attached to it), a list, or the sheet of
what is withheld. Records can share a page, so a document has a name of its own (DOCID): its first
page, with a counter where another record begins on that page before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.production import words
from archiver.production.manifest import sha256
from archiver.production.release import Record
from archiver.production.twins.volume import Volume, produced_type

PACKET = "packet.pdf"
FIELDS = (
    "DOCID", "BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "PGCOUNT", "RECORD", "CUSTODIAN",
    "DOCTYPE", "PLATFORM", "ACCOUNT", "POSTID", "PARENTID", "AUTHOR", "RECIPIENTS", "DATEPOSTED",
    "TIMEPOSTED", "DATECAPTURED", "URL", "TITLE", "REDACTED", "EXEMPTIONS", "SHA256", "NATIVEPATH",
    "PDFPATH", "TEXT",
)  # fmt: skip
"""Dates and times are UTC. TIMEPOSTED ends in Z, DATECAPTURED holds date and time."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its first and last page, its fields, its file (below the volume's folder) and
    the name of the document it is attached to."""

    name: str
    first: int
    last: int
    fields: dict[str, str]
    file: str | None = None
    attached_to: str | None = None
    message: bool = False


def documents(volume: Volume, folder: Path) -> list[Document]:
    """Every document of the volume, in the order of the packet. Reads the files it names."""
    found: list[Document] = []
    for record in volume.order:
        found += _record(record, volume, folder)
    for number, one, path in volume.lists:
        first, last = volume.packet.lists[one.key]
        about = {"DOCTYPE": "List", "TITLE": one.title, "DATECAPTURED": one.as_of}
        about["REDACTED"] = _yes(any(cell.citations for row in one.rows for cell in row))
        cited = dict.fromkeys(c for row in one.rows for cell in row for c in cell.citations)
        about["EXEMPTIONS"] = "; ".join(cited)
        name = f"{volume.page(first)}-L{number}"
        found.append(_document(volume, name, (first, last), about, folder, path))
    for withheld in volume.release.withheld:
        page = volume.packet.sheets[withheld.key]
        about = {"DOCTYPE": "Withheld", "TITLE": "Withheld in full", "REDACTED": "Y"}
        about["EXEMPTIONS"] = "; ".join(withheld.citations)
        found.append(_document(volume, volume.page(page), (page, page), about, folder))
    return found


def _record(record: Record, volume: Volume, folder: Path) -> Iterator[Document]:
    printed, name = volume.printed(record), volume.names[record.key]
    pages = printed.first, printed.last
    whole = _about(record, volume)
    yield _document(volume, name, pages, whole, folder, volume.message_file(record))
    for media, path in volume.files(record):
        kind = produced_type(path).partition("/")[0]
        part = {"DOCTYPE": _MEDIA.get(kind, "File"), "TITLE": media.alt_text.words}
        for shared in ("CUSTODIAN", "PLATFORM", "ACCOUNT", "DATEPOSTED", "TIMEPOSTED",
                       "DATECAPTURED"):  # fmt: skip
            part[shared] = whole[shared]
        bars = [*media.parts, *media.alt_text.bars]
        part["REDACTED"] = _yes(bool(bars))
        part["EXEMPTIONS"] = "; ".join(dict.fromkeys(c for bar in bars for c in bar.citations))
        part["PARENTID"] = name
        stem = Path(path).stem
        yield _document(volume, stem, pages, part, folder, path, name)


_MEDIA = {"image": "Picture", "video": "Video", "audio": "Recording"}


def _about(record: Record, volume: Volume) -> dict[str, str]:
    """The fields of a record."""
    day, _, hour = ("", "", "") if record.undated else record.created_at.partition("T")
    answered = volume.answered(record)
    author = words.author(record).words
    cited = dict.fromkeys(c for bar in record.redactions for c in bar.citations)
    units = dict.fromkeys(filter(None, (record.account, record.department)))
    return {
        "RECORD": str(volume.number(record)),
        "CUSTODIAN": ", ".join(units),
        "DOCTYPE": words.kind(record),
        "PLATFORM": record.platform,
        "ACCOUNT": record.handle,
        "POSTID": record.native_id.words,
        "PARENTID": "" if answered is None else volume.names[answered.key],
        "AUTHOR": author,
        "RECIPIENTS": "; ".join(one.words for one in record.recipients),
        "DATEPOSTED": day,
        "TIMEPOSTED": hour,
        "DATECAPTURED": record.capture.at,
        "URL": record.url.words,
        "TITLE": f"{words.kind(record)} by {author}",
        "REDACTED": _yes(bool(record.redactions)),
        "EXEMPTIONS": "; ".join(cited),
        "TEXT": record.text.words,
    }


def _document(
    volume: Volume,
    name: str,
    pages: tuple[int, int],
    about: dict[str, str],
    folder: Path,
    file: str | None = None,
    attached_to: str | None = None,
) -> Document:
    first, last = volume.page(pages[0]), volume.page(pages[1])
    fields = dict.fromkeys(FIELDS, "") | about
    fields |= {"DOCID": name, "BEGBATES": first, "ENDBATES": last, "BEGATTACH": first}
    fields |= {"ENDATTACH": last, "PGCOUNT": str(pages[1] - pages[0] + 1), "PDFPATH": PACKET}
    if file is not None:
        fields |= {"NATIVEPATH": file, "SHA256": sha256(folder / file)}
    is_message = file is not None and file.endswith(".eml")
    return Document(name, *pages, fields, file, attached_to, is_message)


def _yes(value: bool) -> str:
    return "Y" if value else "N"
