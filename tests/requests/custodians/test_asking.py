"""Asks: made once, sent once, reminded of, answered in words that stay."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import pytest

import archiver.requests.custodians.messages as messages
from archiver.archive.store import Archive
from archiver.config import Home, Mail, Settings
from archiver.errors import InputError, RuleError, SourceError
from archiver.requests.book import Request
from archiver.requests.custodians.answers import (
    Answer,
    altered_answers,
    answers_of,
    facts_are_shown,
    show_facts,
)
from archiver.requests.custodians.asks import (
    Ask,
    NewAsk,
    Standing,
    ask_custodian,
    asks_of,
    standing_of,
    steps_of,
)
from archiver.requests.custodians.causes import Cause
from archiver.requests.custodians.declaration import declaration_pdf
from archiver.requests.custodians.messages import (
    REMINDED,
    SENT,
    ask_sheet,
    check_sendable,
    send,
    sheet_pdf,
)
from archiver.requests.custodians.reminding import ask_reminders, note_asks_reminded
from archiver.requests.custodians.told import custodians_told, masked
from archiver.requests.letters.mailing import Unclear
from tests.requests.custodians.conftest import SCRIPTS, conforms, mail


def by_mail(settings: Settings) -> Settings:
    """The city with a mail server."""
    return Settings(
        agency=settings.agency,
        schedule=settings.schedule,
        mail=Mail(host="mail.invalid", sender="records@example.org"),
    )


def test_the_same_ask_twice_is_one_and_another_is_another(
    office: sqlite3.Connection, settings: Settings, request_made: Request, wanted: NewAsk
) -> None:
    first = ask_custodian(office, settings, request_made.number, wanted, actor="odile")
    assert ask_custodian(office, settings, request_made.number, wanted, actor="odile") == first
    other = replace(wanted, scope="Something else")
    ask_custodian(office, settings, request_made.number, other, actor="odile")
    assert len(asks_of(office, request_made)) == 2


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": " "}, "name the custodian"),
        ({"scope": ""}, "in words"),
        ({"due_on": dt.date(2026, 11, 19)}, "lies in the past"),
        ({"email": "no address"}, "no e-mail address"),
        ({"start_day": dt.date(2026, 12, 1)}, "exchange them"),
        ({"name": "a\x07b"}, "control characters"),
        ({"scope": "x" * 10_001}, "more than 10,000"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    wanted: NewAsk,
    changes: dict[str, object],
    why: str,
) -> None:
    with pytest.raises(InputError, match=why):
        ask_custodian(
            office,
            settings,
            request_made.number,
            replace(wanted, **changes),  # type: ignore[arg-type]
            actor="odile",
        )
    assert asks_of(office, request_made) == []


def test_what_stands_on_record_is_never_changed(
    office: sqlite3.Connection, answered: Callable[..., Answer]
) -> None:
    answered()
    for table in ("custodian_asks", "custodian_answers"):
        for change in (f"DELETE FROM {table}", f"UPDATE {table} SET actor = 'x'"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                office.execute(change)
    assert altered_answers(office) == (1, [])
    office.execute("DROP TRIGGER custodian_answers_no_update")
    office.execute("UPDATE custodian_answers SET text = text || 'not'")
    assert altered_answers(office)[1] == ["answer 1 to ask 1 is not what was declared"]


def test_a_declaration_says_all_of_the_answer_and_becomes_a_pdf(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    asked: Ask,
    answered: Callable[..., Answer],
) -> None:
    made = answered((mail(), "lights.eml"), kept_back="two notes", facts="about my sister")
    for words in ("personal e-mail", "skate", "lights.eml", "two notes", "about my sister"):
        assert words in made.text
    assert "under penalty of perjury" in made.text
    pdf = declaration_pdf(
        asked,
        Cause(request=request_made),
        made.text,
        at=made.at,
        digest=made.sha256,
        settings=settings,
    )
    conforms(pdf)


@pytest.mark.parametrize("reminder", [False, True])
def test_what_a_custodian_is_asked_is_a_pdf_anyone_can_read(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    wanted: NewAsk,
    *,
    reminder: bool,
) -> None:
    hostile = replace(wanted, scope=f"{SCRIPTS} {wanted.scope}", accounts=SCRIPTS)
    asked = ask_custodian(office, settings, request_made.number, hostile, actor="odile")
    conforms(sheet_pdf(ask_sheet(office, settings, asked, reminder=reminder, clerk="O. Farrow")))


def test_a_message_goes_once_and_what_came_of_it_is_written_down(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gone: list[bytes] = []
    failing: list[Exception] = [SourceError("refused")]

    def hand_over(message: messages.Outgoing, _: Mail) -> None:
        if failing:
            raise failing.pop()
        gone.append(message.content)

    monkeypatch.setattr(messages, "hand_over", hand_over)
    city = by_mail(settings)
    with pytest.raises(SourceError):
        send(office, city, asked.id, SENT, actor="odile", clerk="Odile Farrow")
    send(office, city, asked.id, SENT, actor="odile", clerk="Odile Farrow")
    with pytest.raises(RuleError, match="was sent already"):
        send(office, city, asked.id, SENT, actor="odile", clerk="Odile Farrow")
    send(office, city, asked.id, REMINDED, actor="odile", clerk="Odile Farrow")
    with pytest.raises(RuleError, match="reminded today already"):
        send(office, city, asked.id, REMINDED, actor="odile", clerk="Odile Farrow")
    assert len(gone) == 2 and b"Reminder" in gone[1]
    assert [each.what for each in steps_of(office, asked)] == [
        *("begun", "failed", "begun", "sent", "begun", "reminded"),
    ]
    assert standing_of(office, asked, dt.date(2026, 11, 20)) is Standing.REMINDED


def test_what_may_have_gone_out_is_not_sent_again(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Ask,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise Unclear("the connection broke")

    monkeypatch.setattr(messages, "hand_over", broken)
    with pytest.raises(Unclear):
        send(office, by_mail(settings), asked.id, SENT, actor="odile", clerk="O. Farrow")
    with pytest.raises(RuleError, match="may have gone out"):
        check_sendable(office, by_mail(settings), asked.id, SENT)


def test_every_threshold_is_reminded_of_once_and_an_answer_ends_it(
    office: sqlite3.Connection,
    settings: Settings,
    asked: Ask,
    answered: Callable[..., Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = []
    for day in ("20", "21", "23", "24", "25", "26"):
        monkeypatch.setenv("ARCHIVER_NOW", f"2026-11-{day}T18:00:00Z")
        due = ask_reminders(office, settings)
        told += [(day, each.threshold) for each in due]
        note_asks_reminded(office, due, actor="nightly")
        assert ask_reminders(office, settings) == []
    assert told == [("20", 5), ("23", 1), ("24", 0), ("25", -1), ("26", -2)]
    assert standing_of(office, asked, dt.date(2026, 11, 26)) is Standing.OVERDUE
    answered()
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-27T18:00:00Z")
    assert ask_reminders(office, settings) == []


def test_the_statement_leaves_out_addresses_numbers_and_unreleased_facts(
    office: sqlite3.Connection,
    settings: Settings,
    request_made: Request,
    asked: Ask,
    answered: Callable[..., Answer],
) -> None:
    answered(
        accounts="mail ana@home.example\ntelephone (916) 555-0142",
        kept_back="two notes",
        facts="about my sister",
    )
    [one] = custodians_told(office, settings, request_made)
    whole = " ".join(one.told)
    assert "ana@home.example" not in whole and "555-0142" not in whole
    assert "sister" not in whole and "Found nothing." in whole
    show_facts(office, asked.id, shown=True, actor="odile")
    assert facts_are_shown(office, asked)
    [one] = custodians_told(office, settings, request_made)
    assert "two notes. about my sister" in " ".join(one.told)


@pytest.mark.parametrize(
    "own",
    [
        *("(916)-555-0142", "916\u2011555\u20110142", "916\u2013555\u20130142", "916 - 555 - 0142"),
        *("916/555/0142", "+44 20 7946 0958", "maria.lopez (at) example.com", "@maria.lopez"),
        *("facebook.example/maria.lopez.94", "https://x.example/maria", "35 209900 176148 1"),
    ],
)
def test_no_form_of_an_own_address_number_or_account_is_printed(own: str) -> None:
    told = masked(f"telephone and mail: {own}, searched")
    assert "not printed)" in told
    assert not {"0142", "7946", "maria", "176148"} & set(re.findall(r"\w+", told))


def test_days_and_plain_words_are_printed() -> None:
    plain = "own e-mail, 2 telephones, from 2026-01-01 to 2026-02-01"
    assert masked(plain) == plain


def test_an_ask_that_never_went_out_asked_nobody(
    office: sqlite3.Connection, settings: Settings, request_made: Request, wanted: NewAsk
) -> None:
    alone = replace(wanted, login="")
    made = ask_custodian(office, settings, request_made.number, alone, actor="odile")
    assert custodians_told(office, settings, request_made) == ()
    messages.mark(office, made.id, SENT, actor="odile", how="on paper")
    assert len(custodians_told(office, settings, request_made)) == 1


def test_an_answer_killed_before_it_is_whole_leaves_no_file_behind(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    asked: Ask,
    answered: Callable[..., Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import archiver.requests.custodians.causes as causes

    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(causes, "note", stopped)
        with pytest.raises(KeyboardInterrupt):
            answered((b"words", "a.txt"))
    assert answers_of(office, asked) == []
    assert [path for path in (home.path / "requests").rglob("*") if path.is_file()] == []
