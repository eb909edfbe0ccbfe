"""Records in plain words: kinds, states, times, links, and what an edit changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import groupby

from archiver import clock
from archiver.pdf.faces import Cut
from archiver.pdf.inline import Bar, Colour, Inline, Link, Span
from archiver.production.look import ACCENT, REMOVED, platform
from archiver.production.release import LeftOut, Record
from archiver.register.accounts import FORWARDED
from archiver.requests.redacting.passages import Covered, Passage

_LINK = re.compile(r"https?://[^\s<>\"“”]+")
_WORD = re.compile(r"\s+|[^\W_]+|[^\s]", re.UNICODE)
_EMPTY_LINES = re.compile(r"\n(?:[ \t\r]*\n){30,}")
_TRAILING = ".,;:!?)]}’'”"
MOST_WORDS = 4000  # beyond it a comparison costs more than it tells
_ON_A_BAR = 24  # characters that fit on a bar

Word = str | tuple[str, ...]
"""A word of a text, or the law of a bar."""

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
    if record.platform == FORWARDED:
        return (record.form or record.kind).capitalize()
    word = _KINDS.get(record.kind, record.kind.capitalize())
    form = record.form.replace("-", " ").replace("_", " ").lower()
    if form not in _PLAIN_FORMS:
        said = form[:1].upper() + form[1:]
        return said if word.lower() in form else f"{word} ({form})"
    return "Reply" if record.kind == "post" and record.answers else word


def author(record: Record) -> Passage:
    """Who wrote it, by the best name there is."""
    if record.author_name:
        return record.author_name
    if record.author_handle:
        return at(record.author_handle)
    if record.author_id:
        return unnamed(record.platform, record.author_id)
    return Passage.of("Unknown author")


def at(handle: Passage) -> Passage:
    """A handle with its @; an e-mail address gets none, nor does a covered beginning: it would tell
    where the handle begins."""
    first = handle.parts[0] if handle.parts else None
    if not isinstance(first, str) or "@" in first[1:]:
        return handle
    return Passage((f"@{first.removeprefix('@')}", *handle.parts[1:]))


def unnamed(platform_name: str, native_id: Passage) -> Passage:
    """Someone of whom only the platform's number is known: ``X user 1000…``."""
    return Passage((f"{platform(platform_name)[0]} user ", *native_id.parts))


def bar(covered: Covered) -> Bar:
    """A bar as it is printed. All have one width, so several sections are told by a count; the list
    of redactions names them all, and so does what is read aloud."""
    cited = covered.citations
    more = f" +{len(cited) - 1}" if len(cited) > 1 else ""
    label = cited[0] if cited else "draft"
    room = _ON_A_BAR - len(more)
    label = label if len(label) <= room else f"{label[: room - 1]}…"
    return Bar(f"{label}{more}", covered.words)


def inlines(passage: Passage, cut: Cut | None = None, colour: Colour | None = None) -> list[Inline]:
    """A passage set in one way, its bars where they stand."""
    return [
        Span(part, cut, colour) if isinstance(part, str) else bar(part) for part in passage.parts
    ]


def joined(passages: Sequence[Passage], between: str = ", ") -> Passage:
    """Passages in a row."""
    parts: list[str | Covered] = []
    for passage in passages:
        parts += [between] if parts else []
        parts += passage.parts
    return Passage(tuple(parts))


def state(record: Record) -> str:
    """Where it stood and whether it still does; of what was handed in, that it is kept as given."""
    if record.platform == FORWARDED:
        return "Handed in, and kept as it was given"
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


@lru_cache(maxsize=4096)
def time(text: str, zone: str) -> str:
    """A moment as the agency reads it, its zone named; as stored where the calendar ends."""
    try:
        return clock.shown(text, zone)
    except (ValueError, OverflowError):
        return text


@lru_cache(maxsize=4096)
def day(text: str, zone: str) -> str:
    """The day of a moment in the agency's zone; as stored where the calendar ends."""
    try:
        return clock.shown_day(clock.local_day(text, zone))
    except (ValueError, OverflowError):
        return text


def count(number: int, one: str, many: str | None = None) -> str:
    """A count with its noun: ``1 record``, ``3 records``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def said(text: Passage) -> list[Inline]:
    """A text with the addresses in it as links. One that runs into a bar is none: it leads nowhere
    without what is covered."""
    found: list[Inline] = []
    for place, part in enumerate(text.parts):
        if isinstance(part, str):
            part = _EMPTY_LINES.sub(_told_empty, part)
            found += _linked(part, barred_after=place + 1 < len(text.parts))
        else:
            found.append(bar(part))
    return found


def _told_empty(found: re.Match[str]) -> str:
    """Many empty lines in a row, told instead of printed."""
    return f"\n\n[{count(found[0].count(chr(10)) - 1, 'empty line')}]\n\n"


def _linked(text: str, *, barred_after: bool) -> Iterator[Span]:
    end = 0
    for found in _LINK.finditer(text):
        if barred_after and found.end() == len(text):
            break
        url = found[0].rstrip(_TRAILING)
        if found.start() > end:
            yield Span(text[end : found.start()])
        yield Span(url, colour=ACCENT, link=Link(url=url))
        end = found.start() + len(url)
    if end < len(text):
        yield Span(text[end:])


def link(url: Passage) -> Link | None:
    """A link to a web address; whatever else a record calls an address is only printed, and so is
    one of which something is covered."""
    whole = not url.bars and url.words.startswith(("https://", "http://"))
    return Link(url=url.words) if whole else None


def struck(before: Passage, after: Passage) -> tuple[list[Inline], bool]:
    """An earlier text with what the next edit took out struck through, and whether anything was."""
    parts, _ = edited(before, after, put_in=False)
    return parts, any(isinstance(part, Span) and part.mark for part in parts)


def edited(before: Passage, after: Passage, *, put_in: bool = True) -> tuple[list[Inline], str]:
    """An earlier text with what the next edit took out struck through and what it put in
    underlined, and what came of it: "changed", "same", or "whole" where it is too long to compare.

    Bars on the same law are alike whatever they cover: that it was changed is not told.
    """
    old, new = _words(before), _words(after)
    if len(old) > MOST_WORDS or len(new) > MOST_WORDS:
        return inlines(before), "whole"
    if old == new:
        return inlines(before), "same"
    parts: list[Inline] = []
    bars, later = iter(before.bars), iter(after.bars)
    for what, start, end, start_after, end_after in SequenceMatcher(
        None, old, new, autojunk=False
    ).get_opcodes():
        parts += _changed(old[start:end], bars, None if what == "equal" else "deleted")
        if what == "equal":
            for word in new[start_after:end_after]:
                if isinstance(word, tuple):
                    next(later)
        elif put_in:
            parts += _changed(new[start_after:end_after], later, "inserted")
    return parts, "changed"


def _changed(part: Sequence[Word], bars: Iterator[Covered], mark: str | None) -> Iterator[Inline]:
    """Words that an edit kept (None), took out or put in; white space alone is never marked."""
    colour = {"deleted": REMOVED, "inserted": ACCENT}.get(mark or "")
    for of_bar, group in groupby(part, key=lambda word: isinstance(word, tuple)):
        if of_bar:
            yield from [bar(next(bars)) for _ in group]
            continue
        text = "".join(word for word in group if isinstance(word, str))
        if mark is None:
            yield Span(text)
        elif text.strip():
            yield Span(text, colour=colour, mark=mark)
        elif mark == "deleted":
            yield Span(text)


def _words(text: Passage) -> list[Word]:
    """The words of a text; a bar counts as one, told from others by the law alone."""
    words: list[Word] = []
    for part in text.parts:
        words += _WORD.findall(part) if isinstance(part, str) else [part.citations]
    return words
