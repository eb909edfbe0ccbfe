"""The properties Outlook keeps of a message, by the numbers MAPI gives them (MS-OXPROPS), and a
letter made of them: an ordinary e-mail, which the reader of e-mails then reads under its limits.
"""

from __future__ import annotations

import datetime as dt
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.parser import HeaderParser
from email.utils import format_datetime, formataddr
from functools import cached_property
from io import BytesIO
from typing import cast

from archiver.errors import InputError
from archiver.requests.receiving.code_pages import encoding_of
from archiver.requests.receiving.rich_text import words_of_rich_text

SUBJECT, HEADERS, SENT, RECEIVED = 0x0037, 0x007D, 0x0039, 0x0E06
BODY, HTML, RTF, MESSAGE_ID = 0x1000, 0x1013, 0x1009, 0x1035
CODEPAGE, INTERNET_CODEPAGE = 0x3FFD, 0x3FDE
SENDERS = ((0x0042, 0x5D02, 0x0065), (0x0C1A, 0x5D01, 0x0C1F))
"""Name, address and other address: of whom it was sent for, and of who sent it."""
NAME, ADDRESS, OTHER_ADDRESS, RECIPIENT_KIND = 0x3001, 0x39FE, 0x3003, 0x0C15
ATTACH_DATA, ATTACH_METHOD, ATTACH_LONG_NAME, ATTACH_NAME = 0x3701, 0x3705, 0x3707, 0x3704
WANTED = frozenset(
    (
        *(SUBJECT, HEADERS, SENT, RECEIVED, BODY, HTML, RTF, MESSAGE_ID, CODEPAGE),
        *(INTERNET_CODEPAGE, NAME, ADDRESS, OTHER_ADDRESS, RECIPIENT_KIND, ATTACH_DATA),
        *(ATTACH_METHOD, ATTACH_LONG_NAME, ATTACH_NAME),
        *(number for each in SENDERS for number in each),
    )
)
INTEGER, TIME, OBJECT, STRING8, UNICODE, BINARY = 0x0003, 0x0040, 0x000D, 0x001E, 0x001F, 0x0102
BY_OUTLOOK = "by Outlook"
"""How a line begins that says when Outlook received it; no server wrote one."""
_RICH = (
    "The words stand in Outlook's own form (RTF) only: they were taken out of it without its fonts "
    "and pictures"
)
_UNREADABLE = (
    "The words stand in Outlook's own form (RTF) only and could not be taken out: open the file in "
    "Outlook"
)
_KINDS = {1: "To", 2: "Cc", 3: "Bcc"}
_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_OWN = ("content-", "mime-version", "x-ms-tnef")
"""Headers that say how the message was wrapped on its way, not how it is wrapped here."""
_LONGEST_LINE = 4_000
MOST_PARTS = 300
MOST_RECIPIENTS = 200
_LONGEST_HEADERS = 200_000

Properties = Mapping[int, object]


@dataclass
class Letter:
    """What a message of Outlook's holds. `files` are (name, bytes), `letters` those enclosed as
    messages; `notices` say what could not be read."""

    properties: Properties
    recipients: list[Properties] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether it says and holds nothing."""
        said = (SUBJECT, HEADERS, BODY, HTML, RTF, *(number for each in SENDERS for number in each))
        return not (self.files or self.letters or any(self.properties.get(one) for one in said))

    @cached_property
    def rich_words(self) -> str | None:
        """The words of its rich text; None where it has none, or none that can be read."""
        packed = self.properties.get(RTF)
        return words_of_rich_text(packed) if isinstance(packed, bytes) else None


def value_of(kind: int, raw: bytes, encoding: str) -> object:
    """A property's value: text, a number, a time (UTC) or bytes; None where it is none of these."""
    if kind == UNICODE:
        return raw.decode("utf-16-le", "replace").rstrip("\0")
    if kind == STRING8:
        return raw.decode(encoding, "replace").rstrip("\0")
    if kind in (BINARY, OBJECT):
        return raw
    if kind == INTEGER:
        return int(struct.unpack_from("<i", raw)[0])
    if kind == TIME:
        try:
            return _EPOCH + dt.timedelta(microseconds=struct.unpack_from("<Q", raw)[0] // 10)
        except OverflowError:
            return None
    return None


def text_in(properties: Properties, number: int) -> str:
    """A property that is text; empty where it is none."""
    found = properties.get(number)
    return found if isinstance(found, str) else ""


def as_mime(letter: Letter) -> bytes:
    """The letter as an e-mail with everything it holds.

    Raises InputError where it holds what no e-mail can.
    """
    made = BytesIO()
    try:
        BytesGenerator(made, mangle_from_=False).flatten(_message(letter))
    except Exception as error:
        # the library refuses in many ways what no header or part can hold
        raise InputError("this message of Outlook's holds what no e-mail can") from error
    return made.getvalue()


def notices_of(letter: Letter) -> Iterator[str]:
    """What could not be read of it, and of the letters enclosed."""
    yield from letter.notices
    if letter.properties.get(RTF) and not _says(letter) and letter.rich_words != "":
        yield _UNREADABLE if letter.rich_words is None else _RICH
    for inner in letter.letters:
        yield from notices_of(inner)


def _message(letter: Letter) -> Message:
    made = MIMEMultipart()
    for name, value in _headers(letter):
        made[name] = cast("str", value)
    words = words_of(letter)
    if words is not None:
        made.attach(MIMEText(*words, "utf-8"))
    for name, content in letter.files:
        part = MIMEBase("application", "octet-stream")
        part.set_payload(content)
        encode_base64(part)
        shown = ("utf-8", "", _line(name) or "file")
        part.add_header("Content-Disposition", "attachment", filename=shown)
        made.attach(part)
    for inner in letter.letters:
        made.attach(MIMEMessage(_message(inner)))
    return made


def _headers(letter: Letter) -> Iterator[tuple[str, Header | str]]:
    """The lines the message came with; what they do not say from the properties."""
    kept = _transported(letter)
    yield from ((name, _written(value)) for name, value in kept)
    there = {name.lower() for name, _ in kept}
    told = letter.properties
    received, sent = told.get(RECEIVED), told.get(SENT)
    made: dict[str, str] = {
        "From": next(filter(None, (_person(told, *each) for each in SENDERS)), ""),
        "Subject": _line(text_in(told, SUBJECT)),
        "Message-ID": _line(text_in(told, MESSAGE_ID)),
        "Date": format_datetime(sent) if isinstance(sent, dt.datetime) else "",
        "Received": (
            f"{BY_OUTLOOK}; {format_datetime(received)}"
            if isinstance(received, dt.datetime)
            else ""
        ),
    }
    for kind in _KINDS.values():
        made[kind] = ", ".join(_recipients(letter, kind))
    for name, value in made.items():
        if value and name.lower() not in there:
            yield name, _written(value)


def _transported(letter: Letter) -> list[tuple[str, str]]:
    """The header lines the message travelled with, those about its wrapping left out."""
    text = text_in(letter.properties, HEADERS)[:_LONGEST_HEADERS]
    found = HeaderParser().parsestr(text.lstrip()).items()
    return [
        (name, _line(str(value)))
        for name, value in found
        if name.isascii() and not name.lower().startswith(_OWN)
    ]


def _recipients(letter: Letter, kind: str) -> list[str]:
    told = (
        _person(each, NAME, ADDRESS, OTHER_ADDRESS)
        for each in letter.recipients
        if _KINDS.get(_number(each.get(RECIPIENT_KIND)) & 0xF, "To") == kind
    )
    return [each for each in told if each]


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def _person(told: Properties, name: int, address: int, other: int) -> str:
    """Somebody as a header names them. An address inside an Exchange server is none outside it."""
    known = [_line(text_in(told, number)) for number in (address, other)]
    mail = next((each for each in known if "@" in each and " " not in each), "")
    shown = _line(text_in(told, name))
    if not mail.isascii():  # such an address has no place in a header: it stands in the name
        shown, mail = " ".join(dict.fromkeys((shown, mail))).strip(), ""
    return formataddr((shown if shown != mail else "", mail)) if mail or shown else ""


def words_of(letter: Letter) -> tuple[str, str] | None:
    """Its words and their form, `plain` or else `html`; None where it has none of these."""
    found = _says(letter)
    if found is None and letter.rich_words is not None:
        found = letter.rich_words, "plain"
    return found and (_storable(found[0]), found[1])


def _says(letter: Letter) -> tuple[str, str] | None:
    """What it says without its rich text, and in which form."""
    told = letter.properties
    if text := text_in(told, BODY):
        return text, "plain"
    html = told.get(HTML)
    if isinstance(html, bytes):
        encoding = encoding_of(told.get(INTERNET_CODEPAGE) or told.get(CODEPAGE))
        html = html.decode(encoding, "replace").strip("\0 \r\n")
    return (html, "html") if isinstance(html, str) and html else None


def _written(value: str) -> Header | str:
    return value if value.isascii() else Header(value, "utf-8")


def _line(text: str) -> str:
    return " ".join(_storable(text[:_LONGEST_LINE]).replace("\0", " ").split())


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
