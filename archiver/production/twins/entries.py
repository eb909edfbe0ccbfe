"""A released record as plain values: what every data file holds of it, and no more.

`redactions` lists the bars by field, never by place or length, which would tell of what they cover.
"""

from __future__ import annotations

from collections.abc import Iterator

from archiver.production import words
from archiver.production.release import Record
from archiver.production.twins.volume import Volume, produced_type

COLUMNS = (
    "number", "conversation", "first_page", "last_page", "platform", "account", "handle",
    "department", "kind", "form", "author_name", "author_handle", "author_id", "author_role",
    "recipients", "created_at", "created_local", "text", "language", "url", "links", "native_id",
    "in_reply_to", "visibility", "content_state", "presence", "version", "media", "message_file",
    "captured_at", "captured_from", "evidence", "redactions",
)  # fmt: skip


def entry(record: Record, volume: Volume) -> dict[str, object]:
    """A record's values by name, in the order of the columns."""
    printed = volume.printed(record)
    answered = volume.answered(record)
    return {
        "number": printed.ordinal,
        "conversation": volume.conversation[record.key],
        "first_page": volume.page(printed.first),
        "last_page": volume.page(printed.last),
        "platform": record.platform,
        "account": record.account,
        "handle": record.handle,
        "department": record.department,
        "kind": record.kind,
        "form": record.form,
        "author_name": record.author_name.words,
        "author_handle": record.author_handle.words,
        "author_id": record.author_id.words,
        "author_role": record.author_role,
        "recipients": [person.words for person in record.recipients],
        "created_at": None if record.undated else record.created_at,
        "created_local": None if record.undated else words.time(record.created_at, volume.zone),
        "text": record.text.words,
        "language": record.language,
        "url": record.url.words or None,
        "links": [link.words for link in record.links],
        "native_id": record.native_id.words,
        "in_reply_to": None if answered is None else volume.number(answered),
        "visibility": record.visibility,
        "content_state": record.content_state,
        "presence": record.presence,
        "version": record.number,
        "earlier_versions": [
            {"version": version.number, "captured_at": version.at, "text": version.text.words}
            for version in record.versions
        ],
        "versions_left_out": [
            {"version": one.number, "why": one.why, "sheet_page": volume.sheet_page(one)}
            for one in record.left_out
        ],
        "history": [{"at": event.at, "what": event.words} for event in record.events],
        "media": list(_media(record, volume)),
        "message_file": volume.message_file(record),
        "captured_at": record.capture.at,
        "captured_from": record.capture.source,
        "evidence": record.capture.place,
        "redactions": [
            {"field": one.field, "sections": list(one.citations), "notes": list(one.notes)}
            for one in record.redactions
        ],
    }


def _media(record: Record, volume: Volume) -> Iterator[dict[str, object]]:
    """What is handed out, and what is covered whole: of that, even its kind would tell."""
    names = {id(media): path for media, path in volume.files(record)}
    for media in record.media:
        if media.covered is not None:
            yield {"file": None, "type": None, "description": media.covered.words}
        elif id(media) in names:
            alt = media.alt_text.words or None
            path = names[id(media)]
            yield {"file": path, "type": produced_type(path), "description": alt}
