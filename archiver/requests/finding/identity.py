"""Numbers that stand for a person: social security, taxpayer, driver licence, licence plate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from stdnum.us import itin, ssn

from archiver.requests.finding.contexts import DRIVER, NOT_PERSONAL, PLATE, SOCIAL, VEHICLE
from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.patterns import pattern

_NINE = pattern(
    r"(?:(?<![\w$€#./-])(?<!\d )|(?<=[Ss][Ss][Nn]))"
    r"\d{3}(?P<sign>[ .-]?)\d\d(?P=sign)\d{4}(?![\w%]|[-./ ]\d)"
)
_MASKED = pattern(r"(?<!\w)[Xx*#•]{3}[ -]?[Xx*#•]{2}[ -]?\d{4}(?!\w)")
_LAST_FOUR = pattern(
    r"(?:last (?:4|four)|ultimos (?:4|cuatro)|后四位|後四位|末四位)"
    r"[^\d\n]{1,40}?(?<!\d)(?P<digits>\d{4})(?![\w-])",
    any_case=True,
)
_DRIVER = pattern(r"(?<![\w-])[A-Za-z][ -]?\d{3}[ -]?\d{4}(?![\w-])")
_PLATE = pattern(
    r"(?<![\w$#-])(?:"
    r"(?P<passenger>[1-9][ -]?[A-Za-z]{3}[ -]?\d{3})"
    r"|(?P<older>[A-Za-z]{3}[ -]?\d{3}|\d{3}[ -]?[A-Za-z]{3})"
    r"|(?P<commercial>\d{5}[A-Za-z]\d|\d[A-Za-z]\d{5}|\d[A-Za-z]\d{4}|\d{2}[A-Za-z]\d{4})"
    r")(?![\w-])"
)
_WORDED = pattern(
    r"(?:(?<![A-Za-z])(?:plates?|placas?|matricula|plaka)|车牌|車牌|bien so|번호판)"
    r"(?: (?:number|no\.?|numero|is|es|was|#|says|reads|del carro|xe)){0,3}+[ :#\"'号號은는]{1,4}+"
    r"(?P<plate>[A-Z0-9]{2,7}+(?: [A-Z0-9]{2,4}+)?+)(?!\w)"
)
_LAST_WORDS = ("last", "ultimos", "位")
_PLATE_WORDS = ("plate", "placa", "matricula", "plaka", "车牌", "車牌", "bien so", "번호판")


def identity_numbers(text: str) -> Iterator[Found]:
    """Social security and taxpayer numbers, driver licences and plates of a folded text."""
    for match in _NINE.finditer(text):
        yield from _nine_digits(text, match)
    for match in _MASKED.finditer(text):
        yield Found(*match.span(), PersonalKind.SSN, "a masked number with its last four digits")
    small = text.lower()
    for match in _LAST_FOUR.finditer(text) if _any_in(small, _LAST_WORDS) else ():
        if SOCIAL.near(text, *match.span()) or SOCIAL.words.search(match.group()):
            reason = "the last four digits of a social security number, as the words say"
            yield Found(*match.span("digits"), PersonalKind.SSN, reason)
    for match in _DRIVER.finditer(text):
        if DRIVER.near(text, *match.span()):
            reason = "a letter and seven digits, beside a word for a driver licence"
            yield Found(*match.span(), PersonalKind.DRIVER_LICENCE, reason)
    for match in _PLATE.finditer(text):
        yield from _plate(text, match)
    for match in _WORDED.finditer(text) if _any_in(small, _PLATE_WORDS) else ():
        if any(each.isdigit() for each in match["plate"]) or len(match["plate"]) > 3:
            yield Found(*match.span("plate"), PersonalKind.PLATE, "what follows a word for a plate")


def _any_in(text: str, some: Iterable[str]) -> bool:
    """Whether it is worth looking closer: most texts are done with here."""
    return any(each in text for each in some)


def _nine_digits(text: str, match: re.Match[str]) -> Iterator[Found]:
    digits = re.sub(r"\D", "", match.group())
    said = SOCIAL.near(text, *match.span())
    written = match["sign"] == "-"
    excluded = NOT_PERSONAL.before(text, match.start(), 28)
    if itin.is_valid(digits) and (said or (written and not excluded)):
        reason = "a number in the range of individual taxpayer numbers (ITIN)"
        yield Found(*match.span(), PersonalKind.ITIN, reason)
    elif ssn.is_valid(digits) and (said or (written and not excluded)):
        how = "beside a word for one" if said else "as social security numbers are written"
        yield Found(*match.span(), PersonalKind.SSN, f"nine digits in a range that is given, {how}")
    elif said:
        reason = "nine digits beside a word for a social security number; no such number is given"
        yield Found(*match.span(), PersonalKind.SSN, reason)


def _plate(text: str, match: re.Match[str]) -> Iterator[Found]:
    if PLATE.near(text, *match.span()):
        reason = "written like a California plate, beside a word for one"
    elif match["passenger"] and VEHICLE.near(text, *match.span()):
        reason = "written like a California passenger plate, beside a word for a vehicle"
    else:
        return
    yield Found(*match.span(), PersonalKind.PLATE, reason)
