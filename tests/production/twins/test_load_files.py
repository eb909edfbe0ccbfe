"""The load files name the same documents, and each format reads back as it was written."""

from __future__ import annotations

import hashlib
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from archiver.production.cells import plain, printable
from archiver.production.twins.documents import FIELDS
from archiver.production.twins.load_files import dat_row, dat_text

ANY = st.text(st.characters(exclude_categories=()), max_size=60)

EDRM = {
    "Root": ({"Fields", "Batch"}, {"MajorVersion", "MinorVersion", "Description", "Locale",
                                   "DataInterchangeType"}),
    "Batch": ({"CustomBatchInfo", "Documents", "Folders", "Relationships"}, {"Name"}),
    "Documents": ({"Document"}, set()),
    "Document": ({"CustomDocumentInfo", "Files", "Locations", "Reviews", "Tags"},
                 {"DocID", "DocType", "MimeType"}),
    "Files": ({"File"}, set()),
    "File": ({"ExternalFile", "InlineContent"}, {"FileType"}),
    "ExternalFile": (set(), {"FilePath", "FileName", "FileSize", "Hash"}),
    "Tags": ({"Tag"}, set()),
    "Tag": (set(), {"TagName", "TagValue", "TagDataType"}),
    "Relationships": ({"Relationship"}, set()),
    "Relationship": (set(), {"Type", "ParentDocId", "ChildDocId"}),
}  # fmt: skip
"""The part of EDRM XML 1.2 that is used: an element's children and attributes, after the element
list of the format's published description (31 October 2010) and files other programs write. It is
not the schema: that could not be had under terms that allow to keep it here."""


def dat(made):
    """A DAT file read as a review platform reads it."""
    text = (made.folder / "load/production.dat").read_bytes().decode("utf-8-sig")
    rows = [row.split("\x14") for row in text.removesuffix("\r\n").split("\r\n")]
    assert all(cell[0] == cell[-1] == "\xfe" for row in rows for cell in row)
    names, *values = [[cell[1:-1] for cell in row] for row in rows]
    assert names == [*FIELDS, "NOTE"]
    return [dict(zip(names, row, strict=True)) for row in values]


def test_the_dat_says_what_the_packet_says(made) -> None:
    records = [row for row in dat(made) if row["RECORD"]]
    assert [row["TEXT"] for row in records] == [dat_text(text) for text in made.texts]
    assert [int(row["RECORD"]) for row in records] == [line["number"] for line in made.lines]
    names = [row["DOCID"] for row in dat(made)]
    assert len(set(names)) == len(names)
    assert {row["PARENTID"] for row in dat(made)} - {""} <= set(names)


def test_the_dat_names_what_its_format_takes(made) -> None:
    [row] = [row for row in dat(made) if "onerror" in row["TEXT"]]
    assert "[U+00FE]orn [U+00AE][U+0014]®®https://" in row["TEXT"]
    assert row["NOTE"] == "3 characters of this row named by number"
    assert not [row for row in dat(made) if row["NOTE"] and "þ" not in str(made.texts)]


def test_the_dat_names_the_files_with_their_hashes(made) -> None:
    named = [row for row in dat(made) if row["NATIVEPATH"]]
    assert {row["NATIVEPATH"].split("/")[0] for row in named} == {"media", "messages", "lists"}
    for row in named:
        data = (made.folder / row["NATIVEPATH"]).read_bytes()
        assert row["SHA256"] == hashlib.sha256(data).hexdigest()
    [message] = [row for row in named if row["REDACTED"] == "Y" and row["DOCTYPE"] == "Message"]
    assert message["EXEMPTIONS"] == (
        "Gov. Code § 7927.410; Gov. Code § 7927.705; Evid. Code § 1040"
    )


def test_every_sheet_stands_in_the_dat_with_its_law_and_nothing_else(made) -> None:
    sheets = [row for row in dat(made) if row["DOCTYPE"] == "Withheld"]
    assert [row["EXEMPTIONS"] for row in sheets] == [
        "; ".join(one.citations) for one in made.release.withheld
    ]
    told = {"DOCID", "BEGBATES", "ENDBATES", "BEGATTACH", "ENDATTACH", "PGCOUNT", "DOCTYPE",
            "TITLE", "REDACTED", "EXEMPTIONS", "PDFPATH"}  # fmt: skip
    assert all({name for name, value in row.items() if value} == told for row in sheets)


@given(st.lists(ANY, min_size=1, max_size=4))
def test_a_dat_row_comes_back_as_it_was_written(values: list[str]) -> None:
    row = dat_row(values).encode("utf-8").decode("utf-8")
    assert row.count("\r") == row.count("\n") == 1
    assert len(row.splitlines()) == 1
    cells = row.removesuffix("\r\n").split("\x14")
    assert [cell[1:-1] for cell in cells] == [dat_text(value) for value in values]
    assert all(cell.count("\xfe") == 2 for cell in cells)
    for value in values:
        untouched = not set(value) & set("\x14\xfe\xae\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")
        assert not untouched or dat_text(value) == plain(value)


def test_the_opt_has_every_page_once_and_breaks_where_a_document_begins(made) -> None:
    text = (made.folder / "load/production.opt").read_bytes().decode("ascii")
    rows = [line.split(",") for line in text.removesuffix("\r\n").split("\r\n")]
    pages = made.packet.pages
    assert [row[0] for row in rows] == [f"AG-{n:06d}" for n in range(pages.first, pages.last + 1)]
    assert all(len(row) == 7 and row[1:3] == ["VOL001", "packet.pdf"] for row in rows)
    begins = {row[0] for row in rows if row[3] == "Y"}
    assert {row["BEGBATES"] for row in dat(made)} <= begins
    assert sum(int(row[6]) for row in rows if row[6]) == len(rows)


def test_the_edrm_file_holds_only_what_the_format_knows(made) -> None:
    root = ET.parse(made.folder / "load/production.xml").getroot()
    assert (root.tag, root.get("MajorVersion"), root.get("MinorVersion")) == ("Root", "1", "2")
    for element in root.iter():
        children, attributes = EDRM[element.tag]
        assert {child.tag for child in element} <= children, element.tag
        assert set(element.attrib) <= attributes, element.tag
    names = [each.get("DocID") for each in root.iter("Document")]
    assert names == [row["DOCID"] for row in dat(made)]
    for each in root.iter("Relationship"):
        assert {each.get("ParentDocId"), each.get("ChildDocId")} <= set(names)
    for each in root.iter("ExternalFile"):
        path = made.folder / each.get("FilePath") / each.get("FileName")
        assert str(path.stat().st_size) == each.get("FileSize")


def test_the_edrm_file_says_what_the_packet_says(made) -> None:
    root = ET.parse(made.folder / "load/production.xml").getroot()
    said = {}
    for document in root.iter("Document"):
        tags = {tag.get("TagName"): tag.get("TagValue") for tag in document.iter("Tag")}
        if "RECORD" in tags:
            said[int(tags["RECORD"])] = tags.get("TEXT", "")
    wanted = [printable(text) for text in made.texts]
    assert [said[number] for number in sorted(said)] == wanted
