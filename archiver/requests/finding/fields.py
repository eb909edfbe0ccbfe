"""The texts of a version that personal data may stand in, named as redactions name them."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.archive.groups import PersonFacts
from archiver.archive.reading import Version


def fields_to_search(version: Version, earlier: Sequence[Version]) -> list[tuple[str, str]]:
    """The name and the shown text of every field: text, author, addresses, descriptions of
    pictures, and the texts of the record's `earlier` versions. N counts from 1."""
    author, details = version.author, version.details
    fields = [
        ("text", version.text),
        ("author.name", author.display_name),
        ("author.handle", author.handle),
        ("author.id", author.native_id),
        ("url", details.url),
        *((f"link:{n}", link) for n, link in enumerate(details.links, 1)),
        *((f"recipient:{n}", _words(one)) for n, one in enumerate(author.recipients, 1)),
        *((f"media:{n}.alt", media.alt_text) for n, media in enumerate(version.media, 1)),
        *((f"version:{each.n}.text", each.text) for each in earlier),
    ]
    return [(name, value) for name, value in fields if value]


def _words(person: PersonFacts) -> str:
    """A person by the best name there is."""
    if person.display_name:
        return person.display_name
    return f"@{person.handle.removeprefix('@')}" if person.handle else person.native_id or ""
