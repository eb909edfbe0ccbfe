"""A Bluesky repository, with what lies beside it: what it holds and how it is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ec

from archiver import clock
from archiver.atproto import records
from archiver.atproto.commits import signature_fault
from archiver.errors import InputError
from archiver.exports.bluesky.chat import Chat
from archiver.exports.bluesky.layout import document_of, files_at, repositories_at, roots
from archiver.exports.bluesky.repository import LISTS, Repository
from archiver.exports.files_download import FilesDownload
from archiver.exports.formats import Contents, DataFile, Format
from archiver.exports.identity import Identity
from archiver.exports.reader import DownloadReader
from archiver.items import Capability, Extent, Kind, Relation

_INTERFACE = "the platform's interface"
_NOT_OTHERS = "a repository holds what the account itself made, and nothing of other people"
_GIVES: Mapping[Kind | Relation, Capability] = {
    Kind.POST: Capability(Extent.FULL),
    Kind.PROFILE: Capability(Extent.FULL),
    Kind.COMMENT: Capability(Extent.NONE, _NOT_OTHERS, _INTERFACE),
    Kind.REACTION: Capability(
        Extent.PARTIAL,
        "the likes the account gave and its reply and quote rules; not what other people gave to "
        "its posts",
        _INTERFACE,
    ),
    Kind.MESSAGE: Capability(
        Extent.PARTIAL,
        "the chat data hold what the chat service kept on the day they were asked for: a message "
        "deleted before is not in them",
    ),
    Relation.FOLLOWING: Capability(Extent.FULL),
    Relation.BLOCK: Capability(Extent.FULL),
    Relation.FOLLOWER: Capability(Extent.NONE, _NOT_OTHERS, _INTERFACE),
    Relation.MUTE: Capability(
        Extent.NONE, "mutes are kept by the service, not in the repository", _INTERFACE
    ),
}


def _find(reader: DownloadReader) -> Sequence[str]:
    return roots(reader)


def _open(reader: DownloadReader, root: str) -> FilesDownload:
    """Open it. Raises InputError where the repository is none, or there are several."""
    number = repositories_at(reader, root)
    if number > 1:
        raise InputError(
            f"{reader.path} holds {number} repository files: give one of them at a time"
        )
    found = files_at(reader, root)
    repository = Repository(reader, found.repository, found.blobs) if found.repository else None
    files, notes, identity, made = [], [], Identity(), None
    if repository is not None:
        notes = repository.notes
        files += _repository_files(reader, repository)
        identity = Identity(native_id=repository.commit.did, handle=repository.handle)
        revised = records.tid_time(repository.commit.rev)
        made = clock.to_text(revised) if revised else None
    for member in found.chats:
        chat = Chat(reader, member, identity.native_id)
        if not identity.said:
            identity = chat.identity
        notes += chat.notes
        files.append(DataFile(member, "chat", chat.messages, (Kind.MESSAGE,)))
    contents = Contents(
        identity=identity,
        files=files,
        gives=_GIVES,
        generated_at=made,
        notes=notes,
        media=found.blobs.values(),
        let_go=repository.let_go if repository else lambda: None,
    )
    return FilesDownload(reader, contents)


def _repository_files(reader: DownloadReader, repository: Repository) -> list[DataFile]:
    commit, member = repository.commit, repository.member
    document = document_of(reader, commit.did)
    files = []
    if document is None:
        repository.notes.append(
            "signature not checked: no DID document beside it; for the same reason the handle is "
            "not known, and the profile is left out (docs/downloads/bluesky.md: how to save one)"
        )
    else:
        name, about = document
        repository.handle = about.handle
        reason = "it names the account's handle and its key"
        files.append(DataFile(name, "DID document", reason=reason))
        _check(repository, name, about.key)
    if revised := records.tid_time(commit.rev):
        repository.notes.append(
            f"the repository is as it was after its last change, on {clock.to_text(revised)}"
        )
    kinds = (Kind.POST, Kind.REACTION, *((Kind.PROFILE,) if repository.handle else ()))
    files.append(DataFile(member, "repository", repository.records, kinds))
    for relation, collection in LISTS.items():
        read = partial(repository.people, relation)
        counted = f"{member} ({collection})"
        files.append(DataFile(member, "people", read, (relation,), relation, counted_as=counted))
    return files


def _check(repository: Repository, document: str, key: ec.EllipticCurvePublicKey | None) -> None:
    """Hold the commit's signature against the account's key, and say what came of it."""
    if key is None:
        repository.notes.append(
            f"signature not checked: {document} names no key of the two kinds the protocol has"
        )
        return
    fault = signature_fault(repository.commit, key)
    if fault is None:
        repository.notes.append(
            f"the repository's signature is by the key that {document} names for "
            f"{repository.commit.did}"
        )
    else:
        repository.forged = (
            f"{fault} ({document}): either it was altered, or the account's key was changed since; "
            "compare it with a repository and a document saved on the same day"
        )


FORMAT = Format(records.PLATFORM, "Bluesky repository and chat data", 1, "bluesky", _find, _open)
