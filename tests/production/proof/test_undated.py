"""An authority that dates no proof stops no production, and whoever made the volume is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.operations.time_authority import Authority
from tests.production.proof.sealed_packet import set_authority


@pytest.fixture
def authority(city: Any, tmp_path: Path) -> Iterator[Authority]:
    """The authority of the city's settings, which refuses."""
    made = Authority(tmp_path / "authority")
    made.mood = "refused"
    set_authority(city.home, made)
    yield made
    made.close()


@pytest.fixture
def number(city: Any) -> str:
    """A request with a record to be released."""
    asked = city.ask()
    city.release(asked, *city.collect(asked, city.store("1")))
    return asked


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str], city: Any) -> Shell:
    return Shell(capsys, city.home.path)


def test_who_produces_a_volume_is_told_that_its_proof_was_not_dated(
    city, authority, number, shell
) -> None:
    city.close()
    told = " ".join(shell.run("produce", number).split())
    assert "The proof has no time stamp of its own: the time-stamp authority" in told
    assert "replace the volume before it goes out" in told
    proof = city.home.productions / number / "VOL001.proof.json"
    assert '"time_stamp":null' in proof.read_text("ascii")
    assert "undated       1 volume waits" in shell.run("status", code=1)


def test_the_reason_stays_with_the_volume_and_in_the_audit(city, authority, number) -> None:
    made = city.produce(number)
    assert made.undated is not None and "authority" in made.undated
    assert city.produce(number).undated == made.undated
    detail = city.office.execute(
        "SELECT detail FROM audit WHERE action = 'production made'"
    ).fetchone()[0]
    assert json.loads(detail)["undated"] == made.undated


def test_a_volume_that_was_dated_says_nothing_of_it(city, authority, number, shell) -> None:
    authority.mood = "well"
    city.close()
    assert "time stamp" not in shell.run("produce", number)
    assert "undated" not in shell.run("status", code=1)


def test_a_volume_of_a_city_without_an_authority_says_nothing_of_it(city, number) -> None:
    assert city.produce(number).undated is None


def test_the_status_forgets_an_undated_volume_that_was_replaced(
    city, authority, number, shell
) -> None:
    city.produce(number)
    city.close()
    authority.mood = "well"
    shell.run("produce", number, "--replace", "1", "--reason", "To have it dated")
    assert "undated" not in shell.run("status", code=1)
