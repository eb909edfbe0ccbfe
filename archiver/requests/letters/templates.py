"""The texts of the letters: shipped ones, the city's own in front of them, each attested.

A shipped text lies in schedules/letters/<language>/<kind>.txt, a city's own in the home's folder
letters/<language>/<kind>.txt. The first line is the subject. No text goes out before the city
attorney attested it, by name and date, in exactly these words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.config import shipped
from archiver.errors import InputError
from archiver.register.attestations import wording_digest
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.sandbox import LONGEST_TEMPLATE, SUBJECT

FOLDER = "letters"
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?")


@dataclass(frozen=True, slots=True)
class Template:
    """The text of a kind of letter in a language; `own` where the city wrote it itself."""

    kind: str
    language: str
    text: str
    own: bool

    @property
    def name(self) -> str:
        """What an attestation of it is filed under."""
        return f"{self.kind}/{self.language}"

    @property
    def digest(self) -> str:
        """SHA-256 of the wording: what an attestation binds to."""
        return wording_digest({"kind": self.kind, "language": self.language, "text": self.text})

    @property
    def subject(self) -> str:
        """The subject as the text gives it, or nothing."""
        first, _, _ = self.text.partition("\n")
        return first.removeprefix(SUBJECT).strip() if first.startswith(SUBJECT) else ""

    @property
    def body(self) -> str:
        """What stands below the subject."""
        first, _, rest = self.text.partition("\n")
        return rest.lstrip("\n") if first.startswith(SUBJECT) else self.text


def find_template(home: Path | None, kind: str, language: str) -> Template:
    """The text in force for a kind and language; `home` is the archive home.

    Raises InputError where there is none, or it cannot be read.
    """
    kinds().find(kind)
    if not _LANGUAGE.fullmatch(language):
        raise InputError(f"{language[:20]!r} is no language: write en, es or zh-Hant")
    for folder, own in _folders(home):
        path = folder / language / f"{kind}.txt"
        if path.is_file():
            return Template(kind, language, read_template(path), own)
    raise InputError(
        f"there is no {kind} letter in {language}: write one into {FOLDER}/{language}/{kind}.txt "
        "of the archive home, or choose another language"
    )


def read_template(path: Path) -> str:
    """A template's text. Raises InputError where the file is unreadable, no text or too long."""
    try:
        with path.open("rb") as file:
            written = file.read(4 * LONGEST_TEMPLATE + 1)
        text = written.decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is no UTF-8 text: save it as UTF-8") from None
    if len(text) > LONGEST_TEMPLATE:
        raise InputError(f"{path} is longer than {LONGEST_TEMPLATE:,} characters")
    return text


def template_names(home: Path | None) -> list[tuple[str, str]]:
    """Kind and language of every text there is, by language (English first) and in the order of
    the kinds. The texts themselves are not read."""
    order = {kind.code: place for place, kind in enumerate(kinds().kind)}
    there = {
        (folder.name, path.stem)
        for base, _ in _folders(home)
        if base.is_dir()
        for folder in base.iterdir()
        if folder.is_dir() and _LANGUAGE.fullmatch(folder.name)
        for path in folder.glob("*.txt")
        if path.stem in order
    }
    ordered = sorted(there, key=lambda each: (each[0] != "en", each[0], order[each[1]]))
    return [(kind, language) for language, kind in ordered]


def all_templates(home: Path | None) -> list[Template]:
    """Every text there is. Raises InputError, naming it, where one of them cannot be read."""
    return [find_template(home, kind, language) for kind, language in template_names(home)]


def languages(home: Path | None, kind: str) -> list[str]:
    """The languages in which a kind can be written."""
    return [language for each, language in template_names(home) if each == kind]


def _folders(home: Path | None) -> Sequence[tuple[Path, bool]]:
    ours = (shipped("schedules") / FOLDER, False)
    return (ours,) if home is None else ((home / FOLDER, True), ours)
