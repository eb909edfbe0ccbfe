"""Pictures, videos and files of records, for those who may see the record."""

from __future__ import annotations

import mimetypes

from archiver.archive.files import find_media
from archiver.archive.reading import media_of
from archiver.desk.answers import Answer, Asked, Bytes, NotHere
from archiver.desk.galleries import shown_type
from archiver.desk.looking import note_look
from archiver.desk.visits import Visit
from archiver.items import Access


def show(visit: Visit, asked: Asked) -> Answer:
    """The bytes: shown where that is safe, otherwise to be saved.

    Raises NotHere where the record, its picture or the bytes are not there, or not for this person.
    """
    file, record_id = asked.parts["file"], int(asked.parts["id"])
    position = int(asked.parts["position"])
    with visit.evidence() as files:
        if file not in files:
            raise NotHere
        found = next(
            (each for each in media_of(files[file], record_id) if each.position == position), None
        )
    if found is None or found.sha256 is None:
        raise NotHere
    access = Access.PRIVATE if file == "private" else Access.PUBLIC
    path = find_media(visit.desk.home, access, found.sha256)
    if path is None:
        raise NotHere
    if access is Access.PRIVATE:
        note_look(
            visit,
            "opened a private file",
            f"private record {record_id}",
            {"position": position},
        )
    kind = shown_type(found.media_type)
    name = found.name or _name(found.sha256, found.media_type)
    return Bytes(path, kind or "application/octet-stream", name, inline=kind is not None)


def _name(digest: str, media_type: str | None) -> str:
    return digest[:16] + (mimetypes.guess_extension(media_type or "") or "")
