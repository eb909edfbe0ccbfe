"""Looking for what is covered in what goes out.

Words are compared without regard to case, punctuation, line breaks and compatibility forms, in
overlapping windows, so that an excerpt is found too. What the release says openly, or this program
says in every packet, is no leak when it is found: somebody may cover a word in one record that
stands uncovered in another. Such words are told beforehand instead (`Lookout.standing_open`). What
is too short to be told from chance is not looked for: the press has never had it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path

import regex

from archiver.production.leaks.openly import open_texts, spoken, spoken_words
from archiver.production.leaks.reading import BYTES, Unreadable, letters_of, texts_of
from archiver.production.leaks.secrets import Secret, Secrets
from archiver.production.release import Release

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = regex.compile(
    rf"[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+", regex.V1
)
_ASCII_TOKEN = re.compile(r"[a-z0-9]+")
_SPELLED_NUMBER = re.compile(r"(?<!\w)\d(?:[\s().+\-/\u2010-\u2015]*\d){6,}(?!\w)")
_DIGITS = re.compile(r"\d+")
_WINDOW = 6
_LEAST_LETTERS = 4
_LEAST_TOGETHER = 6
_LEAST_DIGITS = 7
_MOST_DIGITS = 19
_UNSPACED_LEAST = 2
_LONG_WORD = 10
"""Letters from which on a single word of a secret, such as a handle or an id, is looked for too."""
_SURE_LETTERS = 8
"""Chance makes short words in bytes that are no text: what is told there has two and so many
letters."""
_SAID_TOGETHER = 3
_SMALL_NUMBER = 3
Tokens = tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Leak:
    """Something covered that stands in a file: the item and place it is covered at, the file with
    its SHA-256, and where in the file. It holds nothing of the words."""

    item_id: int
    covered_at: str
    path: str
    sha256: str
    place: str

    def __str__(self) -> str:
        where = f"{self.path}, {self.place}" if self.place else self.path
        if not self.covered_at:
            return where
        if not self.item_id:
            return f"{self.covered_at}: {where}"
        return f"item {self.item_id}, {self.covered_at}: {where}"


class Lookout:
    """Finds the secrets of a production in its files.

    Made once for a production, from the whole of its release: what stands open in one volume may be
    covered in another.
    """

    def __init__(self, release: Release, secrets: Secrets, pages: Iterable[str] = ()) -> None:
        self._known: dict[Tokens, Secret] = {}
        self._numbers: dict[str, Secret] = {}
        self._clean: set[int] = set()
        self.media = secrets.media
        for secret in secrets.words:
            self._expect(secret)
        self._lengths = sorted({len(needle) for needle in self._known})
        openly = [*open_texts(release), *pages]
        standing = {}
        for text in openly:
            for secret, needle in self._seen(text):
                standing[needle] = secret
        self.standing_open = sorted(
            set(standing.values()), key=lambda each: (each.item_id, each.place)
        )
        """What is covered in one place and stands open in another of the same release: worth a look
        before it goes out, and no leak when it is found."""
        said = {needle for text in spoken() for _, needle in self._seen(text)}
        for needle in (*standing, *said, *_said_with_a_number(self._known)):
            self._known.pop(needle, None)
            self._numbers.pop(needle[0], None)
        self.letters = {letter for text in (*openly, *spoken()) for letter in text}
        self.letters |= {
            letter for text in openly for letter in unicodedata.normalize("NFKC", text)
        }

    @property
    def expected(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._known or self._numbers)

    def seen(self, text: str, *, sure: bool = False) -> list[tuple[Secret, Tokens]]:
        """The secrets that stand in a text, each with the piece of it that does; where `sure`, only
        those that chance does not make.

        The same text stands in many files of a volume; one in which nothing was found is not looked
        through again.
        """
        if not text or hash(text) in self._clean:
            return []
        found = list(self._seen(text))
        if not found:
            self._clean.add(hash(text))
        return [each for each in found if not sure or _is_sure(each[1])]

    def _expect(self, secret: Secret) -> None:
        for number in _numbers(secret.words, whole=True):
            self._numbers.setdefault(number, secret)
        for needle in _needles(_tokens(secret.words)):
            self._known.setdefault(needle, secret)

    def _seen(self, text: str) -> Iterator[tuple[Secret, Tokens]]:
        found = _tokens(text)
        known = self._known
        for length in self._lengths:
            for place in range(len(found) - length + 1):
                needle = tuple(found[place : place + length])
                if needle in known:
                    yield known[needle], needle
        if self._numbers:
            for number in _numbers(text):
                if number in self._numbers:
                    yield self._numbers[number], (number,)


def leaks_in(folder: Path, lookout: Lookout) -> list[Leak]:
    """What of the secrets stands in the files of a volume.

    A file nobody can look into, and a letter in a font that nothing released needs, are told like
    leaks. Empty means that nothing was found.
    """
    found: list[Leak] = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        found += _leaks_of(path, folder, lookout)
    return found


def _leaks_of(path: Path, folder: Path, lookout: Lookout) -> Iterator[Leak]:
    name = path.relative_to(folder).as_posix()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest in lookout.media:
        item, place = lookout.media[digest]
        yield Leak(item, place, name, digest, "the file itself")
    names = (("its name", name),)
    if lookout.seen(name):
        name = f"the file with the SHA-256 {digest}"
    told: set[tuple[Secret, str]] = set()
    try:
        for place, text in chain(names, texts_of(path)):
            for secret, _ in lookout.seen(text, sure=place == BYTES):
                if (secret, place) not in told:
                    told.add((secret, place))
                    yield Leak(secret.item_id, secret.place, name, digest, place)
        if path.suffix == ".pdf" and path.parent == folder:
            strange = {
                letter
                for letter in letters_of(path)
                if not letter.isascii() and not _stands(letter, lookout.letters)
            }
            if strange:
                yield Leak(0, "", name, digest, "a letter in its fonts that nothing released holds")
    except Unreadable as error:
        yield Leak(0, "", name, digest, str(error))


def _stands(letter: str, letters: set[str]) -> bool:
    if letter in letters or unicodedata.category(letter) == "Cf":
        return True
    return set(unicodedata.normalize("NFKC", letter)) <= letters


def _tokens(text: str) -> list[str]:
    if text.isascii():
        return _ASCII_TOKEN.findall(text.lower())
    found: list[str] = _TOKEN.findall(unicodedata.normalize("NFKC", text).casefold())
    return found


def _numbers(text: str, *, whole: bool = False) -> Iterator[str]:
    """Long numbers however they are written: ``(916) 555-0142`` is ``9165550142`` and, unless the
    `whole` is wanted, ``5550142`` as well."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    for found in _SPELLED_NUMBER.findall(plain):
        groups = _DIGITS.findall(found)
        starts = (0,) if whole else range(len(groups))
        for start in starts:
            ends = (len(groups),) if whole else range(start + 1, len(groups) + 1)
            for end in ends:
                digits = "".join(groups[start:end])
                if len(digits) > _MOST_DIGITS:
                    break
                if len(digits) >= _LEAST_DIGITS:
                    yield digits


def _needles(tokens: Sequence[str]) -> Iterator[Tokens]:
    """The pieces of a secret that are looked for. A piece too short to mean anything is none."""
    if len(tokens) <= _WINDOW:
        pieces: Iterable[Tokens] = (tuple(tokens),)
    else:
        pieces = (
            tuple(tokens[start : start + _WINDOW]) for start in range(len(tokens) - _WINDOW + 1)
        )
    yield from (piece for piece in pieces if _means(piece))
    yield from ((token,) for token in tokens if len(token) >= _LONG_WORD and not token.isdecimal())


def _means(piece: Tokens) -> bool:
    if all(token.isdecimal() for token in piece):
        return sum(map(len, piece)) >= _LEAST_DIGITS
    if len(piece) <= _SAID_TOGETHER and all(
        token in spoken_words() or (token.isdecimal() and len(token) < _LEAST_DIGITS)
        for token in piece
    ):
        return False  # the program makes such words itself: ``2 records``
    if all(_TOKEN.fullmatch(token) and len(token) <= 2 and not token.isascii() for token in piece):
        return len(piece) >= _UNSPACED_LEAST
    if len(piece) == 1:
        return len(piece[0]) >= _LEAST_LETTERS
    return sum(map(len, piece)) >= _LEAST_TOGETHER


def _said_with_a_number(needles: Iterable[Tokens]) -> Iterator[Tokens]:
    """Those that are the program's own words with one small number it puts before or behind them:
    it says ``Picture or file 3: all of it`` in a packet of three pictures."""
    said: dict[Tokens, list[Tokens]] = {}
    for needle in needles:
        small = [token.isdecimal() and len(token) <= _SMALL_NUMBER for token in needle]
        words = needle[1:] if small[0] else needle[:-1]
        if sum(small) == 1 and small[0] != small[-1] and len(words) >= _SAID_TOGETHER:
            said.setdefault(words, []).append(needle)
    lengths = {len(words) for words in said}
    for text in spoken() if said else ():
        found = _tokens(text)
        for length in lengths:
            for place in range(len(found) - length + 1):
                yield from said.pop(tuple(found[place : place + length]), ())


def _is_sure(needle: Tokens) -> bool:
    if len(needle) == 1:
        return needle[0].isdecimal() and len(needle[0]) >= _LEAST_DIGITS
    return sum(map(len, needle)) >= _SURE_LETTERS
