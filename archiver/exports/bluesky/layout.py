"""What lies where: Bluesky hands out single files, and whoever saves them puts them together.

repo.car, or <account>.car     the repository (Settings, Account, Export my data)
*.jsonl                        the chat data (the same place)
*.json with a DID document     saved from the directory that keeps it, for the signature
<CID>, <CID>.jpg …             blobs, each named by its content id
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.atproto.documents import DidDocument, read_document
from archiver.exports.reader import DownloadReader

PEEK = 4096
_LARGEST_DOCUMENT = 1 << 16
_BLOB = re.compile(r"(?:^|/)(bafkrei[a-z2-7]{52})(?:\.[A-Za-z0-9]{1,5})?$")
_CHAT = re.compile(rb'chat\.bsky\.|"convoId"|"sentAt"')


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one account: its repository ("" where there is none), its chat data, and the
    members that are blobs, by their content ids."""

    repository: str
    chats: tuple[str, ...]
    blobs: Mapping[str, str]


def roots(reader: DownloadReader) -> list[str]:
    """The folders that hold a repository file; where there is none, those that hold chat data."""
    cars = [member for member in reader.members if _is_car(member)]
    found = cars or [member for member in reader.members if _is_chat(reader, member)]
    return list(dict.fromkeys(_folder(member) for member in found))


def files_at(reader: DownloadReader, root: str) -> Files:
    """What belongs to the account whose files lie at `root`. Where there is one repository alone,
    chat data and blobs in other folders are its account's too."""
    cars = [member for member in reader.members if _is_car(member)]
    alone = len(cars) <= 1
    inside = [one for one in reader.members if alone or one.startswith(root)]
    blobs: dict[str, str] = {}
    for member in inside:
        match = _BLOB.search(member)
        if match is not None:
            blobs.setdefault(match[1], member)
    chats = tuple(one for one in sorted(inside) if _is_chat(reader, one))
    own = [member for member in cars if _folder(member) == root]
    return Files(own[0] if len(own) == 1 else "", chats, blobs)


def repositories_at(reader: DownloadReader, root: str) -> int:
    """How many repository files lie at a root."""
    return sum(_is_car(member) and _folder(member) == root for member in reader.members)


def document_of(reader: DownloadReader, did: str) -> tuple[str, DidDocument] | None:
    """The DID document of an account and the member it is, where one lies in the download."""
    for member, about in reader.members.items():
        if not member.lower().endswith(".json") or (about.size or 0) > _LARGEST_DOCUMENT:
            continue
        with reader.open(member) as stream:
            content = stream.read(_LARGEST_DOCUMENT)
        found = read_document(content) if did.encode() in content else None
        if found is not None and found.did == did:
            return member, found
    return None


def _folder(member: str) -> str:
    folder, mark, _ = member.rpartition("/")
    return folder + mark


def _is_car(member: str) -> bool:
    return member.lower().endswith(".car")


def _is_chat(reader: DownloadReader, member: str) -> bool:
    if not member.lower().endswith((".jsonl", ".ndjson")):
        return False
    with reader.open(member) as stream:
        head = stream.read(PEEK)
    return head.lstrip(b"\xef\xbb\xbf \r\n")[:1] == b"{" and _CHAT.search(head) is not None
