"""A packet as a screen reader gives it: in order, in its language, with nothing unsaid."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet

DUMP = Path(__file__).resolve().parents[1] / "pdf" / "heard.py"


def dump() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pdf_heard", DUMP)
    module = sys.modules["pdf_heard"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def document(people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("heard")
    release = people.release(folder / "in")
    write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    return dump().heard(folder / "packet.pdf")


def test_no_heading_level_is_skipped(document) -> None:
    level = 0
    for one in document.walk():
        if one.tag in ("H1", "H2", "H3", "H4"):
            assert int(one.tag[1]) <= level + 1, one
            level = int(one.tag[1])
            assert one.aloud.strip()


def test_each_record_is_heard_in_order_and_in_its_language(document, people) -> None:
    heard = [one for one in document.walk() if one.tag in ("H2", "H3")]
    numbers = [one.aloud.split(",")[0] for one in heard if one.aloud.startswith("Record ")]
    assert numbers == [f"Record {number}" for number in range(1, 19)]
    said = {one.aloud.strip(): one.language for one in document.walk() if one.tag == "P"}
    for language in ("es", "zh-Hans", "zh-Hant", "vi", "ko", "hy"):
        assert said[people.SAYINGS[language]] == language


def test_pictures_links_and_tables_say_what_they_are(document) -> None:
    everything = list(document.walk())
    assert [one.alt for one in everything if one.tag == "Figure"] == ["Two camp leaders at a lake"]
    assert all(one.aloud.strip() for one in everything if one.tag in ("Link", "TH", "LBody"))
    assert all(one.scope in ("/Row", "/Column") for one in everything if one.tag == "TH")
    contents = [one.aloud for one in everything if one.tag == "TOCI"]
    assert contents[0].startswith("Statement of search AG-")


def test_an_edit_is_heard_both_ways(document) -> None:
    text = document.text
    assert "opens [taken out: Sunday] [put in: Saturday]" in text
    assert "Messages between Xiomara Belaunde and Alder Glen Parks & Recreation" in text
    assert "No hash of a record as captured is printed here" in text
    assert "I am a duly authorized custodian of the records of City of Alder Glen" in text
