"""Programs of others that look for bad redaction find none, and find what is planted."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet
from archiver.requests.redacting.passages import Covered, Passage

TOOLS = Path(__file__).parents[2] / ".tools" / "checkers" / "bin"
SECRET = "Quirina Xantopolous 916-555-0142"
HARMLESS = {"zero-width", "metadata-conflict", "undisclosed-metadata"}
"""What the second program remarks of every tagged packet in Indic scripts: the marks that keep a
cluster's text in one place, two ways to write the same moment, a title that is not printed."""


@pytest.fixture(scope="module")
def packet(people, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("checked")
    bar = Covered(1, ("Gov. Code § 7927.700",))
    text = Passage(("My name is ", bar, " and the park is shut. ਪਾਰਕ ਬੰਦ ਹੈ।"))
    records = (people.record("1", text), *people.records(folder))
    release = people.release(folder, records=records)
    write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    return folder / "packet.pdf"


def xray(path: Path) -> dict[str, list[object]]:
    done = subprocess.run([TOOLS / "xray", path], capture_output=True, text=True, check=True)
    found: dict[str, list[object]] = json.loads(done.stdout)
    return found


def unmasker(path: Path) -> list[dict[str, Any]]:
    done = subprocess.run(
        [TOOLS / "unmasker", "--json", path], capture_output=True, text=True, check=False
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    return found


def telling(findings: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left when the marks between clusters are taken out."""
    return [
        each
        for each in findings
        if each["detector"] not in HARMLESS and set(each["codepoints"]) != {"U+200B"}
    ]


def boxed(packet: Path, to: Path) -> Path:
    """The packet with words below a black box on its last page."""
    with pikepdf.open(packet) as pdf:
        page = pdf.pages[-1]
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
        )
        fonts = dict(page.obj["/Resources"]["/Font"].items()) | {"/Hv": pdf.make_indirect(font)}
        page.obj["/Resources"]["/Font"] = pikepdf.Dictionary(fonts)
        code = f"BT /Hv 9 Tf 60 300 Td ({SECRET}) Tj ET 0 g 55 295 200 20 re f"
        page.contents_add(pikepdf.Stream(pdf, code.encode()))
        pdf.save(to)
    return to


def titled(packet: Path, to: Path) -> Path:
    """The packet with the words in a note that is not printed."""
    with pikepdf.open(packet) as pdf:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Text,
            Rect=[0, 0, 10, 10],
            Contents=SECRET,
        )
        pdf.pages[0].obj["/Annots"] = pdf.make_indirect(pikepdf.Array([pdf.make_indirect(note)]))
        pdf.save(to)
    return to


def test_the_first_finds_nothing_under_the_bars(packet) -> None:
    assert xray(packet) == {}


def test_the_second_finds_nothing_that_the_page_does_not_show(packet) -> None:
    assert telling(unmasker(packet)) == []


@pytest.mark.parametrize("plant", [boxed, titled], ids=lambda plant: plant.__name__)
def test_what_is_planted_is_found(packet, tmp_path, plant: Callable[[Path, Path], Path]) -> None:
    planted = plant(packet, tmp_path / "planted.pdf")
    found = json.dumps([xray(planted), telling(unmasker(planted))])
    assert "Xantopolous" in found
