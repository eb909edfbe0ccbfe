"""A volume with everything in it that a twin can get wrong, written once."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from archiver.production.media_files import MediaFolder
from archiver.production.packet import Packet, write_packet
from archiver.production.release import Duplicate, LeftOut, ListCell, ListTable, Redacted, Release
from archiver.production.twins import write_twins
from archiver.requests.redacting.passages import Covered, Passage

PHONE = Covered(1, ("Gov. Code § 7927.410",))
TWO_LAWS = Covered(2, ("Gov. Code § 7927.705", "Evid. Code § 1040"))
HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)> &amp; \u202edesrever\u202c þorn ®\x14\n"
    '\r\nhttps://example.org/"onmouseover="alert(3) javascript:alert(4)\x00\ud83d \u2028end'
)


@dataclass(frozen=True)
class Made:
    """A release, what was printed of it, and the folder with all files."""

    release: Release
    packet: Packet
    folder: Path

    @property
    def texts(self) -> list[str]:
        """What each record says, in the packet's order."""
        return [record.text.words for record in self.packet.order]

    @property
    def lines(self) -> list[dict[str, object]]:
        """The records of records.jsonl."""
        data = (self.folder / "data/records.jsonl").read_bytes()
        return [json.loads(line) for line in data.splitlines()]


def write(release: Release, folder: Path) -> Made:
    folder.mkdir(parents=True)
    packet = write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    write_twins(release, packet, folder)
    return Made(release, packet, folder)


def rich(people, folder: Path) -> Release:
    """Conversations, bars, hostile words, messages, a list, withheld and double records."""
    records = people.records(folder)
    red = Redacted(1, "text", "the text", PHONE.citations, ("A home telephone number.",))
    name = Redacted(3, "author.name", "the author’s name", PHONE.citations, ())
    message = people.resident(
        "60",
        Passage(("Please call me at ", PHONE, " or write to ", TWO_LAWS, ".\nThank you! þ")),
        2,
        kind="message",
        url=None,
        visibility="private",
        recipients=("Alder Glen\r\nBcc: everyone@example.org",),
        created_at="2026-10-03T16:00:00Z",
        author_name=Passage((PHONE,)),
        author_handle=Passage((PHONE,)),
        media=records[0].media,
        redactions=(red, Redacted(2, "text", "the text", TWO_LAWS.citations, ()), name),
    )
    hostile = people.resident(
        "61",
        HOSTILE,
        4,
        form="<i>\ud83d\x00odd",
        author_name='"><svg onload=alert(5)>\nX: y',
        url="javascript:alert(6)",
        links=("data:text/html,<script>alert(7)</script>", "https://example.org/a?b=1&c=2"),
        left_out=(LeftOut(1, False, "withheld", 1, None),),
        number=2,
    )
    formula = people.record("62", '=HYPERLINK("https://example.com")', account="@AlderGlen")
    markup = people.record("63", "<r><t>bold</t></r>")
    undated = people.record("64", "No date", undated=True)
    rows = (
        (ListCell("@bquill", ()), ListCell("=cmd|' /C calc'!A0", ())),
        (ListCell(None, PHONE.citations), ListCell("<b>Bo</b>", ())),
    )
    blocks = ListTable(
        "l1", "Blocked by @AlderGlen", "Told", "2026-08-15T09:00:00Z", ("Handle", "Name"), rows
    )
    release = people.release(
        folder, records=(*records, message, hostile, formula, markup, undated), lists=(blocks,)
    )
    return replace(release, duplicates=(Duplicate("62", None, None),))


@pytest.fixture(scope="session")
def made(people, tmp_path_factory) -> Made:
    """The rich volume; nobody writes into it."""
    folder = tmp_path_factory.mktemp("twins")
    return write(rich(people, folder / "in"), folder / "out")


@pytest.fixture(scope="session")
def twins(people, tmp_path_factory):
    """Writes a volume of given records."""

    def of(*records, **changes) -> Made:
        folder = tmp_path_factory.mktemp("few")
        return write(people.release(folder / "in", records=records, **changes), folder / "out")

    return of
