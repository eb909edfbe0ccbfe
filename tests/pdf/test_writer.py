"""What is written conforms, opens everywhere, and defects in it are caught."""

from __future__ import annotations

import io
import subprocess

import pikepdf
import pypdf
import pypdfium2
import pytest
from PIL import Image

from archiver.pdf import images
from archiver.pdf.faces import Cut, Family
from archiver.pdf.flow import Style
from archiver.pdf.inline import Bar, Colour, Link, Span
from archiver.pdf.tables import Column, Look, table

BODY = Style()
SMALL = Style(Cut(Family.SANS), 8, 11)
TITLE = Style(Cut(bold=True), 18, 24)
GREY = Colour.of("#999999")
LOOK = Look(head=SMALL, body=SMALL, line=GREY, strong=GREY)


def picture(mode: str = "RGB") -> images.Picture:
    out = io.BytesIO()
    Image.new(mode, (60, 40), 90 if mode == "L" else (200, 30, 30, 90)[: len(mode)]).save(
        out, "PNG"
    )
    return images.picture(out.getvalue())


@pytest.fixture
def everything(document, path):
    """A document with one of each thing the writer can do."""
    with document() as flow:
        flow.heading(1, "Everything", TITLE, place="top", outline=0)
        flow.paragraph(
            [
                Span("See the "),
                Span("city’s page", link=Link(url="https://example.org/é?a=(b)")),
                Span(", hola ", language="es"),
                Bar("GC 7927.700"),
                Span(" or the "),
                Span("end", link=Link(place="end")),
                Span(" of it.", mark="deleted"),
            ],
            BODY,
        )
        flow.paragraph("水费为什么涨了", BODY, language="zh-Hans")
        flow.paragraph("👍🏽 🇺🇸", BODY)
        with flow.inset(20, rail=GREY):
            for number in range(60):
                flow.paragraph(f"Paragraph {number} runs on. " * 4, BODY, after=4)
        for mode in ("RGB", "RGBA", "L"):
            flow.figure(picture(mode), "A red box", width=200, height=100)
        flow.heading(2, "A table", TITLE, place="end", outline=1)
        rows = [[str(number), "words " * number] for number in range(50)]
        table(flow, (Column("No.", 50, "end"), Column("Words", 300)), rows, LOOK)
        flow.writer.attach("data.json", b"{}", "application/json", "Some data")
    return path


@pytest.mark.parametrize("flavour", ["ua1", "3a"])
def test_everything_conforms(everything, failures, flavour) -> None:
    assert failures(everything, flavour) == {}


def test_four_independent_readers_open_it(everything) -> None:
    subprocess.run(["qpdf", "--check", everything], capture_output=True, check=True)
    with pikepdf.open(everything) as pdf:
        assert pdf.check_pdf_syntax() == []
        pages = len(pdf.pages)
    assert len(pypdf.PdfReader(everything, strict=True).pages) == pages
    assert len(pypdfium2.PdfDocument(everything)) == pages


def test_the_attachment_comes_out_as_it_went_in(everything) -> None:
    with pikepdf.open(everything) as pdf:
        assert pdf.attachments["data.json"].get_file().read_bytes() == b"{}"


def test_the_outline_and_the_labels_are_readable(everything) -> None:
    reader = pypdf.PdfReader(everything)
    assert reader.outline[0]["/Title"] == "Everything"
    assert reader.outline[1][0]["/Title"] == "A table"
    assert reader.page_labels[:2] == ["P-001", "P-002"]


def test_links_say_where_they_lead(everything) -> None:
    with pikepdf.open(everything) as pdf:
        links = list(pdf.pages[0].Annots)
    assert str(links[0].A.URI) == "https://example.org/%C3%A9?a=(b)"
    assert str(links[0].Contents) == "city’s page"
    assert str(links[1].Dest) == "end"


def test_equal_pictures_are_embedded_once(document, path) -> None:
    with document() as flow:
        for _ in range(5):
            flow.figure(picture(), "A red box", width=100, height=60)
    with pikepdf.open(path) as pdf:
        found = [
            one
            for one in pdf.objects
            if isinstance(one, pikepdf.Stream) and one.get("/Subtype") == "/Image"
        ]
    assert len(found) == 1


def test_what_is_drawn_last_can_stand_first(document, path) -> None:
    with document() as flow:
        flow.heading(1, "Body", TITLE, place="body", outline=0)
        flow.end_page()
        with flow.writer.at_front():
            flow.heading(1, "Front", TITLE, place="front", outline=0)
            flow.end_page()
            flow.paragraph("Second page of the front", BODY)
            flow.end_page()
    texts = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)]
    assert [text.split()[0] for text in texts] == ["Front", "Second", "Body"]
    reader = pypdf.PdfReader(path)
    assert [one["/Title"] for one in reader.outline] == ["Front", "Body"]
    with pikepdf.open(path) as pdf:
        tags = [str(kid.S) for kid in pdf.Root.StructTreeRoot.K[0].K]
    assert tags == ["/H1", "/P", "/H1"]


def test_a_document_left_open_is_refused(path, document) -> None:
    with pytest.raises(ValueError, match="still open"), document() as flow:
        flow.start()
        flow.writer.close()


def _elements(pdf, tag):
    waiting = [pdf.Root.StructTreeRoot.K[0]]
    while waiting:
        one = waiting.pop()
        if tag == one.S:
            yield one
        for kid in one.get("/K", []):
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                waiting.append(kid)


def _fonts(pdf, key):
    return [one for one in pdf.objects if isinstance(one, pikepdf.Dictionary) and key in one]


def _xmp(pdf, old: bytes, new: bytes) -> None:
    pdf.Root.Metadata.write(pdf.Root.Metadata.read_bytes().replace(old, new))


def _untag(pdf) -> None:
    contents = pdf.pages[0].Contents
    contents.write(contents.read_bytes().replace(b"/P <</MCID 1>> BDC", b"q", 1))


DEFECTS = {
    "a figure without description": lambda pdf: [
        one.__delitem__("/Alt") for one in _elements(pdf, "/Figure")
    ],
    "a skipped heading level": lambda pdf: [
        setattr(one, "S", pikepdf.Name.H4) for one in _elements(pdf, "/H2")
    ],
    "a table head without scope": lambda pdf: [
        one.__delitem__("/A") for one in _elements(pdf, "/TH")
    ],
    "no language": lambda pdf: pdf.Root.__delitem__("/Lang"),
    "no title shown": lambda pdf: setattr(pdf.Root.ViewerPreferences, "DisplayDocTitle", False),
    "untagged text": _untag,
    "a parent tree with a hole": lambda pdf: pdf.Root.StructTreeRoot.ParentTree.Nums.__setitem__(
        1, pikepdf.Array([])
    ),
    "a font that is not embedded": lambda pdf: _fonts(pdf, "/FontFile2")[0].__delitem__(
        "/FontFile2"
    ),
    "a font without its map": lambda pdf: _fonts(pdf, "/ToUnicode")[0].__delitem__("/ToUnicode"),
    "a link outside the structure": lambda pdf: [
        one.__delitem__("/StructParent") for one in pdf.pages[0].Annots
    ],
    "a link that says nothing": lambda pdf: [
        one.__delitem__("/Contents") for one in pdf.pages[0].Annots
    ],
    "rows outside a table": lambda pdf: [
        setattr(one, "S", pikepdf.Name.P) for one in _elements(pdf, "/TR")
    ],
    "an unknown role": lambda pdf: [
        setattr(one, "S", pikepdf.Name.Sausage) for one in _elements(pdf, "/Span")
    ],
    "no claim to be accessible": lambda pdf: _xmp(pdf, b"<pdfuaid:part>1</pdfuaid:part>", b""),
    "no output intent": lambda pdf: pdf.Root.__delitem__("/OutputIntents"),
}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_caught(everything, failures, tmp_path, defect) -> None:
    broken = tmp_path / "broken.pdf"
    with pikepdf.open(everything) as pdf:
        DEFECTS[defect](pdf)
        pdf.save(broken)
    assert failures(broken, "ua1") or failures(broken, "3a")
