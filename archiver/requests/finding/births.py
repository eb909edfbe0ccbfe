"""Dates of birth: a date that words beside it call one. A date alone is never suggested."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.requests.finding.contexts import context, words
from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.patterns import pattern

_MONTHS = words(
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep"),
    *("sept", "oct", "nov", "dec", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio"),
    *("agosto", "septiembre", "setiembre", "octubre", "noviembre", "diciembre", "pebrero"),
    *("marso", "hunyo", "hulyo", "setyembre", "oktubre", "nobyembre", "disyembre"),
)
_YEAR = r"(?:1[89]|20)\d\d"
_DATE = (
    rf"(?:{_YEAR} ?[-/.年년] ?\d{{1,2}} ?[-/.月월] ?\d{{1,2}}(?: ?[日日号일])?"
    rf"|\d{{1,2}} ?[-/.] ?\d{{1,2}} ?[-/.] ?(?:{_YEAR}|\d\d)"
    rf"|(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?,? {_YEAR}"
    r"|(?:ika-?)?\d{1,2}(?:st|nd|rd|th)? ?(?:de |of |ng )?"
    rf"(?:{_MONTHS})\.?,? ?(?:de |del )?{_YEAR}"
    rf"|\d{{1,2}} thang \d{{1,2}},? nam {_YEAR}"
    rf")(?!\d)"
)
_SAID = words(
    *("dob", "d.o.b", "date of birth", "birth date", "birthdate", "born", "born on", "birthday is"),
    *("birthday was", "birthday:", "my birthday", "his birthday", "her birthday", "bday"),
    *("nacido", "nacida", "nacio", "naci", "fecha de nacimiento", "nacimiento", "f.n."),
    *("mi cumpleaños es", "cumpleaños es", "出生日期", "出生", "生日是", "生日", "生于", "生於"),
    *("ngày sinh", "sinh ngày", "sinh nhật", "sinh năm", "ipinanganak", "kaarawan ko"),
    *("kapanganakan", "petsa ng kapanganakan", "생년월일", "생일", "출생"),
)
_AFTERWARDS = context(
    *("is my birthday", "is my date of birth", "is my dob", "is his birthday", "is her birthday"),
    *(
        "is his dob",
        "is her dob",
        "es mi cumpleaños",
        "es mi fecha de nacimiento",
        "出生",
        "是我的生日",
    ),
    *("là ngày sinh", "ang kaarawan ko", "생"),
)
_BEFORE = pattern(
    rf"(?:{_SAID})(?P<between>[^\d\n]{{0,24}}?)(?<!\d)(?P<date>{_DATE})", any_case=True
)
_LATER = pattern(rf"(?<![\d/.-])(?P<date>{_DATE})", any_case=True)
_OCCASION = context(
    *("party", "celebration", "celebrate", "event", "fiesta", "celebracion", "festival"),
    *("permit", "council", "meeting", "city", "park", "library", "ciudad", "parque"),
)


def births(text: str) -> Iterator[Found]:
    """Dates of birth of a folded text."""
    for match in _BEFORE.finditer(text):
        if not _OCCASION.words.search(match["between"]):
            yield _found(match, "a date that follows a word for birth")
    for match in _LATER.finditer(text):
        end = match.end("date")
        said = _AFTERWARDS.words.search(text, end, min(len(text), end + 28))
        if said and not re.search(r"[\d.!?\n]", text[end : said.start()]):
            yield _found(match, "a date that the words after it call a birth")


def _found(match: re.Match[str], reason: str) -> Found:
    start, end = match.span("date")
    return Found(start, end, PersonalKind.BIRTH, reason)
