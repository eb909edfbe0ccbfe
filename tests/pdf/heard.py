"""A document as a screen reader walks it: the structure tree in order, with what each part says.

    python tests/pdf/heard.py packet.pdf [FIRST-LAST]

prints a line for each element: its tag, its language, its description or replacement, its text,
and the page it stands on.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pikepdf

_PAIR = re.compile(r"<([0-9A-F]+)> <([0-9A-F]*)>")


@dataclass(slots=True)
class Heard:
    """An element: `text` is what stands in it itself, `says` what is read in place of it all."""

    tag: str
    depth: int
    page: int | None
    language: str
    says: str | None
    alt: str | None
    scope: str
    text: str = ""
    kids: list[Heard] = field(default_factory=list)

    def walk(self) -> Iterator[Heard]:
        """Itself and all below, in reading order."""
        yield self
        for kid in self.kids:
            yield from kid.walk()

    @property
    def aloud(self) -> str:
        """All that is read of it."""
        if self.says is not None:
            return self.says
        if self.alt is not None:
            return f"[figure: {self.alt}]"
        return self.text


def heard(path: Path) -> Heard:
    """The document's structure with its texts."""
    with pikepdf.open(path) as pdf:
        pages = {page.obj.objgen: number for number, page in enumerate(pdf.pages, 1)}
        texts = {page.obj.objgen: _texts(page) for page in pdf.pages}
        [document] = pdf.Root.StructTreeRoot.K
        return _element(document, 0, None, pages, texts)


def _element(found, depth, page, pages, texts) -> Heard:
    page = found.get("/Pg", page)
    attributes = found.get("/A", pikepdf.Dictionary())
    one = Heard(
        str(found.S)[1:],
        depth,
        None if page is None else pages[page.objgen],
        str(found.get("/Lang", "")),
        str(found.ActualText) if "/ActualText" in found else None,
        str(found.Alt) if "/Alt" in found else None,
        str(attributes.get("/Scope", "")),
    )
    for kid in found.get("/K", []):
        if isinstance(kid, int):
            one.text += texts[page.objgen].get(kid, "")
        elif "/S" in kid:
            below = _element(kid, depth + 1, page, pages, texts)
            one.kids.append(below)
            one.text += below.aloud
        elif "/MCID" in kid:
            one.text += texts[kid.Pg.objgen].get(int(kid.MCID), "")
    return one


def _texts(page: pikepdf.Page) -> dict[int, str]:
    """What stands in each marked content of a page."""
    maps = {key: _unicode_of(font) for key, font in page.Resources.get("/Font", {}).items()}
    found: dict[int, str] = {}
    marks: list[int | None] = []
    digits, known = 4, {}
    for operands, operator in pikepdf.parse_content_stream(page):
        name = str(operator)
        if name in ("BDC", "BMC"):
            named = operands[1] if len(operands) > 1 else None
            mark = named.get("/MCID") if isinstance(named, pikepdf.Dictionary) else None
            marks.append(None if mark is None else int(mark))
        elif name == "EMC":
            marks.pop()
        elif name == "Tf":
            digits, known = maps[str(operands[0])]
        elif name == "TJ" and marks and marks[-1] is not None:
            codes = "".join(bytes(o).hex().upper() for o in operands[0] if not _is_number(o))
            said = (known.get(codes[at : at + digits], "") for at in range(0, len(codes), digits))
            found[marks[-1]] = found.get(marks[-1], "") + "".join(said)
    return found


def _is_number(operand: object) -> bool:
    return not isinstance(operand, pikepdf.String)


_MAPS: dict[tuple[int, int], tuple[int, dict[str, str]]] = {}


def _unicode_of(font: pikepdf.Object) -> tuple[int, dict[str, str]]:
    text = font.ToUnicode.read_bytes().decode("ascii")
    digits = 4 if str(font.Subtype) == "/Type0" else 2
    return digits, {
        code: bytes.fromhex(value).decode("utf-16-be", "replace")
        for code, value in _PAIR.findall(text.split("endcodespacerange", 1)[1])
    }


def lines(document: Heard) -> Iterator[str]:
    """The document told line by line."""
    for one in document.walk():
        about = "".join((f" ({one.language})" if one.language else "", f" {one.scope}".rstrip()))
        leaf = not one.kids or one.tag in ("P", "H1", "H2", "H3", "TD", "TH", "LBody", "Lbl")
        said = f": {one.aloud.strip()}" if leaf else ""
        page = f" p{one.page}" if one.page is not None and leaf else ""
        if one.tag not in ("Span", "Link") or not leaf or one.says is not None:
            yield f"{'  ' * one.depth}{one.tag}{about}{page}{said}"


def main() -> None:
    """Print what is heard."""
    span = [int(each) for each in sys.argv[2].split("-")] if len(sys.argv) > 2 else [1, 10**9]
    document = heard(Path(sys.argv[1]))
    for kid in document.kids:
        shown = any(one.page and span[0] <= one.page <= span[-1] for one in kid.walk())
        if shown:
            print("\n".join(lines(kid)))


if __name__ == "__main__":
    main()
