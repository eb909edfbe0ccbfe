"""The document under way: pages, structure, places, outline, attachments.

Everything is written as soon as it is complete. A structure element is written when it closes, a
page when it ends; what stays in memory is a number for each. Pages may be added in front of those
already written (`at_front`): a table of contents is drawn when what it points to is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from types import TracebackType
from typing import Self

from archiver.pdf import metadata, outline
from archiver.pdf.images import Picture
from archiver.pdf.inline import Colour, Link
from archiver.pdf.metadata import Meta
from archiver.pdf.objects import (
    ObjectFile,
    dictionary,
    name,
    number,
    numbers,
    reference,
    references,
    text_string,
)
from archiver.pdf.outline import Entry
from archiver.pdf.pieces import Line, Piece
from archiver.pdf.typesetting import Typesetter

LETTER = (612.0, 792.0)
"""US letter, in points."""


@dataclass(slots=True)
class Element:
    """A structure element that is still open; `kids` are written out as they close."""

    tag: str
    number: int
    parent: int
    attributes: bytes
    kids: list[bytes] = field(default_factory=list)
    page: int | None = None


@dataclass(slots=True)
class Page:
    """The page under way."""

    number: int
    key: int
    size: tuple[float, float]
    code: list[str] = field(default_factory=list)
    owners: list[int] = field(default_factory=list)
    annotations: list[int] = field(default_factory=list)
    ink: str = ""
    pictures: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Run:
    """A line of one piece as it is set from `x` on a base line, in a colour."""

    code: str
    colour: Colour
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, line: Line, x: float, base_line: float, size: float, colour: Colour) -> Run | None:
        """A line set there; None where it has more than one piece or runs right to left."""
        if len(line.pieces) != 1 or line.base:
            return None
        shaped = line.pieces[0].shaped
        if not shaped.body:
            return None
        code = (
            f"BT 1 0 0 1 {x:.2f} {base_line:.2f} Tm /{shaped.chunks[0].resource} {size:g} Tf "
            f"[{shaped.body}] TJ ET"
        )
        box = (x, base_line - size * 0.25, x + line.width, base_line + size * 0.9)
        return cls(code, colour, box)


class _Ending:
    """What ends with a `with` block; a block that fails ends nothing, its file is of no use."""

    __slots__ = ("_end",)

    def __init__(self, end: Callable[[], None]) -> None:
        self._end = end

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        if kind is None:
            self._end()


class Writer:
    """A tagged PDF at `path`. Use it as a context manager; `close` finishes the file.

    Coordinates are points from the page's lower left corner. What is drawn must stand inside
    `content` (it belongs to the open element) or `artifact` (it decorates).
    """

    measures = False
    """Whether nothing is drawn, only measured."""

    def __init__(self, path: Path, meta: Meta) -> None:
        self.meta = meta
        self.type = Typesetter()
        self._out = path.open("wb")
        self._file = ObjectFile(self._out)
        self._catalog = self._file.allot()
        self._pages = self._file.allot()
        self._structure = self._file.allot()
        self._fonts = self._file.allot()
        self._parents: dict[int, int] = {}
        self._next_key = 0
        self._order: list[int] = []
        self._labels: dict[int, str] = {}
        self._places: dict[str, bytes] = {}
        self._entries: list[Entry] = []
        self._pictures: dict[str, int] = {}
        self._attachments: dict[str, int] = {}
        self._front: int | None = None
        self._document = Element("Document", self._file.allot(), self._structure, b"")
        self._open = [self._document]
        self._closing = _Ending(self.close_element)
        self._ending = _Ending(self.end_content)
        self._page: Page | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._out.close()

    @property
    def page_count(self) -> int:
        """How many pages have ended."""
        return len(self._order)

    @property
    def page(self) -> Page:
        """The page under way."""
        if self._page is None:
            raise ValueError("no page has begun")
        return self._page

    def begin_page(self, size: tuple[float, float] = LETTER) -> None:
        """Begin a page."""
        self._page = Page(self._file.allot(), self._key(), size)

    def end_page(self, label: str) -> None:
        """End the page and write it; `label` is what readers show as its number."""
        page = self.page
        contents = self._file.add_stream({}, "\n".join(page.code).encode("ascii"))
        pictures = {key: reference(one) for key, one in page.pictures.items()}
        resources = {"Font": reference(self._fonts)}
        if pictures:
            resources["XObject"] = dictionary(pictures)
        entries = {
            "Type": b"/Page",
            "Parent": reference(self._pages),
            "MediaBox": numbers((0, 0, *page.size)),
            "Resources": dictionary(resources),
            "Contents": reference(contents),
            "StructParents": b"%d" % page.key,
            "Tabs": b"/S",
        }
        if page.annotations:
            entries["Annots"] = references(page.annotations)
        self._file.put(page.number, dictionary(entries))
        self._parents[page.key] = self._file.add(references(page.owners))
        self._labels[page.number] = label
        if self._front is None:
            self._order.append(page.number)
        else:
            self._order.insert(self._front, page.number)
            self._front += 1
        self._page = None

    @contextmanager
    def at_front(self) -> Iterator[None]:
        """Pages, elements and outline entries made inside stand before all others."""
        if len(self._open) != 1 or self._page is not None:
            raise ValueError("an element or a page is still open")
        kids, entries = self._document.kids, self._entries
        self._front = 0
        self._document.kids, self._entries = [], []
        try:
            yield
        finally:
            self._document.kids += kids
            self._entries += entries
            self._front = None

    def element(
        self,
        tag: str,
        *,
        alt: str | None = None,
        read_as: str | None = None,
        language: str | None = None,
        attributes: Mapping[str, bytes] | bytes = b"",
    ) -> AbstractContextManager[None]:
        """A structure element. `alt` describes a figure, `read_as` replaces what is drawn."""
        written = b""
        if alt is not None:
            written += b" /Alt " + text_string(alt)
        if read_as is not None:
            written += b" /ActualText " + text_string(read_as)
        if language:
            written += b" /Lang " + text_string(language)
        if attributes:
            held = attributes if isinstance(attributes, bytes) else dictionary(attributes)
            written += b" /A " + held
        parent = self._open[-1]
        number = self._file.allot()
        one = Element(tag, number, parent.number, written)
        parent.kids.append(b"%d 0 R" % number)
        self._open.append(one)
        return self._closing

    def leaf(
        self, tag: str, *, language: str | None = None, attributes: bytes = b""
    ) -> AbstractContextManager[None]:
        """A structure element whose only content, on this page, is what is drawn inside."""
        page, parent = self.page, self._open[-1]
        number, mark = self._file.allot(), len(page.owners)
        page.owners.append(number)
        parent.kids.append(b"%d 0 R" % number)
        page.code.append(f"/{tag} <</MCID {mark}>> BDC")
        written = b" /Lang " + text_string(language) if language else b""
        written += b" /A " + attributes if attributes else b""
        body = b"<</Type /StructElem /S /%b /P %d 0 R /Pg %d 0 R%b /K [%d]>>"
        self._file.put(
            number, body % (tag.encode("ascii"), parent.number, page.number, written, mark)
        )
        return self._ending

    def close_element(self) -> None:
        """Close the element opened last."""
        self._write_element(self._open.pop())

    def begin_content(self) -> None:
        """What is drawn from here on belongs to the open element."""
        page, owner = self.page, self._open[-1]
        mark = len(page.owners)
        page.owners.append(owner.number)
        if owner.page is None:
            owner.page = page.number
        if owner.page == page.number:
            owner.kids.append(b"%d" % mark)
        else:
            owner.kids.append(b"<</Type /MCR /Pg " + reference(page.number) + b" /MCID %d>>" % mark)
        page.code.append(f"/{owner.tag} <</MCID {mark}>> BDC")

    def end_content(self) -> None:
        """End what `begin_content` or an artifact began."""
        self.page.code.append("EMC")

    def content(self) -> AbstractContextManager[None]:
        """What is drawn inside belongs to the open element."""
        self.begin_content()
        return self._ending

    def artifact(
        self, kind: str = "Layout", subtype: str | None = None
    ) -> AbstractContextManager[None]:
        """What is drawn inside decorates: page numbers ("Pagination", "Footer"), rules, tints."""
        detail = f" /Subtype /{subtype}" if subtype else ""
        self.page.code.append(f"/Artifact <</Type /{kind}{detail}>> BDC")
        return self._ending

    def draw(self, code: str) -> None:
        """Content operators as they are; those that leave another colour behind stand alone."""
        page = self.page
        if not code.startswith("q "):
            page.ink = ""
        page.code.append(code)

    def ink(self, colour: Colour) -> None:
        """What is set from here on has this colour."""
        page, code = self.page, colour.fill()
        if page.ink != code:
            page.ink = code
            page.code.append(code)

    def glyphs(self, x: float, y: float, pieces: list[Piece], size: float) -> None:
        """Set pieces from `x` on the base line `y`, in the current colour."""
        if len(pieces) == 1 and (body := pieces[0].shaped.body):
            resource = pieces[0].shaped.chunks[0].resource
            self.page.code.append(
                f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm /{resource} {size:g} Tf [{body}] TJ ET"
            )
            return
        out = [f"BT 1 0 0 1 {x:.2f} {y:.2f} Tm"]
        resource, rise = "", 0.0
        array: list[str] = []
        for piece in pieces:
            for chunk in piece.shaped.chunks:
                if chunk.resource != resource or chunk.rise != rise:
                    if array:
                        out.append(f"[{''.join(array)}] TJ")
                        array = []
                    if chunk.resource != resource:
                        resource = chunk.resource
                        out.append(f"/{resource} {size:g} Tf")
                    if chunk.rise != rise:
                        rise = chunk.rise
                        out.append(f"{rise * size:.3f} Ts")
                array.append(chunk.body)
        if array:
            out.append(f"[{''.join(array).replace('><', '')}] TJ")
        if rise:
            out.append("0 Ts")
        out.append("ET")
        self.page.code.append(" ".join(out))

    def place_picture(self, one: Picture, x: float, y: float, width: float, height: float) -> None:
        """Draw a picture into a box; equal pictures are embedded once."""
        digest = one.digest
        found = self._pictures.get(digest)
        if found is None:
            found = self._pictures[digest] = one.write(self._file)
        key = f"P{found}"
        self.page.pictures[key] = found
        box = " ".join(number(value).decode("ascii") for value in (width, 0, 0, height, x, y))
        self.page.code.append(f"q {box} cm /{key} Do Q")

    def link(self, box: tuple[float, float, float, float], target: Link, says: str) -> None:
        """A link annotation over a box; it belongs to the open element, a Link."""
        owner = self._open[-1]
        annotation = self._annotation(box, target, says, owner.number)
        page = reference(self.page.number)
        owner.kids.append(b"<</Type /OBJR /Pg " + page + b" /Obj " + reference(annotation) + b">>")

    def _annotation(
        self, box: tuple[float, float, float, float], target: Link, says: str, owner: int
    ) -> int:
        key = self._key()
        if target.url:
            where = b"/A <</S /URI /URI " + text_string(_ascii(target.url)) + b">>"
        else:
            where = b"/Dest " + text_string(target.place)
        annotation = self._file.add(
            b"<</Type /Annot /Subtype /Link /Rect [%.2f %.2f %.2f %.2f] /Contents %b /F 4 "
            b"/Border [0 0 0] /StructParent %d %b>>"
            % (*box, text_string(target.says or says), key, where)
        )
        self.page.annotations.append(annotation)
        self._parents[key] = owner
        return annotation

    def linked(
        self,
        x: float,
        base_line: float,
        pieces: list[Piece],
        size: float,
        width: float,
        target: Link,
        says: str,
    ) -> None:
        """Set pieces as a link: its element, what is drawn and the annotation over it."""
        page, parent = self.page, self._open[-1]
        number, mark = self._file.allot(), len(page.owners)
        page.owners.append(number)
        parent.kids.append(b"%d 0 R" % number)
        page.code.append(f"/Link <</MCID {mark}>> BDC")
        self.glyphs(x, base_line, pieces, size)
        page.code.append("EMC")
        box = (x, base_line - size * 0.25, x + width, base_line + size * 0.9)
        annotation = self._annotation(box, target, says, number)
        body = (
            b"<</Type /StructElem /S /Link /P %d 0 R /Pg %d 0 R "
            b"/K [%d <</Type /OBJR /Pg %d 0 R /Obj %d 0 R>>]>>"
        )
        values = (parent.number, page.number, mark, page.number, annotation)
        self._file.put(number, body % values)

    def pair(self, head: Run, value: Run, link: Link | None, says: str) -> None:
        """A table row of a header and a value, each a run on one line; the value may be a link.

        It is what `element`, `leaf` and `linked` would write, at a third of the time: a packet has
        a hundred thousand of these rows.
        """
        page, parent, file = self.page, self._open[-1], self._file
        row, first, second = file.allot(), file.allot(), file.allot()
        mark, owners = len(page.owners), page.owners
        parent.kids.append(b"%d 0 R" % row)
        owners.append(first)
        page.code.append(f"/TH <</MCID {mark}>> BDC")
        self.ink(head.colour)
        page.code.append(f"{head.code}\nEMC")
        here = (page.number, mark + 1)
        if link is None:
            owners.append(second)
            page.code.append(f"/TD <</MCID {mark + 1}>> BDC")
            held = b"/Pg %d 0 R /K [%d]" % here
        else:
            inside = file.allot()
            owners.append(inside)
            page.code.append(f"/Link <</MCID {mark + 1}>> BDC")
            annotation = self._annotation(value.box, link, says, inside)
            body = b"<</Type /StructElem /S /Link /P %d 0 R /Pg %d 0 R "
            body += b"/K [%d <</Type /OBJR /Pg %d 0 R /Obj %d 0 R>>]>>"
            file.put(inside, body % (second, *here, page.number, annotation))
            held = b"/K [%d 0 R]" % inside
        self.ink(value.colour)
        page.code.append(f"{value.code}\nEMC")
        file.put(
            first,
            b"<</Type /StructElem /S /TH /P %d 0 R /Pg %d 0 R "
            b"/A <</O /Table /Scope /Row>> /K [%d]>>" % (row, page.number, mark),
        )
        file.put(second, b"<</Type /StructElem /S /TD /P %d 0 R %b>>" % (row, held))
        file.put(
            row,
            b"<</Type /StructElem /S /TR /P %d 0 R /K [%d 0 R %d 0 R]>>"
            % (parent.number, first, second),
        )

    def mark_place(self, place: str, y: float) -> None:
        """Name the point at height `y` of this page, for links and the outline."""
        target = b"[" + reference(self.page.number) + b" /XYZ null " + number(y) + b" null]"
        self._places[place] = target

    def outline(self, title: str, place: str, level: int) -> None:
        """An entry of the outline; level 0 is the outermost."""
        self._entries.append(Entry(title, place, level))

    def attach(
        self, file_name: str, data: bytes, media_type: str, says: str, relation: str = "Data"
    ) -> None:
        """Attach a file (ISO 19005-3, 6.8). `relation`: Data, Source, Supplement, Alternative."""
        stream = self._file.add_stream(
            {
                "Type": b"/EmbeddedFile",
                "Subtype": name(media_type),
                "Params": dictionary(
                    {
                        "Size": b"%d" % len(data),
                        "CheckSum": b"<"
                        + md5(data, usedforsecurity=False).hexdigest().encode()
                        + b">",
                        "ModDate": metadata.date(self.meta),
                    }
                ),
            },
            data,
        )
        both = dictionary({"F": reference(stream), "UF": reference(stream)})
        self._attachments[file_name] = self._file.add(
            dictionary(
                {
                    "Type": b"/Filespec",
                    "F": text_string(file_name),
                    "UF": text_string(file_name),
                    "Desc": text_string(says),
                    "AFRelationship": name(relation),
                    "EF": both,
                }
            )
        )

    def close(self) -> None:
        """Write what could only be known at the end, and close the file."""
        if self._page is not None or len(self._open) != 1:
            raise ValueError("a page or an element is still open")
        file = self._file
        self._write_element(self._document)
        file.put(self._fonts, self.type.write_fonts(file))
        self._write_pages()
        self._write_structure()
        self._write_catalog()
        file.finish(self._catalog, file.add(metadata.information(self.meta)))
        self._out.close()

    def _key(self) -> int:
        self._next_key += 1
        return self._next_key - 1

    def _write_element(self, one: Element) -> None:
        page = b" /Pg %d 0 R" % one.page if one.page is not None else b""
        body = b"<</Type /StructElem /S /%b /P %d 0 R%b%b /K [%b]>>"
        values = (one.tag.encode("ascii"), one.parent, page, one.attributes, b" ".join(one.kids))
        self._file.put(one.number, body % values)

    def _write_pages(self) -> None:
        entries = {
            "Type": b"/Pages",
            "Count": b"%d" % len(self._order),
            "Kids": references(self._order),
        }
        self._file.put(self._pages, dictionary(entries))

    def _write_structure(self) -> None:
        pairs = b" ".join(b"%d %d 0 R" % pair for pair in sorted(self._parents.items()))
        tree = self._file.add(b"<</Nums [" + pairs + b"]>>")
        entries = {
            "Type": b"/StructTreeRoot",
            "K": references((self._document.number,)),
            "ParentTree": reference(tree),
            "ParentTreeNextKey": b"%d" % self._next_key,
        }
        self._file.put(self._structure, dictionary(entries))

    def _write_catalog(self) -> None:
        file = self._file
        xmp = file.add_stream(
            {"Type": b"/Metadata", "Subtype": b"/XML"}, metadata.xmp(self.meta), compress=False
        )
        profile = file.add_stream({"N": b"3"}, metadata.colour_profile())
        intent = {
            "Type": b"/OutputIntent",
            "S": b"/GTS_PDFA1",
            "OutputConditionIdentifier": text_string("sRGB IEC61966-2.1"),
            "Info": text_string("sRGB"),
            "DestOutputProfile": reference(profile),
        }
        labels = b" ".join(
            b"%d <</P %b>>" % (place, text_string(self._labels[page]))
            for place, page in enumerate(self._order)
        )
        places = b" ".join(
            text_string(place) + b" " + target for place, target in sorted(self._places.items())
        )
        names = {"Dests": b"<</Names [" + places + b"]>>"}
        entries = {
            "Type": b"/Catalog",
            "Pages": reference(self._pages),
            "StructTreeRoot": reference(self._structure),
            "MarkInfo": b"<</Marked true>>",
            "Lang": text_string(self.meta.language),
            "Metadata": reference(xmp),
            "OutputIntents": b"[" + dictionary(intent) + b"]",
            "ViewerPreferences": b"<</DisplayDocTitle true>>",
            "PageLabels": b"<</Nums [" + labels + b"]>>",
        }
        if self._attachments:
            attached = sorted(self._attachments.items())
            listed = b" ".join(text_string(key) + b" " + reference(one) for key, one in attached)
            names["EmbeddedFiles"] = b"<</Names [" + listed + b"]>>"
            entries["AF"] = references(one for _, one in attached)
        entries["Names"] = dictionary(names)
        if self._entries:
            entries["Outlines"] = reference(outline.write(file, self._entries))
            entries["PageMode"] = b"/UseOutlines"
        file.put(self._catalog, dictionary(entries))


def _ascii(url: str) -> str:
    """An address in the seven bits a URI action may hold (ISO 32000-1, 12.6.4.7)."""
    if url.isascii() and url.isprintable() and " " not in url:
        return url
    return "".join(
        one if one.isascii() and one.isprintable() and one != " " else _escaped(one) for one in url
    )


def _escaped(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "replace"))
