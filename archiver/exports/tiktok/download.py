"""A TikTok data download: in JSON or as text files, whose it is, which part reads what."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from archiver import clock
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.exports.tiktok import textform, userdata
from archiver.exports.tiktok.records import Owner
from archiver.exports.tiktok.sections import (
    RELATIONS,
    Section,
    is_kept_file,
    section_of,
)
from archiver.exports.tiktok.userdata import Outline
from archiver.exports.tiktok.values import PLATFORM, TIMES_ARE_UTC
from archiver.items import Capability, Extent, Kind, Relation

VERSION = 1
PEEK = 4 << 10
FEWEST_FILES = 4
_DOCUMENT = re.compile(r"user_data(_tiktok)?[^/]*\.json\Z", re.IGNORECASE)
_SECTIONS = re.compile(
    rb'"(?:Your )?Activity"\s*:|"Profile And Settings"\s*:|"Ads and data"\s*:|"App Settings"\s*:|'
    rb'"Direct Messages?"\s*:|"Tik[Tt]ok (?:Live|Shop|Shopping)"\s*:|"Comment"\s*:|"Comments"\s*:'
)
_MADE = re.compile(r"TikTok_Data_(\d{10})", re.IGNORECASE)
_MEDIA = (".mp4", ".jpg", ".jpeg", ".png", ".webp", ".gif", ".mov", ".webm", ".mp3")
_NOT_HELD = "TikTok's download names the account's posts by address and does not hold the films"
GIVES: dict[Kind | Relation, Capability] = {
    Kind.POST: Capability(
        Extent.PARTIAL, f"{_NOT_HELD}; of what was deleted it tells the last weeks at most"
    ),
    Kind.COMMENT: Capability(
        Extent.PARTIAL,
        "TikTok's download holds the comments the account wrote, not those it received",
    ),
    Kind.MESSAGE: Capability(
        Extent.PARTIAL,
        "pictures and films sent in messages are not in TikTok's download, nor what was deleted",
    ),
    Kind.PROFILE: Capability(Extent.FULL),
    Kind.REACTION: Capability(Extent.NONE, "TikTok's download does not tell who liked a post"),
    Relation.FOLLOWER: Capability(Extent.FULL),
    Relation.FOLLOWING: Capability(Extent.FULL),
    Relation.BLOCK: Capability(Extent.FULL),
}
_COVERS: dict[Section, Kind] = {
    **dict.fromkeys(
        (Section.POSTS, Section.STORIES, Section.DELETED, Section.REPOSTS, Section.LIVES),
        Kind.POST,
    ),
    **dict.fromkeys((Section.COMMENTS, Section.LIVE_COMMENTS), Kind.COMMENT),
    **dict.fromkeys((Section.CHAT, Section.GROUP), Kind.MESSAGE),
    Section.PROFILE: Kind.PROFILE,
}
_KEPT = "likes, searches, settings, log-ins and the like are no communication"


def _find(reader: DownloadReader) -> list[str]:
    roots: dict[str, None] = {}
    known: dict[str, set[str]] = {}
    for member in reader.members:
        folder, _, last = member.rpartition("/")
        if _DOCUMENT.match(last) and _is_document(reader, member):
            roots[f"{folder}/" if folder else ""] = None
        elif last.casefold().endswith(".txt"):
            stem = last[: -len(".txt")]
            if section_of(stem) or is_kept_file(stem):
                above = folder.rpartition("/")[0]
                known.setdefault(f"{above}/" if above else "", set()).add(stem.casefold())
    for root, stems in known.items():
        named = "tiktok" in root.rstrip("/").rpartition("/")[2].casefold()
        if len(stems) >= (1 if named else FEWEST_FILES) and not any(
            root.startswith(one) for one in roots
        ):
            roots[root] = None
    return list(roots)


def _is_document(reader: DownloadReader, member: str) -> bool:
    with reader.open(member) as stream:
        return _SECTIONS.search(stream.read(PEEK)) is not None


def _open(reader: DownloadReader, root: str) -> FilesDownload:
    members = [member for member in reader.members if member.startswith(root)]
    documents = [one for one in members if _DOCUMENT.match(one.rpartition("/")[2])]
    outlines = {one: userdata.outline(reader, one) for one in documents}
    texts = [one for one in members if one.casefold().endswith(".txt")]
    shown = next((one.profile for one in outlines.values() if one.profile), None)
    shown = shown or _profile_of(reader, texts)
    owner = Owner(shown.get("username"), shown.get("displayname"))
    files = [part for one in documents for part in _of_document(one, outlines[one], owner)]
    files += [part for one in texts for part in _of_text(reader, one, owner)]
    contents = Contents(
        Identity(handle=owner.handle, display_name=owner.name),
        files,
        GIVES,
        generated_at=_made_at(reader),
        notes=[TIMES_ARE_UTC, *_kept_notes(outlines)],
        media=[one for one in members if one.casefold().endswith(_MEDIA)],
    )
    return FilesDownload(reader, contents)


def _of_document(member: str, told: Outline, owner: Owner) -> Iterator[DataFile]:
    """The parts of a document: all records in one going, and each list of people it holds."""
    covers = [kind for section, kind in _COVERS.items() if told.has(section)]
    if told.profile:
        covers.append(Kind.PROFILE)
    read = partial(userdata.records, member, owner)
    yield DataFile(member, "records", read, tuple(dict.fromkeys(covers)))
    for section, relation in RELATIONS.items():
        if told.has(section):
            yield DataFile(
                member,
                section.value,
                partial(userdata.people, section, told),
                (relation,),
                relation,
                counted_as=f"{member}: {section.value}",
            )


def _of_text(reader: DownloadReader, member: str, owner: Owner) -> Iterator[DataFile]:
    stem = member.rpartition("/")[2][: -len(".txt")]
    section = section_of(stem)
    if section is None and not is_kept_file(stem):
        with reader.open(member) as stream:
            section = Section.CHAT if textform.is_conversation(stream.read(PEEK)) else None
        if section is None:
            return
    if section is None:
        yield DataFile(member, "no communication", reason=_KEPT)
        return
    if section in RELATIONS:
        relation = RELATIONS[section]
        people = partial(textform.people, section)
        yield DataFile(member, section.value, people, (relation,), relation)
        return
    read = partial(textform.records, member, section, owner)
    if section is Section.PROFILE:
        read = partial(textform.profile_file, member, owner)
    elif section in (Section.CHAT, Section.GROUP):
        read = partial(textform.messages, member, section, owner)
    yield DataFile(member, section.value, read, (_COVERS[section],))


def _profile_of(reader: DownloadReader, texts: list[str]) -> dict[str, str]:
    for member in texts:
        stem = member.rpartition("/")[2][: -len(".txt")]
        if section_of(stem) is Section.PROFILE:
            with reader.open(member) as stream:
                return textform.cells_in(stream.read(PEEK))
    return {}


def _kept_notes(outlines: dict[str, Outline]) -> list[str]:
    kept: dict[str, int] = {}
    for told in outlines.values():
        for name, number in told.kept().items():
            kept[name] = kept.get(name, 0) + number
    if not kept:
        return []
    shown = ", ".join(f"{name} ({number:,})" for name, number in sorted(kept.items()))
    return [f"kept in the original and not made into records, {_KEPT}: {shown}"]


def _made_at(reader: DownloadReader) -> str | None:
    """When TikTok made it: the name it gives the file or the folder says so, in seconds."""
    names = (*reader.names, *reader.members)
    found = next((told for name in names if (told := _MADE.search(name))), None)
    if found is None:
        return None
    return clock.to_text(datetime.fromtimestamp(int(found[1]), UTC))


FORMAT = Format(PLATFORM, "TikTok data download", VERSION, "tiktok", _find, _open)
