"""Records that may be one, at the desk: seen side by side, decided with a reason, undone."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from archiver.archive.originals import store_original
from archiver.archive.pairs import Standing, What, proposals
from archiver.archive.pairs_deciding import decide_pairs
from archiver.archive.runs import AccountRef
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.capture.reconciling import propose_pairs, reconcile
from archiver.config import Home
from archiver.exports.derived import derived_id
from archiver.items import Access, Author, AuthorRole, Item, Kind, Visibility
from archiver.operations.jobs import run_next
from archiver.operations.pairing import JOB, decide_job
from archiver.register.office import open_office

Browser = Any
ACCOUNT = AccountRef(1, "x", "alderglen", "City of Alder Glen", "Parks", "", "12", "official")
WORDS = "The fountain on Bell Square is dry until the spring"
LETTER = "The words of a letter nobody but the city may read"
CITY = Author(None, None, "City of Alder Glen", AuthorRole.AGENCY)


def _item(native_id: str, text: str, at: str, **changes: Any) -> Item:
    raw = f'"{native_id}"'.encode()
    return Item("x", changes.pop("kind", Kind.POST), native_id, CITY, at, text, raw, raw, **changes)


def _both(number: int, text: str, **changes: Any) -> tuple[Item, Item]:
    at = f"2026-10-0{number}T10:00:07Z"
    one = _item(f"7{number}", text, at, **changes)
    kind = changes.get("kind", Kind.POST)
    key = derived_id(kind, "", at, CITY.display_name or "", text)
    return one, replace(one, native_id=key, raw=key.encode(), stable=key.encode())


@pytest.fixture
def paired(city: Home, tmp_path: Path) -> Home:
    """Two posts and a message from both sides; the second post is cut short in the download."""
    first = _both(1, WORDS)
    second = _both(2, f"{WORDS} of next year")
    second = (second[0], replace(second[1], text=f"{WORDS}…", member="posts.json", position=4))
    letter = _both(3, LETTER, kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    path = tmp_path / "download.zip"
    path.write_bytes(b"a download")
    with Archive.open(city, write=True) as archive:
        api = begin_run(archive, ACCOUNT, source="x-api")
        with batch(archive, api) as adding:
            adding.add(
                [one for one, _ in (first, second, letter)], observed_at="2026-10-10T00:00:00Z"
            )
        finish_run(archive, api, outcome="complete", notes={})
        run = begin_run(archive, ACCOUNT, source="x-download")
        original = store_original(archive, run, path, access=Access.PRIVATE, name=path.name)
        held = [two for _, two in (first, second, letter)]
        with batch(archive, run) as adding:
            adding.add(held, observed_at="2026-10-11T00:00:00Z", original=original)
        propose_pairs(archive, 1, run.id)
        seen = {kind: {one.native_id for one in held if one.kind is kind} for kind in Kind}
        kinds = [Kind.POST, Kind.MESSAGE]
        reconcile(archive, 1, run.id, seen, "2026-10-11T00:00:00Z", kinds)
        finish_run(archive, run, outcome="complete", notes={})
    return city


def standing(home: Home, state: Standing, access: Access = Access.PUBLIC) -> list[int]:
    with Archive.open(home) as archive:
        return [one.id for one in proposals(archive.file(access), state=state)]


def work(home: Home) -> None:
    with closing(open_office(home)) as office:
        assert run_next(office, {JOB: decide_job(home)})


async def test_pairs_stand_side_by_side_with_reason_strength_and_difference(
    paired: Home, clerk: Browser
) -> None:
    page = (await clerk.get("/pairs")).text
    assert "The same second; both by the city’s account; the same text" in page
    assert "one text is the beginning of the other" in page
    assert "posts.json" in page and "entry 5" in page
    assert "<del> of next year</del><ins>…</ins>" in page
    assert page.count('name="pair"') == 2
    assert LETTER not in page and "private" not in page.lower().replace("private-records", "")


async def test_whoever_may_not_see_private_records_has_no_pairs_of_them(
    paired: Home, clerk: Browser
) -> None:
    assert (await clerk.get("/pairs?file=private")).status_code == 404
    form = {"pair": ["private:1"], "what": "confirmed", "reason": "the same letter"}
    assert (await clerk.post("/pairs", form)).status_code == 404


async def test_whoever_sees_private_records_decides_about_their_pairs_too(
    paired: Home, odile: Browser
) -> None:
    assert LETTER in (await odile.get("/pairs?file=private")).text
    form = {"pair": ["private:1"], "what": "confirmed", "reason": "the same letter"}
    assert (await odile.post("/pairs", form)).status_code == 303
    work(paired)
    assert standing(paired, Standing.CONFIRMED, Access.PRIVATE) == [1]


async def test_where_only_private_pairs_wait_they_are_shown_at_once(
    paired: Home, odile: Browser
) -> None:
    form = {"pair": ["archive:1", "archive:2"], "what": "confirmed", "reason": "the same"}
    await odile.post("/pairs", form)
    work(paired)
    shown = (await odile.get("/pairs")).text
    assert LETTER in shown and "/pairs?state=open&amp;file=archive" in shown
    empty = (await odile.get("/pairs?file=archive")).text
    assert "None here: 1 pair of this standing lies in the other class" in empty
    assert LETTER not in empty


async def test_nothing_is_decided_without_a_reason_or_a_tick(paired: Home, clerk: Browser) -> None:
    silent = await clerk.post("/pairs", {"pair": ["archive:1"], "what": "confirmed", "reason": " "})
    assert silent.status_code == 422 and "Say why" in silent.text
    empty = await clerk.post("/pairs", {"what": "confirmed", "reason": "same"})
    assert empty.status_code == 422 and "Tick the pairs" in empty.text
    assert standing(paired, Standing.OPEN) == [1, 2]


async def test_a_decision_is_written_by_the_worker_and_can_be_undone(
    paired: Home, clerk: Browser
) -> None:
    form = {"pair": ["archive:1"], "what": "confirmed", "reason": "the same words", "state": "open"}
    answer = await clerk.post("/pairs", form)
    address = answer.headers["location"]
    assert address == "/pairs?job=1&state=open"
    assert "Waiting for the worker" in (await clerk.get(address)).text
    work(paired)
    assert "Written down: 1 pair." in (await clerk.get(address)).text
    assert standing(paired, Standing.CONFIRMED) == [1]
    page = (await clerk.get("/pairs?state=confirmed")).text
    assert "Take apart" in page
    undone = {
        "pair": ["archive:1"],
        "what": "taken apart",
        "reason": "another day",
        "state": "open",
    }
    await clerk.post("/pairs", undone)
    work(paired)
    assert standing(paired, Standing.OPEN) == [1, 2]


async def test_the_two_record_pages_say_what_counts_as_one_and_show_both_kinds_of_evidence(
    paired: Home, clerk: Browser
) -> None:
    with Archive.open(paired, write=True) as archive:
        [_, cut] = proposals(archive.public)
        decide_pairs(
            *(archive, Access.PUBLIC, [cut.id], What.CONFIRMED), actor="odile", reason="cut short"
        )
    kept = (await clerk.get(f"/record/archive/{cut.other_id}")).text
    assert "Counts as one with" in kept and "posts.json" in kept and "entry 5" in kept
    assert "Text there" in kept and "cut short" in kept
    copy = (await clerk.get(f"/record/archive/{cut.derived_id}")).text
    assert "Counts as one with another record" in copy
    assert f'href="/record/archive/{cut.other_id}"' in copy
    found = (await clerk.get("/search?q=fountain+spring")).text
    assert f"/record/archive/{cut.other_id}" in found
    assert f"/record/archive/{cut.derived_id}" not in found


async def test_all_of_one_strength_are_decided_after_a_preview(
    paired: Home, clerk: Browser
) -> None:
    form = {
        "file": "archive",
        "account": "1",
        "strength": "strong",
        "up_to": "1",
        "what": "confirmed",
        "reason": "all of one second",
    }
    assert (await clerk.post("/pairs/alike", {**form, "account": "7"})).status_code == 404
    assert (await clerk.post("/pairs/alike", {**form, "what": "taken apart"})).status_code == 404
    assert (await clerk.post("/pairs/alike", form)).status_code == 303
    work(paired)
    assert standing(paired, Standing.CONFIRMED) == [1]


@pytest.mark.parametrize(
    "pair", ["archive:99", "archive:x", "staff:1", "archive", "archive:" + "9" * 30]
)
async def test_invented_pairs_are_not_there(paired: Home, odile: Browser, pair: str) -> None:
    form = {"pair": [pair], "what": "confirmed", "reason": "same"}
    assert (await odile.post("/pairs", form)).status_code == 404


@pytest.mark.parametrize("asked", ["state=x", "strength=x", "file=staff"])
async def test_invented_filters_are_not_there(paired: Home, odile: Browser, asked: str) -> None:
    assert (await odile.get(f"/pairs?{asked}")).status_code == 404


async def test_an_imports_reconciliation_shows_all_records_of_one_side(
    paired: Home, clerk: Browser
) -> None:
    with Archive.open(paired) as archive:
        [run] = [row[0] for row in archive.public.execute("SELECT run_id FROM reconciliations")]
        [one, _] = proposals(archive.public)
    page = (await clerk.get(f"/pairs/run/{run}")).text
    assert "Only download" in page and "Message" not in page
    listed = (await clerk.get(f"/pairs/run/{run}?kind=post&side=download")).text
    assert f"/record/archive/{one.derived_id}" in listed
    assert (await clerk.get("/pairs/run/999")).status_code == 404
