"""A page of a PDF as a picture and as text, for looking at it.

PDFium does not stand being used by two threads at once, so nobody else here calls it: whoever does
waits for the one before.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import pypdfium2

_SCALE = 1.7
"""Pixels to the point: sharp at the width a page is shown in at the desk."""
_alone = Lock()


def page_picture(path: Path, number: int) -> bytes | None:
    """A page (from 1) as a PNG, or None where there is no such page."""
    with _opened(path) as document:
        if not 1 <= number <= len(document):
            return None
        out = io.BytesIO()
        document[number - 1].render(scale=_SCALE).to_pil().save(out, "PNG")
        return out.getvalue()


def page_text(path: Path, number: int) -> str:
    """The text of a page (from 1) as a reader program finds it; empty where there is none."""
    with _opened(path) as document:
        if not 1 <= number <= len(document):
            return ""
        return _text(document[number - 1])


def page_texts(path: Path) -> Iterator[str]:
    """The text of every page, in their order."""
    with _opened(path) as document:
        for page in document:
            yield _text(page)
            page.close()


def _text(page: pypdfium2.PdfPage) -> str:
    found = page.get_textpage()
    try:
        text: str = found.get_text_range(errors="replace")
        return text.replace("\u200b", "")
    finally:
        found.close()


@contextmanager
def _opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    with _alone:
        document = pypdfium2.PdfDocument(path)
        try:
            yield document
        finally:
            document.close()
