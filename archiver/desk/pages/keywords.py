"""Word filters of the accounts: each list with its day, what changed, entering the next."""

from __future__ import annotations

import datetime as dt

from archiver import clock
from archiver.desk.answers import Answer, Asked, Made, NotHere, Page, Redirect
from archiver.desk.numbers import whole
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.policy.keyword_lists import (
    LARGEST_FILE,
    KeywordList,
    Words,
    add_keywords,
    filtering_accounts,
    keyword_list,
    take_back_list,
    words_in,
)
from archiver.policy.plain_text import read_text
from archiver.register.accounts import account_by_id, list_accounts
from archiver.staff.roles import KEEP_POLICIES


def show(visit: Visit, asked: Asked) -> Answer:
    """The lists of every account, and the form that enters one."""
    return _page(visit, {})


def _page(visit: Visit, given: dict[str, str], problem: str = "") -> Page:
    today = clock.local_day(clock.now_text(), visit.desk.settings.time_zone).isoformat()
    with visit.office() as office:
        shown = {
            "filtering": filtering_accounts(office),
            "accounts": list_accounts(office),
            "given": {"account": "", "words": "", "on": today, "note": "", "none": "", **given},
            "today": today,
            "problem": problem,
            "can_keep": visit.may(KEEP_POLICIES),
        }
    return Page("keywords.html", shown, 422 if problem else 200)


def enter(visit: Visit, asked: Asked) -> Answer:
    """Enter a list, from the field or from a file."""
    given = {name: asked.given(name) for name in ("account", "words", "on", "note", "none")}
    upload = asked.file("file")
    try:
        words = words_in(asked.given("words"))
        if upload is not None:
            if words.words:
                raise InputError("give the words in the field or as a file, not both")
            words = words_in(read_text(upload.path, upload.name, LARGEST_FILE))
        made = _entered(visit, asked, words, upload.name if upload else "")
    except ArchiverError as wrong:
        return _page(visit, given, str(wrong))
    return Redirect(f"/policies/keywords/{made.id}")


def _entered(visit: Visit, asked: Asked, words: Words, source: str) -> KeywordList:
    try:
        day = dt.date.fromisoformat(asked.given("on"))
    except ValueError:
        raise InputError("give the day on which the list stood so") from None
    with visit.office() as office:
        return add_keywords(
            office,
            whole(asked.given("account")) or 0,
            words.words,
            actor=visit.person.login,
            stood_on=day,
            none=bool(asked.given("none")),
            source=source,
            note=asked.given("note"),
        )


def one(visit: Visit, asked: Asked) -> Answer:
    """A list: its words, and what differs from the one before."""
    return _one(visit, _found(visit, asked))


def _one(visit: Visit, found: KeywordList, problem: str = "") -> Page:
    with visit.office() as office:
        account = account_by_id(office, found.account_id)
    shown = {
        "found": found,
        "account": account,
        "problem": problem,
        "can_keep": visit.may(KEEP_POLICIES) and found.taken_back is None,
    }
    return Page("keyword_list.html", shown, 422 if problem else 200)


def as_text(visit: Visit, asked: Asked) -> Answer:
    """The words as a text file, one a line."""
    found = _found(visit, asked)
    text = "".join(f"{word}\n" for word in found.words)
    name = f"keywords-{found.id}-{found.stood_on}.txt"
    return Made(text.encode(), "text/plain; charset=utf-8", name)


def take_back(visit: Visit, asked: Asked) -> Answer:
    """Take back a list entered by mistake."""
    found = _found(visit, asked)
    try:
        with visit.office() as office:
            take_back_list(office, found.id, actor=visit.person.login, reason=asked.given("reason"))
    except ArchiverError as wrong:
        return _one(visit, found, str(wrong))
    return Redirect(f"/policies/keywords/{found.id}")


def _found(visit: Visit, asked: Asked) -> KeywordList:
    with visit.office() as office:
        try:
            return keyword_list(office, int(asked.parts["list"]))
        except InputError:
            raise NotHere from None
