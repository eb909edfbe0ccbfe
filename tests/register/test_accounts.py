"""The register's rules: one account per division and platform, the city's own accounts only."""

from __future__ import annotations

import sqlite3

import pytest

from archiver.database import rows
from archiver.errors import InputError, RuleError
from archiver.register.accounts import (
    Account,
    add_account,
    change_handle,
    close_account,
    find_account,
    list_accounts,
    set_credential,
    set_native_id,
)
from archiver.register.office import audit_trail


def parks(office: sqlite3.Connection, **other: str | None) -> Account:
    given: dict[str, str | None] = {
        "platform": "x",
        "handle": "@AlderGlenParks",
        "department": "Parks and Recreation",
        "division": "Recreation",
        **other,
    }
    return add_account(office, actor="of", **given)  # type: ignore[arg-type]


def test_an_account_is_kept_as_it_was_given(office: sqlite3.Connection) -> None:
    account = parks(office, credential="env:ALDER_GLEN_X", approval="Form of 3 March 2026")
    assert account.handle == "AlderGlenParks"
    assert account.display_name == "AlderGlenParks"
    assert account.name == "x:@AlderGlenParks"
    assert (account.status, account.account_class) == ("active", "official")
    assert list_accounts(office) == [account]
    assert audit_trail(office)[0].action == "account added"


def test_a_second_account_of_a_division_is_refused_by_name_and_clause(
    office: sqlite3.Connection,
) -> None:
    parks(office)
    with pytest.raises(RuleError, match=r"x:@AlderGlenParks.*section 4\.A"):
        parks(office, handle="AlderGlenPools", division=" RECREATION ")
    assert len(list_accounts(office)) == 1


def test_a_waiver_with_a_reason_allows_a_second_account(office: sqlite3.Connection) -> None:
    parks(office)
    second = parks(office, handle="AlderGlenPools", waiver_reason="Emergency notices only")
    assert second.waiver_reason == "Emergency notices only"
    assert audit_trail(office)[0].detail == {
        "platform": "x",
        "handle": "AlderGlenPools",
        "unit": "Parks and Recreation, Recreation",
        "waiver_reason": "Emergency notices only",
    }


def test_a_blank_waiver_is_no_waiver(office: sqlite3.Connection) -> None:
    parks(office)
    with pytest.raises(RuleError, match="waiver reason"):
        parks(office, handle="AlderGlenPools", waiver_reason="  ")


def test_an_account_under_a_waiver_still_counts_as_the_first(office: sqlite3.Connection) -> None:
    parks(office, waiver_reason="Before the policy")
    with pytest.raises(RuleError, match="already has"):
        parks(office, handle="AlderGlenPools")


def test_another_platform_or_division_is_free(office: sqlite3.Connection) -> None:
    parks(office)
    parks(office, platform="facebook")
    parks(office, handle="AlderGlenAquatics", division="Aquatics")
    assert len(list_accounts(office)) == 3


def test_the_same_division_name_in_another_department_is_another_division(
    office: sqlite3.Connection,
) -> None:
    parks(office, division="Administration")
    parks(office, handle="AlderGlenLibrary", department="Library", division="Administration")
    assert len(list_accounts(office)) == 2


def test_the_rule_stands_in_the_file_itself(office: sqlite3.Connection) -> None:
    parks(office)
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(
            "INSERT INTO register_accounts (platform, handle, handle_key, display_name, "
            "department, department_key, division, division_key, account_class, created_at) "
            "SELECT platform, 'Other', 'other', display_name, department, department_key, "
            "division, division_key, account_class, created_at FROM register_accounts"
        )


@pytest.mark.parametrize("refused", ["personal", "Campaign", " campaign "])
def test_personal_and_campaign_accounts_are_refused(
    office: sqlite3.Connection, refused: str
) -> None:
    with pytest.raises(RuleError, match="is not archived"):
        parks(office, account_class=refused)


def test_an_unknown_class_is_named_wrong(office: sqlite3.Connection) -> None:
    with pytest.raises(InputError, match="official-capacity"):
        parks(office, account_class="semi-official")


def test_the_same_handle_twice_is_refused_whatever_its_case(office: sqlite3.Connection) -> None:
    parks(office)
    with pytest.raises(RuleError, match="registered already"):
        parks(office, handle="alderglenPARKS", division="Aquatics")


def test_twitter_is_x(office: sqlite3.Connection) -> None:
    assert parks(office, platform="Twitter").platform == "x"


@pytest.mark.parametrize("handle", ["", "@", "two words", "bell\x07", "a" * 201])
def test_what_is_no_handle_is_refused(office: sqlite3.Connection, handle: str) -> None:
    with pytest.raises(InputError, match="handle"):
        parks(office, handle=handle)


def test_closing_needs_a_reason_and_keeps_the_account(office: sqlite3.Connection) -> None:
    account = parks(office)
    with pytest.raises(RuleError, match="reason"):
        close_account(office, account, actor="of", on="2026-11-20", reason=" ")
    closed = close_account(
        office, account, actor="of", on="2026-11-20", reason="Merged; final capture 19 Nov"
    )
    assert (closed.status, closed.closed_on) == ("closed", "2026-11-20")
    assert list_accounts(office, include_closed=False) == []
    assert audit_trail(office)[0].action == "account closed"
    with pytest.raises(RuleError, match="closed on 2026-11-20 already"):
        close_account(office, closed, actor="of", on="2026-11-21", reason="Again")


def test_an_account_is_not_closed_before_it_was_opened(office: sqlite3.Connection) -> None:
    account = parks(office, opened_on="2026-05-01")
    with pytest.raises(InputError, match="opened on 2026-05-01"):
        close_account(office, account, actor="of", on="2026-04-30", reason="Merged")


def test_a_closed_account_makes_room_for_the_next(office: sqlite3.Connection) -> None:
    close_account(office, parks(office), actor="of", on="2026-11-20", reason="Merged")
    assert parks(office, handle="AlderGlenRec").status == "active"


def test_a_changed_handle_keeps_the_id_and_the_old_name_still_finds_it(
    office: sqlite3.Connection,
) -> None:
    account = parks(office)
    changed = change_handle(office, account, actor="of", handle="@AlderGlenRec")
    assert (changed.id, changed.handle) == (account.id, "AlderGlenRec")
    assert find_account(office, "AlderGlenParks").id == account.id
    assert find_account(office, "x:AlderGlenRec").id == account.id
    entries = rows(office, "SELECT handle FROM register_handles ORDER BY id")
    assert [entry["handle"] for entry in entries] == ["AlderGlenParks", "AlderGlenRec"]


def test_an_account_is_found_by_id_handle_and_platform(office: sqlite3.Connection) -> None:
    account = parks(office)
    for name in (str(account.id), "AlderGlenParks", "@alderglenparks", "twitter:@AlderGlenParks"):
        assert find_account(office, name) == account


def test_an_ambiguous_name_lists_the_candidates(office: sqlite3.Connection) -> None:
    parks(office)
    parks(office, platform="bluesky")
    with pytest.raises(InputError, match=r"x:@AlderGlenParks.*bluesky:@AlderGlenParks"):
        find_account(office, "AlderGlenParks")


def test_an_unknown_name_says_what_is_registered(office: sqlite3.Connection) -> None:
    parks(office)
    with pytest.raises(InputError, match=r"registered: x:@AlderGlenParks"):
        find_account(office, "AlderGlenPolice")


def test_an_active_account_is_meant_before_a_closed_one(office: sqlite3.Connection) -> None:
    close_account(office, parks(office), actor="of", on="2026-11-20", reason="Hijacked")
    again = parks(office)
    assert find_account(office, "AlderGlenParks") == again


def test_the_platform_id_is_learnt_once(office: sqlite3.Connection) -> None:
    account = set_native_id(office, parks(office), actor="import", native_id="42")
    assert set_native_id(office, account, actor="import", native_id="42") == account
    with pytest.raises(RuleError, match="another platform id"):
        set_native_id(office, account, actor="import", native_id="43")


@pytest.mark.parametrize(
    "pointer", ["env:ALDER_GLEN_X", "keyring:archiver/parks", "file:/etc/archiver/x.token"]
)
def test_pointers_are_kept(office: sqlite3.Connection, pointer: str) -> None:
    assert parks(office, credential=pointer).credential == pointer


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2",
        "abcd-efgh-ijkl-mnop",
        "env:abcd-efgh-ijkl-mnop",
        "keyring:archiver/abcd-efgh-ijkl-mnop",
        "env:ghp_0123456789abcdefABCDEF0123456789abcd",
        "env:eyJhbGciOiJIUzI1NiJ9",
        "keyring:x/1234567890-aB3dE5gH7jK9mN1pQ3sT5vW7yZ",
        "file:relative/path",
        "https://user:pass@example.com/",
        "env:TWO WORDS",
    ],
)
def test_a_secret_is_refused_and_never_repeated(office: sqlite3.Connection, secret: str) -> None:
    account = parks(office)
    for attempt in (
        lambda: parks(office, handle="Other", division="Other", credential=secret),
        lambda: set_credential(office, account, actor="of", credential=secret),
    ):
        with pytest.raises(RuleError) as refused:
            attempt()
        rest = secret.partition(":")[2]
        assert secret not in str(refused.value)
        assert not rest or rest not in str(refused.value)
    assert len(list_accounts(office)) == 1


def test_a_credential_inside_the_home_is_refused(office: sqlite3.Connection) -> None:
    file = office.execute("PRAGMA database_list").fetchone()["file"]
    with pytest.raises(RuleError, match="inside the archive home"):
        parks(office, credential=f"file:{file}.token")


def test_an_account_is_not_closed_ahead_of_time(office: sqlite3.Connection) -> None:
    account = parks(office)
    with pytest.raises(InputError, match="lies ahead"):
        close_account(office, account, actor="of", on="2999-01-01", reason="Merged")
