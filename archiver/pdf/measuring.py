"""A writer that writes nothing: for finding out how many pages something takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from archiver.pdf.images import Picture
from archiver.pdf.inline import Link
from archiver.pdf.typesetting import Piece, Typesetter
from archiver.pdf.writer import LETTER, Writer


class Ruler(Writer):
    """Takes what a `Writer` takes and only lets the flow measure and break.

    It sets type with the typesetter it is given, so that what was measured need not be set anew.
    """

    def __init__(self, typesetter: Typesetter) -> None:
        self.type = typesetter

    def begin_page(self, size: tuple[float, float] = LETTER) -> None:
        """Nothing begins."""

    def end_page(self, label: str) -> None:
        """Nothing ends."""

    @contextmanager
    def element(
        self,
        tag: str,
        *,
        alt: str | None = None,
        read_as: str | None = None,
        language: str | None = None,
        title: str | None = None,
        attributes: Mapping[str, bytes] | None = None,
    ) -> Iterator[None]:
        """No element."""
        yield

    def begin_content(self) -> None:
        """No content."""

    def end_content(self) -> None:
        """No content."""

    @contextmanager
    def artifact(self, kind: str = "Layout", subtype: str | None = None) -> Iterator[None]:
        """No artifact."""
        yield

    def draw(self, code: str) -> None:
        """Nothing is drawn."""

    def glyphs(self, x: float, y: float, pieces: list[Piece], size: float) -> None:
        """Nothing is set."""

    def place_picture(self, one: Picture, x: float, y: float, width: float, height: float) -> None:
        """No picture."""

    def link(self, box: tuple[float, float, float, float], target: Link, says: str) -> None:
        """No link."""

    def mark_place(self, place: str, y: float) -> None:
        """No place."""

    def outline(self, title: str, place: str, level: int) -> None:
        """No entry."""
