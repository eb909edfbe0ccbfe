"""Starting the desk: where it listens, the plugin elsewhere, the red banner, the parts of pages."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.config import Home
from archiver.database import write_transaction
from archiver.desk._compat import Datasette
from archiver.desk.charts import months_chart
from archiver.desk.differences import word_difference
from archiver.desk.serve import check_listening, serve
from archiver.desk.texts import one_line, plain
from archiver.desk.words import initials, size_text
from archiver.errors import InputError, StorageError, UsageError
from archiver.operations.backups import (
    BackupMade,
    RestoreTest,
    record_backup,
    record_restore_test,
)
from archiver.register.office import open_office

Browser = Any
PASSWORD = "otter lantern gravel"


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "[::1]", "localhost", "127.9.9.9"])
def test_on_this_machine_the_desk_listens_in_clear_text(host: str) -> None:
    assert check_listening(host, behind_proxy=False, tls=False) is False


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "desk.example", "", "8.8.8.8"])
def test_beyond_this_machine_it_takes_tls_or_the_city_s_proxy(host: str) -> None:
    with pytest.raises(UsageError, match="behind-proxy"):
        check_listening(host, behind_proxy=False, tls=False)
    assert check_listening(host, behind_proxy=True, tls=False)
    assert check_listening(host, behind_proxy=False, tls=True)


def test_a_taken_port_is_told_in_one_line(city: Home) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StorageError, match="--port"):
            serve(city, port=taken.getsockname()[1], worker=False)


def test_a_certificate_that_is_none_is_told_in_one_line(city: Home, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    with pytest.raises(InputError, match="certificate"):
        serve(city, port=0, tls_certificate=wrong, tls_key=wrong, worker=False)
    with pytest.raises(UsageError, match="both"):
        serve(city, port=0, tls_certificate=wrong, worker=False)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def served(home: Home, port: int, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A desk in a process of its own."""
    code = (
        "import json, sys; from pathlib import Path; from archiver.config import Home;"
        "from archiver.desk.serve import serve;"
        "serve(Home(Path(sys.argv[1])), **json.loads(sys.argv[2]))"
    )
    words = json.dumps({"port": port, **more})
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(home.path), words],
        stderr=subprocess.PIPE,
        env={**os.environ},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_the_desk_starts_answers_and_stops_with_its_worker(city: Home) -> None:
    port = free_port()
    with served(city, port) as process:
        transport = httpx.HTTPTransport(retries=8)
        with httpx.Client(transport=transport, base_url=f"http://127.0.0.1:{port}") as client:
            answer = client.get("/requests")
            assert answer.status_code == 302
            assert "server" not in answer.headers
            times = []
            for _ in range(20):
                begun = time.perf_counter()
                client.get("/static/desk.css")
                times.append(time.perf_counter() - begun)
            assert min(times) < 0.03, "answers wait for acknowledgements"
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=40)
    assert process.returncode == 0
    assert b"Traceback" not in errors


def test_with_a_certificate_the_desk_speaks_tls_only(city: Home, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "desk.example")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "desk.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    port = free_port()
    with served(city, port, tls_certificate=str(pem), tls_key=str(pem)):
        transport = httpx.HTTPTransport(retries=8, verify=False)
        with httpx.Client(transport=transport, base_url=f"https://127.0.0.1:{port}") as client:
            answer = client.post("/sign-in", data={"login": "clerk", "password": PASSWORD})
            assert answer.status_code == 303
            assert "Secure" in answer.headers["set-cookie"]
            assert client.get("/requests").status_code == 200
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"http://127.0.0.1:{port}/sign-in")


async def test_in_a_datasette_of_somebody_else_the_plugin_does_nothing(tmp_path: Any) -> None:
    other = Datasette([], memory=True)
    assert (await other.client.get("/_memory.json")).status_code == 200
    assert (await other.client.get("/sign-in")).status_code == 404
    assert "content-security-policy" not in (await other.client.get("/")).headers


def record_night(home: Home, finished_at: str, **summary: Any) -> None:
    office = open_office(home)
    with write_transaction(office):
        office.execute(
            "INSERT INTO nightly_runs (started_at, finished_at, outcome, summary)"
            " VALUES (?, ?, 'partial', ?)",
            (finished_at, finished_at, json.dumps(summary)),
        )
    office.close()


async def test_the_desk_turns_red_after_26_hours_without_a_night(
    odile: Browser, city: Home
) -> None:
    red = "The archive is not up to date"
    assert red in (await odile.get("/requests")).text
    record_night(city, "2026-11-19T15:31:00Z")
    assert red not in (await odile.get("/requests")).text
    office = open_office(city)
    with write_transaction(office):
        office.execute("UPDATE nightly_runs SET finished_at = '2026-11-19T15:29:00Z'")
    office.close()
    assert red in (await odile.get("/requests")).text


async def test_today_names_the_accounts_that_went_wrong(odile: Browser, city: Home) -> None:
    account = {"account": "bluesky:publicworks", "outcome": "failed", "message": "not permitted"}
    record_night(city, "2026-11-19T10:00:00Z", accounts=[account])
    record_night(city, "2026-11-20T10:00:00Z", accounts=[account])
    page = (await odile.get("/")).text
    assert "2 nights" in page
    assert "bluesky:publicworks" in page
    assert "not permitted" in page


async def test_today_says_when_the_last_backup_and_restore_test_were(
    odile: Browser, city: Home
) -> None:
    page = (await odile.get("/")).text
    assert page.count('<span class="badge warn">Never</span>') == 2
    with closing(open_office(city)) as office:
        made = BackupMade(
            *(0, "home-20261119T100000Z", "/mnt/backup", "2026-11-19T10:00:00Z"),
            *("2026-11-19T10:00:09Z", 9, 1000, 1000, None, None, "complete", ""),
        )
        record_backup(office, made, actor="nightly")
        for at, outcome in (("2026-11-18T10:00:00Z", "failed"), ("2026-04-01T10:00:00Z", "passed")):
            tried = RestoreTest("b", "/mnt", None, at, 3.0, outcome, {}, "it")
            record_restore_test(office, tried)
            page = (await odile.get("/")).text
            assert "<dt>Last backup</dt><dd>19 Nov 2026, 2:00 am PST</dd>" in page
            badge = "bad" if outcome == "failed" else "warn"
            assert f'<span class="badge {badge}">' in page.partition("Last tested restore")[2]


def test_a_difference_names_what_went_and_what_came() -> None:
    found = word_difference("a b c d", "a x y d")
    assert [(piece.change, piece.text) for piece in found] == [
        ("same", "a "),
        ("del", "b c"),
        ("ins", "x y"),
        ("same", " d"),
    ]


def test_scripts_without_spaces_are_compared_letter_by_letter() -> None:
    found = word_difference("水费为什么涨了百分之十八", "水费为什么涨了百分之八")
    assert [piece.text for piece in found if piece.change == "del"] == ["十"]


@given(st.text(alphabet="ab c\n水费。", max_size=40), st.text(alphabet="ab c\n水费。", max_size=40))
def test_both_texts_can_be_read_back_from_a_difference(before: str, after: str) -> None:
    pieces = word_difference(before, after)
    assert "".join(piece.text for piece in pieces if piece.change != "ins") == before
    assert "".join(piece.text for piece in pieces if piece.change != "del") == after


def test_a_text_made_to_be_slow_is_compared_in_time() -> None:
    begun = time.perf_counter()
    for before, after in (
        ("水" * 20_000, "火水" * 10_000),
        ("a " * 20_000, "b a " * 10_000),
        (" ".join(map(str, range(9_000))), " ".join(map(str, range(9_000, 0, -1)))),
    ):
        pieces = word_difference(before, after)
        assert "".join(piece.text for piece in pieces if piece.change != "del") == after
    assert time.perf_counter() - begun < 10


@given(st.text(max_size=300))
def test_a_line_is_one_line_however_it_is_written(text: str) -> None:
    line = one_line(text, 40)
    assert len(line) <= 41
    assert not any(mark in line for mark in "\n\r\t\u202e\u2066\x07")


def test_control_characters_become_visible() -> None:
    assert plain("a\x07b\x00c\r\nd<") == "a␇b␀c\nd&lt;"


def test_a_chart_covers_every_month_between_the_first_and_the_last() -> None:
    chart = months_chart((("2026-03", 2), ("2026-08", 61)))
    assert chart is not None
    assert len(chart.bars) == 12
    assert sum(bar.count for bar in chart.bars) == 63
    assert "August 2026, 61" in chart.title
    assert chart.bars[-1].last == dt.date(2026, 8, 31)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.integers(1, 9999), st.integers(1, 12)), st.integers(1, 10**7), min_size=1
    )
)
def test_a_chart_counts_every_hit_once(months: dict[tuple[int, int], int]) -> None:
    chart = months_chart(tuple((f"{y:04d}-{m:02d}", n) for (y, m), n in months.items()))
    assert chart is not None
    assert sum(bar.count for bar in chart.bars) == sum(months.values())
    assert all(bar.x >= 0 and bar.height >= 0 for bar in chart.bars)


def test_small_words() -> None:
    assert initials("City of Alder Glen") == "AG"
    assert initials("🚧") == "?"
    assert size_text(999) == "999 bytes"
    assert size_text(4_100) == "4.1 kB"


async def test_a_fault_of_the_desk_is_one_line_with_a_mark_and_no_words(
    odile: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from archiver.desk.pages import accounts

    words = "".join(["ZANZI", "BAR"])

    def broken(*_: object, **__: object) -> None:
        raise ValueError(words)

    monkeypatch.setattr(accounts, "list_accounts", broken)
    answer = await odile.get("/accounts")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert words not in answer.text + caplog.text
    mark = answer.text.split("log under ")[1][:8]
    assert f"problem {mark}, ValueError at GET /accounts" in caplog.text


def test_a_worker_that_ends_is_started_again(city: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from archiver.desk import serve as serving

    started: list[subprocess.Popen[bytes]] = []
    again = threading.Event()

    def start(home: Home) -> subprocess.Popen[bytes]:
        code = "import sys; sys.stdin.read()" if started else "raise SystemExit(3)"
        started.append(subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE))
        if len(started) == 2:
            again.set()
        return started[-1]

    monkeypatch.setattr(serving, "start_worker", start)
    monkeypatch.setattr(serving, "_AGAIN_SECONDS", 0)
    keeper = serving.WorkerKeeper(city)
    keeper.start()
    assert again.wait(20)
    keeper.stop()
    assert [process.returncode for process in started] == [3, 0]
