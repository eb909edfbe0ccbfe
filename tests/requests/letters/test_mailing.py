"""Letters by e-mail, against a mail server that really listens: what goes out, and what fails."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email
import email.policy
import ipaddress
import re
import socket
import socketserver
import sqlite3
import ssl
import threading
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from archiver.config import Mail, Settings
from archiver.errors import (
    ArchiverError,
    BusyError,
    CredentialError,
    InputError,
    RuleError,
    SourceError,
)
from archiver.requests.book import events_of
from archiver.requests.letters.mailing import address_in, compose, read_address
from archiver.requests.letters.sending import (
    ask_to_send,
    carry_out,
    last_sending,
    mark_sent,
    send_now,
    sendings_of,
    sent_at,
)
from archiver.requests.letters.writing import Letter, get_letter

NUMBER = "2026-0001"
TO = "gwen@example.org"
PASSWORD = "correct-horse-battery"
Draft = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("asked", "attested")


class _Session(socketserver.StreamRequestHandler):
    """One conversation in SMTP (RFC 5321), as far as sending a letter needs it."""

    timeout = 10

    def handle(self) -> None:
        town: MailServer = self.server.town  # type: ignore[attr-defined]
        self.say("220 mail.example.org")
        sender, recipients = "", list[str]()
        while line := self.rfile.readline(4096).decode("ascii", "replace").strip():
            word = line.upper()
            if word.startswith("EHLO"):
                secure = isinstance(self.connection, ssl.SSLSocket)
                more = [] if secure else town.offers
                offers = ["mail.example.org", *more, "AUTH PLAIN", "8BITMIME"]
                for each in offers[:-1]:
                    self.say(f"250-{each}")
                self.say(f"250 {offers[-1]}")
            elif word == "STARTTLS":
                self.say("220 go ahead")
                self.connection = town.context.wrap_socket(self.connection, server_side=True)
                self.rfile = self.connection.makefile("rb")
                self.wfile = self.connection.makefile("wb", buffering=0)
            elif word.startswith("AUTH"):
                town.logins.append(line)
                refused = "535 5.7.8 the password correct-horse is wrong"
                self.say(refused if town.mood == "auth" else "235 ok")
            elif word.startswith("MAIL"):
                sender = line
                self.say("250 ok")
            elif word.startswith("RCPT"):
                recipients.append(line)
                self.say(f"550 no such box {TO}" if town.mood == "rcpt" else "250 ok")
            elif word == "DATA":
                self.say("354 go ahead")
                body = bytearray()
                while (row := self.rfile.readline()) not in (b".\r\n", b""):
                    body += row[1:] if row.startswith(b"..") else row
                if town.mood == "breaks":
                    return
                if town.mood == "data":
                    self.say("554 refused")
                    continue
                town.received.append((sender, tuple(recipients), bytes(body)))
                self.say("250 taken")
            elif word == "QUIT":
                if town.mood != "rude":
                    self.say("221 bye")
                return
            else:
                self.say("500 what?")

    def say(self, line: str) -> None:
        self.wfile.write(line.encode("ascii") + b"\r\n")


class MailServer:
    """A mail server on loopback. `mood` says at which point it is unfriendly."""

    def __init__(self, folder: Path) -> None:
        self.mood = ""
        self.offers = ["STARTTLS"]
        self.logins: list[str] = []
        self.received: list[tuple[str, tuple[str, ...], bytes]] = []
        self.certificate = folder / "mail.pem"
        self.context = _context(self.certificate)
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Session)
        self._server.daemon_threads = True
        self._server.town = self  # type: ignore[attr-defined]
        self.port: int = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def message(self) -> EmailMessage:
        """The only message that came."""
        ((_, _, content),) = self.received
        found = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(found, EmailMessage)
        return found


def _context(path: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1, written to `path`, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Alder Glen mail")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    whole = path.with_suffix(".key")
    whole.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(whole)
    return context


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MailServer]:
    """A mail server that takes everything until its mood changes."""
    made = MailServer(tmp_path)
    yield made
    made.close()


@pytest.fixture
def mailing(
    settings: Settings, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Settings]:
    """The city's settings with the mail server in them."""
    monkeypatch.setenv("MAIL_SECRET", PASSWORD)

    def made(**changes: Any) -> Settings:
        mail = Mail(
            **{
                "host": "127.0.0.1",
                "port": server.port,
                "sender": "records@alderglen.example",
                "user": "records",
                "password": "env:MAIL_SECRET",
                "certificates": str(server.certificate),
                "timeout_seconds": 5,
                **changes,
            }
        )
        return msgspec.structs.replace(settings, mail=mail)

    return made


@pytest.fixture
def letter(draft: Draft, write: Callable[..., Any]) -> Letter:
    """A frozen acknowledgement."""
    made: Letter = write(draft("acknowledgement"))
    return made


def state(office: sqlite3.Connection, letter: Letter) -> list[str]:
    return [each.step for each in sendings_of(office, letter.id)]


def test_a_letter_goes_out_signed_in_and_private_with_its_pdf(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    sent = send_now(office, mailing(), letter, actor="of", address=TO)
    assert state(office, letter) == ["asked", "begun", "sent"]
    ((sender, recipients, _),) = server.received
    assert sender.upper().startswith("MAIL FROM:<RECORDS@ALDERGLEN.EXAMPLE>")
    assert recipients == (f"RCPT TO:<{TO}>",) or recipients == (f"rcpt TO:<{TO}>",)
    assert len(server.logins) == 1
    message = server.message()
    assert message["Subject"] == letter.subject
    assert message["To"] == TO
    assert message["From"] == "City of Alder Glen <records@alderglen.example>"
    assert message["Message-ID"] == sent.message_id
    body = message.get_body(("plain",))
    assert body is not None and letter.text.split("\n")[0] in body.get_content()
    (pdf,) = message.iter_attachments()
    assert pdf.get_content().startswith(b"%PDF") and pdf.get_filename() == f"{letter.name}.pdf"
    assert sent_at(office, letter.id) == sent.sent_at
    assert events_of(office, NUMBER)[-1].kind == "letter sent"


def test_the_secret_is_nowhere_in_the_database_or_an_error(
    office: sqlite3.Connection,
    letter: Letter,
    server: MailServer,
    mailing: Callable[..., Settings],
    tmp_path: Path,
) -> None:
    server.mood = "auth"
    with pytest.raises(CredentialError) as refused:
        send_now(office, mailing(), letter, actor="of", address=TO)
    office.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    kept = (tmp_path / "office.db").read_bytes()
    for secret in (PASSWORD.encode(), b"correct-horse"):
        assert secret not in kept
        assert secret.decode() not in str(refused.value)
    assert state(office, letter)[-1] == "failed"


@pytest.mark.parametrize(
    ("mood", "kind", "told", "step"),
    [
        ("auth", CredentialError, "user and password", "failed"),
        ("rcpt", SourceError, "does not take mail for that address", "failed"),
        ("data", SourceError, "refused the letter", "failed"),
        ("breaks", SourceError, "look into the mailbox", "unclear"),
    ],
)
def test_what_fails_says_what_to_do_and_the_letter_is_not_sent(
    office: sqlite3.Connection,
    letter: Letter,
    server: MailServer,
    mailing: Callable[..., Settings],
    mood: str,
    kind: type[Exception],
    told: str,
    step: str,
) -> None:
    server.mood = mood
    with pytest.raises(kind, match=told) as refused:
        send_now(office, mailing(), letter, actor="of", address=TO)
    assert "\n" not in str(refused.value)
    last = last_sending(office, letter.id)
    assert last is not None and (last.step, last.note) == (step, str(refused.value))
    assert sent_at(office, letter.id) is None
    assert not office.in_transaction


def test_a_server_that_hangs_up_after_taking_the_letter_changes_nothing(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    server.mood = "rude"
    assert send_now(office, mailing(), letter, actor="of", address=TO).step == "sent"


def test_no_password_travels_over_an_open_or_untrusted_connection(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    with pytest.raises(SourceError, match="could not be trusted"):
        send_now(office, mailing(certificates=None), letter, actor="of", address=TO)
    server.offers = []
    with pytest.raises(SourceError, match="could not be used"):
        send_now(office, mailing(), letter, actor="of", address=TO)
    assert server.logins == [] and server.received == []
    with pytest.raises(ValueError, match="no password over an open connection"):
        mailing(security="none")


def test_nobody_at_home_is_said_in_one_line(
    office: sqlite3.Connection, letter: Letter, mailing: Callable[..., Settings]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(SourceError, match="save the message"):
        send_now(office, mailing(port=port), letter, actor="of", address=TO)
    assert state(office, letter) == ["asked", "begun", "failed"]


def test_without_a_server_nothing_is_written_down(
    office: sqlite3.Connection, settings: Settings, letter: Letter
) -> None:
    with pytest.raises(ArchiverError, match=r"save the message \(.eml\)"):
        ask_to_send(office, settings, letter, actor="of", address=TO)
    assert state(office, letter) == []


def test_sending_twice_is_refused_unless_a_person_wants_it_and_is_the_same_message(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    first = send_now(office, mailing(), letter, actor="of", address=TO)
    with pytest.raises(RuleError, match="was sent already"):
        send_now(office, mailing(), letter, actor="of", address=TO)
    again = send_now(office, mailing(), letter, actor="of", address=TO, again=True)
    assert len(server.received) == 2
    assert again.message_id == first.message_id
    assert server.received[0][2] == server.received[1][2]


def test_a_failed_letter_can_be_sent_again_and_an_unclear_one_only_after_looking(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    server.mood = "rcpt"
    with pytest.raises(SourceError):
        send_now(office, mailing(), letter, actor="of", address=TO)
    server.mood = "breaks"
    with pytest.raises(SourceError):
        send_now(office, mailing(), letter, actor="of", address=TO)
    server.mood = ""
    with pytest.raises(RuleError, match="may have gone out"):
        send_now(office, mailing(), letter, actor="of", address=TO)
    assert send_now(office, mailing(), letter, actor="of", address=TO, again=True).step == "sent"


def test_an_attempt_cut_short_is_not_repeated_by_itself(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    asked = ask_to_send(office, mailing(), letter, actor="of", address=TO)
    office.execute(
        "INSERT INTO letter_sendings (letter_id, at, actor, step, how) "
        "VALUES (?, '2026-11-20T18:00:00Z', 'of', 'begun', 'e-mail')",
        (letter.id,),
    )
    with pytest.raises(RuleError, match="dealt with in the meantime"):
        carry_out(office, mailing(), letter, asked.id, actor="of")
    assert state(office, letter) == ["asked", "begun", "unclear"]
    assert server.received == []


def test_two_clerks_send_one_letter_once(
    office: sqlite3.Connection, letter: Letter, server: MailServer, mailing: Callable[..., Settings]
) -> None:
    settings = mailing()
    asked = ask_to_send(office, settings, letter, actor="of", address=TO, seen=0)
    with pytest.raises(BusyError, match="nothing was sent"):
        ask_to_send(office, mailing(), letter, actor="rt", address=TO, seen=0)
    with pytest.raises(BusyError, match="somebody else"):
        mark_sent(
            office, settings, letter, actor="rt", how="mail", at="2026-11-20T18:00:00Z", seen=0
        )
    carry_out(office, mailing(), letter, asked.id, actor="of")
    assert len(server.received) == 1


def test_a_corrected_or_a_practice_letter_never_goes_out(
    office: sqlite3.Connection,
    letter: Letter,
    draft: Draft,
    write: Callable[..., Any],
    mailing: Callable[..., Settings],
) -> None:
    write(draft("acknowledgement", supersedes=letter.id, reason="A wrong name."))
    stale = get_letter(office, NUMBER, letter.id)
    with pytest.raises(RuleError, match="corrected by letter"):
        send_now(office, mailing(), stale, actor="of", address=TO)


@pytest.mark.parametrize("how", ["mail", "counter", "e-mail", "other system"])
def test_other_ways_are_written_down_with_when_and_by_whom(
    office: sqlite3.Connection, settings: Settings, letter: Letter, how: str
) -> None:
    at = "2026-11-20T18:00:00Z"
    step = mark_sent(
        office, settings, letter, actor="of", how=how, at=at, note_text="at the window"
    )
    assert (step.step, step.how, step.sent_at, step.note) == (
        "sent",
        how,
        "2026-11-20T18:00:00Z",
        "at the window",
    )
    assert events_of(office, NUMBER)[-1].detail == {"letter": letter.id, "how": how}


@pytest.mark.parametrize(
    ("how", "at", "told"),
    [
        ("pigeon", "2026-11-20T18:00:00Z", "goes out by"),
        ("mail", "2026-11-21T18:00:00Z", "lies ahead"),
        ("mail", "2026-11-19T18:00:00Z", "before the letter was written"),
    ],
)
def test_an_impossible_sending_is_refused(
    office: sqlite3.Connection, settings: Settings, letter: Letter, how: str, at: str, told: str
) -> None:
    with pytest.raises(InputError, match=told):
        mark_sent(office, settings, letter, actor="of", how=how, at=at)


@pytest.mark.parametrize(
    "address",
    [
        "gwen@example.org\r\nBcc: all@example.org",
        "gwen@example.org\nSubject: x",
        "gwen@example.org, other@example.org",
        "Gwen <gwen@example.org>",
        "gwen@@example.org",
        "gwen",
        "@example.org",
        "gwen@example",
        "gwen@example.org>",
        "a" * 250 + "@example.org",
        "gw\u00e9n@example.org",
        "",
    ],
)
def test_an_address_holds_one_mailbox_and_nothing_else(address: str) -> None:
    with pytest.raises(InputError, match="no e-mail address"):
        read_address(address)


def test_the_address_is_found_in_what_a_requester_left() -> None:
    assert address_in("Call me, or write to gwen@example.org.") == TO
    assert address_in("<gwen@example.org>") == TO
    assert address_in("(559) 555-0142") == ""
    assert address_in(None) == ""


INJECTION = st.text(
    alphabet=st.one_of(
        st.sampled_from('\r\n\x00\x0b\x85\u2028:<>@,;"\\()'),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=80,
)


@trying(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=INJECTION, subject=INJECTION)
def test_no_name_or_subject_adds_a_header(
    letter: Letter, settings: Settings, name: str, subject: str
) -> None:
    face = msgspec.structs.replace(letter.face, agency=f"{name}\r\nBcc: all@example.org")
    hostile = dataclasses.replace(letter, face=face, subject=f"{subject}\r\nBcc: all@example.org")
    content = compose(hostile, settings.mail, TO, b"%PDF").content
    head = content.partition(b"\r\n\r\n")[0]
    names = re.findall(rb"^([A-Za-z-]+):", head, re.MULTILINE)
    assert sorted(names) == sorted(
        [
            *(b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Content-Language"),
            *(b"MIME-Version", b"Content-Type"),
        ]
    )
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert found["To"] == TO and found["Bcc"] is None
