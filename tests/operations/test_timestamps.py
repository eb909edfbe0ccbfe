"""Time stamps from a real authority: asked for at night, kept, checked; and what it does wrong."""

from __future__ import annotations

import importlib.util
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive import stamping
from archiver.archive.findings import Findings
from archiver.archive.runs import AccountRef
from archiver.archive.seals import seal, seals
from archiver.archive.stamping import stamp
from archiver.archive.store import Archive
from archiver.archive.timestamps import check_stamps, check_token, read_certificates, unstamped
from archiver.archive.writing import begin_run, finish_run
from archiver.cli import main
from archiver.config import Home, Seals, Settings
from archiver.errors import HomeError, IntegrityError, SourceError
from archiver.operations import timestamps
from archiver.operations.doctor import examine
from archiver.operations.home import settings_text
from archiver.operations.nightly import run_nightly
from archiver.operations.timestamps import stamp_seals
from archiver.operations.verifying import verify_home

DIGEST = bytes(range(32))
ACCOUNT = AccountRef(1, "x", "AlderGlen", "Alder Glen", "City Manager", "", "12", "official")


def _authority_module() -> Any:
    spec = importlib.util.spec_from_file_location(
        "time_authority", Path(__file__).with_name("time_authority.py")
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


Authority = _authority_module().Authority


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Any]:
    """An authority whose certificates are good."""
    made = Authority(tmp_path / "authority")
    yield made
    made.close()


def settings_for(home: Home, address: str | None, certificate: Path | None = None) -> Settings:
    """Write the authority into a home's settings."""
    named = None if certificate is None else str(certificate)
    settings = msgspec.structs.replace(home.settings(), seals=Seals(address, named))
    home.settings_file.write_text(settings_text(settings), "utf-8")
    return home.settings()


@pytest.fixture
def sealed(home: Home) -> Callable[[int], None]:
    """Makes so many seals."""

    def make(count: int) -> None:
        with Archive.open(home, write=True) as archive:
            for _ in range(count):
                finish_run(
                    archive,
                    begin_run(archive, ACCOUNT, source="x-download"),
                    outcome="complete",
                    notes={},
                )
                seal(archive, now="2026-11-20T09:00:00Z")

    return make


def stamped(home: Home) -> list[int]:
    with Archive.open(home) as archive:
        return [each.n for each in seals(archive.public) if each.timestamp_token]


def test_a_digest_is_stamped_and_anybody_can_check_it(
    home: Home, authority: Any, tmp_path: Path
) -> None:
    settings = settings_for(home, authority.address, authority.root)
    token = stamp(DIGEST, settings)
    found = check_token(token, DIGEST, read_certificates(authority.root))
    assert found.trusted and found.serial >= 1 and found.at.endswith("Z")
    (tmp_path / "digest").write_bytes(DIGEST)
    (tmp_path / "token.tsr").write_bytes(token)
    checked = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-data", "digest", "-in", "token.tsr"),
            *("-CAfile", str(authority.root)),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in checked.stdout + checked.stderr


def test_only_a_hash_of_the_digest_leaves_the_house(home: Home, authority: Any) -> None:
    stamp(DIGEST, settings_for(home, authority.address))
    (query,) = authority.asked
    assert DIGEST not in query
    assert len(query) < 120


def test_a_token_is_good_for_its_own_digest_alone(home: Home, authority: Any) -> None:
    token = stamp(DIGEST, settings_for(home, authority.address))
    assert not check_token(token, DIGEST).trusted
    with pytest.raises(IntegrityError, match="over something else"):
        check_token(token, bytes(32))


def test_a_changed_token_is_found(home: Home, authority: Any) -> None:
    token = stamp(DIGEST, settings_for(home, authority.address))
    roots = read_certificates(authority.root)
    for place in (len(token) - 5, len(token) - 120):
        changed = token[:place] + bytes([token[place] ^ 1]) + token[place + 1 :]
        with pytest.raises(IntegrityError):
            check_token(changed, DIGEST, roots)


def test_another_authoritys_signature_is_not_trusted(
    home: Home, authority: Any, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    try:
        token = stamp(DIGEST, settings_for(home, other.address))
        with pytest.raises(IntegrityError, match="not signed by the authority"):
            check_token(token, DIGEST, read_certificates(authority.root))
        with pytest.raises(SourceError, match="not signed by the authority"):
            stamp(DIGEST, settings_for(home, other.address, authority.root))
    finally:
        other.close()


def test_an_expired_certificate_is_not_trusted(home: Home, tmp_path: Path) -> None:
    old = Authority(tmp_path / "old", expired=True)
    try:
        assert not check_token(stamp(DIGEST, settings_for(home, old.address)), DIGEST).trusted
        with pytest.raises(SourceError, match="not signed by the authority"):
            stamp(DIGEST, settings_for(home, old.address, old.root))
    finally:
        old.close()


@pytest.mark.parametrize(
    ("mood", "told"),
    [
        ("another message", "another question|something else"),
        ("an earlier answer", "another question"),
        ("refused", "granted no time stamp"),
        ("garbage", "no answer of a time-stamp authority"),
        ("page", "no answer of a time-stamp authority"),
        ("fault", "answered 500"),
        ("endless", "far too much"),
        ("away", "answered 302"),
        ("slow", "did not answer"),
    ],
)
def test_what_an_authority_does_wrong_is_said_in_one_line(
    home: Home, authority: Any, mood: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_for(home, authority.address, authority.root)
    stamp(DIGEST, settings)
    monkeypatch.setattr(stamping, "ANSWER_SECONDS", 0.3)
    authority.mood = mood
    with pytest.raises(SourceError, match=told) as refused:
        stamp(DIGEST, settings)
    assert "127.0.0.1" in str(refused.value) and "\n" not in str(refused.value)


@given(st.binary(max_size=300))
def test_no_bytes_are_taken_for_a_token(data: bytes) -> None:
    with pytest.raises(IntegrityError):
        check_token(data, DIGEST)


@pytest.mark.parametrize(
    "address",
    [
        "http://timestamp.example.com/tsr",
        "http://127.0.0.1.example.com/tsr",
        "ftp://127.0.0.1/tsr",
        "https://user:secret@timestamp.example.com/tsr",
        "https://",
        "https://[",
        "timestamp.example.com",
    ],
)
def test_only_https_or_this_machine_is_asked(home: Home, address: str) -> None:
    with pytest.raises(HomeError, match="no https address") as refused:
        stamp(DIGEST, settings_for(home, address))
    assert "secret" not in str(refused.value)


def test_without_an_authority_nothing_is_asked(home: Home, sealed: Callable[[int], None]) -> None:
    sealed(1)
    with Archive.open(home, write=True) as archive:
        assert stamp_seals(archive, home.settings()) == timestamps.Stamping(0, None)
    with pytest.raises(HomeError, match="no time-stamp authority"):
        stamp(DIGEST, home.settings())


def test_what_waits_is_caught_up_a_few_a_night_the_newest_first(
    home: Home, authority: Any, sealed: Callable[[int], None]
) -> None:
    sealed(5)
    settings = settings_for(home, authority.address, authority.root)
    with Archive.open(home, write=True) as archive:
        assert [each.n for each in unstamped(archive, 3)] == [5, 1, 2]
        assert stamp_seals(archive, settings, limit=3).stamped == 3
    assert stamped(home) == [1, 2, 5]
    with Archive.open(home, write=True) as archive:
        assert stamp_seals(archive, settings, limit=3).stamped == 2
        assert stamp_seals(archive, settings, limit=3).stamped == 0
    assert len(authority.asked) == 5


def test_a_night_stamps_its_seal_and_the_token_stands_in_both_files(
    home: Home, authority: Any, sealed: Callable[[int], None]
) -> None:
    sealed(2)
    settings_for(home, authority.address, authority.root)
    report = run_nightly(home, connectors={})
    assert report.sealed["time stamps"] == 2
    assert report.problems == ()
    with Archive.open(home) as archive:
        for ours, theirs in zip(seals(archive.public), seals(archive.private), strict=True):
            assert ours.timestamp_token == theirs.timestamp_token is not None


@pytest.mark.parametrize("mood", ["fault", "garbage", "refused"])
def test_a_failing_authority_is_told_of_and_fails_no_night(
    home: Home, authority: Any, sealed: Callable[[int], None], mood: str
) -> None:
    sealed(1)
    settings_for(home, authority.address)
    authority.mood = mood
    report = run_nightly(home, connectors={})
    assert report.outcome == "complete"
    (told,) = report.problems
    assert "time-stamp authority 127.0.0.1" in told
    assert len(authority.asked) == 1
    authority.mood = "well"
    assert run_nightly(home, connectors={}).problems == ()
    assert stamped(home) == [1]


def test_a_fault_of_our_own_in_asking_fails_no_night(
    home: Home, sealed: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(1)
    settings_for(home, "https://timestamp.example.com")

    def broken(*_: object) -> bytes:
        raise RuntimeError("a resident's words")

    monkeypatch.setattr(timestamps, "ask", broken)
    report = run_nightly(home, connectors={})
    assert (report.outcome, report.problems) == (
        "complete",
        ("the time stamps: unexpected RuntimeError",),
    )


def test_verify_says_up_to_when_the_archive_is_anchored(
    home: Home, authority: Any, sealed: Callable[[int], None]
) -> None:
    sealed(2)
    assert verify_home(home).anchored is None
    settings = settings_for(home, authority.address)
    with Archive.open(home, write=True) as archive:
        stamp_seals(archive, settings)
    report = verify_home(home)
    assert report.ok and report.checked["time stamps"] == 2
    assert report.anchored is not None and not report.anchor_trusted
    settings_for(home, authority.address, authority.root)
    report = verify_home(home)
    assert report.ok and report.anchor_trusted


def test_verify_finds_a_token_that_is_not_the_seals_or_not_the_authoritys(
    home: Home, authority: Any, sealed: Callable[[int], None], tmp_path: Path
) -> None:
    sealed(2)
    settings = settings_for(home, authority.address, authority.root)
    with Archive.open(home, write=True) as archive:
        stamp_seals(archive, settings)
        good = [each.timestamp_token for each in seals(archive.public)]
        archive.public.execute("DROP TRIGGER seals_stamp")
        archive.public.execute("UPDATE seals SET timestamp_token = ? WHERE n = 2", (good[0],))
    with Archive.open(home) as archive:
        findings = Findings()
        check_stamps(archive, findings)
    found = [f"{each.where}: {each.what}" for each in findings.report().findings]
    assert "archive.db, seals, seal 2: its time stamp is over something else" in found
    other = Authority(tmp_path / "other")
    other.close()
    settings_for(home, authority.address, other.root)
    found = [each.what for each in verify_home(home).findings]
    assert any("not signed by the authority the settings name" in what for what in found)
    settings_for(home, authority.address, tmp_path / "lost.pem")
    found = [f"{each.where}: {each.what}" for each in verify_home(home).findings]
    assert any(line.startswith("archive.toml, [seals]") for line in found)


def test_the_commands_list_and_stamp(
    home: Home,
    authority: Any,
    sealed: Callable[[int], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run(*words: str, code: int = 0) -> str:
        with pytest.raises(SystemExit) as ended:
            main(["--home", str(home.path), *words])
        told = capsys.readouterr()
        assert (ended.value.code or 0) == code, told.err
        return told.out + told.err

    sealed(3)
    run("seals", "stamp", code=3)
    settings_for(home, authority.address, authority.root)
    assert "none yet" in run("seals", "list")
    assert "3 seals stamped." in run("seals", "stamp")
    listed = msgspec.json.decode(run("seals", "list", "--json", "--size", "2"))
    assert [each["n"] for each in listed] == [3, 2]
    assert all(each["time_stamp"]["trusted"] for each in listed)
    assert "number" in run("seals", "list")
    assert "Anchored outside up to" in run("verify")
    sealed(1)
    authority.mood = "fault"
    assert "answered 500" in run("seals", "stamp", code=6)


def test_the_doctor_says_what_waits_and_what_is_not_checked(
    home: Home, authority: Any, sealed: Callable[[int], None]
) -> None:
    def told() -> tuple[str, str]:
        (check,) = [each for each in examine(home) if each.name == "time stamps"]
        return check.state, check.found

    sealed(1)
    assert not [each for each in examine(home) if each.name == "time stamps"]
    settings = settings_for(home, authority.address)
    assert told() == ("warning", "1 of 1 seals wait for one")
    with Archive.open(home, write=True) as archive:
        stamp_seals(archive, settings)
    assert told()[0] == "warning"
    settings_for(home, authority.address, authority.root)
    assert told() == ("ok", "1 of 1 seals")
    settings_for(home, "http://timestamp.example.com")
    assert told()[0] == "problem"


def test_a_stamp_says_what_it_says(home: Home, authority: Any) -> None:
    token = stamp(DIGEST, settings_for(home, authority.address))
    plain = check_token(token, DIGEST)
    assert check_token(token, DIGEST, read_certificates(authority.root)) == replace(
        plain, trusted=True
    )
