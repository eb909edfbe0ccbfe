"""WARC files: valid, whole, and cut back after a kill."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

from archiver.archive.runs import recover
from archiver.archive.writing import batch
from archiver.config import Home
from archiver.items import Access, Item, Kind

Make = Callable[..., Item]
LATER = "2026-08-16T00:00:00Z"


def only(home: Home, access: Access = Access.PUBLIC) -> Path:
    (path,) = home.folder(access).glob("warc/*/*/*.warc.gz")
    return path


def test_warcio_finds_nothing_wrong(rig, item: Make, exchange) -> None:
    rig.add(item("1"), exchange=exchange())
    rig.add(item("2"), exchange=exchange("Schöne Grüße 公園".encode(), request_body=b"q=1"))
    rig.add(item("3"), exchange=exchange(status=None, error="timed out", response_body=b""))
    rig.add(
        item("4"),
        exchange=exchange(
            redacted=True,
            response_headers=(("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")),
        ),
    )
    rig.add(item("5"), exchange=exchange(url="https://api.example.com"))
    checked = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(only(rig.archive.home))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "digest failed" not in checked.stdout


def test_the_row_leads_to_the_answer(rig, item: Make, exchange) -> None:
    rig.add(item("1"), exchange=exchange(b"first"))
    rig.add(item("2"), exchange=exchange(b"second", reason=""))
    path = only(rig.archive.home)
    for (offset,), body in zip(
        rig.rows("SELECT response_start FROM exchanges ORDER BY id"),
        (b"first", b"second"),
        strict=True,
    ):
        with path.open("rb") as stream:
            stream.seek(offset)
            record = next(iter(ArchiveIterator(stream)))
            assert record.rec_type == "response"
            assert record.rec_headers.get_header("WARC-Target-URI") == exchange().url
            assert record.content_stream().read() == body


def test_what_is_stored_is_what_was_sent(rig, item: Make, exchange) -> None:
    made = exchange(
        b"plain", redacted=True, response_headers=(("Content-Encoding", "br"), ("Server", "a"))
    )
    rig.add(item("1"), exchange=made)
    with only(rig.archive.home).open("rb") as stream:
        records = [
            (record.rec_type, record.rec_headers, record.http_headers)
            for record in ArchiveIterator(stream)
        ]
    assert [kind for kind, _, _ in records] == ["warcinfo", "request", "response"]
    _, about, http = records[2]
    assert about.get_header("WARC-Redacted") == "credentials"
    assert about.protocol == "WARC/1.1"
    assert about.get_header("WARC-Concurrent-To") == records[1][1].get_header("WARC-Record-ID")
    assert http.get_header("Content-Encoding") is None and http.get_header("Server") == "a"


def test_one_exchange_for_several_calls_is_written_once(rig, item: Make, exchange) -> None:
    shared = exchange()
    with batch(rig.archive, rig.run) as opened:
        opened.add([item("1")], observed_at=LATER, exchange=shared)
        opened.add([item("2")], observed_at=LATER, exchange=shared)
        opened.gone((Kind.POST, "1"), at=LATER, exchange=shared)
    assert rig.one("SELECT count(*) FROM exchanges") == 1


@pytest.mark.parametrize("committed", [True, False])
def test_what_a_kill_left_behind_is_cut_back(rig, item: Make, exchange, committed: bool) -> None:
    path = rig.archive.home.folder(Access.PUBLIC) / "warc"
    if committed:
        rig.add(item("1"), exchange=exchange())
    with pytest.raises(RuntimeError), batch(rig.archive, rig.run) as opened:
        opened.add([item("2")], observed_at=LATER, exchange=exchange(b"x" * 5000))
        raise RuntimeError
    left = only(rig.archive.home)
    assert left.stat().st_size > 500
    before = rig.one("SELECT max(start + length) FROM exchanges")
    recover(rig.archive)
    assert [file.stat().st_size for file in path.glob("*/*/*.gz")] == (
        [before] if committed else []
    )
    rig.add(item("2"), exchange=exchange())
    assert rig.wrong() == []


def test_a_body_of_megabytes_is_stored(rig, item: Make, exchange) -> None:
    rig.add(item("1"), exchange=exchange(io.BytesIO(b"0123456789abcdef" * 200_000).read()))
    assert rig.wrong() == []
