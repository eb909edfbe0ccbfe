"""Every released private message as an e-mail file (RFC 5322), from what is released of it.

People on a platform have no e-mail address: they get one below ``.invalid``, which leads nowhere
(RFC 2606). What is covered reads "[Redacted: …]", in names and in the text.
"""

from __future__ import annotations

import re
from email import policy
from email.charset import QP, Charset
from email.encoders import encode_base64
from email.generator import BytesGenerator
from email.header import Header
from email.message import Message
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.utils import format_datetime
from io import BytesIO
from pathlib import Path

from archiver import clock
from archiver.production import words
from archiver.production.cells import printable
from archiver.production.release import Record
from archiver.production.twins.volume import Volume, produced_type
from archiver.requests.redacting.passages import Passage

_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})+")
_NAME = re.compile(r"[A-Za-z0-9 ]{1,60}")
_PLAIN = re.compile(r"[A-Za-z0-9 ,.()-]{1,60}")
_LANGUAGE = re.compile(r"[A-Za-z0-9-]{1,35}")
_POLICY = policy.compat32.clone(linesep="\r\n")
_UTF8 = Charset("utf-8")
_UTF8.body_encoding = QP
_FOLDED = 70


def write_messages(volume: Volume, folder: Path, home: Path) -> None:
    """Write each message as a file named by its page; `home` is where the media are found."""
    for record in volume.order:
        name = volume.message_file(record)
        if name is not None:
            folder.mkdir(exist_ok=True)
            (home / name).write_bytes(message(record, volume, home))


def message(record: Record, volume: Volume, home: Path) -> bytes:
    """A message with its headers, its text and its files."""
    name = volume.names[record.key]
    text = MIMENonMultipart("text", "plain")
    text.set_payload(_lines(record.text.words), _UTF8)
    files = volume.files(record)
    whole: Message = text
    if files:
        whole = MIMEMultipart(boundary=f"=_{name}_=")
        whole.attach(text)
        for _, path in files:
            whole.attach(_attached(home / path))
    _head(whole, record, volume)
    out = BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=_POLICY).flatten(whole)
    return out.getvalue()


def _head(whole: Message, record: Record, volume: Volume) -> None:
    printed, name = volume.printed(record), volume.names[record.key]
    whole["From"] = _person(words.author(record), record.author_handle, record.platform)
    people = [_person(one, one, record.platform) for one in record.recipients]
    if people:
        whole["To"] = ",\r\n ".join(people)
    if not record.undated:
        date = _date(record.created_at)
        if date is not None:
            whole["Date"] = date
    whole["Subject"] = _line(f"{words.kind(record)}, page {volume.page(printed.first)}")
    whole["Message-ID"] = _id(name)
    answered = volume.answered(record)
    if answered is not None and answered.kind == record.kind:
        whole["In-Reply-To"] = _id(volume.names[answered.key])
    if record.language and _LANGUAGE.fullmatch(record.language):
        whole["Content-Language"] = record.language
    whole["X-Record"] = str(printed.ordinal)
    whole["X-Pages"] = f"{volume.page(printed.first)} {volume.page(printed.last)}"
    note = words.content_note(record)
    if note is not None:
        whole["X-Note"] = note


def _person(name: Passage, handle: Passage, platform: str) -> str:
    """A name with an address: its own where it is one, else one that leads nowhere."""
    said = _one_line(name.words)
    whole = "" if handle.bars else handle.words.strip()
    if _ADDRESS.fullmatch(whole):
        return whole if said == whole else f"{_encoded(said)} <{whole}>"
    kept = re.sub(r"[^a-z0-9._-]", "", whole.removeprefix("@").lower()).strip(".")
    local = re.sub(r"\.+", ".", kept)[:64].strip(".") or ("redacted" if handle.bars else "unknown")
    host = re.sub(r"[^a-z0-9-]", "", platform.lower()).strip("-") or "platform"
    return f"{_encoded(said)} <{local}@{host}.invalid>"


def _encoded(name: str) -> str:
    """A name as a header holds it: plain words in quotes, anything else encoded (RFC 2047)."""
    if _NAME.fullmatch(name):
        return f'"{name}"'
    return Header(name, "utf-8", maxlinelen=_FOLDED).encode(linesep="\r\n")


def _line(text: str) -> str:
    """A header's text: as it is where it is plain, else encoded."""
    said = _one_line(text)
    return said if _PLAIN.fullmatch(said) else _encoded(said)


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())


def _lines(text: str) -> str:
    return re.sub(r"\r\n?", "\n", printable(text)) + "\n"


def _date(text: str) -> str | None:
    try:
        return format_datetime(clock.parse(text))
    except (ValueError, OverflowError):
        return None


def _id(name: str) -> str:
    return f"<{name}@records.invalid>"


def _attached(path: Path) -> Message:
    part = MIMEBase(*produced_type(path.name).split("/"))
    part.set_payload(path.read_bytes())
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=path.name)
    return part
