"""The demonstration city's policy in two versions, and a word filter in two."""

from __future__ import annotations

import datetime as dt
import sqlite3

from archiver.config import Home
from archiver.policy.keyword_lists import add_keywords, filtering_accounts
from archiver.policy.versions import NewVersion, add_version, list_versions
from archiver.register.accounts import find_account

KEEPER = "maribel"
"""The login of the communications office."""
_POLICY = "Social media and comment policy"
_FIRST = """\
1. The accounts inform residents. The website remains the City's primary source of information.
2. Comments are welcome. A comment is not a public comment at a meeting, and gives no legal notice.
3. The City removes comments that are obscene, threaten, advertise, or are not about the post.
4. What is removed is kept with its time, date and the name of its author as far as it is known.
5. What is posted, sent or submitted on these accounts may be subject to public disclosure.
"""
_SECOND = """\
1. The accounts inform residents. The website remains the City's primary source of information.
2. Comments are welcome. A comment is not a public comment at a meeting, and gives no legal notice.
3. The City removes or hides comments that are obscene, threaten or advertise, and never one that
criticises the City or its officials.
4. What is removed or hidden is kept for at least two years, with its time, date and the name of its
author as far as it is known.
5. The City rather hides by a list of words than blocks a person. Each list is kept with its date.
6. What is posted, sent or submitted on these accounts may be subject to public disclosure.
"""
_WORDS = ("more followers", "crypto gift", "casino bonus", "win a prize", "t.me/", "damn fools")
_LATER = (
    "free followers",
    "crypto giveaway",
    "casino bonus",
    "win a prize",
    "t.me/",
    "prestamo ya",
)


def lay_down(conn: sqlite3.Connection, home: Home, today: dt.date) -> None:
    """Enter the policy and the word lists, where that is not done."""
    if not list_versions(conn):
        for name, wording, days, by in (
            ("Version 1", _FIRST, 1100, "City Manager, memorandum 2023-19"),
            ("Version 2", _SECOND, 240, "City Council, Resolution 2026-31"),
        ):
            day = today - dt.timedelta(days=days)
            version = NewVersion(_POLICY, name, day, by, wording=wording)
            add_version(home, conn, version, actor=KEEPER)
    if not filtering_accounts(conn):
        account = find_account(conn, "x:AlderGlenParks")
        for words, days in ((_WORDS, 150), (_LATER, 20)):
            day = today - dt.timedelta(days=days)
            add_keywords(conn, account.id, words, actor=KEEPER, stood_on=day)
