"""Looking for what is covered in what goes out.

Words are compared without regard to case, punctuation, line breaks and compatibility forms. What
the release view says openly, or this program says in every packet, is no leak when it is found:
somebody may cover a word in one record that stands uncovered in another. Such words are told
beforehand instead (`standing_open`). What is too short to be told from chance is not looked for:
the press has never had it.
"""

from __future__ import annotations

import ast
import dataclasses
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from pathlib import Path

import regex

import archiver
from archiver.production import words
from archiver.production.leaks.reading import Unreadable, letters_of, texts_of
from archiver.production.leaks.secrets import Secret, Secrets
from archiver.production.release import Release
from archiver.requests.redacting.passages import Passage

_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_TOKEN = regex.compile(
    rf"[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+", regex.V1
)
_ASCII_TOKEN = re.compile(r"[a-z0-9]+")
_SPELLED_NUMBER = re.compile(r"(?<!\w)\d(?:[\s().+\-/\u2010-\u2015]*\d){6,}(?!\w)")
_MOMENT = regex.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
_LEAST_LETTERS = 4
_LEAST_TOGETHER = 6
_LEAST_DIGITS = 7
_UNSPACED_LEAST = 2
_LONGEST = 24
"""Tokens of a secret that are looked for together; a longer one is looked for in pieces."""
_SPOKEN = ("production", "pdf", "requests/letters")
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
        return f"item {self.item_id}, {self.covered_at}: {where}"


class Lookout:
    """Finds secrets in texts."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._by_words: dict[Tokens, dict[Tokens, tuple[int, Secret]]] = {}
        self._numbers: dict[str, Secret] = {}
        self._clean: set[int] = set()
        self.looked_for: set[Secret] = set()
        for secret in secrets:
            self._expect(secret)

    def _expect(self, secret: Secret) -> None:
        for number in _numbers(secret.words):
            self._numbers.setdefault(number, secret)
            self.looked_for.add(secret)
        for needle in _needles(_tokens(secret.words)):
            at, words = _telling(needle)
            self._by_words.setdefault(words, {}).setdefault(needle, (at, secret))
            self.looked_for.add(secret)

    def without(self, found: Iterable[Tokens]) -> None:
        """Look no longer for these needles."""
        for needle in found:
            if len(needle) == 1:
                self._numbers.pop(needle[0], None)
            self._by_words.get(_telling(needle)[1], {}).pop(needle, None)

    def seen(self, text: str) -> list[tuple[Secret, Tokens]]:
        """The secrets that stand in a text, each with the piece of it that does.

        The same text stands in many files of a volume; one in which nothing was found is not looked
        through again.
        """
        if not text or hash(text) in self._clean:
            return []
        found = list(self._seen(text))
        if not found:
            self._clean.add(hash(text))
        return found

    def _seen(self, text: str) -> Iterator[tuple[Secret, Tokens]]:
        found = _tokens(text)
        known = self._by_words
        for place, token in enumerate(found):
            for near in ((token,), tuple(found[place : place + 2])):
                for needle, (at, secret) in known.get(near, {}).items():
                    start = place - at
                    if start >= 0 and tuple(found[start : start + len(needle)]) == needle:
                        yield secret, needle
        if self._numbers:
            for number in _numbers(text):
                if number in self._numbers:
                    yield self._numbers[number], (number,)


def standing_open(release: Release, secrets: Secrets) -> list[Secret]:
    """What is covered in one place and stands open in another of the same release: worth a look
    before it goes out, and no leak when it is found."""
    lookout = Lookout(secrets.words)
    found = {secret for text in _open_texts(release) for secret, _ in lookout.seen(text)}
    return sorted(found, key=lambda each: (each.item_id, each.place))


def leaks_in(folder: Path, release: Release, secrets: Secrets) -> list[Leak]:
    """What of the secrets stands in the files of a volume that was printed from `release`.

    A file nobody can look into, and a letter in a font that nothing released needs, are told like
    leaks. Empty means that nothing was found.
    """
    lookout = Lookout(secrets.words)
    openly = [*_open_texts(release), *_spoken()]
    lookout.without({needle for text in openly for _, needle in lookout.seen(text)})
    letters = {letter for text in openly for letter in unicodedata.normalize("NFKC", text)}
    letters |= {letter for text in openly for letter in text}
    found: list[Leak] = []
    for path in sorted(each for each in folder.rglob("*") if each.is_file()):
        found += _leaks_of(path, folder, lookout, secrets, letters)
    return found


def _leaks_of(
    path: Path, folder: Path, lookout: Lookout, secrets: Secrets, letters: set[str]
) -> Iterator[Leak]:
    name = path.relative_to(folder).as_posix()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest in secrets.media:
        item, place = secrets.media[digest]
        yield Leak(item, place, name, digest, "the file itself")
    if any(lookout.seen(name)):
        name = f"the file with the SHA-256 {digest}"
    told: set[tuple[Secret, str]] = set()
    try:
        for place, text in chain(
            (("its name", path.relative_to(folder).as_posix()),), texts_of(path)
        ):
            for secret, _ in lookout.seen(text):
                if (secret, place) not in told:
                    told.add((secret, place))
                    yield Leak(secret.item_id, secret.place, name, digest, place)
        if path.suffix == ".pdf" and path.parent == folder:
            strange = {
                letter
                for letter in letters_of(path)
                if not letter.isascii() and not _stands(letter, letters)
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


def _numbers(text: str) -> Iterator[str]:
    """Long numbers however they are written: ``(916) 555-0142`` is ``9165550142``."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    for found in _SPELLED_NUMBER.findall(plain):
        digits = "".join(each for each in found if each.isdecimal())
        if _LEAST_DIGITS <= len(digits) <= 19:
            yield digits


def _needles(tokens: Sequence[str]) -> Iterator[Tokens]:
    """The pieces of a secret that are looked for. A piece too short to mean anything is none."""
    for start in range(0, len(tokens), _LONGEST):
        piece = tuple(tokens[start : start + _LONGEST])
        if _means(piece):
            yield piece


def _telling(needle: Tokens) -> tuple[int, Tokens]:
    """The two neighbouring words of a needle that say most, and their place in it; of a single word
    that one."""
    if len(needle) == 1:
        return 0, needle
    places = range(len(needle) - 1)
    at = max(places, key=lambda place: len(needle[place]) + len(needle[place + 1]))
    return at, needle[at : at + 2]


def _means(piece: Tokens) -> bool:
    if all(token.isdecimal() for token in piece):
        return sum(map(len, piece)) >= _LEAST_DIGITS
    if all(_TOKEN.fullmatch(token) and len(token) <= 2 and not token.isascii() for token in piece):
        return len(piece) >= _UNSPACED_LEAST
    if len(piece) == 1:
        return len(piece[0]) >= _LEAST_LETTERS
    return sum(map(len, piece)) >= _LEAST_TOGETHER


def _open_texts(release: Release) -> Iterator[str]:
    """Every text of a release, and its times as they are printed."""
    zone = release.office.time_zone
    for text in _strings(release):
        yield text
        if _MOMENT.fullmatch(text):
            yield words.time(text, zone)
            yield words.day(text, zone)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Passage):
        yield value.words
    elif isinstance(value, tuple | list):
        for each in value:
            yield from _strings(each)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from _strings(getattr(value, field.name))
    elif value is not None and not isinstance(value, bytes | Path | bool):
        yield str(value)


def _said_by(code: ast.Module) -> Iterator[str]:
    """The texts a module holds, without what it says of itself."""
    told = {
        id(each.value)
        for each in ast.walk(code)
        if isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
    }
    for each in ast.walk(code):
        if isinstance(each, ast.Constant) and isinstance(each.value, str) and id(each) not in told:
            yield each.value


@lru_cache(maxsize=1)
def _spoken() -> tuple[str, ...]:
    """What this program says in every packet: the texts in its own code and pages."""
    root = Path(next(iter(archiver.__path__)))
    found: set[str] = set()
    for room in _SPOKEN:
        for path in sorted((root / room).rglob("*")):
            if path.suffix == ".py":
                found |= set(_said_by(ast.parse(path.read_text("utf-8"))))
            elif path.suffix in (".html", ".css", ".js"):
                found.add(path.read_text("utf-8"))
    return tuple(sorted(found))
