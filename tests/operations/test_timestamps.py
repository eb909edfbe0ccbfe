"""Seals dated from outside, by a real authority of the machine's own."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from archiver import clock
from archiver.archive.seals import seal, seals
from archiver.archive.store import Archive
from archiver.archive.timestamps import check_token, read_certificates
from archiver.config import Home, Seals, Settings
from archiver.errors import HomeError, IntegrityError, SourceError
from archiver.operations.home import settings_text
from archiver.operations.nightly import run_nightly
from archiver.operations.timestamps import stamp, stamp_seals
from archiver.operations.verifying import verify_home
from tests.operations.stamping_authority import Authority, make_authority, running

DIGEST = bytes(range(32))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return make_authority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture
def authority(made: Authority) -> Iterator[Authority]:
    made.answer = None
    with running(made) as opened:
        yield opened


@pytest.fixture
def stamping(home: Home, authority: Authority) -> Settings:
    """The home's settings, with the authority named in them."""
    settings = msgspec.structs.replace(
        home.settings(),
        seals=Seals(
            timestamp_authority=authority.address,
            timestamp_certificate=str(authority.certificates),
        ),
    )
    home.settings_file.write_text(settings_text(settings), "utf-8")
    return settings


def sealed(home: Home, times: int = 1) -> None:
    """Seal something, so often: each seal covers a row of the audit."""
    for number in range(times):
        with Archive.open(home, write=True) as archive:
            with archive.writer():
                from archiver.archive.rows import RowWriter

                writer = RowWriter(archive.public)
                writer.add("audit", clock.now_text(), "test", "tried", f"thing {number}", "{}")
                writer.flush()
            seal(archive, now=clock.now_text())


def test_a_night_has_its_seal_dated_and_verify_says_so(home: Home, stamping: Settings) -> None:
    sealed(home)
    report = run_nightly(home, connectors={})
    assert report.problems == ()
    checked = verify_home(home)
    assert checked.ok
    assert checked.anchored is not None
    assert checked.anchor_trusted
    assert checked.checked["time stamps"] >= 1


def test_openssl_finds_the_token_good(home: Home, stamping: Settings, authority: Authority) -> None:
    sealed(home)
    with Archive.open(home, write=True) as archive:
        assert stamp_seals(archive, stamping).problem is None
        [each] = list(seals(archive.public))
    data, token = authority.folder / "digest", authority.folder / "token.tsr"
    data.write_bytes(each.digest())
    token.write_bytes(each.timestamp_token or b"")
    said = subprocess.run(
        ["openssl", "ts", "-verify", "-data", data, "-in", token, "-CAfile", "ca.pem"],
        cwd=authority.folder,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Verification: OK" in said.stdout + said.stderr


def test_seals_that_waited_are_dated_too_and_none_twice(
    home: Home, stamping: Settings, authority: Authority
) -> None:
    authority.answer = (503, b"")
    sealed(home, 3)
    with Archive.open(home, write=True) as archive:
        failed = stamp_seals(archive, stamping)
        assert failed.stamped == 0
        assert "answered 503" in str(failed.problem)
        authority.answer = None
        assert stamp_seals(archive, stamping, limit=2).stamped == 2
        assert stamp_seals(archive, stamping).stamped == 1
        asked = len(authority.asked)
        assert stamp_seals(archive, stamping).stamped == 0
        assert len(authority.asked) == asked


def test_a_failing_authority_is_told_of_and_stops_no_night(
    home: Home, stamping: Settings, authority: Authority
) -> None:
    authority.answer = (500, b"no")
    sealed(home)
    report = run_nightly(home, connectors={})
    assert report.outcome == "complete"
    assert any("time-stamp authority" in problem for problem in report.problems)
    checked = verify_home(home)
    assert checked.ok
    assert checked.anchored is None


@pytest.mark.parametrize("body", [b"", b"garbage", b"\x30\x03\x02\x01\x00", bytes(400_000)])
def test_what_is_no_answer_is_refused(
    stamping: Settings, authority: Authority, body: bytes
) -> None:
    authority.answer = (200, body)
    with pytest.raises(SourceError, match="time-stamp authority 127.0.0.1"):
        stamp(DIGEST, stamping)


def test_an_answer_to_another_question_is_refused(stamping: Settings, authority: Authority) -> None:
    earlier = stamp(DIGEST, stamping)
    authority.answer = (200, earlier)
    with pytest.raises(SourceError, match="another question"):
        stamp(DIGEST, stamping)


def test_a_token_over_something_else_or_of_another_authority_proves_nothing(
    stamping: Settings, authority: Authority, tmp_path: Path
) -> None:
    token = stamp(DIGEST, stamping)
    trusted = read_certificates(authority.certificates)
    assert check_token(token, DIGEST, trusted).trusted
    with pytest.raises(IntegrityError, match="something else"):
        check_token(token, bytes(32), trusted)
    stranger = read_certificates(make_authority(tmp_path / "other").certificates)
    with pytest.raises(IntegrityError, match="not signed by the authority"):
        check_token(token, DIGEST, stranger)


@pytest.mark.parametrize(
    "address",
    ["http://tsa.example.com/", "ftp://localhost/", "https://user:secret@tsa.example.com/", "x"],
)
def test_only_https_or_this_machine_is_asked(home: Home, address: str) -> None:
    settings = msgspec.structs.replace(home.settings(), seals=Seals(timestamp_authority=address))
    with pytest.raises(HomeError, match="no https address") as refused:
        stamp(DIGEST, settings)
    assert "secret" not in str(refused.value)


def test_a_token_changed_in_the_file_is_found(home: Home, stamping: Settings) -> None:
    sealed(home, 2)
    with Archive.open(home, write=True) as archive:
        assert stamp_seals(archive, stamping).stamped == 2
        first, second = seals(archive.public)
    assert first.timestamp_token != second.timestamp_token
    swapped = replace(first, timestamp_token=second.timestamp_token)
    with pytest.raises(IntegrityError, match="something else"):
        check_token(swapped.timestamp_token or b"", swapped.digest())
