"""A letter as an e-mail message, and handing it to the city's mail server."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from archiver import clock
from archiver.config import Mail, resolve_secret
from archiver.errors import ArchiverError, CredentialError, HomeError, InputError, SourceError
from archiver.requests.letters.face import Face
from archiver.requests.letters.paper import letter_pdf
from archiver.requests.letters.words import line
from archiver.requests.letters.writing import Letter

_ADDRESS = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
)
_LONGEST_ADDRESS = 254
_NOWHERE = "letters.invalid"
"""The sender's domain where no mail server is set: reserved, so that nothing can be sent to it."""


class Unclear(SourceError):
    """The connection broke at a moment at which the letter may or may not have been taken."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message ready to go: its bytes, and who it goes from and to."""

    sender: str
    address: str
    message_id: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sheet:
    """What goes out as a message: `name` becomes its Message-ID, so that the same sheet to the same
    address is one message; `file` is what its PDF is called. `at` is UTC."""

    face: Face
    subject: str
    text: str
    at: str
    name: str
    file: str


def read_address(text: str) -> str:
    """An e-mail address as typed. Raises InputError where it is none or holds anything else."""
    address = text.strip(" ")
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        raise InputError(
            "that is no e-mail address a letter can go to: write one, such as name@example.org"
        )
    return address


def address_in(text: str | None) -> str:
    """The first e-mail address in a text such as a requester's contact, or nothing."""
    for word in re.split(r"[\s,;<>()]+", (text or "")[:2_000]):
        if len(word) <= _LONGEST_ADDRESS and _ADDRESS.fullmatch(word.rstrip(".")):
            return word.rstrip(".")
    return ""


def outgoing(letter: Letter, mail: Mail, address: str) -> Outgoing:
    """A frozen letter as a message: its words as plain text, and the PDF beside them.

    The same letter to the same address has the same Message-ID, so that a message that went out
    twice is one. Raises InputError where an address is none.
    """
    return compose(letter, mail, address, letter_pdf(letter))


def compose(letter: Letter, mail: Mail, address: str, pdf: bytes) -> Outgoing:
    """What `outgoing` gives, with a PDF that is there already."""
    sheet = Sheet(
        letter.face,
        letter.subject,
        letter.text,
        letter.at,
        f"letter-{letter.id}-{letter.sha256[:24]}",
        f"{letter.name}.pdf",
    )
    return compose_sheet(sheet, mail, address, pdf)


def compose_sheet(sheet: Sheet, mail: Mail, address: str, pdf: bytes) -> Outgoing:
    """A sheet as a message: its words as plain text, and its PDF beside them.

    Raises InputError where an address is none.
    """
    to = read_address(address)
    sender = read_address(mail.sender) if mail.sender else f"records@{_NOWHERE}"
    domain = sender.rpartition("@")[2]
    message_id = f"<{sheet.name}@{domain}>"
    message = EmailMessage(policy=SMTP)
    message["From"] = _mailbox(sheet.face.agency, sender)
    message["To"] = _mailbox("", to)
    message["Subject"] = line(sheet.subject)
    message["Date"] = format_datetime(clock.parse(sheet.at))
    message["Message-ID"] = message_id
    words = plain_text(sheet.face, sheet.subject, sheet.text)
    message.set_content(words, cte="quoted-printable")
    message.add_attachment(pdf, maintype="application", subtype="pdf", filename=sheet.file)
    message["Content-Language"] = line(sheet.face.language)
    message.set_boundary(f"=_{sheet.name}")
    return Outgoing(sender, to, message_id, message.as_bytes())


def plain_text(face: Face, subject: str, text: str) -> str:
    """A letter as plain text, from the letterhead to the signature."""
    head = [face.agency, *face.letterhead]
    parts = ["\n".join(head), face.date, "\n".join(face.address), subject, text]
    parts.append("\n".join(filter(None, (face.signer_name, face.signer_title))))
    return "\n\n".join(filter(None, parts)) + "\n"


def require_server(mail: Mail) -> None:
    """Raises ArchiverError, with what to do, where no mail server is set."""
    if not mail.host:
        raise ArchiverError(
            "no mail server is set: name one under [mail] in archive.toml, or save the message "
            "(.eml) and send it from your own mail program"
        )


def hand_over(message: Outgoing, mail: Mail) -> None:
    """Give a message to the mail server. Nothing is written, and no transaction may be open.

    Raises ArchiverError where none is set, CredentialError where the server does not take the
    password, Unclear where the connection broke after the letter was given, SourceError for
    everything else. No message repeats what the server said: it may hold the address or the
    password.
    """
    require_server(mail)
    where = f"{mail.host}:{mail.port}"
    given = False
    try:
        with _connected(mail) as server:
            code, _ = server.mail(message.sender)
            if code != 250:
                raise SourceError(
                    f"the mail server {where} takes no mail from {message.sender} ({code}): ask IT "
                    "to check [mail] sender"
                )
            code, _ = server.rcpt(message.address)
            if code not in (250, 251):
                raise SourceError(
                    f"the mail server {where} does not take mail for that address ({code}): check "
                    "the address, or send the letter another way"
                )
            given = True
            code, _ = server.data(message.content)
            given = False
            if code != 250:
                raise SourceError(
                    f"the mail server {where} refused the letter ({code}): ask IT, or send it "
                    "another way"
                )
    except smtplib.SMTPAuthenticationError as error:
        raise CredentialError(
            f"the mail server {where} does not take the user and password of [mail] "
            f"({error.smtp_code}): ask IT"
        ) from None
    except smtplib.SMTPDataError as error:
        raise SourceError(
            f"the mail server {where} refused the letter ({error.smtp_code}): ask IT"
        ) from None
    except ssl.SSLError:
        raise SourceError(
            f"the mail server {where} could not be trusted or offers no private connection: ask IT "
            "to check [mail] security and certificates"
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        if given:
            raise Unclear(
                f"the connection to {where} broke while the letter was handed over: look into the "
                "mailbox before it is sent again"
            ) from None
        raise SourceError(
            f"the mail server {where} could not be used ({type(error).__name__}): ask IT, or save "
            "the message and send it from your own mail program"
        ) from None


@contextmanager
def _connected(mail: Mail) -> Iterator[smtplib.SMTP]:
    """A session with the mail server, private and signed in as the settings say."""
    password = _secret(mail)
    host, timeout = mail.host or "", mail.timeout_seconds
    if mail.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            host, mail.port, timeout=timeout, context=_trusted(mail)
        )
    else:
        server = smtplib.SMTP(host, mail.port, timeout=timeout)
    try:
        server.ehlo()
        if mail.security == "starttls":
            server.starttls(context=_trusted(mail))
            server.ehlo()
        if mail.user and password is not None:
            server.login(mail.user, password)
        yield server
        # the letter is handed over; whether the goodbye arrives changes nothing
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            return
    finally:
        server.close()


def _trusted(mail: Mail) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=mail.certificates)
    except OSError:
        raise SourceError(
            "the file under [mail] certificates cannot be read: ask IT to check its path"
        ) from None


def _secret(mail: Mail) -> str | None:
    if mail.password is None:
        return None
    try:
        return resolve_secret(mail.password)
    except HomeError as error:
        raise CredentialError(f"the mail server's password cannot be read: {error}") from None


def _mailbox(name: str, address: str) -> Address:
    return Address(display_name=line(name, 120), addr_spec=address)
