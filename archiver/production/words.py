"""Records in plain words: kinds, states, times, links, and what an edit changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from archiver import clock
from archiver.pdf.inline import Inline, Link, Span
from archiver.production.look import ACCENT, REMOVED, platform
from archiver.production.release import LeftOut, Record

_LINK = re.compile(r"https?://[^\s<>\"“”]+")
_WORD = re.compile(r"\s+|[^\W_]+|[^\s]", re.UNICODE)
_TRAILING = ".,;:!?)]}’'”"
MOST_WORDS = 4000  # beyond it a comparison costs more than it tells

_KINDS = {
    "post": "Post",
    "comment": "Comment",
    "message": "Message",
    "profile": "Profile",
    "reaction": "Reaction",
}
_VISIBILITY = {
    "hidden": "hidden from the public",
    "pending": "submitted, waiting for approval",
    "rejected": "submitted, not approved",
    "draft": "draft, not published",
    "scheduled": "scheduled, not yet published",
    "private": "private",
}
_CONTENT = {
    "truncated": "The platform gave only the beginning of this text.",
    "encrypted": "This message is encrypted: the city holds its parties and time, not its words.",
    "unavailable": "The platform did not give the content of this record.",
}
_PRESENCE = {
    "present": "on the platform when last looked for",
    "absent": "no longer on the platform",
    "unknown": "the platform did not say whether it still stands",
}
# A form that only repeats the kind or names the platform's own type is not said again.
_PLAIN_FORMS = frozenset(
    ("", "post", "tweet", "note", "status", "comment", "reply", "message", "reaction")
)


def kind(record: Record) -> str:
    """What the record is: ``Post``, ``Comment, reply``, ``Message``."""
    word = _KINDS.get(record.kind, record.kind.capitalize())
    form = record.form.replace("-", " ").replace("_", " ").lower()
    if form not in _PLAIN_FORMS:
        said = form[:1].upper() + form[1:]
        return said if word.lower() in form else f"{word} ({form})"
    return "Reply" if record.kind == "post" and record.answers else word


def author(record: Record) -> str:
    """Who wrote it, by the best name there is."""
    if record.author_name:
        return record.author_name
    if record.author_handle:
        return f"@{record.author_handle.removeprefix('@')}"
    return unnamed(record.platform, record.author_id) if record.author_id else "Unknown author"


def unnamed(platform_name: str, native_id: str) -> str:
    """Someone of whom only the platform's number is known: ``X user 1000…``."""
    return f"{platform(platform_name)[0]} user {native_id}"


def state(record: Record) -> str:
    """Where it stood and whether it still does."""
    where = _VISIBILITY.get(record.visibility)
    presence = _PRESENCE.get(record.presence, record.presence)
    said = f"{where}; {presence}" if where else presence
    return said[:1].upper() + said[1:]


def content_note(record: Record) -> str | None:
    """A sentence where the text is not whole, else None."""
    return _CONTENT.get(record.content_state)


def left_out(one: LeftOut) -> str:
    """What is said of a version that is not printed; no full stop, a reference may follow."""
    which = "A later version" if one.later else "An earlier version"
    if one.why == "not decided":
        return f"{which} is not printed: another version of this record is withheld"
    if one.why == "withheld elsewhere":
        return f"{which} is not printed: it stands withheld in another request"
    if one.why == "not responsive":
        return f"{which} was found not responsive to the request"
    return f"{which} is withheld"


def time(text: str, zone: str) -> str:
    """A moment as the agency reads it, its zone named; as stored where the calendar ends."""
    try:
        return clock.shown(text, zone)
    except (ValueError, OverflowError):
        return text


def day(text: str, zone: str) -> str:
    """The day of a moment in the agency's zone; as stored where the calendar ends."""
    try:
        return clock.shown_day(clock.local_day(text, zone))
    except (ValueError, OverflowError):
        return text


def count(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``1 record``, ``3 records``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def said(text: str) -> list[Inline]:
    """A text with the addresses in it as links."""
    parts: list[Inline] = []
    end = 0
    for found in _LINK.finditer(text):
        url = found[0].rstrip(_TRAILING)
        if found.start() > end:
            parts.append(Span(text[end : found.start()]))
        parts.append(Span(url, colour=ACCENT, link=Link(url=url)))
        end = found.start() + len(url)
    if end < len(text):
        parts.append(Span(text[end:]))
    return parts


def link(url: str) -> Link | None:
    """A link to a web address; whatever else a record calls an address is only printed."""
    return Link(url=url) if url.startswith(("https://", "http://")) else None


def struck(before: str, after: str) -> tuple[list[Inline], bool]:
    """An earlier text with what the next edit took out struck through, and whether anything was."""
    old, new = _words(before), _words(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return [Span(before)], False
    parts: list[Inline] = []
    taken = False
    for what, start, end, _, _ in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        text = "".join(old[start:end])
        if not text:
            continue
        kept = what == "equal" or not text.strip()
        taken = taken or not kept
        parts.append(Span(text) if kept else Span(text, colour=REMOVED, mark="deleted"))
    return parts, taken


def _words(text: str) -> Sequence[str]:
    return _WORD.findall(text)
