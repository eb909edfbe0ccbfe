"""A home: what is written into archive.toml is read back, whatever a city is called."""

from __future__ import annotations

import os
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.config import Alerts, Home, Settings, find_home
from archiver.database import connect
from archiver.errors import HomeError, UsageError
from archiver.operations.home import create_home, prepare, require_writable, settings_text

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
names = words.filter(str.strip)


@given(
    st.builds(
        Settings,
        agency=names,
        schedule=words,
        agency_kind=st.sampled_from(["city", "county", "district"]),
        time_zone=st.sampled_from(["America/Los_Angeles", "UTC"]),
        request_prefix=words,
        bates_prefix=words,
        alerts=st.builds(
            Alerts,
            targets=st.lists(words, max_size=3),
            heartbeat=st.none() | names,
            stale_after_hours=st.integers(1, 500),
        ),
    )
)
def test_settings_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    home.settings_file.write_text(settings_text(settings), "utf-8")
    assert home.settings() == settings


@pytest.mark.parametrize(
    "written",
    [
        b'agency = "City of Alder Glen"\nschedule = "palm-desert"\ntime_zone = "Mars/Base"\n',
        b'agency = "City of Alder Glen"\nschedule = "palm-desert"\ntime_zone = "../etc"\n',
        b'agency = "City of Alder Glen"\nschedule = "palm-desert"\nagency_kind = "republic"\n',
        b'agency = " "\nschedule = "palm-desert"\n',
        b'agency = "City of Alder Glen"\nschedule = "palm-desert"\ncolour = "green"\n',
        b'agency = "Caf\xe9"\n',
        b"agency =\n",
        b"",
    ],
)
def test_settings_that_cannot_be_worked_with_are_named(home: Home, written: bytes) -> None:
    home.settings_file.write_bytes(written)
    with pytest.raises(HomeError, match="cannot be understood") as refused:
        find_home(home.path)
    assert "\n" not in str(refused.value)


def test_nobody_else_can_look_into_a_home(tmp_path: Path) -> None:
    open_to_all = tmp_path / "home"
    open_to_all.mkdir(mode=0o777)
    home = create_home(open_to_all, Settings(agency="City of Alder Glen", schedule="palm-desert"))
    assert home.path.stat().st_mode & 0o007 == 0
    for name in ("private", "keys", "private.db", "office.db", "staff.db"):
        assert (home.path / name).stat().st_mode & 0o077 == 0, name


def test_a_home_is_never_made_over_another(home: Home) -> None:
    before = {path.name for path in home.path.iterdir()}
    with pytest.raises(UsageError, match="already holds an archive"):
        create_home(home.path, home.settings())
    assert {path.name for path in home.path.iterdir()} == before
    assert os.access(home.path, os.W_OK)


@pytest.mark.parametrize(
    "name", ["archive.db", "private.db", "office.db", "staff.db", "keys", "keys/seal.key"]
)
def test_a_lost_file_is_named_and_never_replaced_by_an_empty_one(home: Home, name: str) -> None:
    lost = home.path / name
    lost.rename(home.path.parent / lost.name)
    with pytest.raises(HomeError, match=f"has lost {lost.name}"):
        prepare(home)
    assert not lost.exists()


@pytest.mark.parametrize("name", ["archive.db", "private.db", "office.db", "staff.db"])
def test_a_home_of_a_newer_program_is_left_alone(home: Home, name: str) -> None:
    with closing(connect(home.path / name)) as connection:
        (known,) = connection.execute("SELECT migration_set FROM _sqlite_migrations").fetchone()
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
            (known, "m999_of_the_year_2040", "2040-01-01"),
        )
    with pytest.raises(HomeError, match="newer"):
        prepare(home)


def test_who_may_write_is_named_where_this_user_may_not(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(HomeError, match=f"run as {home.path.owner()}"):
        require_writable(home)
