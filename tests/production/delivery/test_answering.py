"""One link's answers under a clock and a disk of the test's own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from archiver.production.delivery import fetches
from archiver.production.delivery.answering import Answering
from archiver.production.delivery.braking import Brake
from archiver.production.delivery.fetches import Fetch, FetchLog, read_fetches
from archiver.production.delivery.links import Clock, new_token, read_link
from archiver.production.delivery.spans import Span, span_of
from tests.production.doors import Made, make


class Hands:
    """A wall clock and a steady one, moved by hand."""

    def __init__(self, wall: float) -> None:
        self.wall, self.steady = wall, 0.0

    def clock(self, floor: float = 0) -> Clock:
        return Clock(floor, lambda: self.wall, lambda: self.steady)


def browser(made: Made, clock: Clock) -> httpx.AsyncClient:
    """A browser in front of a link, without a process."""
    link = read_link(made.folder)
    assert link is not None
    folder = os.open(made.folder, os.O_RDONLY)
    app: Any = Answering(link, folder, FetchLog(made.folder), clock)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x")


async def test_a_clock_that_is_set_back_opens_nothing_that_had_ended(tmp_path: Path) -> None:
    made = make(tmp_path, made_at=1_000, expires_at=2_000)
    hands = Hands(1_500)
    clock = hands.clock()
    async with browser(made, clock) as person:
        assert (await person.get(made.path)).status_code == 200
        hands.wall = 2_000
        assert (await person.get(made.path)).status_code == 404
        hands.wall = 1_500
        assert (await person.get(made.path)).status_code == 404
        hands.wall, hands.steady = 1_400, 100_000
        assert (await person.get(made.path)).status_code == 404
    last = max(fetch.at for _, fetch in read_fetches(made.folder))
    assert Hands(900).clock(max(last, made.link.made_at)).now() == 1_500, "a restart knows the log"


async def test_what_cannot_be_written_down_is_not_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make(tmp_path, made_at=1_000, expires_at=2_000)

    def full(handle: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    async with browser(made, Hands(1_500).clock()) as person:
        with monkeypatch.context() as patch:
            patch.setattr(fetches.os, "write", full)
            answer = await person.post(f"{made.path}/get", data={"file": made.name})
            assert answer.status_code == 503
            assert "location" not in answer.headers
        answer = await person.post(f"{made.path}/get", data={"file": made.name})
        assert answer.status_code == 303
    assert [fetch.n for _, fetch in read_fetches(made.folder)] == [1]


async def test_many_wrong_tokens_are_slowed_and_fill_no_log_while_the_right_one_goes_through(
    tmp_path: Path,
) -> None:
    made = make(tmp_path, made_at=1_000, expires_at=2_000)
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    link = read_link(made.folder)
    assert link is not None
    app = Answering(
        link, os.open(made.folder, os.O_RDONLY), FetchLog(made.folder), Hands(1).clock()
    )
    app._brake = Brake(pause)
    transport: Any = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as person:
        for _ in range(60):
            answer = await person.get(f"/d/{link.public_id}/{new_token()}")
            assert answer.status_code == 404
        assert (await person.get(made.path)).status_code == 200
    assert len(waited) == 40
    found = [fetch.what for _, fetch in read_fetches(made.folder)]
    assert found == ["wrong token"] * 20 + ["page"]


def test_a_line_cut_off_by_a_kill_is_skipped_and_the_next_one_stands_alone(tmp_path: Path) -> None:
    made = make(tmp_path)
    log = FetchLog(made.folder)
    log.add(Fetch(5, fetches.PAGE))
    with (made.folder / fetches.NAME).open("ab") as file:
        file.write(b'{"at":6,"what":"pa')
    assert [n for n, _ in read_fetches(made.folder)] == [1]
    assert log.take_ticket("VOL001.zip", 1, 7) == 1
    assert log.take_ticket("VOL001.zip", 1, 8) is None
    assert [(n, each.what) for n, each in read_fetches(made.folder)] == [(1, "page"), (3, "ticket")]
    assert read_fetches(made.folder, after=1)[0][0] == 3


@pytest.mark.parametrize(
    "line",
    [
        b'{"at":"now","what":"page"}',
        b'{"at":1,"what":"page","address":"10.0.0.1"}',
        b'{"at":-1,"what":"page"}',
        b'{"at":1,"what":"left the building"}',
        b'{"at":1,"what":"page","bytes":true}',
        b"[1]",
        b"\xff\xfe",
        b'{"at":1,"what":"page","file":"' + b"x" * 500 + b'"}',
    ],
)
def test_what_a_link_s_process_should_not_have_written_is_no_line(
    tmp_path: Path, line: bytes
) -> None:
    (tmp_path / fetches.NAME).write_bytes(line + b"\n")
    assert read_fetches(tmp_path) == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (b"", Span(0, 100, 200)),
        (b"bytes=0-0", Span(0, 1, 206)),
        (b"bytes=90-", Span(90, 10, 206)),
        (b"bytes=90-200", Span(90, 10, 206)),
        (b"bytes=-200", Span(0, 100, 206)),
        (b"bytes=0-1,5-6", Span(0, 100, 200)),
        (b"bytes=5-2", None),
        (b"bytes=-0", None),
        (b"bytes=100-", None),
        (b"lines=1-2", Span(0, 100, 200)),
    ],
)
def test_parts_are_read_as_the_standard_says(asked: bytes, found: Span | None) -> None:
    assert span_of({b"range": asked}, 100, "aa") == found
