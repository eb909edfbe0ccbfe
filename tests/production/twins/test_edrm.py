"""The EDRM file keeps to the schemas that lie beside it, and they refuse what is wrong in one."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

import pytest
import xmlschema
from lxml import etree

from archiver.production.twins.documents import FIELDS

ODD = (
    "\ud800a\udfffb\x00c \u202egnp.exe\u2066 d\u2069 \ue001",
    "]]> <!-- & \" ' &amp; \t\r\n\x0b\x0c\x1c\x85\u2028end\ufffe\uffff\U0010ffff",
    "\u0301\u0302" * 50,
    "",
)
Tree = etree._ElementTree
Check = Callable[[Tree], bool]


@pytest.fixture(scope="module")
def checks(made) -> dict[str, Check]:
    """The schemas of a volume as three programs read them, each by its name."""
    return of(made.folder / "load")


def of(load: Path) -> dict[str, Check]:
    usual = str(load / "edrm.xsd")
    return {
        "libxml2": etree.XMLSchema(file=usual).validate,
        "1.0": xmlschema.XMLSchema10(usual).is_valid,
        "1.1": xmlschema.XMLSchema11(str(load / "edrm-values.xsd")).is_valid,
    }


@pytest.fixture
def tree(made) -> Tree:
    """The EDRM file of the rich volume, to be spoiled: a post with its picture, a message, a sheet
    of what is withheld."""
    whole = etree.parse(made.folder / "load/production.xml")
    attached = first(whole, "Relationship")
    wanted = {attached.get("ParentDocId"), attached.get("ChildDocId")}
    wanted.add(first(whole, "Document[@DocType='Message']").get("DocID"))
    wanted.add(whole.findall(".//Document")[-1].get("DocID"))
    for path, name in (("Document", "DocID"), ("Relationship", "ChildDocId")):
        for each in whole.findall(f".//{path}"):
            if each.get(name) not in wanted:
                each.getparent().remove(each)
    return whole


def first(tree: Tree, path: str) -> etree._Element:
    found = tree.find(f".//{path}")
    assert found is not None, path
    return found


def set_to(path: str, name: str, value: str) -> Callable[[Tree], None]:
    return lambda tree: first(tree, path).set(name, value)


def without(path: str, name: str) -> Callable[[Tree], None]:
    return lambda tree: first(tree, path).attrib.__delitem__(name)


def removed(path: str) -> Callable[[Tree], None]:
    def spoil(tree: Tree) -> None:
        one = first(tree, path)
        one.getparent().remove(one)

    return spoil


def twice(path: str) -> Callable[[Tree], None]:
    def spoil(tree: Tree) -> None:
        one = first(tree, path)
        one.addnext(deepcopy(one))

    return spoil


def last_first(path: str) -> Callable[[Tree], None]:
    def spoil(tree: Tree) -> None:
        one = first(tree, path)
        one.insert(0, one[-1])

    return spoil


def tag(name: str, value: str) -> Callable[[Tree], None]:
    return set_to(f"Tag[@TagName='{name}']", "TagValue", value)


def same_files(tree: Tree) -> None:
    """Two documents name one native file."""
    one, other = [
        file.getparent().getparent() for file in tree.iterfind(".//File[@FileType='Native']")
    ][:2]
    for path in ("Files/File/ExternalFile", "Tags/Tag[@TagName='NATIVEPATH']"):
        other.find(path).attrib.update(one.find(path).attrib)


WRONG = {
    "no version": without("Batch/..", "MinorVersion"),
    "another version": set_to("Batch/..", "MinorVersion", "3"),
    "no volume": without("Batch", "Name"),
    "another volume": set_to("Batch", "Name", "one"),
    "no documents": removed("Documents"),
    "relationships before documents": last_first("Batch"),
    "no document name": without("Document", "DocID"),
    "a document name that is a path": set_to("Document", "DocID", "../AG-000001"),
    "a document name without a number": set_to("Document", "DocID", "AG-1"),
    "a document twice": twice("Document"),
    "no kind of document": without("Document", "DocType"),
    "another kind of document": set_to("Document", "DocType", "Note"),
    "no type of content": set_to("Document", "MimeType", "html"),
    "no files": removed("Files"),
    "two files": twice("File"),
    "tags before files": last_first("Document"),
    "no tags": removed("Tags"),
    "no external file": removed("ExternalFile"),
    "another kind of file": set_to("File", "FileType", "Text"),
    "no file name": without("ExternalFile", "FileName"),
    "a file name that is a path": set_to("ExternalFile", "FileName", "../packet.pdf"),
    "a folder outside": set_to("ExternalFile", "FilePath", "../media"),
    "no size": without("ExternalFile", "FileSize"),
    "a size in words": set_to("ExternalFile", "FileSize", "many"),
    "a size below nothing": set_to("ExternalFile", "FileSize", "-1"),
    "a hash EDRM means for MD5": set_to("ExternalFile", "Hash", "0" * 32),
    "a field nobody knows": set_to("Tag", "TagName", "NOTES"),
    "a field twice": twice("Tag"),
    "an empty field": set_to("Tag", "TagValue", ""),
    "a field without its value": without("Tag", "TagValue"),
    "another type of field": set_to("Tag", "TagDataType", "LongText"),
    "attached to nothing": set_to("Relationship", "ParentDocId", "AG-999999"),
    "nothing attached": set_to("Relationship", "ChildDocId", "AG-999999"),
    "attached twice": twice("Relationship"),
    "another relationship": set_to("Relationship", "Type", "Copy"),
    "words between elements": lambda tree: setattr(first(tree, "Documents"), "text", "words"),
}
WRONG_VALUES = {
    "no page": tag("PGCOUNT", "0"),
    "half a record": tag("RECORD", "1.5"),
    "a page without a number": tag("ENDBATES", "last"),
    "a day that never was": tag("DATEPOSTED", "2026-02-30"),
    "a day as Americans write it": tag("DATEPOSTED", "02/03/2026"),
    "a time of no zone": tag("TIMEPOSTED", "17:00:00"),
    "an hour that never is": tag("TIMEPOSTED", "25:00:00Z"),
    "a capture of a day only": tag("DATECAPTURED", "2026-08-15"),
    "perhaps redacted": tag("REDACTED", "perhaps"),
    "a hash cut short": tag("SHA256", "0" * 63),
    "a hash of other letters": tag("SHA256", "g" * 64),
    "another packet": tag("PDFPATH", "packet-2.pdf"),
    "no first page": removed("Tag[@TagName='BEGBATES']"),
    "no word on redactions": removed("Tag[@TagName='REDACTED']"),
    "the name of another document": tag("DOCID", "AG-999999"),
    "another file than the document's": tag("NATIVEPATH", "media/AG-999999-1.png"),
    "a file without its hash": removed("Tag[@TagName='SHA256']"),
    "an answer to nothing": tag("PARENTID", "AG-999999"),
    "one file for two documents": same_files,
}


def test_the_edrm_file_of_a_volume_with_everything_in_it_is_valid(made, checks, tree) -> None:
    whole = etree.parse(made.folder / "load/production.xml")
    for one in (whole, tree):
        assert {name: check(one) for name, check in checks.items()} == dict.fromkeys(checks, True)


def test_the_edrm_file_of_odd_texts_is_valid(people, twins) -> None:
    load = (
        twins(
            *(
                people.resident(str(number), text, number, url=text, author_name=text, form=text)
                for number, text in enumerate(ODD, 70)
            )
        ).folder
        / "load"
    )
    tree = etree.parse(load / "production.xml")
    assert all(check(tree) for check in of(load).values())


def test_the_edrm_file_of_a_volume_without_records_is_valid(twins) -> None:
    load = twins().folder / "load"
    tree = etree.parse(load / "production.xml")
    assert all(check(tree) for check in of(load).values())


def test_the_schema_knows_the_fields_of_the_load_files(made) -> None:
    schema = etree.parse(made.folder / "load/edrm.xsd")
    known = schema.iterfind(
        ".//{*}simpleType[@name='FieldName']//{http://www.w3.org/2001/XMLSchema}enumeration"
    )
    assert tuple(each.get("value") for each in known) == FIELDS


@pytest.mark.parametrize("defect", WRONG)
def test_every_reader_of_schemas_refuses(defect: str, checks, tree) -> None:
    WRONG[defect](tree)
    assert {name: check(tree) for name, check in checks.items()} == dict.fromkeys(checks, False)


@pytest.mark.parametrize("defect", WRONG_VALUES)
def test_the_schema_of_the_fields_refuses(defect: str, checks, tree) -> None:
    WRONG_VALUES[defect](tree)
    assert checks["1.0"](tree)
    assert not checks["1.1"](tree)
