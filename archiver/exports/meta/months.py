"""The months as Meta's pages name them: whole, or cut off after three letters or more, in the
language of the account. A beginning that could be two months, in one language or in two, is none:
a wrong day is worse than a day that could not be read."""

from __future__ import annotations

from functools import lru_cache

_SHORTEST = 3
_NAMES = (
    "january enero janvier janeiro gennaio januar januari января январь ocak styczeń stycznia",
    "february febrero février fevereiro febbraio februar februari pebrero февраля февраль şubat"
    " luty lutego",
    "march marzo mars março marzo märz maart marts maret marso марта март mart marzec marca",
    "april abril avril aprile апреля апрель nisan kwiecień kwietnia",
    "may mayo mai maio maggio mei maj mayıs мая май",
    "june junio juin junho giugno juni juni hunyo июня июнь haziran czerwiec czerwca",
    "july julio juillet julho luglio juli hulyo июля июль temmuz lipiec lipca",
    "august agosto août augustus augusti agustus августа август ağustos sierpień sierpnia",
    "september septiembre setiembre septembre setembro settembre setyembre сентября сентябрь eylül"
    " wrzesień września",
    "october octubre octobre outubro ottobre oktober oktubre октября октябрь ekim październik"
    " października",
    "november noviembre novembre novembro nobyembre ноября ноябрь kasım listopad listopada",
    "december diciembre décembre dezembro dicembre dezember desember disyembre декабря декабрь"
    " aralık grudzień grudnia",
)
"""English, Spanish, French, Portuguese, Italian, German, Dutch, the Scandinavian languages,
Indonesian, Filipino, Russian, Turkish and Polish."""
_WHOLE = {name: number for number, names in enumerate(_NAMES, 1) for name in names.split()}
_WHOLE |= {"mrt": 3}


@lru_cache(maxsize=1024)
def month_of(word: str) -> int | None:
    """The number of a month, from 1, by its name or the beginning of it; None where it is none, or
    could be another."""
    name = word.casefold()
    if name in _WHOLE:
        return _WHOLE[name]
    if len(name) < _SHORTEST:
        return None
    begun = {number for whole, number in _WHOLE.items() if whole.startswith(name)}
    return begun.pop() if len(begun) == 1 else None
