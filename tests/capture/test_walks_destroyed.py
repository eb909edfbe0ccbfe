"""Nights after a destruction, on a real Bluesky server that goes on showing what was destroyed."""

from __future__ import annotations

import pytest

from archiver.archive.destroying import (
    Authority,
    Doomed,
    destroy,
    destroy_exchanges,
    finish_bytes,
    scrub,
)
from archiver.archive.reading import record_by_native
from archiver.archive.resighting import resightings
from archiver.archive.store import Archive
from archiver.archive.surveying import copies_of
from archiver.archive.verify import verify
from archiver.items import Access
from tests.archive.searching_home import search_home
from tests.capture.bluesky_city import City, states

pytestmark = pytest.mark.servers
UNDER = Authority("D-2026-03", "destroyed", "Resolution 2026-17")


def destroyed(city: City, uri: str) -> None:
    """Destroy a post with everything that holds it."""
    with Archive.open(city.home, write=True) as archive:
        held = record_by_native(archive.public, 1, "post", uri)
        assert held is not None
        found = copies_of(archive, {Access.PUBLIC: [held.id]})
        assert found.exchanges
        now = "2026-10-01T00:00:00Z"
        with archive.writer():
            destroy(archive, Access.PUBLIC, [Doomed("record", held.id, held.leaf)], UNDER, now=now)
            chosen = [(one.access, one.id) for one in found.exchanges]
            destroy_exchanges(archive, chosen, UNDER, now=now)
        finish_bytes(archive)
        assert scrub(archive).done


def test_a_night_after_a_destruction_goes_on_and_brings_nothing_back(city: City) -> None:
    words = "the zeppelin over the duck pond"
    old = city.person.post(words)
    city.person.post("Park closure")
    city.capture()
    assert search_home(city.home.path, [words])
    destroyed(city, old["uri"])
    places = search_home(city.home.path, [words, old["uri"], old["uri"].split("/")[-1]])
    assert places == {}
    for night in range(3):
        new = city.person.post(f"Street fair {night}")
        report = city.capture()
        assert states(report)["post"] == "complete"
        assert report.counts["destroyed before"] >= 1
        assert report.counts["stored"] == 1
        assert "gone" not in report.counts
        assert city.record(new)["text"] == f"Street fair {night}"
    assert search_home(city.home.path, [words]) == {}
    with Archive.open(city.home) as archive:
        (met,) = resightings(archive)
        assert met.tombstone.number == "D-2026-03"
    assert verify(city.home).findings == []


def test_what_is_deleted_after_its_destruction_is_no_event(city: City) -> None:
    old = city.person.post("Old notice")
    city.person.post("Other notice")
    city.capture()
    destroyed(city, old["uri"])
    city.person.delete(old["uri"])
    report = city.capture()
    assert not {"gone", "unknown", "destroyed before"} & report.counts.keys()
    assert verify(city.home).findings == []
