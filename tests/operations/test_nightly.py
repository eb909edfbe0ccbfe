"""The nightly run: every account by itself, one run at a time, and nobody left in the dark."""

from __future__ import annotations

import http.server
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import BinaryIO

import pytest

from archiver.cli import main
from archiver.config import Alerts, Home, Settings, shipped
from archiver.errors import BusyError, CredentialError, StorageError
from archiver.items import (
    Author,
    AuthorRole,
    Capability,
    Confirmed,
    Extent,
    Item,
    Kind,
    MediaRef,
    Page,
    Relation,
    Source,
)
from archiver.locks import single_instance
from archiver.operations.home import settings_text
from archiver.operations.nightly import NightlyReport, run_nightly
from archiver.operations.status import home_status, last_night
from archiver.register.accounts import Account, add_account
from archiver.register.office import open_office
from archiver.requests.book import events_of, new_request

RESIDENTS_WORDS = "my neighbour's dog barks all night"


class OnePost:
    """A platform with one post."""

    platform = "bluesky"
    native_id = "did:plc:alderglen"
    capabilities: Mapping[Kind | Relation, Capability] = {Kind.POST: Capability(Extent.FULL)}

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault

    def walk(
        self, what: Kind | Relation, resume: str | None = None, since: str | None = None
    ) -> Iterator[Page]:
        if self.fault:
            raise self.fault
        if what is Kind.POST:
            raw = json.dumps({"text": RESIDENTS_WORDS}).encode()
            author = Author("did:plc:alderglen", "alderglen", "Alder Glen", AuthorRole.AGENCY)
            yield Page(
                items=[
                    Item(
                        platform="bluesky",
                        kind=Kind.POST,
                        native_id="at://1",
                        author=author,
                        created_at="2026-10-01T08:00:00Z",
                        text=RESIDENTS_WORDS,
                        raw=raw,
                        stable=raw,
                    )
                ]
            )

    def beneath(
        self, what: Kind, parents: Mapping[str, Mapping[str, int] | None]
    ) -> Iterator[Page]:
        return iter(())

    def confirm(self, kind: Kind, native_ids: Sequence[str]) -> Iterator[Confirmed]:
        return iter(())

    def open_media(self, ref: MediaRef) -> AbstractContextManager[BinaryIO] | None:
        return None


@pytest.fixture
def office(home: Home) -> Iterator[sqlite3.Connection]:
    with closing(open_office(home)) as connection:
        yield connection


def register(office: sqlite3.Connection, handle: str, platform: str = "bluesky") -> Account:
    return add_account(
        office,
        actor="test",
        platform=platform,
        handle=handle,
        department="Parks",
        division=f"division of {handle}",
        native_id=f"did:plc:{handle}",
    )


def sources(faults: Mapping[str, Exception]) -> Mapping[str, Callable[[Account], Source]]:
    return {"bluesky": lambda account: OnePost(faults.get(account.handle))}


def night(home: Home, faults: Mapping[str, Exception] | None = None) -> NightlyReport:
    return run_nightly(home, connectors=sources(faults or {}))


def told(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let alerts go to a file by way of a local listener; give that file."""
    heard = tmp_path / "heard.jsonl"

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with heard.open("ab") as file:
                file.write(body + b"\n")
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            with heard.open("ab") as file:
                file.write(f"GET {self.path}\n".encode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    monkeypatch.setenv("ALERT_TARGET", f"json://127.0.0.1:{port}/alerts")
    monkeypatch.setenv("HEARTBEAT", f"http://127.0.0.1:{port}/alive")
    settings = Settings(
        agency="City of Alder Glen",
        schedule="palm-desert",
        alerts=Alerts(targets=["env:ALERT_TARGET"], heartbeat="env:HEARTBEAT"),
    )
    home.settings_file.write_text(settings_text(settings), "utf-8")
    heard.touch()
    return heard


def test_a_good_night_is_complete_marked_and_sealed(home: Home, office: sqlite3.Connection) -> None:
    register(office, "parks")
    report = night(home)
    assert report.outcome == "complete"
    assert report.retention["marked"] == 1
    assert report.noticed == 0
    assert report.sealed["root"]
    status = home_status(home)
    assert (status.records, status.stale) == (1, False)


def test_a_night_by_an_impossible_clock_captures_and_seals_but_marks_nothing(
    home: Home, office: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(office, "parks")
    night(home)
    register(office, "library")
    monkeypatch.setenv("ARCHIVER_NOW", "2036-01-01T10:00:00Z")
    report = night(home)
    assert report.outcome == "partial"
    [problem] = report.problems
    assert problem.startswith("nothing was done: the machine's clock says 2036-01-01")
    assert {each.outcome for each in report.accounts} == {"complete"}
    assert report.retention["marked"] == 0
    assert report.sealed["root"]
    assert home_status(home).records == 2


@pytest.mark.parametrize("words", [[], ["--quiet"]])
def test_the_command_says_why_a_night_marked_nothing(
    home: Home,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    run_nightly(home)
    monkeypatch.setenv("ARCHIVER_NOW", "2036-01-01T10:00:00Z")
    with pytest.raises(SystemExit) as ended:
        main(["--home", str(home.path), *words, "nightly"])
    assert ended.value.code == 10
    assert capsys.readouterr().out.count("the machine's clock says 2036-01-01") == 1


def test_one_accounts_failure_does_not_stop_the_others(
    home: Home, office: sqlite3.Connection
) -> None:
    for handle in ("library", "parks", "water"):
        register(office, handle)
    report = night(
        home,
        {
            "library": CredentialError("the app password was refused: make a new one"),
            "parks": ZeroDivisionError(RESIDENTS_WORDS),
        },
    )
    assert report.outcome == "partial"
    outcomes = {each.account: each.outcome for each in report.accounts}
    assert outcomes["bluesky:water"] == "complete"
    assert outcomes["bluesky:parks"] == "failed"
    assert home_status(home).records == 1


def test_when_nothing_could_be_captured_the_night_failed(
    home: Home, office: sqlite3.Connection
) -> None:
    register(office, "parks")
    assert night(home, {"parks": ZeroDivisionError()}).outcome == "failed"


def test_an_account_without_an_interface_waits_for_its_download(
    home: Home, office: sqlite3.Connection
) -> None:
    register(office, "alderglen", platform="x")
    report = night(home)
    assert report.outcome == "complete"
    assert report.accounts[0].outcome == "import only"
    assert "download" in report.accounts[0].message


@pytest.mark.parametrize(
    ("platform", "told"),
    [
        ("facebook", "ask Facebook for one every 14 days"),
        ("linkedin", "ask LinkedIn for one every 14 days"),
        ("youtube", "ask YouTube for one every 14 days"),
        ("nextdoor", "save its tables and pages"),
        ("vine", "import what was saved of it"),
        ("flickr", "docs/downloads/plain.md"),
    ],
)
def test_a_city_that_lives_on_downloads_alone_has_good_nights(
    home: Home, office: sqlite3.Connection, platform: str, told: str
) -> None:
    register(office, "alderglen", platform=platform)
    report = night(home)
    assert report.outcome == "complete"
    assert told in report.accounts[0].message


def test_a_second_nightly_run_leaves_at_once(home: Home) -> None:
    with single_instance(home.nightly_lock, "a nightly run"), pytest.raises(BusyError):
        night(home)


def test_an_account_that_is_being_captured_by_hand_is_left_alone(
    home: Home, office: sqlite3.Connection
) -> None:
    parks = register(office, "parks")
    register(office, "water")
    with single_instance(home.path / f".capture-{parks.id}.lock", "a capture by hand"):
        report = night(home)
    outcomes = {each.account: each for each in report.accounts}
    assert outcomes["bluesky:water"].outcome == "complete"
    assert outcomes["bluesky:parks"].outcome == "failed"
    assert "already running" in outcomes["bluesky:parks"].message
    assert night(home).outcome == "complete"


def test_a_bad_night_is_told_without_a_residents_word(
    home: Home, office: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = told(home, tmp_path, monkeypatch)
    register(office, "parks")
    night(home, {"parks": ZeroDivisionError(RESIDENTS_WORDS)})
    message = heard.read_text("utf-8")
    assert "City of Alder Glen: nightly run failed" in message
    assert "bluesky:parks" in message
    assert "dog" not in message
    assert "GET /alive" not in message


def test_an_alert_that_reached_nobody_is_in_the_report_without_its_token(
    home: Home, office: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(home, tmp_path, monkeypatch)
    monkeypatch.setenv("ALERT_TARGET", "json://127.0.0.1:1/token-from-the-vault")
    register(office, "parks")
    report = night(home, {"parks": ZeroDivisionError()})
    assert report.problems[-1] == "alert target env:ALERT_TARGET: the message was not delivered"
    (log,) = home.logs.glob("nightly-*.log")
    assert "vault" not in log.read_text("utf-8")


def test_a_good_night_is_a_heartbeat_and_no_alert(
    home: Home, office: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = told(home, tmp_path, monkeypatch)
    register(office, "parks")
    night(home)
    assert heard.read_text("utf-8") == "GET /alive\n"


def test_a_full_disk_ends_the_night_and_is_told(
    home: Home, office: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = told(home, tmp_path, monkeypatch)
    register(office, "parks")

    def full(account: Account) -> Source:
        raise StorageError("the disk is full: free some space")

    with pytest.raises(StorageError):
        run_nightly(home, connectors={"bluesky": full})
    assert "the disk is full" in heard.read_text("utf-8")
    assert last_night(office) is None


def test_the_log_tells_the_night_and_no_residents_word(
    home: Home, office: sqlite3.Connection
) -> None:
    register(office, "parks")
    register(office, "water")
    night(home, {"water": ZeroDivisionError(RESIDENTS_WORDS)})
    (log,) = home.logs.glob("nightly-*.log")
    text = log.read_text("utf-8")
    assert "bluesky:parks: complete" in text
    assert "finished: partial" in text
    assert "unexpected ZeroDivisionError" in text
    assert "dog" not in text


def test_the_archive_is_stale_after_26_hours(
    home: Home, office: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert home_status(home).stale
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T10:00:00Z")
    night(home)
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-21T11:59:00Z")
    assert not home_status(home).stale
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-21T12:10:00Z")
    assert home_status(home).stale


def log_request(home: Home, office: sqlite3.Connection) -> str:
    """A request received on Mon 16 Nov 2026: its safe date is Wed 25 Nov."""
    return new_request(
        office,
        home.settings(),
        actor="of",
        received_at="2026-11-16T17:12:00Z",
        channel="counter",
        verbatim=RESIDENTS_WORDS,
        requester="Gwendolyn Ostrander",
    ).number


def messages(heard: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in heard.read_text().splitlines() if line.startswith("{")]


def test_a_good_night_reminds_once_of_what_is_due_and_quotes_nobody(
    home: Home, office: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = told(home, tmp_path, monkeypatch)
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T10:00:00Z")
    number = log_request(home, office)
    assert night(home).outcome == "complete"
    [message] = messages(heard)
    assert message["title"] == "City of Alder Glen: 1 records request due"
    assert f"Request {number}: determination due in 5 days, Wed 25 Nov 2026." in message["message"]
    assert "Gwendolyn" not in heard.read_text()
    assert "dog" not in heard.read_text()
    night(home)
    assert len(messages(heard)) == 1
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-27T10:00:00Z")
    night(home)
    assert messages(heard)[-1]["title"] == "City of Alder Glen: 1 records request due, 1 late"


def test_a_reminder_nobody_got_goes_again_the_next_night(
    home: Home, office: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = told(home, tmp_path, monkeypatch)
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T10:00:00Z")
    log_request(home, office)
    target = os.environ["ALERT_TARGET"]
    monkeypatch.delenv("ALERT_TARGET")
    assert night(home).outcome == "partial"
    assert messages(heard) == []
    monkeypatch.setenv("ALERT_TARGET", target)
    assert night(home).outcome == "complete"
    assert len(messages(heard)) == 1


def test_the_night_moves_open_requests_after_a_changed_calendar_and_says_so(
    home: Home, office: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T10:00:00Z")
    number = log_request(home, office)
    own = home.path / "closed.toml"
    text = (shipped("schedules") / "calendars" / "california.toml").read_text("utf-8")
    own.write_text(text.replace('"thanksgiving", ', '"thanksgiving", "eve", ', 1) + EVE, "utf-8")
    home.settings_file.write_text(
        settings_text(Settings("City of Alder Glen", "palm-desert", calendar="closed.toml"))
    )
    night(home)
    step = events_of(office, number)[-1]
    assert (step.kind, step.actor) == ("dates moved", "nightly")
    assert step.detail is not None
    assert (step.detail["safe was"], step.detail["safe"]) == ("2026-11-25", "2026-11-24")
    own.unlink()
    assert night(home).outcome == "complete"
    gone = events_of(office, number)[-1].detail
    assert gone is not None
    assert "can no longer be counted" in gone["why"]


EVE = """
[[holiday]]
id = "eve"
name = "Day before Thanksgiving"
dates = [2026-11-25]
judicial = false
source = "Resolution 2026-91"
mark = "S"
"""
