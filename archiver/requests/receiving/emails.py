"""An e-mail file read as the draft of a request: who wrote, when it came, what was asked, what was
enclosed. Nothing is saved here, and whatever cannot be read is told instead of guessed.

The e-mail itself is kept as it is; a draft is only what a clerk begins with. The reader is Python's
own, under limits: header lines are cut before they are parsed, an e-mail nested or parted beyond
reason is not taken apart.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser
from email.policy import EmailPolicy
from email.utils import getaddresses, parsedate_to_datetime

from archiver import clock
from archiver.errors import InputError
from archiver.requests.receiving import outlook_message, outlook_wrapping
from archiver.requests.receiving.attaching import LARGEST, FileKind, NewFile, file_name
from archiver.requests.receiving.email_text import plain_text, tidy_line
from archiver.requests.receiving.html_words import words_of_html
from archiver.requests.receiving.mapi import (
    BY_OUTLOOK,
    MOST_PARTS,
    MOST_RECIPIENTS,
    SUBJECT,
    Letter,
    as_mime,
    notices_of,
    text_in,
    words_of,
)

MOST_FILES = 60
MOST_NESTED = 60
"""Marks of multipart or enclosed e-mails; real ones have a handful."""
LONGEST_HEADER = 4_000
MOST_HEADERS = 500
LONGEST_TEXT = 900_000
LONGEST_NAME = 200

_FROM_OUTLOOK = (
    "It is in a form of Outlook's own: its words and enclosures were taken out, the file keeps it "
    "as it was"
)
_UNWRAPPED = "The enclosures were wrapped by Outlook ({}) and were taken out; the e-mail keeps both"
_BY_OUTLOOK = "Outlook’s own time of receipt"
_SENT = "the sender’s own date"
_KNOWN = ("from", "date", "received", "subject", "message-id", "to", "return-path")
_SEPARATOR = re.compile(rb"^From [^\r\n]{0,200}\d{4}[ \t]*\r?$", re.MULTILINE)
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_NESTING = re.compile(rb"multipart/|message/rfc822", re.IGNORECASE)
_FORWARDED = re.compile(
    r"^[>\s]*(?:-{2,}\s*(?:Original Message|Forwarded message|Mensaje (?:original|reenviado))"
    r"|Begin forwarded message:|Inicio del mensaje reenviado)",
    re.IGNORECASE | re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time the e-mail gives, in UTC, and what gives it."""

    at: str
    told: str


@dataclass(frozen=True, slots=True)
class EmailDraft:
    """What an e-mail holds. `received` is the time to begin with (None: it gives none that can be
    used) and stands first in `moments`; `notices` say what is to be looked at. `recipients` are
    (name, address) of those it was sent and copied to; `message_id` is empty where it has none."""

    sha256: str
    sender: str
    address: str
    subject: str
    text: str
    moments: tuple[Moment, ...]
    files: tuple[NewFile, ...]
    notices: tuple[str, ...]
    recipients: tuple[tuple[str, str], ...] = ()
    message_id: str = ""

    @property
    def received(self) -> str | None:
        """The time of receipt to begin with."""
        return self.moments[0].at if self.moments else None

    @property
    def sent(self) -> str | None:
        """The time the sender's own program gives, or None."""
        return next((each.at for each in self.moments if each.told == _SENT), None)


class _Guarded(EmailPolicy):
    """The standard reading, with header lines cut to a length that cannot stall it. Headers come as
    the text they are; the library's full reading of each costs more than all else together."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        lines = [_cut(line) for line in sourcelines[:100]]
        if ":" not in lines[0]:  # a name so long that it was cut
            lines[0] += ":"
        name, value = super().header_source_parse(lines)
        return name, _cut(value)

    def header_fetch_parse(self, name: str, value: str) -> str:
        return " ".join(value.split())


# what is enclosed is written out with its header lines as they came: folding them anew, the library
# goes round for ever in the parameters of a hostile one
_POLICY = _Guarded(message_factory=EmailMessage, refold_source="none", cte_type="8bit")
_REGISTRY = HeaderRegistry()


def read_email(content: bytes) -> EmailDraft:
    """Read an e-mail file (.eml, an .mbox that holds one, Outlook's .msg or winmail.dat).

    Raises InputError where it is empty, too large, damaged, several e-mails or no e-mail at all.
    """
    _refuse_impossible(content)
    reading = _Reading(outlooks=is_outlooks(content))
    message = _parsed(_without_wrapping(content, reading), reading)
    if not (any(_header(message, name) for name in _KNOWN) or is_outlooks(content)):
        raise InputError("this is no e-mail file: it has no From, Date or Subject line")
    if not reading.whole:
        reading.note(
            "The e-mail is nested or parted beyond reason and was not taken apart: "
            "open the file itself in a mail program"
        )
    else:
        reading.take(message)
    name, address = _address(_header(message, "from"))
    _, answer_to = _address(_header(message, "reply-to"))
    if answer_to and answer_to.lower() != address.lower():
        reading.note(f"Answers go to another address: {answer_to}")
    text = reading.words()
    if _FORWARDED.search(text) or reading.enclosed:
        reading.note(
            "It passes on another e-mail: see there who asks, and when it first reached the city"
        )
    return EmailDraft(
        hashlib.sha256(content).hexdigest(),
        name,
        address,
        _decoded(_header(message, "subject")),
        text,
        tuple(_moments(message, reading)),
        tuple(reading.files),
        tuple(dict.fromkeys(reading.notices)),
        _recipients(message),
        tidy_line(_header(message, "message-id"))[:LONGEST_NAME],
    )


def is_automatic(content: bytes) -> bool:
    """Whether a program sent an e-mail by itself: an answer out of office, a report of what could
    not be delivered (RFC 3834). Nothing is to be answered to it."""
    head = BytesHeaderParser(policy=_POLICY).parsebytes(content[: LONGEST_HEADER * 50])
    automatic = _header(head, "auto-submitted").strip().lower()
    if automatic and not automatic.startswith("no"):
        return True
    return _header(head, "return-path").strip() == "<>"


def _refuse_impossible(content: bytes) -> None:
    if not content.strip():
        raise InputError("the e-mail file is empty")
    if len(content) > LARGEST:
        raise InputError(
            f"the e-mail is larger than {LARGEST // 1024 // 1024} MB: enter it by hand"
        )


def name_of(content: bytes) -> str:
    """What the file of an e-mail is called where it is kept, with the ending its form has."""
    if content.startswith(outlook_message.MARK):
        return "e-mail.msg"
    return "winmail.dat" if content.startswith(outlook_wrapping.MARK) else "e-mail.eml"


def is_outlooks(content: bytes) -> bool:
    """Whether a file may be a message in one of Outlook's own forms."""
    return content.startswith((outlook_message.MARK, outlook_wrapping.MARK))


def _without_wrapping(content: bytes, reading: _Reading) -> bytes:
    """The one e-mail of a file as any mail program writes it."""
    if content.startswith(outlook_message.MARK):
        letter = outlook_message.read_outlook(content)
    elif content.startswith(outlook_wrapping.MARK):
        letter = outlook_wrapping.unwrap(content)
    else:
        return _without_separator(content)
    if letter.is_empty:
        raise InputError("this file is in a form of Outlook's own and has nothing in it")
    written = as_mime(letter)
    reading.note(_FROM_OUTLOOK)
    reading.notices += notices_of(letter)
    return written


def _without_separator(content: bytes) -> bytes:
    """The one e-mail of an mbox; anything else as it is."""
    content = content.lstrip(b"\xef\xbb\xbf\r\n")
    if not content.startswith(b"From "):
        return content
    if len(_SEPARATOR.findall(content)) > 1:
        raise InputError(
            "the file holds several e-mails: save the one request as a file of its own"
        )
    return _QUOTED_FROM.sub(rb"\1", content.partition(b"\n")[2])


@dataclass(slots=True)
class _Reading:
    """What was found so far."""

    outlooks: bool = False
    whole: bool = True
    wrapped: list[Letter] = field(default_factory=list)
    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    files: list[NewFile] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    enclosed: bool = False
    parts: int = 0

    def note(self, told: str) -> None:
        self.notices.append(told)

    def words(self) -> str:
        """The body: as text where the sender gave one, else what its HTML says."""
        self._unwrap_words()
        text = "\n\n".join(part for part in self.plain if part.strip())
        if not text and self.html:
            text = "\n\n".join(filter(None, map(words_of_html, self.html)))
            self.note("The words were taken out of HTML: compare them with the e-mail")
        if not text:
            self.note("The e-mail holds no words that can be read: see what is enclosed")
        if len(text) > LONGEST_TEXT:
            self.note("The words are longer than a request can be and were cut: the rest is in it")
        return text[:LONGEST_TEXT]

    def take(self, message: Message) -> None:
        """Go through the parts."""
        for part in _leaves(message):
            self.parts += 1
            if self.parts > MOST_PARTS:
                self.note(f"Only the first {MOST_PARTS} parts were looked at; the file keeps all")
                return
            self._take_part(part)

    def _take_part(self, part: Message) -> None:
        kind = part.get_content_type()
        name = _file_name(part)
        if kind == "message/rfc822":
            self.enclosed = True
            self._keep(_enclosed_bytes(part), name or "forwarded.eml")
        elif kind in ("text/plain", "text/html") and not name and not _is_enclosed(part):
            text, notices = plain_text(_payload(part), _charset(part), _encoding(part))
            self.notices += notices
            (self.plain if kind == "text/plain" else self.html).append(text)
        else:
            self._keep_or_unwrap(_payload(part), name or f"part-{self.parts}")

    def _keep_or_unwrap(self, content: bytes, name: str) -> None:
        """Keep what is enclosed; of what Outlook wraps enclosures in, these."""
        if not content.startswith(outlook_wrapping.MARK):
            self._keep(content, name)
            return
        try:
            letter = outlook_wrapping.unwrap(content)
            inner = [(f"{_subject(one) or 'message'}.eml", as_mime(one)) for one in letter.letters]
        except InputError:
            self._keep(content, name)
            return
        for own, inside in (*letter.files, *inner):
            self._keep(inside, own or f"part-{self.parts}")
        self.enclosed = self.enclosed or bool(inner)
        self.wrapped.append(letter)
        self.note(_UNWRAPPED.format(file_name(name)))

    def _unwrap_words(self) -> None:
        """The words Outlook wrapped, where the e-mail has none beside them."""
        has_words = any(text.strip() for text in (*self.plain, *self.html))
        for letter in self.wrapped:
            if has_words:
                self.notices += letter.notices
                continue
            self.notices += notices_of(letter)
            found = words_of(letter)
            if found is not None and found[0].strip():
                text = plain_text(found[0].encode(), "utf-8", "")[0]
                (self.plain if found[1] == "plain" else self.html).append(text)

    def _keep(self, content: bytes, name: str) -> None:
        shown = file_name(name)
        if not content:
            self.note(f"{shown} is empty or cannot be read, and is not kept beside the e-mail")
        elif len(self.files) >= MOST_FILES:
            self.note(f"Only the first {MOST_FILES} enclosed files are kept beside the e-mail")
        elif all(file.content != content for file in self.files):
            self.files.append(NewFile(content, shown, FileKind.ATTACHMENT, described="enclosed"))


def _subject(letter: Letter) -> str:
    return text_in(letter.properties, SUBJECT)[:LONGEST_NAME]


def _parsed(content: bytes, reading: _Reading) -> Message:
    # what was written here of a message of Outlook's is nested within limits
    if reading.outlooks or sum(1 for _ in _NESTING.finditer(content)) <= MOST_NESTED:
        try:
            return message_from_bytes(content, policy=_POLICY)
        except Exception:
            # as above: the file is kept and told to be unreadable, whatever the library met
            reading.whole = False
    reading.whole = False
    return BytesHeaderParser(policy=_POLICY).parsebytes(content[: LONGEST_HEADER * 50])


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; an enclosed e-mail is one part."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if part.get_content_type() == "message/rfc822" or not isinstance(inner, list):
            yield part
        else:
            waiting += [each for each in reversed(inner) if isinstance(each, Message)]


def _payload(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError, TypeError):
        return b""
    return found if isinstance(found, bytes) else b""


def _enclosed_bytes(part: Message) -> bytes:
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    try:
        return first.as_bytes() if isinstance(first, Message) else b""
    except Exception:
        # written anew by the library, which fails on what it took in damaged; the e-mail has it
        return b""


def _charset(part: Message) -> str | None:
    try:
        return part.get_content_charset()
    except (ValueError, LookupError, AttributeError, TypeError):
        return None


def _encoding(part: Message) -> str:
    return _header(part, "content-transfer-encoding").strip().lower()


def _is_enclosed(part: Message) -> bool:
    return _header(part, "content-disposition").strip().lower().startswith("attachment")


def _file_name(part: Message) -> str:
    try:
        return _decoded(part.get_filename() or "")
    except (ValueError, LookupError, AttributeError, TypeError):
        return "file"


def _header(message: Message, name: str) -> str:
    return _cut(str(message.get(name, "")))


def _decoded(value: str) -> str:
    """Header text with its encoded words (RFC 2047) read, on one line."""
    if "=?" not in value:
        return tidy_line(value)
    try:
        return tidy_line(str(_REGISTRY("subject", value[:LONGEST_HEADER])))
    except Exception:
        # The library fails in many ways on damaged words, none of which says more than this.
        return tidy_line(value)


def _cut(text: str) -> str:
    return text[:LONGEST_HEADER]


def _address(value: str) -> tuple[str, str]:
    """Name and address of the first sender a header names."""
    try:
        found = getaddresses([value])
    except (ValueError, IndexError, RecursionError):
        return "", ""
    for name, address in found[:1]:
        known = tidy_line(address)[:LONGEST_NAME] if "@" in address else ""
        return _decoded(name)[:LONGEST_NAME], known
    return "", ""


def _recipients(message: Message) -> tuple[tuple[str, str], ...]:
    """Names and addresses an e-mail was sent and copied to, each once."""
    try:
        headers = [_header(message, name) for name in ("to", "cc", "bcc")]
        # one at a time: Python before 3.11.3 gives nothing of all where one of them is empty
        found = [each for header in headers if header for each in getaddresses([header])]
    except (ValueError, IndexError, RecursionError):
        return ()
    read = [
        (_decoded(name)[:LONGEST_NAME], tidy_line(address)[:LONGEST_NAME])
        for name, address in found[:MOST_RECIPIENTS]
    ]
    return tuple(dict.fromkeys(each for each in read if any(each)))


def _moments(message: Message, reading: _Reading) -> list[Moment]:
    """The times the e-mail gives, the best first: the topmost Received line is written by the
    server that handed it to the city; every other can be of the sender's making."""
    received = [str(each) for each in (message.get_all("received") or [])[:MOST_HEADERS]]
    found = []
    for place, line in enumerate(received):
        moment = _time(line.rpartition(";")[2])
        if moment is not None:
            told = "the last mail server’s line" if place == 0 else "an earlier server’s line"
            if reading.outlooks and line.startswith(f"{BY_OUTLOOK};"):
                told = _BY_OUTLOOK
            found.append(Moment(clock.to_text(moment), told))
            break
    sent = _time(_header(message, "date"))
    if sent is not None:
        found.append(Moment(clock.to_text(sent), _SENT))
    limit = clock.to_text(clock.now() + dt.timedelta(minutes=1))
    usable = [each for each in found if each.at[:4] >= "1968" and each.at <= limit]
    if len(usable) < len(found):
        reading.note("A time in the e-mail lies ahead or before 1968 and was left out")
    if not usable:
        reading.note("The e-mail gives no time of receipt: enter when it reached the city")
    if len(usable) == 2 and usable[0].at[:10] != usable[1].at[:10]:
        reading.note("The e-mail was sent on another day than it was received: check both")
    return list(dict.fromkeys(usable))


def _time(text: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(" ".join(text.split())[:200])
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC).replace(microsecond=0)
    except (ValueError, TypeError, OverflowError, IndexError, AttributeError):
        return None
