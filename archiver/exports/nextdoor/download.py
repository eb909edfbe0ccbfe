"""A folder or zip of what an agency saved from Nextdoor, with a mapping beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatch
from functools import partial

from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.nextdoor.mapping import LARGEST, MARK, NAMES, Rule, parse_mapping
from archiver.exports.nextdoor.reading import PLATFORM, MappedFiles
from archiver.exports.reader import DownloadReader
from archiver.items import Capability, Extent, Kind, Relation

PEEK = 4096
_MEDIA = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".mp4", ".mov", ".pdf")
_ORDER = {".csv": 0, ".tsv": 0, ".pdf": 2}
_PAGES = (".html", ".htm", ".xhtml")
_PRINTS = (".pdf", ".txt")
_SAVED = "only what somebody saved by hand: pages and tables are not complete by themselves"
_NOTES = (
    "a saved page often shows how long ago something was written, not when: such a record has no "
    "date of its own, and was written before the files were saved"
)
GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.PARTIAL, _SAVED),
    Kind.COMMENT: Capability(Extent.PARTIAL, _SAVED),
    Kind.MESSAGE: Capability(
        Extent.PARTIAL, f"{_SAVED}; Nextdoor gives an agency no copy of its messages"
    ),
    Kind.PROFILE: Capability(Extent.NONE, "Nextdoor gives an agency no copy of its profile"),
    Relation.FOLLOWER: Capability(
        Extent.NONE, "Nextdoor does not tell an agency which neighbours receive its posts"
    ),
}


def find(reader: DownloadReader) -> list[str]:
    """The folders in which a mapping stands."""
    found: dict[str, None] = {}
    for member in reader.members:
        folder, mark, name = member.rpartition("/")
        if name.casefold() in NAMES:
            with reader.open(member) as stream:
                if MARK.encode() in stream.read(PEEK):
                    found[folder + mark] = None
    return list(found)


def open_saved(reader: DownloadReader, root: str) -> FilesDownload:
    """Open it. Raises InputError where its mapping cannot be read."""
    inside = [one for one in sorted(reader.members) if one.startswith(root)]
    named = next(one for one in inside if one[len(root) :].casefold() in NAMES)
    with reader.open(named) as stream:
        mapping = parse_mapping(stream.read(LARGEST + 1), f"{reader.path}: {named}")
    reading = MappedFiles(mapping, frozenset(inside))
    files = [DataFile(named, "mapping", reason="it says how the other files are read")]
    for member in sorted(inside, key=lambda one: _ORDER.get(one[-4:].casefold(), 1)):
        if member != named and (one := _data_file(reading, mapping.rules, root, member)):
            files.append(one)
    notes = [_NOTES, f"times without a zone were read as {mapping.zone}, as the mapping says"]
    notes += [f"saved by: {mapping.saved_by}"] if mapping.saved_by else []
    return FilesDownload(
        reader,
        Contents(
            identity=mapping.identity,
            files=files,
            gives=GIVES,
            generated_at=mapping.saved_at,
            notes=notes,
            media=[one for one in inside if one.casefold().endswith(_MEDIA)],
            viewer=lambda one: "_files/" in one or one.casefold().endswith((".css", ".js")),
        ),
    )


def _data_file(
    reading: MappedFiles, rules: Sequence[Rule], root: str, member: str
) -> DataFile | None:
    """The first rule whose pattern a file's name matches says how it is read."""
    inner = member[len(root) :].casefold()
    rule = next((one for one in rules if fnmatch(inner, one.files.casefold())), None)
    if rule is None or "_files/" in inner:
        return None
    if inner.endswith(_PAGES):
        covers = (rule.kind, *([rule.comments.kind] if rule.comments else []))
        return DataFile(member, "page", partial(reading.page, rule, member), covers)
    if inner.endswith(_PRINTS):
        return DataFile(member, "print", partial(reading.printed, rule, member), (rule.kind,))
    if inner.endswith((".csv", ".tsv")):
        return DataFile(member, "table", partial(reading.table, rule, member), (rule.kind,))
    return None


FORMAT = Format(PLATFORM, "what was saved from Nextdoor", 1, "nextdoor", find, open_saved)
