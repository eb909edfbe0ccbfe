"""The desk as several processes: who answers, what they share, and how they end.

Who holds a connection is read from Linux's /proc; the desk is for Linux, and so are these tests.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from urllib.parse import urlencode

import pytest

from archiver.config import Home
from archiver.desk import processes
from archiver.desk.serve import serve
from archiver.errors import StorageError

PASSWORD = "otter lantern gravel"
PATIENCE = 60
_SERVE = (
    "import json, sys; from pathlib import Path; from archiver.config import Home;"
    "from archiver.desk.serve import serve;"
    "serve(Home(Path(sys.argv[1])), tell=lambda where: print(where, flush=True),"
    " **json.loads(sys.argv[2]))"
)


class Desk:
    """A desk under test, and a look behind it."""

    def __init__(self, home: Home, *command: str, **more: object) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = command or (
            *("-c", _SERVE, str(home.path)),
            json.dumps({"port": self.port, "processes": 2, "worker": False, **more}),
        )
        self.program = subprocess.Popen(
            [sys.executable, *(word.replace("PORT", str(self.port)) for word in words)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.program.stdout is not None
        assert b"http://" in self.program.stdout.readline()

    def children(self, module: str = "archiver.desk.process") -> set[int]:
        """The processes it has started that run a module."""
        found = set()
        for task in Path(f"/proc/{self.program.pid}/task").iterdir():
            for child in (task / "children").read_text("ascii").split():
                words = Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
                if module.encode() in words:
                    found.add(int(child))
        return found

    def holder(self, clerk: Clerk) -> int:
        """The process that holds a clerk's connection."""
        ends = f"0100007F:{self.port:04X} 0100007F:{clerk.port:04X}"
        lines = Path("/proc/net/tcp").read_text("ascii").splitlines()
        inode = next(line.split()[9] for line in lines if ends in line)
        for child in self.children():
            for opened in Path(f"/proc/{child}/fd").iterdir():
                with contextlib.suppress(OSError):
                    if str(opened.readlink()) == f"socket:[{inode}]":
                        return child
        raise AssertionError("nobody holds it")


class Clerk:
    """Somebody at the desk with one connection, kept open."""

    def __init__(self, desk: Desk) -> None:
        self.connection = HTTPConnection("127.0.0.1", desk.port, timeout=PATIENCE)
        self.cookie = ""
        self.page = ""
        self.get("/sign-in")

    @property
    def port(self) -> int:
        return int(self.connection.sock.getsockname()[1])

    def get(self, path: str) -> int:
        return self._ask("GET", path, None)

    def post(self, path: str, **data: str) -> int:
        return self._ask("POST", path, urlencode(data))

    def sign_in(self, login: str, password: str = PASSWORD) -> int:
        return self.post("/sign-in", login=login, password=password)

    @property
    def form_key(self) -> str:
        return self.page.split('name="form_key" value="')[1].split('"')[0]

    def _ask(self, method: str, path: str, body: str | None) -> int:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        if self.cookie:
            headers["Cookie"] = self.cookie
        try:
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        except RemoteDisconnected:
            # the desk ends a connection that stood idle for five seconds; a browser asks again
            if method != "GET":
                raise
            self.connection.close()
            self.connection.request(method, path, body, headers)
            answer = self.connection.getresponse()
        self.page = answer.read().decode()
        if given := answer.headers.get("set-cookie"):
            self.cookie = given.partition(";")[0]
        return answer.status


@contextmanager
def served(home: Home, *command: str, **more: object) -> Iterator[Desk]:
    desk = Desk(home, *command, **more)
    try:
        yield desk
    finally:
        desk.program.terminate()
        _, said = desk.program.communicate(timeout=PATIENCE)
        print(said.decode())  # shown where a test fails


@pytest.fixture
def desk(city: Home) -> Iterator[Desk]:
    """A desk of two processes."""
    with served(city) as found:
        yield found


def two_clerks(desk: Desk) -> tuple[Clerk, Clerk]:
    """Clerks whose connections lie with different processes."""
    first, second = Clerk(desk), Clerk(desk)
    assert desk.holder(first) != desk.holder(second)
    return first, second


def ended(pid: int) -> bool:
    """Wait until a process that is not ours has ended."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], PATIENCE)[0])
    finally:
        os.close(watched)


def test_connections_are_spread_evenly(desk: Desk) -> None:
    clerks = [Clerk(desk) for _ in range(6)]
    holders = [desk.holder(clerk) for clerk in clerks]
    assert set(holders) == desk.children()
    assert sorted(holders.count(pid) for pid in desk.children()) == [3, 3]


def test_a_connection_that_ended_makes_room_for_the_next(desk: Desk) -> None:
    first, second = two_clerks(desk)
    emptied = desk.holder(first)
    first.connection.close()
    while True:  # the end of a connection travels: until it is known, either may be given the next
        third = Clerk(desk)
        if desk.holder(third) == emptied:
            break
        third.connection.close()
    assert second.get("/sign-in") == 200


def test_who_signed_in_at_one_process_is_known_and_signed_out_at_the_other(desk: Desk) -> None:
    first, second = two_clerks(desk)
    assert first.sign_in("odile") == 303
    second.cookie = kept = first.cookie
    assert second.get("/requests") == 200
    assert first.get("/requests") == 200
    assert second.post("/sign-out", form_key=first.form_key) == 303
    first.cookie = kept
    assert first.get("/requests") == 302


def test_wrong_passwords_are_counted_across_processes(desk: Desk) -> None:
    clerks = two_clerks(desk)
    for attempt in range(5):
        assert clerks[attempt % 2].sign_in("odile", "a wrong password") != 303
    for clerk in clerks:
        assert clerk.sign_in("odile") != 303
        assert "too many tries" in clerk.page.lower()


def test_a_process_that_was_killed_is_replaced_and_the_other_goes_on(
    city: Home, desk: Desk
) -> None:
    first, second = two_clerks(desk)
    before, killed = desk.children(), desk.holder(first)
    os.kill(killed, signal.SIGKILL)
    assert ended(killed)
    assert second.get("/sign-in") == 200
    while True:
        clerk = Clerk(desk)
        if desk.holder(clerk) not in before:
            break
        clerk.connection.close()
    assert second.get("/sign-in") == 200
    assert len(desk.children()) == 2
    assert "started again" in (city.logs / "desk.log").read_text("utf-8")


def test_a_request_to_stop_ends_every_process_in_good_order(city: Home) -> None:
    with served(city, worker=True) as desk:
        assert Clerk(desk).get("/sign-in") == 200
        started = desk.children()
        assert len(started) == 2
        worker = desk.children("archiver.operations.worker")
        assert len(worker) == 1
        desk.program.send_signal(signal.SIGTERM)
        _, errors = desk.program.communicate(timeout=PATIENCE)
        assert desk.program.returncode == 0
        assert errors == b""
        for pid in started | worker:
            assert not Path(f"/proc/{pid}").exists()


def test_ctrl_c_at_the_terminal_ends_every_process_in_good_order(desk: Desk) -> None:
    started = desk.children()
    for pid in started:
        os.kill(pid, signal.SIGINT)
    clerk = Clerk(desk)
    assert desk.children() == started
    desk.program.send_signal(signal.SIGINT)
    assert desk.program.wait(PATIENCE) == 0
    for pid in started:
        assert ended(pid)
    with pytest.raises(OSError):
        clerk.get("/sign-in")


def test_where_the_first_process_is_killed_the_others_end_themselves(city: Home) -> None:
    with served(city, worker=True) as desk:
        started = desk.children() | desk.children("archiver.operations.worker")
        assert len(started) == 3
        desk.program.kill()
        for pid in started:
            assert ended(pid)
        with pytest.raises(ConnectionRefusedError):
            Clerk(desk)


def test_one_process_is_enough(city: Home) -> None:
    main = "from archiver.cli import main; main()"
    words = ("--home", str(city.path), "serve", "--port", "PORT", "--processes", "1")
    with served(city, "-c", main, *words) as desk:
        assert len(desk.children()) == 1
        clerks = [Clerk(desk) for _ in range(3)]
        assert clerks[0].sign_in("clerk") == 303
        assert clerks[0].get("/search?q=park") == 200
        assert "So is the park closed" in clerks[0].page.replace("<mark>", "").replace(
            "</mark>", ""
        )
        assert all(clerk.get("/sign-in") in (200, 303) for clerk in clerks)


def test_a_process_that_cannot_start_is_told_in_one_line(
    city: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes.sys, "executable", "/bin/false")
    with pytest.raises(StorageError, match="cannot start"):
        serve(city, port=0, worker=False)


@pytest.mark.parametrize(("there", "answering"), [(1, 2), (2, 2), (3, 3), (64, 4)])
def test_there_are_as_many_processes_as_processors_two_at_least_four_at_most(
    there: int, answering: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "processors", lambda: there)
    assert processes.usual_number() == answering
