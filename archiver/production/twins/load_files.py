"""Load files for review platforms: Concordance (DAT), Opticon (OPT), EDRM XML 1.2.

The DAT's separators are those of Concordance, its text UTF-8 with a byte order mark. The OPT has
Opticon's seven fields. The XML keeps to the schemas that lie beside it, which are our own: the
format's own could not be had under terms that allow to hand it on.

The DAT's separators cannot stand in a text, so a text that holds one of them names it instead
("[U+00FE]"), and the field NOTE says so. Paths are relative to the volume's folder.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO
from xml.sax.saxutils import quoteattr

from archiver.production.cells import plain, printable
from archiver.production.twins.documents import FIELDS, PACKET, Document
from archiver.production.twins.volume import Volume, produced_type

SEPARATOR = "\x14"
QUALIFIER = "\xfe"
NEWLINE = "\xae"
NOTE = "NOTE"
SCHEMAS = ("edrm.xsd", "edrm-values.xsd")
"""What production.xml may hold, in XML Schema 1.0, and what its fields may, in 1.1."""
_BREAK = re.compile("\r\n|[\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029]")
_TAKEN = re.compile(f"[{SEPARATOR}{QUALIFIER}{NEWLINE}]")


def write_load_files(found: Sequence[Document], volume: Volume, folder: Path) -> None:
    """Write production.dat, production.opt and production.xml, which the schemas lie beside."""
    folder.mkdir()
    with (folder / "production.dat").open("w", encoding="utf-8-sig", newline="") as dat:
        dat.write(dat_row((*FIELDS, NOTE)))
        for document in found:
            values = [document.fields[name] for name in FIELDS]
            dat.write(dat_row((*values, _noted(values))))
    with (folder / "production.opt").open("w", encoding="utf-8", newline="") as opt:
        opt.writelines(f"{line}\r\n" for line in _opticon(found, volume))
    with (folder / "production.xml").open("w", encoding="utf-8", newline="\n") as xml:
        _edrm(xml, found, volume, folder.parent)
    for name in SCHEMAS:
        shutil.copyfile(Path(__file__).with_name(name), folder / name)


def dat_row(values: Sequence[str]) -> str:
    """A row of a DAT file."""
    cells = (f"{QUALIFIER}{dat_text(value)}{QUALIFIER}" for value in values)
    return SEPARATOR.join(cells) + "\r\n"


def dat_text(text: str) -> str:
    """A text as a DAT field holds it: its line breaks as U+00AE, what the format takes named."""
    named = _TAKEN.sub(lambda found: f"[U+{ord(found[0]):04X}]", plain(text))
    return _BREAK.sub(NEWLINE, named)


def _noted(values: Sequence[str]) -> str:
    count = sum(len(_TAKEN.findall(value)) for value in values)
    many = "character" if count == 1 else "characters"
    return f"{count} {many} of this row named by number" if count else ""


def _opticon(found: Sequence[Document], volume: Volume) -> Iterator[str]:
    """A line for each page of the packet; a document that begins on a page breaks there."""
    pages = volume.packet.pages
    begins = sorted({pages.first, *(document.first for document in found)})
    after = dict(zip(begins, [*begins[1:], pages.last + 1], strict=True))
    for number in range(pages.first, pages.last + 1):
        breaks = number in after
        count = after[number] - number if breaks else ""
        mark = "Y" if breaks else ""
        yield f"{volume.page(number)},{volume.name},{PACKET},{mark},,,{count}"


def _edrm(xml: TextIO, found: Sequence[Document], volume: Volume, home: Path) -> None:
    request = f"Records for request {volume.release.request.number}"
    xml.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    xml.write(_opened("Root", MajorVersion="1", MinorVersion="2", Description=request,
                      DataInterchangeType="Update"))  # fmt: skip
    xml.write(f"{_opened('Batch', Name=volume.name)}<Documents>\n")
    for document in found:
        xml.writelines(_edrm_document(document, home))
    xml.write("</Documents>\n")
    attached = [document for document in found if document.attached_to]
    if attached:
        xml.write("<Relationships>\n")
        for one in attached:
            xml.write(_empty("Relationship", Type="Attachment",
                             ParentDocId=one.attached_to or "", ChildDocId=one.name))  # fmt: skip
        xml.write("</Relationships>\n")
    xml.write("</Batch>\n</Root>\n")


def _edrm_document(document: Document, home: Path) -> Iterator[str]:
    """A document with its file and its fields as tags; SHA-256 stands among the tags."""
    kind = "Message" if document.message else "File"
    file = document.file or PACKET
    yield _opened("Document", DocID=document.name, DocType=kind, MimeType=_mime(file))
    path = Path(file)
    yield f"<Files>{_opened('File', FileType='Native' if document.file else 'Image')}"
    parent = "" if path.parent == Path() else path.parent.as_posix()
    size = str((home / file).stat().st_size)
    yield _empty("ExternalFile", FilePath=parent, FileName=path.name, FileSize=size)
    yield "</File></Files>\n<Tags>\n"
    for name, value in document.fields.items():
        if value:
            yield _empty("Tag", TagName=name, TagValue=value, TagDataType="Text")
    yield "</Tags>\n</Document>\n"


def _mime(file: str) -> str:
    ends = file.rpartition(".")[2]
    return {"eml": "message/rfc822", "csv": "text/csv"}.get(ends, produced_type(file))


def _opened(name: str, **attributes: str) -> str:
    said = "".join(f" {key}={quoteattr(printable(value))}" for key, value in attributes.items())
    return f"<{name}{said}>"


def _empty(name: str, **attributes: str) -> str:
    return f"{_opened(name, **attributes)[:-1]}/>\n"
