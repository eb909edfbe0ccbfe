"""What the desk calls things."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from archiver.desk.texts import one_line

_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Marks of browsers, those first that also bear another's."""
_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_AGENCY = re.compile(r"^(?:city|town|county)\s+of\s+", re.IGNORECASE)
Naming = Callable[[str], str]

PLATFORMS: Final = {
    "bluesky": "Bluesky",
    "facebook": "Facebook",
    "forwarded": "Handed in",
    "instagram": "Instagram",
    "linkedin": "LinkedIn",
    "mastodon": "Mastodon",
    "tiktok": "TikTok",
    "x": "X",
    "youtube": "YouTube",
}
KINDS: Final = {
    "post": "Post",
    "comment": "Comment",
    "message": "Message",
    "profile": "Profile",
    "reaction": "Reaction",
}
LANGUAGES: Final = {
    "ar": "Arabic",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "hi": "Hindi",
    "hmn": "Hmong",
    "hy": "Armenian",
    "ja": "Japanese",
    "km": "Khmer",
    "ko": "Korean",
    "lo": "Lao",
    "my": "Burmese",
    "pa": "Punjabi",
    "pt": "Portuguese",
    "ru": "Russian",
    "th": "Thai",
    "tl": "Tagalog",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}

STATES: Final = {
    "live": "Live",
    "edited": "Edited",
    "removed": "Gone from the platform",
    "hidden": "Hidden by the city",
    "pending": "Waiting for approval",
    "encrypted": "Encrypted, not readable",
    "rejected": "Rejected",
    "draft": "Draft",
    "scheduled": "Scheduled",
    "truncated": "Cut short by the platform",
    "unavailable": "Content not available",
    "unconfirmed": "Not confirmed lately",
}


def state_name(state: str) -> str:
    """A state in words."""
    return STATES.get(state, state.capitalize())


def platform_name(platform: str) -> str:
    """The platform as people write it."""
    return PLATFORMS.get(platform, platform.capitalize())


def kind_name(kind: str, form: str = "") -> str:
    """What a record is; the platform's own word where it says more."""
    if kind == "message":
        return "Direct message" if not form or form == "message" else form.capitalize()
    return form.capitalize() if form else KINDS.get(kind, kind.capitalize())


def language_name(code: str | None) -> str:
    """A language in words, with the code where we have no word."""
    if not code:
        return "Not stated"
    return LANGUAGES.get(code.split("-")[0].lower(), code)


def author_name(name: str | None, handle: str | None, native_id: str | None = None) -> str:
    """Who wrote it, by the best name the source gives; a number is better than nobody."""
    if name or handle:
        return str(name or handle)
    return f"Account {native_id}" if native_id else "Unknown author"


def said_to(kind: str, form: str) -> str:
    """How a record stands to the one it points at: the words before that one's author."""
    if kind == "reaction":
        return "On words of"
    if form in ("repost", "quote"):
        return "Passing on"
    return "After" if kind == "message" else "In answer to"


def browser_name(agent: str) -> str:
    """The browser as people call it, by what it says of itself; what is not known, in its words."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), None)
    system = next((name for mark, name in _SYSTEMS if mark in agent), None)
    if browser is None:
        return one_line(agent, 60) or "Not stated"
    return f"{browser} on {system}" if system else browser


def initials(name: str) -> str:
    """Two letters for the round beside a name."""
    plain = _AGENCY.sub("", name) or name
    words = [word for word in plain.split() if word[:1].isalpha()]
    if not words:
        return "?"
    last = words[-1][0] if len(words) > 1 else ""
    return (words[0][0] + last).upper()


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: ``1 record``, ``1,204 records``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def size_text(count: int) -> str:
    """Bytes as people say them."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000 or unit == "GB":
            return f"{count} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{count} bytes"
