"""The desk in processes of its own, asked over HTTP by clerks in another, and what both used of the
processors."""

from __future__ import annotations

import os
import resource
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import httpx
import msgspec
from measures import spread

from archiver.config import Home, Settings
from archiver.operations.home import create_home
from archiver.staff.people import add_person
from archiver.staff.schema import open_staff

TICKED: tuple[dict[str, str], ...] = (
    {},
    {"account": "2"},
    {"platform": "facebook", "kind": "comment"},
    {"state": "removed"},
    {"from": "2019-01-01", "to": "2019-12-31"},
)


class Server:
    """The desk itself, in processes of its own, and a clerk's session at it."""

    LOGIN, PASSWORD = "bench.clerk", "a lantern by the mill pond 42"

    def __init__(
        self, home: Home, more: list[str], login: str = LOGIN, password: str = PASSWORD
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        prepare_staff(home, login, password)
        command = [sys.executable, "-c", "from archiver.cli import main; main()"]
        self.process = subprocess.Popen(
            [*command, "--home", str(home.path), "serve", "--port", str(self.port), *more]
        )
        self.cookie = self._sign_in(login, password)

    def _sign_in(self, login: str, password: str) -> str:
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}") as client:
            for _ in range(200):
                try:
                    given = {"login": login, "password": password}
                    answer = client.post("/sign-in", data=given)
                except httpx.TransportError:
                    time.sleep(0.1)
                else:
                    assert answer.status_code == 303, answer.status_code
                    return answer.headers["set-cookie"].partition(";")[0]
        raise RuntimeError("the desk did not start")

    def measure(self, found: dict[str, list[str]], page: str, clerks: int, seconds: float) -> None:
        """The mixed matrix over HTTP from several clerks at once."""
        paths = [
            f"/{page}?{urlencode(query, doseq=True)}"
            for texts in found.values()
            for text in texts
            for query in ({"q": text, **ticked} for ticked in TICKED)
        ]
        task = {"port": self.port, "cookie": self.cookie, "paths": paths, "clerks": clerks}
        before, clerks_before = processor_seconds(self.process.pid), seconds_of_children()
        begun, busy = time.perf_counter(), busy_seconds()
        answered = subprocess.run(
            [sys.executable, str(Path(__file__).with_name("clerks.py"))],
            input=msgspec.json.encode({**task, "seconds": seconds}),
            stdout=subprocess.PIPE,
            check=True,
        )
        took = time.perf_counter() - begun
        work = processor_seconds(self.process.pid) - before
        others = busy_seconds() - busy - work - (seconds_of_children() - clerks_before)
        times = [each for _, each in msgspec.json.decode(answered.stdout)]
        name = f"HTTP {page}, {clerks} clerks at once"
        print(
            f"{name:38}{spread(times):>18}  {len(times) / seconds:.0f} searches/s, "
            f"{work / len(times) * 1000:.1f} ms of processor time each; "
            f"others had {max(others, 0) / took / (os.cpu_count() or 1):.0%} of the processors",
            flush=True,
        )

    def close(self) -> None:
        """Stop the desk."""
        self.process.terminate()
        self.process.wait(60)


def processor_seconds(pid: int) -> float:
    """What a process and those it started have used of the processors."""
    ticks = 0.0
    parts = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    ticks += (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")
    for thread in Path(f"/proc/{pid}/task").iterdir():
        for child in (thread / "children").read_text("ascii").split():
            ticks += processor_seconds(int(child))
    return ticks


def seconds_of_children() -> float:
    """What the programs this one has waited for have used of the processors."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def busy_seconds() -> float:
    """How long the machine's processors were at work, or not to be had, since it was started."""
    words = Path("/proc/stat").read_text("ascii").splitlines()[0].split()
    user, nice, system, _, _, irq, softirq, steal = map(int, words[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def prepare_staff(home: Home, login: str, password: str) -> None:
    """A home the desk can serve, with one clerk."""
    if not home.settings_file.exists():
        settings = Settings(agency="City of Alder Glen", schedule="palm-desert")
        create_home(home.path, settings)
    staff = open_staff(home)
    if staff.execute("SELECT count(*) FROM people").fetchone()[0] == 0:
        add_person(
            staff,
            actor="bench",
            login=login,
            name="Odile Farrow",
            title="City clerk",
            roles=["clerk"],
            password=password,
        )
    staff.close()
