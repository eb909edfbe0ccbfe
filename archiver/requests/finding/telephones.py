"""Telephone numbers: the numbering plan of North America, international ones, and those residents
from the region's other countries write the way it is done at home."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers

from archiver.requests.finding.contexts import NOT_PERSONAL, TELEPHONE
from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.patterns import pattern

_ELSEWHERE = ("MX", "PH", "VN", "CN", "KR", "IN")

_NORTH_AMERICAN = pattern(
    r"(?<![\w$€£₱%./@-])(?<!\d [-(])"
    r"(?:\+?1[ .-]{0,2}+)?+"
    r"(?P<area>\( ?[2-9]\d\d ?\)|[2-9]\d\d)(?P<first>[ ./-]{0,3}+)"
    r"[2-9]\d\d(?P<second>[ .-]{0,2}+)\d{4}"
    r"(?: ?(?:ext|extension|x|anexo)[. ]{0,2}+\d{1,6}+)?+(?![\w%]|[-./]\d)",
    any_case=True,
)
_SPACED_OUT = pattern(r"(?<![\w.])(?<!\d )[2-9](?:[ .-]\d){9}(?![ .-]?\d|\w)")
_INTERNATIONAL = pattern(
    r"(?<![\w+])(?:\+|011[ -]?)[1-9]\d{0,3}+(?:[ .()/-]{1,3}+\d{1,12}+){0,8}+(?!\w)"
)
_LOCAL = pattern(r"(?<![\w$./-])[2-9]\d\d[ .-]\d{4}(?![\w]|[-./]\d)")
_ABROAD = pattern(r"(?<![\w$./-])\d{2,4}+(?:[ .-]?\d{2,4}+){1,4}+(?![\w]|[-./]\d)")
_GLUED = pattern(
    r"(?:tel:|sms:|wa\.me/|phone=|tel=|mobile=)\+?(?P<digits>\d{10,15}+)", any_case=True
)


def telephones(text: str) -> Iterator[Found]:
    """Telephone numbers of a folded text."""
    for match in _NORTH_AMERICAN.finditer(text):
        yield from _north_american(text, match)
    for match in _SPACED_OUT.finditer(text):
        if _valid(_digits(match.group()), "US"):
            yield _found(match, "a telephone number written digit by digit")
    for match in _INTERNATIONAL.finditer(text):
        yield from _international(match)
    for match in _LOCAL.finditer(text):
        if TELEPHONE.near(text, *match.span()) and not NOT_PERSONAL.before(text, match.start()):
            yield _found(match, "a local number, beside a word for a telephone")
    for match in _ABROAD.finditer(text):
        yield from _abroad(text, match)
    for match in _GLUED.finditer(text):
        start, end = match.span("digits")
        yield Found(start, end, PersonalKind.TELEPHONE, "the number a link dials")


def _north_american(text: str, match: re.Match[str]) -> Iterator[Found]:
    digits = _digits(match.group())
    bare = not match["first"] and not match["second"] and match["area"].isdigit()
    said = TELEPHONE.near(text, *match.span(), 24)
    if not said and NOT_PERSONAL.before(text, match.start(), 28):
        return
    subscriber = digits[1:11] if digits.startswith("1") else digits[:10]
    if _valid(subscriber, "US"):
        yield _found(match, "a telephone number of the North American plan")
    elif said and not bare:
        yield _found(match, "written like a telephone number, beside a word for one")


def _international(match: re.Match[str]) -> Iterator[Found]:
    """The longest beginning of the candidate that is a number of the country it names."""
    parts = re.split(r"(?<=\d)(?=[ .()/-])", match.group())
    for count in range(len(parts), 0, -1):
        candidate = "".join(parts[:count])
        digits = _digits(candidate)
        if 7 <= len(digits) <= 18 and _valid(_with_plus(candidate), None):
            start = match.start()
            yield Found(
                start,
                start + len(candidate),
                PersonalKind.TELEPHONE,
                "an international telephone number",
            )
            return


def _abroad(text: str, match: re.Match[str]) -> Iterator[Found]:
    digits = _digits(match.group())
    if not 9 <= len(digits) <= 12 or _valid(digits, "US"):
        return
    if not TELEPHONE.near(text, *match.span(), 24) or NOT_PERSONAL.before(text, match.start(), 28):
        return
    if any(_valid(digits, region) for region in _ELSEWHERE):
        yield _found(match, "a telephone number as written abroad, beside a word for one")


def _with_plus(candidate: str) -> str:
    digits = _digits(candidate)
    return "+" + (digits if candidate.startswith("+") else digits.removeprefix("011"))


def _digits(text: str) -> str:
    """The digits of a candidate, without an extension."""
    head = re.split(r"(?i)(?<=\d) ?(?:ext|x|anexo)", text, maxsplit=1)[0]
    return "".join(each for each in head if each.isdigit())


@lru_cache(maxsize=20_000)
def _valid(digits: str, region: str | None) -> bool:
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_valid_number(number)


def _found(match: re.Match[str], reason: str) -> Found:
    return Found(match.start(), match.end(), PersonalKind.TELEPHONE, reason)
