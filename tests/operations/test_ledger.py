"""The ledger of destructions: signed, chained, carried to every copy, never shortened."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from archiver.archive.keys import public_keys
from archiver.config import Backup, Home, Retention, Settings
from archiver.errors import IntegrityError
from archiver.operations.ledger import (
    Ledger,
    append_destruction,
    catch_up,
    destructions,
    longest,
    look,
    read_ledger,
)


def settings_of(home: Home, tmp_path: Path) -> Settings:
    (tmp_path / "elsewhere").mkdir(exist_ok=True)
    (tmp_path / "target").mkdir(exist_ok=True)
    return msgspec.structs.replace(
        home.settings(),
        retention=Retention(ledger=str(tmp_path / "elsewhere" / "ledger.jsonl")),
        backup=Backup(target=str(tmp_path / "target")),
    )


def entry(number: str) -> dict[str, object]:
    return {
        "number": number,
        "act": "destroyed",
        "authority": "Resolution 2026-44",
        "executed_at": "2026-11-20T10:17:00Z",
        "holdings": [["archive", "record", 4711, "ab" * 32], ["private", "original", 1, "cd" * 32]],
        "certificate": "ef" * 32,
    }


def read(home: Home, path: Path) -> Ledger:
    found = read_ledger(path, public_keys(home.keys))
    assert found is not None
    return found


def places(home: Home, tmp_path: Path) -> list[Path]:
    return [
        home.destructions,
        tmp_path / "elsewhere" / "ledger.jsonl",
        tmp_path / "target" / "destructions-city-of-alder-glen.jsonl",
    ]


def test_a_destruction_reaches_every_copy_once(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    for number in ("D-2026-01", "D-2026-02", "D-2026-02", "D-2026-01"):
        append_destruction(home, settings, entry(number))
    for path in places(home, tmp_path):
        told = list(destructions(read(home, path)))
        assert [each.number for each in told] == ["D-2026-01", "D-2026-02"]
        assert told[0].holdings[0] == ("archive", "record", 4711, "ab" * 32)
        assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "surplus",
    [
        {"text": "the pool is closed"},
        {"author": "resident"},
        {"holdings": [["archive", "record", 1, "the pool is closed"]]},
        {"holdings": [["archive", "poem", 1, "ab" * 32]]},
        {"holdings": [["office", "record", 1, "ab" * 32]]},
    ],
)
def test_nothing_but_ids_and_leaves_gets_in(
    home: Home, tmp_path: Path, surplus: dict[str, object]
) -> None:
    with pytest.raises(ValueError):
        append_destruction(home, settings_of(home, tmp_path), entry("D-2026-01") | surplus)
    assert not home.destructions.exists()


def test_a_number_is_never_told_with_other_facts(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    append_destruction(home, settings, entry("D-2026-01"))
    before = home.destructions.read_bytes()
    with pytest.raises(IntegrityError, match="D-2026-01 stands there with other facts"):
        append_destruction(home, settings, entry("D-2026-01") | {"act": "transferred"})
    assert home.destructions.read_bytes() == before


def test_a_copy_out_of_reach_is_told_and_caught_up(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    append_destruction(home, settings, entry("D-2026-01"))
    unmounted = tmp_path / "unmounted"
    (tmp_path / "target").rename(unmounted)
    append_destruction(home, settings, entry("D-2026-02"))
    assert {copy.state for copy in look(home, settings)} == {"current", "unreachable"}
    unmounted.rename(tmp_path / "target")
    assert {copy.state for copy in look(home, settings)} == {"current", "behind"}
    assert {copy.state for copy in catch_up(home, settings)} == {"current"}
    for path in places(home, tmp_path):
        assert path.read_bytes() == home.destructions.read_bytes()


def test_a_longer_copy_is_taken_over_and_none_is_ever_shortened(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    for number in ("D-2026-01", "D-2026-02"):
        append_destruction(home, settings, entry(number))
    whole = home.destructions.read_bytes()
    home.destructions.write_bytes(b"".join(whole.splitlines(keepends=True)[:2]))
    append_destruction(home, settings, entry("D-2026-03"))
    for path in places(home, tmp_path):
        assert path.read_bytes().startswith(whole)
        assert len(list(destructions(read(home, path)))) == 3


def test_a_line_cut_off_by_a_kill_is_written_over(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    append_destruction(home, settings, entry("D-2026-01"))
    whole = home.destructions.read_bytes()
    for path in places(home, tmp_path):
        path.write_bytes(whole + b'{"n":2,"entry"')
    append_destruction(home, settings, entry("D-2026-02"))
    for path in places(home, tmp_path):
        assert [each.number for each in destructions(read(home, path))] == [
            "D-2026-01",
            "D-2026-02",
        ]


def test_every_byte_changed_and_every_line_taken_out_is_named(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    for number in ("D-2026-01", "D-2026-02", "D-2026-03"):
        append_destruction(home, settings, entry(number))
    whole = home.destructions.read_bytes()
    keys = public_keys(home.keys)
    copy = tmp_path / "copy.jsonl"
    changed = 0
    for place in range(0, len(whole), 7):
        if whole[place : place + 1] == b"\n":
            continue
        spoiled = bytearray(whole)
        spoiled[place] ^= 1
        copy.write_bytes(spoiled)
        with pytest.raises(IntegrityError, match=r"copy\.jsonl, line \d"):
            read_ledger(copy, keys)
        changed += 1
    assert changed > 100
    lines = whole.splitlines(keepends=True)
    for left_out in range(len(lines) - 1):
        copy.write_bytes(b"".join(lines[:left_out] + lines[left_out + 1 :]))
        with pytest.raises(IntegrityError, match="chain is broken"):
            read_ledger(copy, keys)


def test_a_line_signed_with_another_key_is_refused(
    home: Home, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from archiver.operations.home import create_home

    stranger = create_home(tmp_path_factory.mktemp("other") / "home", home.settings())
    settings = settings_of(stranger, tmp_path_factory.mktemp("places"))
    append_destruction(stranger, settings, entry("D-2026-01"))
    with pytest.raises(IntegrityError, match="line 1: it is signed with a key that is not"):
        read_ledger(stranger.destructions, public_keys(home.keys))


def test_two_stories_are_never_joined(home: Home, tmp_path: Path) -> None:
    settings = settings_of(home, tmp_path)
    append_destruction(home, settings, entry("D-2026-01"))
    one = home.destructions.read_bytes()
    elsewhere = places(home, tmp_path)[1]
    for path in places(home, tmp_path):
        path.write_bytes(one)
    append_destruction(home, settings, entry("D-2026-02"))
    other = home.destructions.read_bytes()
    for path in places(home, tmp_path):
        path.write_bytes(one)
    append_destruction(home, settings, entry("D-2026-03"))
    elsewhere.write_bytes(other)
    states = {copy.path: copy.state for copy in catch_up(home, settings)}
    assert states[elsewhere] == "differs"
    assert elsewhere.read_bytes() == other
    with pytest.raises(IntegrityError, match="different stories"):
        longest([read(home, home.destructions), read(home, elsewhere)])


def test_the_ledger_holds_no_word_of_what_was_destroyed(home: Home, tmp_path: Path) -> None:
    append_destruction(home, settings_of(home, tmp_path), entry("D-2026-01"))
    for line in home.destructions.read_bytes().splitlines()[1:]:
        told = json.loads(line)
        assert told.keys() == {"n", "previous", "at", "key", "entry", "signature"}
        assert told["entry"].keys() == entry("x").keys()
