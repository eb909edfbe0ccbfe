"""The desk killed in the middle of writing: nothing half-written, and who asks again is told."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPException

import pytest

from archiver.config import Home
from archiver.register.office import open_office
from tests.desk.test_processes import Clerk, Desk, ended, served

KILLS = 4
CLERKS = 8
STEPS = 3


@pytest.fixture
def desk(city: Home) -> Iterator[Desk]:
    """A desk of two processes."""
    with served(city) as found:
        yield found


def signed_in_clerk(desk: Desk) -> tuple[Clerk, str]:
    """A clerk at the desk, and the key of the session's forms."""
    clerk = Clerk(desk)
    assert clerk.sign_in("clerk") == 303
    assert clerk.get("/help") == 200
    return clerk, clerk.form_key


def log_request(clerk: Clerk, key: str, words: str) -> int:
    """Log a request; what came of it."""
    return clerk.post(
        "/requests",
        form_key=key,
        received_on="2026-11-16",
        received_time="09:12",
        channel="email",
        verbatim=words,
        scope=words,
        requester="",
    )


class Posting(threading.Thread):
    """A clerk who logs request after request, and keeps what was answered to each."""

    def __init__(self, desk: Desk, name: str) -> None:
        super().__init__()
        self.clerk_name = name
        self.desk = desk
        self.clerk, self.key = signed_in_clerk(desk)
        self.answered: set[str] = set()
        self.unanswered: set[str] = set()
        self.stop = threading.Event()
        self.first = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            words = f"{self.clerk_name} asks {number}"
            number += 1
            try:
                status = log_request(self.clerk, self.key, words)
            except (OSError, HTTPException):
                self.unanswered.add(words)
                return
            assert status == 303, (status, self.clerk.page)
            self.answered.add(words)
            self.first.set()


def whole(home: Home) -> dict[str, str]:
    """The requests by their words, after seeing that office.db is whole and tells of each of them
    in its audit."""
    # as a program that starts after a crash finds it: SQLite takes back what was not committed
    with closing(open_office(home)) as office:
        assert office.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert office.execute("PRAGMA foreign_key_check").fetchall() == []
        requests = office.execute("SELECT number, verbatim FROM requests").fetchall()
        for number, _ in requests:
            told = office.execute(
                "SELECT count(*) FROM audit WHERE subject LIKE ?", (f"%{number}%",)
            ).fetchone()[0]
            assert told >= 1, number
        orphans = office.execute(
            "SELECT subject FROM audit WHERE subject LIKE 'request %' AND NOT EXISTS"
            " (SELECT 1 FROM requests r WHERE audit.subject LIKE '%' || r.number || '%')"
        ).fetchall()
        assert orphans == []
        return {words: number for number, words in requests}


def test_a_process_killed_in_mid_write_leaves_nothing_half_written(city: Home, desk: Desk) -> None:
    lost: set[str] = set()
    kept: set[str] = set()
    for turn in range(KILLS):
        posting = Posting(desk, f"turn {turn}")
        victim = desk.holder(posting.clerk)
        posting.start()
        assert posting.first.wait(60)
        os.kill(victim, signal.SIGKILL)
        assert ended(victim)
        posting.join(60)
        assert not posting.is_alive()
        kept |= posting.answered
        lost |= posting.unanswered
        found = whole(city)
        assert posting.answered <= found.keys(), "what was answered is there"

        # the browser asks again: the session goes on at the other process
        again = Clerk(desk)
        again.cookie = posting.clerk.cookie
        assert again.get("/requests") == 200
        for words in posting.unanswered & found.keys():
            assert found[words] in again.page, "what was written without an answer is seen"
    found = whole(city)
    assert kept <= found.keys() <= kept | lost
    assert len(lost) >= 1


def test_the_whole_desk_killed_comes_back_with_what_it_answered(city: Home) -> None:
    with served(city) as first:
        posting = [Posting(first, f"clerk {number}") for number in range(2)]
        started = first.children()
        for each in posting:
            each.start()
        for each in posting:
            assert each.first.wait(60)
        for pid in (first.program.pid, *started):
            os.kill(pid, signal.SIGKILL)
        for each in posting:
            each.join(60)
        for pid in started:
            assert ended(pid)
    answered = posting[0].answered | posting[1].answered
    assert answered <= whole(city).keys()
    with served(city) as second:
        clerk = Clerk(second)
        clerk.cookie = posting[0].clerk.cookie
        assert clerk.get("/requests") == 200, "the session is in staff.db, not in the process"
        assert log_request(clerk, posting[0].key, "after the crash") == 303
    numbers = list(whole(city).values())
    assert len(set(numbers)) == len(numbers)


def test_eight_clerks_at_once_meet_no_fault(city: Home, desk: Desk) -> None:
    faults: list[tuple[str, int]] = []
    signed_in = [signed_in_clerk(desk) for _ in range(CLERKS)]

    def work(number: int) -> None:
        clerk, key = signed_in[number]
        for step in range(STEPS):
            for path in ("/search?q=park", "/requests", "/", "/retention"):
                # a connection each: one that is kept may be ended by the desk while it is idle
                clerk.connection.close()
                if (status := clerk.get(path)) != 200:
                    faults.append((path, status))
            clerk.connection.close()
            if (status := log_request(clerk, key, f"clerk {number} step {step}")) != 303:
                faults.append(("/requests", status))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(CLERKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert faults == []
    assert len(whole(city)) == CLERKS * STEPS
    with closing(sqlite3.connect(city.office_db)) as office:
        searched = office.execute("SELECT count(*) FROM audit WHERE action = 'searched'")
        assert searched.fetchone()[0] == CLERKS * STEPS
