"""The places of a record where something can be covered, by name.

Names: ``text``, ``author.name``, ``author.handle``, ``author.id``, ``url``, ``link:N``,
``recipient:N``, ``media:N`` (the picture or file itself), ``media:N.alt`` (its description),
``version:K.text`` (an earlier version). N counts from 1 as the packet does, K is the version's own
number. Values are those that are shown and released; places in them count code points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.archive.groups import PersonFacts
from archiver.archive.reading import Version
from archiver.errors import InputError

AUTHOR = ("author.name", "author.handle", "author.id")
_VERSION = re.compile(r"version:(\d+)\.text")
_MEDIA = re.compile(r"media:(\d+)")
_NUMBERED = re.compile(r"(link|recipient|media|version):(\d+)(\.\w+)?")
_LABELS = {
    "text": "text",
    "author.name": "author’s name",
    "author.handle": "author’s handle",
    "author.id": "author’s id",
    "url": "address of the record",
    "link": "link {}",
    "recipient": "recipient {}",
    "media": "picture or file {}",
    "media.alt": "description of picture or file {}",
    "version.text": "text of version {}",
}


@dataclass(frozen=True, slots=True)
class Field:
    """A place that holds something. `value` is its text; a picture or file has none."""

    name: str
    value: str

    @property
    def label(self) -> str:
        """The place in words: ``author’s name``, ``link 2``."""
        return label_of(self.name)

    @property
    def is_media(self) -> bool:
        """Whether it is a picture or file itself, not a text."""
        return media_number(self.name) is not None


def fields_of(version: Version, earlier: Sequence[Version] = ()) -> list[Field]:
    """Every place of a version that holds something, and the texts of those before it."""
    author = version.author
    found = [
        Field("text", version.text),
        Field("author.name", author.display_name or ""),
        Field("author.handle", author.handle or ""),
        Field("author.id", author.native_id or ""),
        Field("url", version.details.url or ""),
        *(Field(f"link:{n}", link) for n, link in enumerate(version.details.links, 1)),
        *(
            Field(f"recipient:{n}", person_words(person))
            for n, person in enumerate(author.recipients, 1)
        ),
    ]
    texts = [field for field in found if field.value]
    for number, media in enumerate(version.media, 1):
        texts.append(Field(f"media:{number}", ""))
        if media.alt_text:
            texts.append(Field(f"media:{number}.alt", media.alt_text))
    texts += [Field(version_field(each.n), each.text) for each in earlier if each.text]
    return texts


def field_named(found: Sequence[Field], name: str) -> Field:
    """The field of that name. Raises InputError where the record holds nothing there."""
    for field in found:
        if field.name == name:
            return field
    raise InputError(f"the record holds nothing at {name!r}: nothing was covered")


def version_field(number: int) -> str:
    """The name of an earlier version's text."""
    return f"version:{number}.text"


def version_number(name: str) -> int | None:
    """Which earlier version's text a field is, or None."""
    found = _VERSION.fullmatch(name)
    return int(found[1]) if found else None


def media_number(name: str) -> int | None:
    """Which picture or file a field is (from 1), or None where it is a text."""
    found = _MEDIA.fullmatch(name)
    return int(found[1]) if found else None


def label_of(name: str) -> str:
    """A field's name in words."""
    found = _NUMBERED.fullmatch(name)
    if found is None:
        return _LABELS.get(name, name)
    return _LABELS[f"{found[1]}{found[3] or ''}"].format(found[2])


def person_words(person: PersonFacts) -> str:
    """A person by the best name there is: display name, handle, or the platform's id."""
    if person.display_name:
        return person.display_name
    if person.handle:
        return f"@{person.handle.removeprefix('@')}"
    return person.native_id or ""
