"""A key for a record whose download gives it no id: the same in every later download of the same
account, whatever its layout, because it is made of what does not change.

Two records with the same key in one file are told apart by their order (`Repeats`): the second
"Thank you!" of a second is another record than the first. The same record in two files is one.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256

from archiver.items import Kind

PREFIX = "derived:"
_LENGTH = 32
_REMEMBERED = 50_000


def derived_id(kind: Kind, place: str, created_at: str | None, author: str, text: str) -> str:
    """The key made of the kind, the place (thread, list, "" for the account's own page), the time
    (UTC, as precise as the download gives it), who wrote it (id or name) and the text.

    Spaces at the ends and the way letters are composed do not count, for layouts differ in them.
    """
    what, where, when = kind.encode(), _encoded(place), _encoded(created_at or "")
    who, words = _encoded(_plain(author)), _encoded(_plain(text))
    body = b"%d:%b%d:%b%d:%b%d:%b%d:%b" % (
        *(len(what), what, len(where), where, len(when), when),
        *(len(who), who, len(words), words),
    )
    return PREFIX + sha256(body).hexdigest()[:_LENGTH]


def is_derived(native_id: str) -> bool:
    """Whether a record's id was made here, because its download gives none."""
    return native_id.startswith(PREFIX)


class Repeats:
    """Tells the records of one file with the same key apart by their order: the first keeps it.

    Files are in the order of time, and the key holds the time, so only the last keys are kept.
    """

    def __init__(self) -> None:
        self._met: dict[str, int] = {}

    def next(self, key: str) -> str:
        """The key for the next record that would have `key`."""
        number = self._met.pop(key, 0) + 1
        self._met[key] = number
        if len(self._met) > _REMEMBERED:
            del self._met[next(iter(self._met))]
        return key if number == 1 else f"{key}-{number}"


def _encoded(text: str) -> bytes:
    return text.encode() if text.isascii() else text.encode("utf-8", "surrogatepass")


def _plain(text: str) -> str:
    tidy = " ".join(text.split())
    return tidy if tidy.isascii() else " ".join(unicodedata.normalize("NFC", tidy).split())
