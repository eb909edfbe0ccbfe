"""A writer that writes nothing: for finding out how many pages something takes."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext

from archiver.pdf.images import Picture
from archiver.pdf.inline import Colour, Link
from archiver.pdf.pieces import Piece
from archiver.pdf.typesetting import Typesetter
from archiver.pdf.writer import LETTER, Writer

_NOTHING: AbstractContextManager[None] = nullcontext()


class Ruler(Writer):
    """Takes what a `Writer` takes and only lets the flow measure and break.

    It sets type with the typesetter it is given, so that what was measured need not be set anew.
    """

    measures = True

    def __init__(self, typesetter: Typesetter) -> None:
        self.type = typesetter

    def begin_page(self, size: tuple[float, float] = LETTER) -> None:
        """Nothing begins."""

    def end_page(self, label: str) -> None:
        """Nothing ends."""

    def element(
        self,
        tag: str,
        *,
        alt: str | None = None,
        read_as: str | None = None,
        language: str | None = None,
        attributes: Mapping[str, bytes] | bytes = b"",
    ) -> AbstractContextManager[None]:
        """No element."""
        return _NOTHING

    def leaf(
        self, tag: str, *, language: str | None = None, attributes: bytes = b""
    ) -> AbstractContextManager[None]:
        """No element."""
        return _NOTHING

    def close_element(self) -> None:
        """Nothing closes."""

    def content(self) -> AbstractContextManager[None]:
        """No content."""
        return _NOTHING

    def begin_content(self) -> None:
        """No content."""

    def end_content(self) -> None:
        """No content."""

    def artifact(
        self, kind: str = "Layout", subtype: str | None = None
    ) -> AbstractContextManager[None]:
        """No artifact."""
        return _NOTHING

    def ink(self, colour: Colour) -> None:
        """No colour."""

    def draw(self, code: str) -> None:
        """Nothing is drawn."""

    def glyphs(self, x: float, y: float, pieces: list[Piece], size: float) -> None:
        """Nothing is set."""

    def place_picture(self, one: Picture, x: float, y: float, width: float, height: float) -> None:
        """No picture."""

    def link(self, box: tuple[float, float, float, float], target: Link, says: str) -> None:
        """No link."""

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
        """No link."""

    def mark_place(self, place: str, y: float) -> None:
        """No place."""

    def outline(self, title: str, place: str, level: int) -> None:
        """No entry."""
