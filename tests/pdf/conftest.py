"""A writer, a flow over it, and veraPDF to judge what comes out."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

from archiver.pdf.flow import Flow, Frame
from archiver.pdf.metadata import Meta
from archiver.pdf.writer import Writer

META = Meta("A test", "City of Alder Glen", "Testing", "2026-11-20T18:00:00Z")
FRAME = Frame(72, 540, 720, 72)


class Numbered:
    """Page furniture that only counts."""

    def __init__(self) -> None:
        self.pages = 0

    def dress(self, writer: Writer) -> str:
        """The label of the page that ends."""
        self.pages += 1
        return f"P-{self.pages:03d}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the test's document goes."""
    return tmp_path / "test.pdf"


@pytest.fixture
def document(path):
    """Opens a flow over a new document at `path`; closing it finishes the file."""

    @contextmanager
    def opened():
        with Writer(path, META) as writer:
            flow = Flow(writer, FRAME, Numbered())
            yield flow
            flow.end_page()

    return opened


@pytest.fixture
def failures() -> Callable[[Path, str], dict[str, str]]:
    """veraPDF's findings about a file."""
    name = "pdf_conformance"
    if name not in sys.modules:
        where = Path(__file__).with_name("conformance.py")
        spec = importlib.util.spec_from_file_location(name, where)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].failures
