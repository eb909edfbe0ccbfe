"""The certificate is a document anyone can open, read aloud and keep."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pypdf
import pytest

from archiver.retention.dispositions import certificate_lists, certificate_pdf
from archiver.retention.dispositions.certificate import find_certificate
from archiver.retention.dispositions.outside import Backup, Copy, Outside

CONFORMANCE = Path(__file__).resolve().parents[2] / "pdf" / "conformance.py"


def _conformance() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pdf_conformance", CONFORMANCE)
    module = importlib.util.module_from_spec(spec)
    sys.modules.setdefault("pdf_conformance", module)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def made(town):
    """A certificate of an execution in which something was kept, and copies stay."""
    for place in range(61):
        town.store(str(place), f"Notice {place} about the lake", account=1 + place % 2)
    held = town.store("900", "Held before")
    town.hold(held)
    batch = town.build(note_text="yearly review")
    town.approve_all(batch.number)
    ref = next(iter(town.outcomes(batch.number)))
    town.hold(("archive", ref), reference="26-020")
    town.outside = Outside(
        copies=lambda keys: [Copy("Production", "2026-0037, volume 1", 4, "with the request file")],
        backups=lambda: [Backup("2026-11-19", "/mnt/backup", "2026-11-19T10:17:00Z")],
    )
    done = town.execute(batch.number)
    return find_certificate(town.home, town.office, done)


def test_it_is_pdf_ua_and_pdf_a(made) -> None:
    failures = _conformance().failures
    assert failures(made.pdf, "ua1") == {}
    assert failures(made.pdf, "3a") == {}


def test_the_page_says_what_went_who_decided_and_what_stays(made) -> None:
    pages = [page.extract_text() for page in pypdf.PdfReader(made.pdf).pages]
    face, rest = " ".join(pages[0].split()), " ".join(" ".join(pages[1:]).split())
    assert "Certificate of Destruction" in face
    assert "60 records were destroyed on November 20, 2026" in face
    assert "P. Haldane" in face
    assert made.json_sha256 in face
    for said in (
        "Gov. Code",
        "1 left out of the list under claim 26-019",
        "1 of the list kept: held by claim 26-020",
        "Production 2026-0037, volume 1: 4 records",
        "2026-11-19, /mnt/backup",
        "flash memory (SSD)",
        "yearly review",
    ):
        assert said in rest, said


def test_the_facts_beside_it_hold_every_entry_by_leaf(made) -> None:
    facts = json.loads(made.json.read_bytes())
    assert len(facts["holdings"]) == 60
    assert all(len(each["leaf"]) == 64 for each in facts["holdings"])
    assert [each["reason"] for each in facts["kept"]] == ["held by claim 26-020"]
    assert facts["seals"]["first"] == facts["seals"]["last"] == 1
    assert facts["route"]["section"] == "Gov. Code § 34090"
    kinds = {each["kind"] for each in facts["approvals"]}
    assert kinds == {"department", "consent", "resolution"}


def test_a_list_too_long_to_print_is_named_by_the_file_beside(made, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(certificate_lists, "MOST_LISTED", 10)
    facts = json.loads(made.json.read_bytes())
    certificate_pdf.write_pdf(tmp_path / "long.pdf", facts, made.json_sha256)
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(tmp_path / "long.pdf").pages)
    assert "60 entries stand in the file D-2026-01.json" in " ".join(text.split())
