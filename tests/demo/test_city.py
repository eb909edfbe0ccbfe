"""The demonstration city's size and downloads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from archiver.demo.accounts import X_ACCOUNTS, demo_accounts
from archiver.demo.city import FEED_RECORDS, plan, sample_request, write_downloads
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from archiver.requests.intake import CHANNELS


@pytest.mark.parametrize("records", [1000, 4000, 200_000])
def test_the_size_asked_for_is_about_what_comes(records: int) -> None:
    made = plan(records)
    posts = sum(made.posts.values())
    assert made.feed <= FEED_RECORDS
    assert abs(posts * 10 / 9 + made.feed - records) < records * 0.06


def test_a_very_small_city_still_has_every_account() -> None:
    assert all(count >= 12 for count in plan(10).posts.values())


def test_downloads_come_in_the_order_of_import(tmp_path: Path, now: dt.datetime) -> None:
    written = write_downloads(tmp_path, records=300, now=now)
    assert len(written) == len(X_ACCOUNTS) + 1
    assert {told.account.handle for told in written} == {a.handle for a in X_ACCOUNTS}
    parks = [told for told in written if told.account.handle == "AlderGlenParks"]
    assert parks[0].generated_at < parks[1].generated_at == now
    assert parks[1].posts > parks[0].posts
    assert not list(tmp_path.glob("*.partial"))


def test_the_register_takes_every_account_without_a_waiver(tmp_path: Path) -> None:
    from archiver.config import Home

    with open_office(Home(tmp_path), create=True) as office:
        for account in demo_accounts():
            added = add_account(
                office,
                actor="test",
                platform=account.platform,
                handle=account.handle,
                native_id=account.native_id,
                department=account.department,
                division=account.division,
                account_class=account.account_class,
                credential=account.credential,
                opened_on=account.opened_on,
                approval=account.approval,
            )
            assert added.waiver_reason is None
    office.close()


def test_credentials_are_pointers_only() -> None:
    pointers = {account.credential for account in demo_accounts()} - {None}
    assert all(str(pointer).startswith("env:ARCHIVER_DEMO_") for pointer in pointers)


def test_the_sample_request_came_by_a_known_way() -> None:
    sample = sample_request()
    assert sample.channel in CHANNELS
    assert sample.searches[0][0] == '"park closure"'
