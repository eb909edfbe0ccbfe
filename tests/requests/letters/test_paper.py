"""The PDF of a letter: conforming, readable, always the same, plainly a draft until frozen."""

from __future__ import annotations

import importlib.util
import io
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdf
import pytest

from archiver.requests.letters.facts import Produced, Volume
from archiver.requests.letters.paper import draft_pdf, letter_pdf

Draft = Callable[..., Any]
NOW = "2026-11-20T18:00:00Z"
SCRIPTS = (
    "Wei-Lun 公園封閉 · ਪਾਰਕ ਕਦੋਂ · متى يفتح المتنزه؟ · Պարկը · 공원은 · สวน · 🚧 · "
    "{{ 7*7 }} · \u202eabc"
)

pytestmark = pytest.mark.usefixtures("asked", "attested")


@pytest.fixture(scope="module")
def failures() -> Callable[[Path, str], dict[str, str]]:
    """veraPDF's findings about a file."""
    name = "pdf_conformance"
    if name not in sys.modules:
        where = Path(__file__).parents[2] / "pdf" / "conformance.py"
        spec = importlib.util.spec_from_file_location(name, where)
        assert spec is not None and spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name].failures


def text_of(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return "\n".join(page.extract_text() for page in pages)


def test_letters_of_every_part_conform_to_pdf_ua_and_pdf_a(
    tmp_path: Path,
    failures: Callable[[Path, str], dict[str, str]],
    collect: Callable[..., list[int]],
    draft: Draft,
    look: Callable[..., Any],
    write: Callable[..., Any],
) -> None:
    collect("release", "withhold", "undecided")
    produced = Produced(frozenset(), Volume(1, 12, "AG-000001", "AG-000012", 3, 1))
    long = "\n\n".join(f"Paragraph {number} runs on for a while. " * 6 for number in range(30))
    made = {
        "acknowledgement": letter_pdf(write(draft("acknowledgement", free=SCRIPTS))),
        "denial": letter_pdf(write(draft("denial", free="- one\n- two\n\n> said"))),
        "cover": letter_pdf(write(draft("production-cover", free=long), produced)),
        "spanish": draft_pdf(look(draft("extension", language="es")), NOW),
    }
    for name, content in made.items():
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(content)
        for flavour in ("ua1", "3a"):
            assert failures(path, flavour) == {}, (name, flavour)


def test_the_paper_says_what_was_frozen_and_no_more(
    draft: Draft, write: Callable[..., Any]
) -> None:
    letter = write(draft("acknowledgement", free=f"A name: {SCRIPTS}"))
    said = " ".join(text_of(letter_pdf(letter)).split())
    for words in (
        "City of Alder Glen",
        "214 Orchard Street",
        "Friday, November 20, 2026",
        "Gwendolyn Ostrander",
        letter.subject,
        "Deputy City Clerk",
        "公園封閉",
        "{{ 7*7 }}",
        letter.sha256[:16],
    ):
        assert words in said, words
    assert "DRAFT" not in said


def test_the_same_letter_is_the_same_file(draft: Draft, write: Callable[..., Any]) -> None:
    letter = write(draft("acknowledgement"))
    assert letter_pdf(letter) == letter_pdf(letter)


def test_a_draft_says_so_on_every_page(draft: Draft, look: Callable[..., Any]) -> None:
    long = "\n\n".join("It runs on for a while. " * 12 for _ in range(30))
    pdf = draft_pdf(look(draft("acknowledgement", free=long)), NOW)
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    assert len(pages) > 1
    for page in pages:
        assert "DRAFT" in page.extract_text()


def test_nobody_signs_a_page_of_its_own(draft: Draft, look: Callable[..., Any]) -> None:
    for lines in range(20, 44, 2):
        free = "\n".join(f"Line {number}" for number in range(lines))
        pdf = draft_pdf(look(draft("acknowledgement", free=free)), NOW)
        last = pypdf.PdfReader(io.BytesIO(pdf)).pages[-1].extract_text()
        assert "Sincerely" in last and "Odile Farrow" in last, lines
