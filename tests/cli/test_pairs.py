"""archiver pairs, and what `archiver record show` says of records that count as one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from archiver.archive.store import Archive
from archiver.capture.reconciling import reconcile
from archiver.config import Home
from archiver.items import Kind
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from tests.capture.two_sides import MADE_AT, WORDS, TwoSides, downloaded, given
from tests.cli.shell import Shell

NAME = "facebook:AlderGlen"
WHY = ("--reason", "the same words", "--yes")


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], home: Home) -> Iterator[Shell]:
    """An account with two posts from both sides; one is cut short in the download."""
    office = open_office(home)
    add_account(office, actor="of", platform="facebook", handle="AlderGlen", department="City")
    office.close()
    cut = downloaded(f"{WORDS[:30]}…", "2026-08-15T08:00:09Z")
    with Archive.open(home, write=True) as archive:
        sides = TwoSides(archive)
        sides.gave(given("77"), given("78", at="2026-08-15T08:00:09Z"))
        run = sides.holds(downloaded(), cut)
        seen = {Kind.POST: {downloaded().native_id, cut.native_id}}
        reconcile(archive, 1, run.id, seen, MADE_AT, [Kind.POST])
    yield Shell(capsys, home.path)


def test_pairs_are_listed_with_their_reason_and_shown_side_by_side(shell: Shell) -> None:
    listed = shell.run("pairs", "list", "--account", NAME)
    assert "archive:1  strong" in listed and "archive:2  weak" in listed
    assert "one text is the beginning of the other" in listed
    shown = shell.run("pairs", "show", "archive:2")
    assert "posts/profile_posts_1.json, entry 4" in shown
    assert "answer of the interface in" in shown
    assert "\ntext: " in shown


def test_a_pair_is_confirmed_and_undone_with_a_reason(shell: Shell) -> None:
    assert "1 confirmed: they count as one" in shell.run("pairs", "confirm", "archive:2", *WHY)
    [found] = shell.json("pairs", "list", "--state", "confirmed")
    record = f"archive:{found['pair']['other_id']}"
    shown = shell.run("record", "show", record)
    assert f"one with   archive:{found['pair']['derived_id']}" in shown
    assert "profile_posts_1.json, entry 4" in shown and "text there: " in shown
    [other] = shell.json("record", "show", record)["counts_as_one_with"]
    assert other["evidence"]["original"]["position"] == 3
    assert shell.json("search", "mill")["count"] == 3
    assert "taken apart" in shell.run("pairs", "undo", "archive:2", *WHY)
    assert shell.json("search", "mill")["count"] == 4
    assert "nothing was decided" in _error(shell, "pairs", "undo", "archive:2", *WHY)


def test_a_rejection_is_kept_and_can_be_taken_back(shell: Shell) -> None:
    assert "1 rejected" in shell.run("pairs", "reject", "archive:1", *WHY)
    assert shell.json("pairs", "propose", "--account", NAME)["open"] == 1
    assert "put back among the open ones" in shell.run("pairs", "undo", "archive:1", *WHY)
    assert len(shell.json("pairs", "list")) == 2


def test_all_of_one_strength_are_decided_after_a_preview(shell: Shell) -> None:
    words = shell.run("pairs", "alike", "--account", NAME, "--strength", "strong", *WHY)
    assert "1 strong pairs; 0 more have rivals and stay open." in words
    assert "1 confirmed: they count as one; 0 decided by others meanwhile." in words
    again = ("pairs", "alike", "--account", NAME, "--strength", "strong", *WHY)
    assert "no strong pair" in _error(shell, *again)


def test_what_an_import_found_is_shown_in_numbers_and_record_by_record(shell: Shell) -> None:
    [kind] = shell.json("pairs", "reconciled", "--account", NAME)["kinds"]
    assert (kind["only_download"], kind["only_interface"], kind["proposed"]) == (2, 2, 2)
    asked = ("pairs", "reconciled", "--account", NAME, "--kind", "post", "--side", "download")
    assert len(shell.json(*asked)["records"]) == 2
    assert "2 records." in shell.run(*asked)
    assert "only download" in shell.run("pairs", "reconciled", "--account", NAME)


def test_what_there_is_not_is_told_in_one_line(shell: Shell) -> None:
    assert "there is no pair archive:99" in _error(shell, "pairs", "show", "archive:99")
    asked = ("pairs", "reconciled", "--account", NAME, "--run", "99")
    assert "was compared with the platform's interface" in _error(shell, *asked)


def _error(shell: Shell, *words: str) -> str:
    shell.run(*words, code=5)
    assert shell.err.count("\n") == 1
    return shell.err
