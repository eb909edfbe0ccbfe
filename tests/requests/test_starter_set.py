"""The attorney attests the starter set in one sitting: each text for itself, all or nothing."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.config import Settings
from archiver.errors import InputError, RuleError
from archiver.register.attestations import list_attestations
from archiver.requests.exemptions import usable_exemptions
from archiver.requests.starter_set import attest_starter_set, starter_set

ON = dt.date(2026, 11, 19)


def attest_all(
    office: sqlite3.Connection, settings: Settings, base: Path, keys: list[str]
) -> list[object]:
    return list(
        attest_starter_set(
            office, settings, base, keys, actor="ph", attorney="P. Haldane", on=ON, note="read"
        )
    )


def test_every_text_waits_in_full_with_its_source_and_mark(
    office: sqlite3.Connection, settings: Settings, tmp_path: Path
) -> None:
    found = starter_set(office, settings, tmp_path)
    assert {each.kind for each in found} == {
        *("exemption", "retention series", "letter", "wording")
    }
    assert sum(each.kind == "exemption" for each in found) == len(usable_exemptions(office))
    assert not [each for each in found if each.kind == "retention series" and each.mark == "S"]
    assert all(each.text and each.source for each in found)
    assert all(each.mark_words for each in found if each.kind not in ("letter", "wording"))
    assert any(each.doubtful for each in found)


def test_one_sitting_makes_an_attestation_of_its_own_for_each(
    office: sqlite3.Connection, settings: Settings, tmp_path: Path
) -> None:
    found = starter_set(office, settings, tmp_path)
    made = attest_all(office, settings, tmp_path, [each.key for each in found])
    assert len(made) == len(found)
    assert starter_set(office, settings, tmp_path) == []
    known = list_attestations(office, "exemption")
    assert {each.digest for each in known} == {e.digest for e in usable_exemptions(office)}
    assert {(each.attorney, each.attested_on, each.note) for each in known} == {
        ("P. Haldane", "2026-11-19", "read")
    }


def test_a_text_that_was_changed_since_the_page_was_read_stops_all(
    office: sqlite3.Connection,
    settings: Settings,
    tmp_path: Path,
    attest: Callable[[str], None],
) -> None:
    found = starter_set(office, settings, tmp_path)
    keys = [each.key for each in found[:3]]
    for wrong in (
        [*keys, keys[0][:-1] + "0"],
        [*keys, "exemption|7922.000|" + "0" * 64],
        [*keys, "nonsense"],
    ):
        with pytest.raises(InputError, match="nothing was recorded"):
            attest_all(office, settings, tmp_path, wrong)
    assert list_attestations(office, "exemption") == []
    attest(found[0].subject)
    with pytest.raises(InputError, match="attested by somebody else"):
        attest_all(office, settings, tmp_path, keys)
    assert len(list_attestations(office, "exemption")) == 1


def test_nothing_ticked_and_nobody_named_are_refused(
    office: sqlite3.Connection, settings: Settings, tmp_path: Path
) -> None:
    with pytest.raises(RuleError, match="tick what is attested"):
        attest_all(office, settings, tmp_path, [])
    key = starter_set(office, settings, tmp_path)[0].key
    for attorney, on in (("  ", ON), ("P. Haldane", dt.date(2027, 1, 1))):
        with pytest.raises(RuleError):
            attest_starter_set(
                office, settings, tmp_path, [key], actor="ph", attorney=attorney, on=on
            )
    assert list_attestations(office, "exemption") == []
