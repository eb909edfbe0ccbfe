"""One packet, made by one library; run in a process of its own by ``bench_packet``.

    python packet_makers.py NAME RECORDS OUT [FIRST]

Prints a line of JSON: seconds (by the clock and of the processor, with every process that was
started on the way) from the records to the finished file, and pages. All print an index and the
same records with their links; ours has a letter, an outline and true page numbers in the index
besides.
"""

from __future__ import annotations

import ctypes
import gc
import html
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from packet_content import INDEX, Said, records

NOTO = "/usr/share/fonts/truetype/noto"
REGULAR, BOLD = f"{NOTO}/NotoSans-Regular.ttf", f"{NOTO}/NotoSans-Bold.ttf"
LABEL = 62.0


def archiver(said: Sequence[Said], out: Path) -> int:
    """Ours: tagged (PDF/UA-1 and PDF/A-3a), with letter, index, links, outline."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from archiver.production.media_files import MediaFolder
    from archiver.production.packet import write_packet
    from archiver.production.press.plate import collect_rarely
    from archiver.production.release import Capture, Office, Record, Release, Request
    from archiver.requests.redacting.passages import Passage

    of = Passage.of
    none: dict[str, object] = dict.fromkeys(
        ("recipients", "versions", "left_out", "events", "media", "redactions"), ()
    )
    collect_rarely()
    made = tuple(
        Record(
            **none,
            key=str(each.number),
            thread=str(each.number if each.post is None else each.post),
            parent=None if each.post is None else str(each.post),
            answers=each.post is not None,
            earlier_page=None,
            platform="x",
            account=each.account,
            handle=each.account,
            department="Parks and Recreation",
            kind="post",
            form="",
            author_name=of(each.author),
            author_handle=of(each.handle),
            author_id=of("12"),
            author_role="public",
            created_at=each.moment,
            undated=False,
            text=of(each.text),
            language="en",
            url=of(each.address),
            links=tuple(of(link) for link in each.links),
            native_id=of(each.native_id),
            visibility="public",
            content_state="full",
            presence="present" if each.state.startswith("on") else "absent",
            number=1,
            capture=Capture(each.captured, "X, asked on 15 Aug 2026", "exchange 88"),
        )
        for each in said
    )
    office = Office("City of Alder Glen", "America/Los_Angeles", "AG")
    asked = Request("2026-0041", "2026-11-09T18:00:00Z", "All of it.", None, ())
    release = Release(
        office, asked, 1, "2026-11-20T18:00:00Z", "Odile Farrow", made, (), (), (), (), 0
    )
    start()
    return write_packet(release, out, MediaFolder(out.with_suffix(".media")), 1).pages.pages


def platypus(said: Sequence[Said], out: Path) -> int:
    """reportlab as its guide teaches it: paragraphs in cells, what belongs together kept so."""
    from reportlab import rl_config
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import letter
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table
    from reportlab.platypus import TableStyle as Rules

    start()
    rl_config.useA85 = 0
    pdfmetrics.registerFont(TTFont("N", REGULAR))
    pdfmetrics.registerFont(TTFont("B", BOLD))
    body = ParagraphStyle("body", fontName="N", fontSize=9, leading=12)
    head = ParagraphStyle("head", fontName="B", fontSize=12, leading=15, spaceBefore=8)
    small = ParagraphStyle("small", fontName="N", fontSize=7.5, leading=9.5)
    rules = Rules(
        [
            ("GRID", (0, 0), (-1, -1), 0.3, colors.grey),
            ("TOPPADDING", (0, 0), (-1, -1), 1),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ]
    )
    story: list[object] = []
    widths = [36, 110, 110, 50, 130, 76]
    for at in range(0, len(said), 40):
        table = [INDEX, *(each.row for each in said[at : at + 40])]
        cells = [[Paragraph(html.escape(cell), small) for cell in row] for row in table]
        story.append(Table(cells, colWidths=widths, style=rules, repeatRows=1))
    for each in said:
        rows = [
            [Paragraph(html.escape(label), small), Paragraph(_linked(value), small)]
            for label, value in each.facts
        ]
        card = Table(rows, colWidths=[LABEL, 512 - LABEL])
        card.setStyle(rules)
        story += [
            KeepTogether(
                [
                    Paragraph(html.escape(each.title), head),
                    Paragraph(html.escape(each.standing), small),
                    Paragraph(html.escape(each.text), body),
                    Spacer(1, 4),
                    card,
                ]
            )
        ]

    def foot(canvas: object, document: object) -> None:
        canvas.setFont("N", 8)
        canvas.drawRightString(560, 24, f"AG-{document.page:06d}")

    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), 50)
    document = SimpleDocTemplate(str(out), pagesize=letter, **margins)
    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return document.page


def _linked(value: str) -> str:
    """A fact as HTML; an address is a link."""
    text = html.escape(value)
    return f'<a href="{text}">{text}</a>' if value.startswith("https:") else text


def fpdf2(said: Sequence[Said], out: Path) -> int:
    """fpdf2, untagged."""
    from fpdf import FPDF

    class Numbered(FPDF):
        def footer(self) -> None:
            self.set_y(-30)
            self.set_font("N", "", 8)
            self.cell(0, 10, f"AG-{self.page_no():06d}", align="R")

    start()
    pdf = Numbered(unit="pt", format="letter")
    pdf.add_font("N", "", REGULAR)
    pdf.add_font("N", "B", BOLD)
    pdf.set_margins(50, 50, 50)
    pdf.set_auto_page_break(True, 50)
    pdf.add_page()
    below = {"new_x": "LMARGIN", "new_y": "NEXT"}
    pdf.set_font("N", "", 7.5)
    widths = (36, 110, 110, 50, 130, 76)
    for row in (INDEX, *(each.row for each in said)):
        for cell, width in zip(row, widths, strict=True):
            pdf.cell(width, 12, cell, border=1)
        pdf.ln(12)
    for each in said:
        pdf.set_font("N", "B", 12)
        pdf.multi_cell(0, 15, each.title, **below)
        pdf.set_font("N", "", 7.5)
        pdf.multi_cell(0, 9.5, each.standing, **below)
        pdf.set_font("N", "", 9)
        pdf.multi_cell(0, 12, each.text, **below)
        pdf.set_font("N", "", 7.5)
        for label, value in each.facts:
            pdf.cell(LABEL, 12, label, border=1)
            link = value if value.startswith("https:") else ""
            pdf.cell(512 - LABEL, 12, value, border=1, link=link, **below)
    pdf.output(str(out))
    return pdf.page_no()


def typst(said: Sequence[Said], out: Path, standard: str = "ua-1") -> int:
    """typst, tagged (PDF/UA-1)."""
    import typst as compiler

    start()

    def q(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    source = out.with_suffix(".typ")
    with source.open("w", encoding="utf-8") as file:
        file.write(
            '#set document(title:"Packet")\n#set text(font:"Noto Sans",size:9pt,lang:"en")\n'
            '#set page("us-letter",margin:50pt,footer:context align(right,'
            "text(8pt)[AG-#counter(page).display()]))\n"
            "#let rec(t,s,b,m)={heading(level:2,t);par(text(7.5pt,s));par(b);"
            f"table(columns:({LABEL}pt,1fr),stroke:.3pt,inset:2pt,"
            '..m.flatten().map(x=>text(7.5pt,if x.starts-with("https:") {link(x,x)} else {x})))}'
            "\n= Records\n"
        )
        cells = "".join(
            f"{q(cell)}," for row in (INDEX, *(each.row for each in said)) for cell in row
        )
        file.write(f"#table(columns:6,stroke:.3pt,inset:2pt,..({cells}).map(x=>text(7.5pt,x)))\n")
        for each in said:
            facts = "".join(f"({q(label)},{q(value)})," for label, value in each.facts)
            file.write(f"#rec({q(each.title)},{q(each.standing)},{q(each.text)},({facts}))\n")
    compiler.compile(str(source), output=str(out), font_paths=[NOTO], pdf_standards=[standard])
    return _pages(out)


CSS = f"""@font-face{{font-family:N;src:url(file://{REGULAR})}}
@font-face{{font-family:N;font-weight:bold;src:url(file://{BOLD})}}
@page{{size:letter;margin:50pt;@bottom-right{{content:"AG-" counter(page);font:8pt N}}}}
body{{font:9pt/12pt N}} h2{{font-size:12pt;margin:8pt 0 0}} p{{margin:2pt 0}}
.s,table{{font-size:7.5pt}} table{{border-collapse:collapse;width:100%}}
td,th{{border:.3pt solid gray;text-align:left;padding:0 4pt;font-weight:normal}}
th{{width:{LABEL}pt}} section{{break-inside:avoid}}"""


def _page(said: Sequence[Said], out: Path) -> Path:
    source = out.with_suffix(".html")
    with source.open("w", encoding="utf-8") as file:
        file.write("<!doctype html><html lang=en><meta charset=utf-8><title>Packet</title>")
        file.write(f"<style>{CSS}</style><h1>Records</h1>")
        heads = "".join(f"<th scope=col>{html.escape(cell)}</th>" for cell in INDEX)
        file.write(f"<table><tr>{heads}</tr>")
        for each in said:
            cells = "".join(f"<td>{html.escape(cell)}</td>" for cell in each.row)
            file.write(f"<tr>{cells}</tr>")
        file.write("</table>")
        for each in said:
            rows = "".join(
                f"<tr><th scope=row>{html.escape(label)}</th><td>{_linked(value)}</td></tr>"
                for label, value in each.facts
            )
            file.write(
                f"<section><h2>{html.escape(each.title)}</h2>"
                f"<p class=s>{html.escape(each.standing)}</p>"
                f"<p>{html.escape(each.text)}</p><table>{rows}</table></section>"
            )
    return source


def weasyprint(said: Sequence[Said], out: Path) -> int:
    """WeasyPrint, untagged."""
    import weasyprint as printer

    start()
    document = printer.HTML(str(_page(said, out))).render()
    document.write_pdf(str(out))
    return len(document.pages)


def chromium(said: Sequence[Said], out: Path) -> int:
    """Chromium's print to PDF, with its tags (they do not pass PDF/UA-1)."""
    start()
    given = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer")
    command = ("chromium", *given, f"--print-to-pdf={out}", f"file://{_page(said, out)}")
    subprocess.run(command, check=True, capture_output=True)
    return _pages(out)


def _pages(out: Path) -> int:
    import pikepdf

    with pikepdf.open(out) as pdf:
        return len(pdf.pages)


MAKERS: dict[str, Callable[[Sequence[Said], Path], int]] = {
    maker.__name__: maker for maker in (archiver, platypus, fpdf2, typst, weasyprint, chromium)
}
_BEGAN = [0.0, 0.0]
ADOPT = 36  # PR_SET_CHILD_SUBREAPER of prctl(2)


def start() -> None:
    """From here on the time counts: libraries are imported, records are at hand."""
    gc.freeze()
    _BEGAN[:] = [time.perf_counter(), _processor()]


def _adopt() -> None:
    """Be the parent of what loses its own: Chromium's processes outlive those that start them."""
    if ctypes.CDLL(None, use_errno=True).prctl(ADOPT, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "orphans cannot be adopted")


def _wait_for_all() -> None:
    """Until every process that came from this one has ended: only then are its seconds counted."""
    while True:
        try:
            os.wait()
        except ChildProcessError:
            return


def _processor() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def main() -> None:
    """Make one packet and say what it took."""
    name, count, out = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    first = int(sys.argv[4]) if len(sys.argv) > 4 else 0
    said = list(records(first + count))[first:]
    _adopt()
    pages = MAKERS[name](said, out)
    _wait_for_all()
    taken = time.perf_counter() - _BEGAN[0], _processor() - _BEGAN[1]
    size = out.stat().st_size
    print(json.dumps({"clock": taken[0], "processor": taken[1], "pages": pages, "bytes": size}))


if __name__ == "__main__":
    main()
