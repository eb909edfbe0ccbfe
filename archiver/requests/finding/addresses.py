"""Postal addresses: American street lines, the Spanish ones of California and of Mexico, post
office boxes, and a city with its state and ZIP code."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.requests.finding.contexts import HOME
from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.patterns import pattern

_SUFFIX = (
    r"(?:street|st|avenue|ave|av|boulevard|blvd|drive|dr|lane|ln|road|rd|court|ct|circle|cir|place"
    r"|pl|terrace|ter|trail|trl|way|parkway|pkwy|highway|hwy|loop|alley|aly|square|sq|row|crescent"
    r"|cove|point|pt|ridge|run|plaza|path|walk|crossing|xing|expressway)"
)
_HOUSE = (
    r"(?<![\w$€#./:-])(?<!\d )(?P<house>\d{1,3}-\d{2,4}|\d{1,6}(?:[A-Za-z]|[ ]1/2|-[A-Za-z])?)[ ]"
)
_HEADING = r"(?:(?:[NSEW]|NE|NW|SE|SW|North|South|East|West|Norte|Sur|Este|Oeste)\.?[ ])?"
_NAME = r"[A-Z0-9][\w'.-]{0,24}+"
_UNIT = (
    r"(?:,?[ \n](?:(?:apt|apartment|unit|ste|suite|space|spc|sp|trlr|trailer|bldg|room|rm|depto"
    r"|apto|departamento|apartamento|int)\.?[ ]?#?[ ]?|#[ ]?)[A-Za-z0-9-]{1,6}+)?+"
)
_CITY = r"[A-Z][\w'.-]{1,20}+(?:[ ][A-Z][\w'.-]{1,20}+){0,3}+"
_STATE = r"(?:CA|Calif\.?|California|AZ|NV|OR|WA|TX)"
_ZIP = r"\d{5}(?:-\d{4})?"
_PLACE = (
    rf"(?:,?[ \n]{{1,2}}+{_CITY})?+(?:,?[ \n]{{1,2}}+{_STATE})?+(?:,?[ \n]{{1,2}}+{_ZIP})?+(?!\w)"
)

_CAPITAL = pattern(
    rf"{_HOUSE}{_HEADING}(?P<name>{_NAME}(?:[ ]{_NAME}){{0,3}}?)[ ](?P<suffix>(?i:{_SUFFIX}))"
    rf"(?![\w'])\.?(?:[ ][NSEW](?![\w.]))?(?i:{_UNIT})(?P<place>{_PLACE})?"
)
_SMALL = pattern(
    r"(?<![\w$€#./:-])(?<!\d )(?P<house>\d{2,5}|\d{2,3}-\d{3})[ ](?:[nsew]\.?[ ])?"
    r"(?P<name>[a-z0-9][a-z0-9'-]{0,24}+(?:[ ][a-z][a-z'-]{0,24}+)??)[ ]"
    r"(?P<suffix>street|st|avenue|ave|boulevard|blvd|drive|dr|lane|ln|road|rd|court|ct|circle|cir"
    rf"|way|place)(?![\w'])\.?{_UNIT}"
)
_SPANISH = pattern(
    rf"{_HOUSE}{_HEADING}(?P<name>(?i:avenue of(?: the)?|calle|avenida|avda\.?|camino"
    r"|via|paseo|plaza|corte|calzada|callejon|bulevar|circulo|vista|rancho|caminito|arroyo|vereda|sendero|placita|el|la|los|las"
    rf"|rio|monte|loma|cerro|puerta|villa|san|santa)(?:[ ](?:(?i:de|del|la|las|los|el|y)|{_NAME}))"
    rf"{{1,4}}+)(?i:{_UNIT})(?P<place>{_PLACE})?"
)
_MEXICAN = pattern(
    r"(?<!\w)(?i:calle|av\.|avenida|blvd\.?|boulevard|calz\.?|calzada|privada|andador|c\.)[ ]"
    rf"(?:(?i:de|del|la|las|los|el)[ ]){{0,2}}+{_NAME}(?:[ ](?:(?i:de|del|la|y)|{_NAME})){{0,3}}?,?"
    r"[ ](?:#[ ]?|(?i:no\.?|num\.?|numero)[ ]?)?(?P<house>\d{1,5}(?![\d:]|[ ]?(?i:[ap]\.?m\b|%)))"
    r"(?:-?[A-Z](?!\w))?(?:,?[ ](?i:int\.?|depto\.?|apto\.?)[ ]?[\w-]{1,5})?"
    r"(?:,?[ ](?i:col\.?|colonia|fracc\.?)[ ][A-Z][\w]{1,20}(?:[ ][A-Z]\w{1,20}){0,3})?"
    r"(?:,?[ ](?i:c\.?p\.?)[ ]?\d{5})?(?![\w%])"
)
_BOX = pattern(
    r"(?<!\w)(?:p\.?[ ]?o\.?[ ]?box|post office box|apartado(?: postal)?|hom thu|邮政信箱|郵政信箱)"
    rf"[ ]?(?:#|no\.?)?[ ]?\d{{1,7}}(?!\w)(?-i:{_PLACE})?",
    any_case=True,
)
_CITY_LINE = pattern(rf"(?<![\w]){_CITY},?[ ]{_STATE},?[ ]{{1,2}}{_ZIP}(?![\w-])")
_WHOLE_WORD = pattern(
    r"(?:street|avenue|boulevard|drive|lane|road|court|circle|place|terrace|trail|way|parkway"
    r"|highway|loop|alley|square|row|crescent|cove|point|ridge|run|plaza|path|walk|crossing)\.$",
    any_case=True,
)
_BLOCK = pattern(r"^(?:block|blk|cuadra)", any_case=True)
_NO_STREET = pattern(
    r"(?:^|[ ])(?:of|the|in|on|a|an|and|or|to|at|for|from|with|is|are|was|were|my|your|our|their"
    r"|cars?|trucks?|people|residents?|blocks?|feet|foot|ft|miles?|days?|weeks?|months?|years?"
    r"|hours?|mins?|minutes?|times?|percent|units?|homes?|houses?|trees?|lanes?|more|new|other"
    r"|potholes?|lights?|kids?|children|students|dollars|k|m|am|pm|mph|million|block)(?:[ ]|$)",
    any_case=True,
)


def addresses(text: str) -> Iterator[Found]:
    """Postal addresses of a folded text."""
    for match in _CAPITAL.finditer(text):
        if not _BLOCK.match(match["name"]) and not _NO_STREET.search(match["name"].lower()):
            yield _found(text, match, "a house number and a street")
    for match in _SMALL.finditer(text):
        long_enough = len(match["house"]) >= 3 and match["suffix"] not in {"way", "place"}
        if _NO_STREET.search(match["name"]) or _BLOCK.match(match["name"]):
            continue
        if long_enough or HOME.before(text, match.start()):
            yield _found(text, match, "a house number and a street, in small letters")
    for match in _SPANISH.finditer(text):
        if match["name"][0].isupper() or HOME.before(text, match.start()):
            yield _found(text, match, "a house number and a street with a Spanish name")
    for match in _MEXICAN.finditer(text):
        yield _found(text, match, "a street and a house number, written the Spanish way")
    for match in _BOX.finditer(text):
        yield _found(text, match, "a post office box")
    for match in _CITY_LINE.finditer(text):
        yield _found(text, match, "a city with its state and ZIP code")


def _found(text: str, match: re.Match[str], reason: str) -> Found:
    end = match.end()
    while end > match.start() and text[end - 1] in " ,\n":
        end -= 1
    # a full stop ends “St.”; after “Street.” it ends the sentence
    if text[end - 1] == "." and _WHOLE_WORD.search(text, end - 12, end):
        end -= 1
    return Found(match.start(), end, PersonalKind.ADDRESS, reason)
