"""LinkedIn's names for things (URNs), as its links hold them, in the form its API gives them."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import unquote

from archiver import clock

PLACE = "https://www.linkedin.com"
_URN = re.compile(
    r"urn(?::|%3A)li(?::|%3A)(activity|share|ugcPost|groupPost)(?::|%3A)([\w-]+)", re.IGNORECASE
)
_COMMENT = re.compile(
    r"urn:li:(?:fsd_)?comment:\((?:urn:li:)?(activity|share|ugcPost|groupPost):([\w-]+),(\d+)\)",
    re.IGNORECASE,
)
_PRETTY = re.compile(r"[/_-](activity|share|ugcPost)[-:](\d{15,20})", re.IGNORECASE)
_MEMBER = re.compile(r"linkedin\.com/(?:in|company|school|showcase)/([^/?#\s]+)", re.IGNORECASE)
_PULSE = re.compile(r"linkedin\.com/pulse/([^/?#\s]+)", re.IGNORECASE)
_SPELLED = {
    "activity": "activity",
    "share": "share",
    "ugcpost": "ugcPost",
    "grouppost": "groupPost",
}
_TIME_BITS = 22
_EARLIEST = dt.datetime(2003, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(2100, 1, 1, tzinfo=dt.UTC)


def opened(link: str) -> str:
    """A link with its percent signs read."""
    return unquote(link) if "%" in link else link


def post_urn(link: str) -> str | None:
    """The URN of the post a link leads to, percent signs in it (``urn%3Ali%3Ashare%3A…``) or not;
    None where it names none."""
    found = _URN.search(link) or _PRETTY.search(link)
    return f"urn:li:{_SPELLED[found[1].lower()]}:{found[2]}" if found else None


def comment_urn(link: str) -> str | None:
    """The URN of the comment a link leads to, the last where it is an answer to another."""
    met = [*_COMMENT.finditer(opened(opened(link)))] if "omment" in link else []
    if not met:
        return None
    found = met[-1]
    return f"urn:li:comment:(urn:li:{_SPELLED[found[1].lower()]}:{found[2]},{found[3]})"


def post_address(urn: str) -> str:
    """Where a post stands."""
    return f"{PLACE}/feed/update/{urn}/"


def member_name(link: str) -> str | None:
    """The public name in the address of a profile or Page (``linkedin.com/in/NAME``)."""
    found = _MEMBER.search(link)
    return opened(found[1]).lower() if found else None


def article_name(link: str) -> str | None:
    """The name in the address of an article (``linkedin.com/pulse/NAME``)."""
    found = _PULSE.search(link)
    return opened(found[1]) if found else None


def made_at(urn: str) -> str | None:
    """The time a post was made (UTC), which its number holds: all but its last 22 bits are the
    milliseconds since 1970. None where that gives no time LinkedIn existed at."""
    number = urn.rpartition(":")[2].rpartition("-")[2]
    if not number.isdecimal() or not 15 <= len(number) <= 20:
        return None
    moment = dt.datetime.fromtimestamp((int(number) >> _TIME_BITS) // 1000, dt.UTC)
    return clock.to_text(moment) if _EARLIEST < moment < _LATEST else None
