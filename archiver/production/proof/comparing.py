"""Whether a proven field group is what the data file says of the record."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BufferedIOBase
from typing import Any

import msgspec

from archiver.archive.groups import (
    AuthorFacts,
    DetailFacts,
    PlaceFacts,
    read_author,
    read_details,
    read_place,
)
from archiver.archive.stored_text import to_shown
from archiver.production.proof.form import RecordEntry
from archiver.requests.redacting.fields import person_words

DATA_FILES = ("data/records.jsonl", "records.jsonl")
LONGEST_LINE = 64 * 1024 * 1024
Line = dict[str, Any]
"""A line of the data file."""
_DAMAGED: Line = {}


def lines_of(file: BufferedIOBase) -> Iterator[Line]:
    """The lines of the data file; one that cannot be read is empty."""
    while line := file.readline(LONGEST_LINE):
        try:
            found = json.loads(line)
        except ValueError:
            found = _DAMAGED
        yield found if isinstance(found, dict) else _DAMAGED


def differing(group: str, content: str, line: Line, entry: RecordEntry) -> list[str]:
    """The fields of a line that say something else than a proven group."""
    earlier = None
    try:
        if entry.earlier:
            versions = line.get("earlier_versions", [])
            earlier = next((one for one in versions if one.get("version") == entry.version), None)
            if earlier is None:
                return ["an earlier version"]
        said = _SAID[group](to_shown(content), line, earlier)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError):
        return [f"its {group}"]
    return [name for name, value in said.items() if name in line and value != line[name]]


def _text(content: str, line: Line, earlier: Line | None) -> Line:
    if earlier is not None:
        return {} if earlier.get("text") == content else {"earlier_versions": None}
    return {"text": content}


def _author(content: str, line: Line, earlier: Line | None) -> Line:
    author: AuthorFacts = read_author(content)
    told = line.get("recipients", [])
    people = [person_words(person) for person in author.recipients]
    same = len(told) == len(people) and all(map(str.endswith, told, people))
    return {
        "author_name": author.display_name or "",
        "author_handle": author.handle or "",
        "author_id": author.native_id or "",
        "author_role": author.role,
        "recipients": told if same else people,
    }


def _place(content: str, line: Line, earlier: Line | None) -> Line:
    place: PlaceFacts = read_place(content)
    return {
        "platform": place.platform,
        "kind": place.kind,
        "form": place.form,
        "native_id": place.native_id,
        "created_at": place.created_at,
        "visibility": place.visibility,
    }


def _details(content: str, line: Line, earlier: Line | None) -> Line:
    details: DetailFacts = read_details(content)
    said: Line = {
        "url": details.url or None,
        "links": list(details.links),
        "content_state": details.content_state,
    }
    if line.get("language") is not None:
        said["language"] = details.language
    if earlier is None:
        said["captured_at"] = details.observed_at
    elif earlier.get("captured_at") != details.observed_at:
        said["earlier_versions"] = None
    return said


def _media(content: str, line: Line, earlier: Line | None) -> Line:
    return {"media": json.loads(content)}


_SAID: dict[str, Callable[[str, Line, Line | None], Line]] = {
    "text": _text,
    "author": _author,
    "place": _place,
    "details": _details,
    "media": _media,
}
