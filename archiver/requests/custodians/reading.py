"""A file that was handed in, as what the archive takes: an e-mail with what it encloses, a text, a
saved page, a picture or a document.

Whatever a resident or a custodian put into the file is only read: nothing in it is run, fetched or
unpacked. What cannot be taken apart becomes one record that holds the file as it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from archiver.errors import ArchiverError, InputError
from archiver.items import Author, AuthorRole, ContentState, Item, Kind, MediaRef, Visibility
from archiver.register.accounts import FORWARDED
from archiver.requests.custodians.file_kinds import (
    NOT_PRODUCED,
    is_saved_page,
    kind_of,
    not_produced,
    text_of,
)
from archiver.requests.custodians.whole_downloads import ENCLOSED, download_in
from archiver.requests.receiving.attaching import file_name
from archiver.requests.receiving.emails import LONGEST_TEXT, EmailDraft, is_outlooks, read_email
from archiver.requests.receiving.html_words import words_of_html

DEEPEST = 4
"""How many e-mails enclosed in one another become records; what lies deeper stays a file."""
MOST_RECORDS = 200
"""Records out of one file."""
TEXT, EMAIL, PICTURE, DOCUMENT, SAVED = "text", "e-mail", "picture", "document", "saved page"


@dataclass(frozen=True, slots=True)
class Handed:
    """A file as it was handed in. `number` names it for good: the records' ids are made of it, and
    so tell nothing of what is in it. `custodian` is who it comes from, `sender` who wrote what
    names no author itself (None: nobody said)."""

    number: int
    content: bytes
    name: str
    custodian: Author
    sender: Author | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A record out of a file: the item, its media by key (bytes, or where they lie), what is to be
    looked at, the e-mail's own id (empty: none), and the words of the message alone, without its
    subject."""

    item: Item
    media: dict[str, bytes | Path]
    notices: tuple[str, ...] = ()
    message_id: str = ""
    words: str = ""

    def noting(self, *told: str) -> Part:
        """The same with more to be looked at."""
        return replace(self, notices=(*self.notices, *told))


@dataclass(slots=True)
class _Reading:
    handed: Handed
    made: int = 0
    before: int = 0
    parts: list[Part] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    def next_id(self) -> str:
        """The native id of the next record."""
        self.made += 1
        return native_id_of(self.handed.number, self.made)


def native_id_of(number: int, place: int) -> str:
    """The native id of a record by the number of its file and its place among its records."""
    return f"file-{number}" if place == 1 else f"file-{number}-{place}"


def read_file(handed: Handed, *, made: int = 0) -> list[Part]:
    """The records in a file, what encloses another before it. There is always one at least.

    `made` is how many came out of the same file before: the numbers of these go on from there.

    Raises InputError where the file is empty.
    """
    if not handed.content:
        raise InputError(f"{handed.name} is empty: there is nothing to keep")
    reading = _Reading(handed, made, made)
    _take(reading, handed.content, file_name(handed.name), None, 0)
    first = reading.parts[0]
    reading.parts[0] = first.noting(*reading.notices)
    return reading.parts


def large_file(handed: Handed, path: Path, kind: str) -> Part:
    """A file that is too large to be read, as one record that holds it as it lies at `path`; `kind`
    is what its first bytes say it is."""
    reading = _Reading(handed)
    name = file_name(handed.name)
    key = f"{reading.next_id()}/1"
    item = _item(
        *(reading, f"file-{handed.number}"),
        form=PICTURE if kind.startswith("image/") else DOCUMENT,
        name=name,
        author=_writer(reading),
        created_at=None,
        text="",
        media=(MediaRef(key, name, kind, name),),
    )
    return Part(item, {key: path}, (NOT_PRODUCED.format(name=name),))


def _take(reading: _Reading, content: bytes, name: str, above: Item | None, depth: int) -> None:
    """One file, or one enclosed e-mail or text, as a record."""
    email = _email(content, name) if depth < DEEPEST else None
    if email is not None:
        _take_email(reading, content, name, email, above, depth)
    elif is_saved_page(content, name) and (text := text_of(content)) is not None:
        reading.parts.append(_page_part(reading, content, name, text, above))
    elif (text := text_of(content)) is not None:
        reading.parts.append(_text_part(reading, name, text, above))
    else:
        reading.parts.append(_file_part(reading, content, name, above))


def _email(content: bytes, name: str) -> EmailDraft | None:
    """The e-mail in a file, or None where it is none: a text may begin like one."""
    named = name.lower().endswith((".eml", ".mbox"))
    if not (named or is_outlooks(content) or _begins_like_mail(content)):
        return None
    try:
        return read_email(content)
    except ArchiverError:
        return None


def _begins_like_mail(content: bytes) -> bool:
    head = content[:4_000].lower()
    return head.startswith((b"received:", b"return-path:", b"delivered-to:", b"message-id:")) or (
        b"\nmessage-id:" in head and b"\nfrom:" in b"\n" + head and b"\ndate:" in b"\n" + head
    )


def _take_email(
    reading: _Reading,
    content: bytes,
    name: str,
    email: EmailDraft,
    above: Item | None,
    depth: int,
) -> None:
    refs: list[MediaRef] = []
    media: dict[str, bytes | Path] = {}
    inner: list[tuple[bytes, str]] = []
    notices = list(email.notices)
    native_id = reading.next_id()
    for number, file in enumerate(email.files, 1):
        nested = depth + 1 < DEEPEST and _email(file.content, file.name) is not None
        if (nested or text_of(file.content) is not None) and _room(reading, inner):
            inner.append((file.content, file.name))
            continue
        key = f"{native_id}/{number}"
        refs.append(_ref(key, file.content, file.name))
        media[key] = file.content
        notices += _of_enclosed(file.content, file.name)
    item = _item(
        reading,
        native_id,
        form=EMAIL,
        name=name,
        author=Author(None, email.address or None, email.sender or None, AuthorRole.UNKNOWN),
        created_at=email.sent or email.received,
        text="\n\n".join(filter(None, (email.subject, email.text))),
        recipients=tuple(
            Author(None, address or None, shown or None) for shown, address in email.recipients
        ),
        media=tuple(refs),
        above=above,
        state=_state(email.text),
        more={"message_id": email.message_id, "subject": email.subject},
    )
    reading.parts.append(Part(item, media, tuple(notices), email.message_id, email.text))
    for inner_content, inner_name in inner:
        _take(reading, inner_content, inner_name, item, depth + 1)


def _room(reading: _Reading, inner: list[tuple[bytes, str]]) -> bool:
    """Whether another record may come out of this file; what has no room stays a file."""
    if reading.made - reading.before + len(inner) < MOST_RECORDS:
        return True
    told = f"{reading.handed.name} holds more than {MOST_RECORDS} records: the rest are files of it"
    if told not in reading.notices:
        reading.notices.append(told)
    return False


def _text_part(reading: _Reading, name: str, text: str, above: Item | None) -> Part:
    notices: tuple[str, ...] = ()
    if len(text) > LONGEST_TEXT:
        notices = (f"{name} is longer than a record can be and was cut: the file keeps all of it",)
    item = _item(
        reading,
        reading.next_id(),
        form=TEXT,
        name=name,
        author=_writer(reading),
        recipients=_addressees(reading),
        created_at=None,
        text=text[:LONGEST_TEXT],
        above=above,
        state=_state(text),
    )
    return Part(item, {}, notices, words=item.text)


def _page_part(reading: _Reading, content: bytes, name: str, html: str, above: Item | None) -> Part:
    """A page saved from a browser: its words to be read, itself to be kept."""
    native_id = reading.next_id()
    key = f"{native_id}/1"
    words = words_of_html(html)
    notices = [f"The words of {name} were taken out of a saved page: compare them with the file"]
    if len(words) > LONGEST_TEXT:
        notices.append(f"{name} is longer than a record can be: the file keeps all of it")
    item = _item(
        reading,
        native_id,
        form=SAVED,
        name=name,
        author=_writer(reading),
        recipients=_addressees(reading),
        created_at=None,
        text=words[:LONGEST_TEXT],
        media=(MediaRef(key, name, "text/html", name),),
        above=above,
        state=_state(words),
    )
    return Part(item, {key: content}, tuple(notices), words=item.text)


def _writer(reading: _Reading) -> Author:
    """Who wrote what names no author: whom the official named, or nobody knows. That it was handed
    in does not make it the official's own words."""
    return reading.handed.sender or Author()


def _addressees(reading: _Reading) -> tuple[Author, ...]:
    return (reading.handed.custodian,) if reading.handed.sender is not None else ()


def _file_part(reading: _Reading, content: bytes, name: str, above: Item | None) -> Part:
    native_id = reading.next_id()
    key = f"{native_id}/1"
    picture = kind_of(content).startswith("image/")
    item = _item(
        reading,
        native_id,
        form=PICTURE if picture else DOCUMENT,
        name=name,
        author=_writer(reading),
        recipients=_addressees(reading),
        created_at=None,
        text="",
        media=(_ref(key, content, name),),
        above=above,
    )
    return Part(item, {key: content}, tuple(not_produced(content, name)))


def _of_enclosed(content: bytes, name: str) -> Iterator[str]:
    """What is to be said of a file enclosed in an e-mail."""
    what = download_in(content, name)
    if what:
        yield ENCLOSED.format(name=name, what=what)
    else:
        yield from not_produced(content, name)


def _item(
    reading: _Reading,
    native_id: str,
    *,
    form: str,
    name: str,
    author: Author,
    created_at: str | None,
    text: str,
    recipients: tuple[Author, ...] = (),
    media: tuple[MediaRef, ...] = (),
    above: Item | None = None,
    state: ContentState = ContentState.FULL,
    more: dict[str, str] | None = None,
) -> Item:
    told = {
        "file": reading.handed.name,
        "part": name,
        "form": form,
        "author": [author.handle, author.display_name],
        "created_at": created_at,
        "recipients": [[each.handle, each.display_name] for each in recipients],
        "text": text,
        "media": [[each.name, each.media_type] for each in media],
        **(more or {}),
    }
    raw = msgspec.json.encode(told, order="sorted")
    return Item(
        FORWARDED,
        Kind.MESSAGE,
        native_id,
        author,
        created_at,
        text,
        raw,
        raw,
        form=form,
        parent_id=above.native_id if above else None,
        root_id=(above.root_id or above.native_id) if above else native_id,
        recipients=recipients,
        visibility=Visibility.PRIVATE,
        content_state=state,
        media=media,
    )


def _ref(key: str, content: bytes, name: str) -> MediaRef:
    """The name it was enclosed under stands as its description, where it can be redacted."""
    return MediaRef(key, name, kind_of(content), name)


def _state(text: str) -> ContentState:
    return ContentState.TRUNCATED if len(text) >= LONGEST_TEXT else ContentState.FULL
