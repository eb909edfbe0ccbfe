"""The demonstration's custodians: one returned what she held, one found nothing, one is waited for;
and a file another department handed over."""

from __future__ import annotations

import datetime as dt
import sqlite3
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.requests.custodians.answers import NewAnswer, answer
from archiver.requests.custodians.asks import NewAsk, ask_custodian
from archiver.requests.custodians.handing_in import HandedFile, review_department_files
from archiver.requests.custodians.messages import SENT, mark
from archiver.requests.custodians.taking_in import take_in_request
from archiver.requests.receiving.attaching import FileKind, NewFile, attach_file

COUNCIL = "City Council"
_SCOPE = (
    "Whatever you wrote or received about the park closure: e-mails, messages, posts, pictures, on "
    "accounts and devices of your own too."
)
_DUE_IN = dt.timedelta(days=4)


def ask_the_custodians(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    number: str,
    *,
    clerk: str,
    login: str,
) -> None:
    """Ask three for a request, have two answer, and take in what came; `login` is the custodian who
    signs in and is waited for."""
    today = clock.local_day(clock.now_text(), settings.time_zone)
    due = today + _DUE_IN
    returned = _ask(office, settings, number, clerk, due, "Perpetua Lindqvist", "Council member")
    nothing = _ask(office, settings, number, clerk, due, "Anselm Okonjo", "Council member")
    _ask(office, settings, number, clerk, due, "Isidora Vance", "Mayor", login=login)
    given = NewAnswer(
        "own e-mail",
        "Perpetua Lindqvist",
        today,
        terms="park\nclosure",
        devices="own telephone",
        kept_back="two messages with my brother",
        facts="They arrange a family picnic. Nobody at the city took part in them.",
        how="on paper",
    )
    files = [HandedFile(_message(), "park-closure.eml")]
    answer(home, office, settings, returned, given, files, actor=clerk, on_behalf=True)
    given = NewAnswer(
        "own e-mail", "Anselm Okonjo", today, terms="park", found_nothing=True, how="by telephone"
    )
    answer(home, office, settings, nothing, given, [], actor=clerk, on_behalf=True)
    file = NewFile(
        b"Calls about Willow Park, week of the closure\n\nMon 4  Tue 9  Wed 2  Thu 0  Fri 1\n",
        "calls.txt",
        FileKind.DEPARTMENT,
        "Public Works",
        "Calls the yard counted",
    )
    attach_file(home, office, number, file, actor=clerk)
    review_department_files(office, number, actor=clerk)
    take_in_request(home, office, archive, number, actor=clerk)


def _ask(
    office: sqlite3.Connection,
    settings: Settings,
    number: str,
    clerk: str,
    due: dt.date,
    name: str,
    title: str,
    *,
    login: str = "",
) -> int:
    wanted = NewAsk(
        name,
        COUNCIL,
        _SCOPE,
        due,
        title=title,
        login=login,
        accounts="own e-mail\nown social media accounts",
        devices="own telephone",
    )
    made = ask_custodian(office, settings, number, wanted, actor=clerk)
    mark(office, made.id, SENT, actor=clerk, how="by hand")
    return made.id


def _message() -> bytes:
    """What a resident wrote to a council member at home."""
    message = EmailMessage(policy=SMTP)
    message["From"] = "Bettina Krall <bettina.krall@example.org>"
    message["To"] = "Perpetua Lindqvist <perpetua@example.org>"
    message["Date"] = format_datetime(clock.now() - dt.timedelta(days=9))
    message["Subject"] = "Is Willow Park closed for the children’s run?"
    message["Message-ID"] = "<willow-park@example.org>"
    message.set_content(
        "Dear Perpetua,\n\nthe sign at the gate says the park closure lasts all week, the city’s "
        "page says until Thursday. The children’s run is on Friday. Which is it?\n\nBettina"
    )
    return message.as_bytes()
