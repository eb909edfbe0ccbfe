"""Mail and files as custodians hand them in, and an ask that waits for its answer."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from tempfile import NamedTemporaryFile

import pytest
from PIL import Image

from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.requests.book import Request
from archiver.requests.custodians.answers import Answer, NewAnswer, answer
from archiver.requests.custodians.asks import Ask, NewAsk, ask_custodian
from archiver.requests.custodians.handing_in import HandedFile
from archiver.requests.custodians.taking_in import TakenFile, take_in_request
from tests.pdf.conformance import failures

SCRIPTS = (
    "Wei-Lun 公園封閉 · ਪਾਰਕ ਕਦੋਂ · متى يفتح المتنزه؟ · Պարկը · 공원은 · 🚧 👩\u200d👧 · \u202eabc"
)
SCOPE = "All messages with residents about the lights at the skate park."


def mail(
    subject: str = "Lights at the skate park",
    text: str = "The lights are out again.\nCall me at (916) 555-0142.",
    *,
    sender: str = "J. Frost <jfrost@example.com>",
    message_id: str = "<one@example.com>",
    enclosed: tuple[tuple[bytes, str, str], ...] = (),
    **headers: str,
) -> bytes:
    """An e-mail file; `enclosed` are (bytes, media type, name)."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = "Ana Reyes <ana.reyes@example.org>"
    message["Date"] = "Mon, 16 Nov 2026 08:30:00 -0800"
    message["Subject"] = subject
    message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name] = value
    message.set_content(text)
    for content, kind, name in enclosed:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def picture(colour: str = "#0a5a57") -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "PNG")
    return out.getvalue()


def conforms(pdf: bytes) -> None:
    """See that a paper is PDF/UA-1 and PDF/A-3a by veraPDF's rules."""
    with NamedTemporaryFile(suffix=".pdf") as file:
        file.write(pdf)
        file.flush()
        for flavour in ("ua1", "3a"):
            assert failures(Path(file.name), flavour) == {}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """The home everything lies in."""
    return Home(tmp_path)


@pytest.fixture
def wanted() -> NewAsk:
    """What Ana Reyes is asked."""
    return NewAsk(
        name="Ana Reyes",
        title="Council member",
        department="City Council",
        email="ana.reyes@example.org",
        login="ana",
        scope=SCOPE,
        accounts="personal e-mail\nFacebook profile",
        devices="own telephone",
        start_day=dt.date(2026, 1, 1),
        end_day=dt.date(2026, 11, 16),
        due_on=dt.date(2026, 11, 24),
    )


@pytest.fixture
def asked(
    office: sqlite3.Connection, settings: Settings, request_made: Request, wanted: NewAsk
) -> Ask:
    """An ask that waits for its answer."""
    return ask_custodian(office, settings, request_made.number, wanted, actor="odile")


@pytest.fixture
def answered(
    home: Home, office: sqlite3.Connection, settings: Settings, asked: Ask
) -> Callable[..., Answer]:
    """Answers the ask with files (bytes and name); without any, nothing was found."""

    def done(*files: tuple[bytes, str], **more: object) -> Answer:
        values: dict[str, object] = {
            "accounts": "personal e-mail",
            "terms": "skate, lights",
            "declared_name": "Ana Reyes",
            "declared_on": dt.date(2026, 11, 19),
            "found_nothing": not files,
            **more,
        }
        given = NewAnswer(**values)  # type: ignore[arg-type]
        handed = [HandedFile(*each) for each in files]
        return answer(home, office, settings, asked.id, given, handed, actor="ana")

    return done


@pytest.fixture
def taken(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    request_made: Request,
    answered: Callable[..., Answer],
) -> Callable[..., list[TakenFile]]:
    """Answers with files and takes them into the archive."""

    def done(*files: tuple[bytes, str]) -> list[TakenFile]:
        answered(*files)
        return take_in_request(home, office, archive, request_made.number, actor="worker")

    return done
