"""The demonstration city at a desk of its own, and a real browser in front of it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from archiver.config import Home
from archiver.demo.run import Steps, run_demo
from archiver.operations.disposing import execute_batch
from archiver.operations.home import create_home
from archiver.operations.nightly import run_nightly
from archiver.staff.people import add_person, list_people, reset_password
from archiver.staff.schema import open_staff

CHROMIUM = "/usr/bin/chromium"
RECORDS = 600
_QUIET = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
_SERVE = (
    "import sys; from pathlib import Path; from archiver.config import Home;"
    "from archiver.desk.serve import serve; serve(Home(Path(sys.argv[1])), port=int(sys.argv[2]))"
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell with a failure what stood on the pages that were open, and what the desk wrote down."""
    report = yield
    values = getattr(item, "funcargs", {})
    if report.when == "call" and report.failed:
        for context in values["chromium"].contexts if "chromium" in values else ():
            for page in context.pages:
                with suppress(PlaywrightError):
                    told = page.locator("main").inner_text()
                    report.sections.append((page.url, f"{told[:2000]}\n…\n{told[-3000:]}"))
        for log in sorted(values["desk"].home.logs.glob("*.log")) if "desk" in values else ():
            report.sections.append((log.name, log.read_text("utf-8", "replace")[-4000:]))
    return report


@dataclass(frozen=True, slots=True)
class Desk:
    """Where the desk answers, and who may sign in."""

    address: str
    home: Home
    login: str
    password: str

    def let_in(self, login: str) -> str:
        """Give another member of staff a password."""
        password = "a lantern by the mill pond 42"
        with closing(open_staff(self.home)) as staff:
            reset_password(staff, login, actor="test", password=password)
        return password

    def add(self, login: str, *roles: str) -> str:
        """Add a member of staff, or find one of that login; the password."""
        password = "a lantern by the mill pond 42"
        with closing(open_staff(self.home)) as staff:
            if login not in {person.login for person in list_people(staff)}:
                add_person(
                    staff,
                    actor="test",
                    login=login,
                    name=f"{login.capitalize()} Farrow",
                    title="",
                    roles=roles,
                    password=password,
                )
        return password


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """The demonstration city, served with its worker as `archiver serve` does."""
    made = run_demo(
        tmp_path_factory.mktemp("demo") / "city",
        steps=Steps(create_home=create_home, nightly=run_nightly, dispose=execute_batch),
        records=RECORDS,
    )
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", _SERVE, str(made.home.path), str(port)])
    address = f"http://127.0.0.1:{port}"
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=14)) as client:
            client.get(f"{address}/sign-in").raise_for_status()
        yield Desk(address, made.home, made.login, made.password)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright."""
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*_QUIET, *sandbox], chromium_sandbox=not sandbox
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The accessibility checker, as `tests/browser/install` put it there."""
    root = Path(__file__).resolve().parents[2]
    return (root / ".tools/browser/node_modules/axe-core/axe.min.js").read_text("utf-8")
