"""What the data files are, in the sentences that stand in each of them."""

from __future__ import annotations

from archiver.production import words
from archiver.production.packet import Packet
from archiver.production.twins.volume import Volume

_HOW = (
    (
        "Made from",
        "The same decisions as packet.pdf. The data say what the packet says and no more.",
    ),
    (
        "Redactions",
        "What is covered reads [Redacted: …] with the section of law. How long that is says "
        "nothing about what it covers.",
    ),
    (
        "Pages",
        "first_page and last_page are the Bates numbers on which a record stands in packet.pdf.",
    ),
    (
        "Times",
        "Times ending in Z are UTC; created_local is the same moment in the city's time zone.",
    ),
    (
        "Characters",
        "Half a character, NUL and, where a format holds none, control characters are given as "
        "U+FFFD; records.jsonl holds every text as it is released.",
    ),
    (
        "Checking",
        "manifest.json lists every file with its SHA-256 hash.",
    ),
)


def about(volume: Volume) -> list[tuple[str, str]]:
    """Label and sentence: whose records, which request, how much, and how to read it."""
    release, packet = volume.release, volume.packet
    practice = [("Practice", "Nobody made this request; this is not sent.")]
    return [
        ("Agency", release.office.agency),
        ("Request", release.request.number),
        ("Volume", str(release.volume)),
        *(practice if release.request.practice else []),
        *([("Draft", release.draft)] if release.draft else []),
        ("Produced", f"{release.made_at}, {words.time(release.made_at, volume.zone)}"),
        ("Time zone", volume.zone),
        ("Pages", _pages(packet)),
        ("Records", str(len(volume.order))),
        ("Withheld", str(len(release.withheld))),
        ("Lists", str(len(release.lists))),
        *_HOW,
    ]


def _pages(packet: Packet) -> str:
    return f"{packet.pages.pages}, {packet.pages}"
