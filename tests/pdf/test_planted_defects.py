"""The checks of CI find what would make a document inaccessible or unfit for an archive: fifteen
defects, each planted in a document that passes."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pikepdf
import pytest
from PIL import Image

from archiver.pdf.flow import Style
from archiver.pdf.images import picture
from archiver.pdf.inline import Link, Span
from archiver.pdf.tables import Column, Look, table

LOOK = Look(Style(), Style(), Style().colour, Style().colour)


def elements(pdf: pikepdf.Pdf, tag: str) -> Iterator[pikepdf.Dictionary]:
    for found in pdf.objects:
        if isinstance(found, pikepdf.Dictionary) and str(found.get("/S", "")) == f"/{tag}":
            yield found


def without(pdf: pikepdf.Pdf, key: str) -> None:
    """Take an entry away wherever it stands."""
    for found in pdf.objects:
        for one in (found, found.get("/FontDescriptor")) if _is_dictionary(found) else ():
            if _is_dictionary(one) and key in one:
                del one[key]


def _is_dictionary(found: object) -> bool:
    return isinstance(found, pikepdf.Dictionary)


def no_description(pdf: pikepdf.Pdf) -> None:
    for found in elements(pdf, "Figure"):
        del found["/Alt"]


def skipped_heading(pdf: pikepdf.Pdf) -> None:
    for found in elements(pdf, "H2"):
        found.S = pikepdf.Name("/H4")


def no_scope(pdf: pikepdf.Pdf) -> None:
    for found in elements(pdf, "TH"):
        del found["/A"]


def no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/Lang"]


def no_title(pdf: pikepdf.Pdf) -> None:
    pdf.Root.ViewerPreferences.DisplayDocTitle = False


def untagged_text(pdf: pikepdf.Pdf) -> None:
    contents = pdf.pages[0].Contents
    code = contents.read_bytes()
    start = code.index(b"/P <</MCID")
    end = code.index(b"EMC", start)
    bare = code[start:end].split(b"BDC", 1)[1]
    contents.write(code[:start] + bare + code[end + 3 :])


def empty_parents(pdf: pikepdf.Pdf) -> None:
    pdf.Root.StructTreeRoot.ParentTree.Nums[1] = pikepdf.Array([])


def no_font(pdf: pikepdf.Pdf) -> None:
    without(pdf, "/FontFile2")


def no_unicode(pdf: pikepdf.Pdf) -> None:
    without(pdf, "/ToUnicode")


def link_without_parent(pdf: pikepdf.Pdf) -> None:
    without(pdf, "/StructParent")


def link_without_contents(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        for link in page.get("/Annots", []):
            del link["/Contents"]


def broken_table(pdf: pikepdf.Pdf) -> None:
    for found in elements(pdf, "TR"):
        found.S = pikepdf.Name("/P")


def unknown_tag(pdf: pikepdf.Pdf) -> None:
    for found in elements(pdf, "H1"):
        found.S = pikepdf.Name("/Sausage")


def no_claim(pdf: pikepdf.Pdf) -> None:
    said = pdf.Root.Metadata.read_bytes()
    pdf.Root.Metadata.write(said.replace(b"<pdfuaid:part>1</pdfuaid:part>", b""))


def no_output_intent(pdf: pikepdf.Pdf) -> None:
    del pdf.Root["/OutputIntents"]


DEFECTS: tuple[Callable[[pikepdf.Pdf], None], ...] = (
    *(no_description, skipped_heading, no_scope, no_language, no_title, untagged_text),
    *(empty_parents, no_font, no_unicode, link_without_parent, link_without_contents),
    *(broken_table, unknown_tag, no_claim, no_output_intent),
)


@pytest.fixture
def good(document, path):
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "red").save(out, "PNG")
    with document() as flow:
        flow.heading(1, "First", Style(), place="a", outline=0)
        flow.paragraph("Some text", Style())
        flow.heading(2, "Second", Style())
        flow.paragraph([Span("A link", link=Link(url="https://example.org"))], Style())
        flow.figure(picture(out.getvalue()), "A red field", width=30, height=20)
        table(flow, [Column("One", 100), Column("Two", 100)], [["a", "b"], ["c", "d"]], LOOK)
    return path


def test_what_nothing_was_planted_in_passes(good, failures) -> None:
    assert failures(good, "ua1") == {}
    assert failures(good, "3a") == {}


@pytest.mark.parametrize("plant", DEFECTS, ids=lambda plant: plant.__name__)
def test_a_planted_defect_is_found(good, failures, tmp_path, plant) -> None:
    with pikepdf.open(good) as pdf:
        plant(pdf)
        pdf.save(tmp_path / "planted.pdf")
    assert failures(tmp_path / "planted.pdf", "ua1") or failures(tmp_path / "planted.pdf", "3a")
