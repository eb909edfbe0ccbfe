"""Policy versions and word filters as lists of a request.

Both are read from what the city entered: each reading says that it is by what is on file now, since
an old version may have been entered long after its day.
"""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver import clock
from archiver.policy.keyword_lists import KeywordList, lists_of_account, standing_list
from archiver.policy.versions import PolicyVersion, list_versions
from archiver.register.accounts import list_accounts
from archiver.requests.collecting.list_reading import Reading, Row

VERSION_COLUMNS = (
    *("Policy", "Version", "Applies to", "In effect from", "Superseded on", "Adopted by"),
    *("Document", "Document’s SHA-256"),
)
WORDING_COLUMNS = ("Policy", "Version", "Line", "Wording")
KEYWORD_COLUMNS = ("Word or phrase", "On the list since")
CHANGE_COLUMNS = ("As of", "Change", "Word or phrase")


def policies(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    """Every version that had taken effect by a moment."""
    day = _day(as_of, zone)
    names = {account.id: f"{account.platform}:@{account.handle}" for account in list_accounts(conn)}
    rows = tuple(
        (
            f"policy:{each.id}",
            (
                *(each.policy, each.version, _applies(each, names), _shown(each.effective_from)),
                _shown(each.superseded_on) if each.superseded_on else "",
                *(each.adopted_by, each.document_name),
                each.document.sha256 if each.document else "",
            ),
        )
        for each in _effective(conn, day)
    )
    return Reading(
        f"Every version of the city’s policies that had taken effect by {clock.shown_day(day)}, as "
        "the city has entered them.",
        rows,
    )


def wordings(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    """The wording, line by line, of the versions that were in force at a moment."""
    day = _day(as_of, zone)
    standing = [e for e in _effective(conn, day) if e.state_on(day.isoformat()) == "in force"]
    rows: list[Row] = []
    for each in standing:
        lines = filter(None, (" ".join(line.split()) for line in each.wording.split("\n")))
        for number, line in enumerate(lines, 1):
            cells = (each.policy, each.version, str(number), line)
            rows.append((f"policy:{each.id}:{number}", cells))
    about = f"The wording of the policies in force on {clock.shown_day(day)}, line by line."
    bare = [f"{each.policy} {each.version}" for each in standing if not each.wording]
    if bare:
        about += (
            f" Of {', '.join(bare)} only the published document is on file: hand it over beside "
            "this list."
        )
    return Reading(about if standing else f"{about} None was on file.", tuple(rows))


def keywords(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    """The words an account's filter held at a moment."""
    day = _day(as_of, zone)
    found, since = standing_list(conn, account_id, day)
    if found is None:
        about = f"No word list of this account as of {clock.shown_day(day)} or earlier was entered."
        return Reading(about, ())
    rows = tuple(
        (f"keyword:{found.id}:{number}", (word, _shown(since[word])))
        for number, word in enumerate(found.words, 1)
    )
    none = "" if found.words else ": it filtered none"
    about = (
        f"The words of the account’s filter as last entered for {_shown(found.stood_on)}{none}. "
        "The platform gives the list to no program: a person entered it."
    )
    return Reading(about, rows)


def keyword_changes(conn: sqlite3.Connection, account_id: int, as_of: str, zone: str) -> Reading:
    """What each list of an account added and removed, up to a moment."""
    day = _day(as_of, zone).isoformat()
    found = [
        each
        for each in reversed(lists_of_account(conn, account_id))
        if each.taken_back is None and each.stood_on <= day
    ]
    rows = tuple(row for each in found for row in _changes(each))
    about = "What each entered list of the account’s filter added and removed, up to that moment."
    return Reading(about, rows)


def _changes(found: KeywordList) -> list[Row]:
    changes = [("added", word) for word in found.added]
    changes += [("removed", word) for word in found.removed]
    return [
        (f"keyword:{found.id}:change:{number}", (_shown(found.stood_on), what, word))
        for number, (what, word) in enumerate(changes, 1)
    ]


def _effective(conn: sqlite3.Connection, day: dt.date) -> list[PolicyVersion]:
    return [
        each
        for each in list_versions(conn)
        if each.taken_back is None and each.effective_from <= day.isoformat()
    ]


def _applies(version: PolicyVersion, names: dict[int, str]) -> str:
    named = [*version.departments, *(names[each] for each in version.accounts if each in names)]
    return "; ".join(named) or "all accounts"


def _day(as_of: str, zone: str) -> dt.date:
    """The day a moment speaks of: the end of a day is the beginning of the next."""
    before = clock.parse(as_of) - dt.timedelta(seconds=1)
    return clock.local_day(clock.to_text(before), zone)


def _shown(day: str) -> str:
    return clock.shown_day(dt.date.fromisoformat(day), weekday=False)
