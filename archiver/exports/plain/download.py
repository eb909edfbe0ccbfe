"""A folder or zip in the plain format: what it holds and how it is read."""

from __future__ import annotations

from functools import partial

from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.plain.account import MARK, NAME, read_account
from archiver.exports.plain.records import PlainFiles
from archiver.exports.reader import DownloadReader
from archiver.items import Extent, Kind, Relation

PEEK = 4096
_DOCUMENTS = ("archiver-records.json", "archiver-records.jsonl")
_TABLE = "records.csv"
_LISTS = {
    "followers.csv": Relation.FOLLOWER,
    "following.csv": Relation.FOLLOWING,
    "blocks.csv": Relation.BLOCK,
    "mutes.csv": Relation.MUTE,
}
_KINDS = (Kind.POST, Kind.COMMENT, Kind.MESSAGE, Kind.PROFILE)


def find(reader: DownloadReader) -> list[str]:
    """The folders in which an account.json of this format, or records named as its own, stand."""
    found: dict[str, None] = {}
    for member in reader.members:
        folder, mark, name = member.rpartition("/")
        root = folder + mark
        if name in _DOCUMENTS or (name in (NAME, _TABLE) and _is_plain(reader, member, name)):
            found[root] = None
    return list(found)


def _is_plain(reader: DownloadReader, member: str, name: str) -> bool:
    with reader.open(member) as stream:
        head = stream.read(PEEK).replace(b"\0", b"")
    if name == NAME:
        return MARK.encode() in head
    first = head.splitlines()[0].lower() if head.strip() else b""
    return b"kind" in first and b"created_at" in first


def open_plain(reader: DownloadReader, root: str) -> FilesDownload:
    """Open it. Raises InputError where account.json is missing or cannot be taken."""
    account = read_account(reader, root)
    inside = [one for one in reader.members if one.startswith(root)]
    plain = PlainFiles(account.platform, root, account.zone, frozenset(inside))
    kinds = tuple(one for one in _KINDS if account.gives[one].extent is not Extent.NONE)
    files = []
    for member in sorted(inside):
        name = member[len(root) :].casefold()
        if name in (*_DOCUMENTS, _TABLE):
            files.append(DataFile(member, "records", partial(plain.records, member), kinds))
        elif (relation := _LISTS.get(name)) is not None:
            read = partial(plain.people, member, relation)
            files.append(DataFile(member, "people", read, (relation,), relation))
        elif name == NAME:
            files.append(DataFile(member, "account", reason="it says whose records these are"))
    data = {file.member for file in files}
    notes = [f"collected by: {account.collected_by}"] if account.collected_by else []
    if account.zone:
        notes.append(f"times without a zone were read as {account.zone}, as account.json says")
    return FilesDownload(
        reader,
        Contents(
            identity=account.identity,
            files=files,
            gives=account.gives,
            generated_at=account.made_at,
            since=account.since,
            notes=notes,
            media=[one for one in inside if one not in data and not one.endswith((".md", ".txt"))],
        ),
    )


FORMAT = Format(
    platform="",
    name="records in the plain format",
    version=1,
    page="plain",
    find=find,
    open=open_plain,
    platform_of=lambda reader, root: read_account(reader, root).platform,
    road="plain",
)
