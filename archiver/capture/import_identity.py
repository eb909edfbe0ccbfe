"""Whose download a file is, which account of the register that could be, and whether it may be
imported for the account that was named.

A whole download is accepted only for an account registered as the city's (City of San José v.
Superior Court (2017) 2 Cal.5th 608: of a personal account only what concerns the city's business is
the city's, and its owner picks it).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.import_cursors import of_another
from archiver.errors import InputError, RuleError
from archiver.exports.formats import Download, Format
from archiver.exports.identity import Identity
from archiver.exports.known import Recognised, recognise
from archiver.exports.reader import DownloadReader, open_download
from archiver.register.accounts import CLASSES, Account
from archiver.register.names import key

_NAME, _FORMER, _HANDLE, _ID = 1, 2, 3, 4
_PICKED = {"statement.json", "items.jsonl"}
"""What `archiver select` makes holds these; a test compares the names."""
_SISTERS = {"instagram", "threads"}
"""One account has the same handle on both, and may have both in one download."""
_SURE = _HANDLE
"""How surely a name alone tells an account: the least there is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A registered account a download could be of, and why."""

    account: Account
    reason: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A download in a file: its format, whose it says it is, and the accounts that could be meant,
    the likeliest first; none where the register has no such account."""

    format: Format
    identity: Identity
    accounts: tuple[Candidate, ...]


def check_rule(account: Account) -> None:
    """Raises RuleError where an account is not the city's own."""
    if account.account_class not in CLASSES:
        raise RuleError(
            f"{account.platform}:@{account.handle} is registered as {account.account_class}: "
            "only the city's own accounts are imported whole; the owner of a personal account "
            "picks what concerns the city with `archiver select`"
        )


def propose(reader: DownloadReader, accounts: Iterable[Account]) -> list[Proposal]:
    """The downloads in a file and the registered accounts they could be of.

    Raises InputError where no importer knows the file.
    """
    able = [account for account in accounts if account.account_class in CLASSES]
    proposals = []
    for found in downloads_in(reader):
        identity = found.open(reader).identity
        own = [account for account in able if account.platform == found.format.platform]
        told = [
            (strength, Candidate(account, reason))
            for account in own
            for strength, reason in (_likeness(account, identity),)
            if strength or not identity.said
        ]
        told.sort(key=lambda pair: -pair[0])
        proposals.append(Proposal(found.format, identity, tuple(one for _, one in told)))
    return proposals


def downloads_in(reader: DownloadReader) -> list[Recognised]:
    """The downloads in what was given. Raises InputError where no importer knows it."""
    found = recognise(reader)
    if not found:
        raise InputError(f"{reader.path} is no download this program knows: {_hint(reader)}")
    return found


def _hint(reader: DownloadReader) -> str:
    """What to do with a file that is no download."""
    if set(reader.members) >= _PICKED:
        return "it was made by `archiver select`: take it in with `archiver forward`"
    names = [name.lower() for name in reader.members]
    inner = sum(name.endswith((".zip", ".tar", ".gz")) for name in names)
    if inner:
        return f"it holds {inner} more archives: unpack it once and give each of them by itself"
    if any(name.endswith((".csv", ".xlsx", ".pdf", ".html", ".htm")) for name in names):
        return (
            "what you saved yourself needs a file beside it that says how to read it "
            "(docs/downloads/nextdoor.md, docs/downloads/plain.md)"
        )
    return "give the file as the platform sent it; how to get one: docs/downloads"


def of_account(reader: DownloadReader, found: Sequence[Recognised], account: Account) -> Recognised:
    """The one of the downloads in a file that is of the account's platform; where there are several
    (the channels of one Google account), the one that names the account.

    Raises InputError where there is none, or more than one.
    """
    own = [one for one in found if one.format.platform == account.platform]
    if not own:
        others = " and ".join(dict.fromkeys(one.format.name for one in found))
        raise InputError(
            f"{reader.path} holds: {others}, and nothing of {account.name}: name the account it "
            "belongs to, or give the download of this one"
        )
    if len(own) > 1:
        own = [one for one in own if _likeness(account, one.open(reader).identity)[0]] or own
    if len(own) > 1:
        raise InputError(
            f"{reader.path} holds {len(own)} downloads of {account.platform}: give one of them "
            "at a time"
        )
    return own[0]


def check_beside(
    reader: DownloadReader,
    downloads: Sequence[Recognised],
    found: Recognised,
    account: Account,
    registered: Iterable[Account],
) -> None:
    """Refuse a file that holds, beside the download of the account (`found`), one of an account
    that is not the city's: it is kept whole, with what the city has no claim to. `registered` are
    the accounts of the register. Threads and Instagram share a handle and a download, so there the
    other profile of the handle is the account's own; one that does not say whose it is passes where
    the city has an account of its platform.

    Raises InputError naming what is in it.
    """
    able = [one for one in registered if one.account_class in CLASSES]
    for other in downloads:
        if other is found:
            continue
        identity, platform = other.open(reader).identity, other.format.platform
        own = [one for one in able if one.platform == platform]
        known = any(_likeness(one, identity)[0] for one in own)
        sister = replace(account, native_id=None)
        one_account = {platform, account.platform} == _SISTERS
        same = one_account and _likeness(sister, identity)[0] >= _FORMER
        if known or same or (own and not identity.said):
            continue
        where = _holding(reader, platform, identity)
        raise InputError(
            f"{where} holds the {other.format.name} of {identity.shown} too, which the register "
            "does not have as an account of the city: the file would be kept whole. Ask the "
            f"platform for {_shown(account)} alone; if the other is the city's, "
            "register it first"
        )


def _holding(reader: DownloadReader, platform: str, identity: Identity) -> Path:
    """The first of the parts that holds a download of an account on a platform by itself."""
    for path, name in zip(reader.parts, reader.names, strict=True):
        try:
            with open_download(path, names=[name]) as part:
                if any(
                    one.format.platform == platform
                    and not _another(one.open(part).identity, identity)
                    for one in recognise(part)
                ):
                    return path
        except InputError:
            continue
    return reader.path


def check_identity(
    download: Download, account: Account, paths: Sequence[Path], attested: str = ""
) -> list[str]:
    """Refuse another account's download; what is worth knowing otherwise.

    `attested` is the sentence of a person that it is this account's. It is needed where the
    download does not say, says a name alone (an official's own profile may bear the name of the
    office), or a handle the account no longer has; it does not outweigh an id or a handle that is
    another's. Raises InputError naming both accounts by their public names.
    """
    identity = download.identity
    path = paths[0]
    strength, reason = _likeness(account, identity)
    if strength >= _SURE:
        return _worth_knowing(identity, account)
    known_by = (identity.native_id and account.native_id) or identity.handle
    if known_by and not strength:
        raise InputError(
            f"{path} is the download of {identity.shown}, not of {_shown(account)}: "
            "name the account it belongs to"
        )
    if not attested.strip():
        whose = "does not say whose account it is"
        if strength:
            whose = f"tells whose account it is by a name alone ({reason})"
        elif identity.said:
            whose = (
                f"names {identity.shown}, and the register does not know that of {_shown(account)}"
            )
        raise InputError(
            f"{path} {whose}: write who knows that it is this account's (--whose 'downloaded by "
            f"… on …'){_id_to_enter(identity, account)}; if it is another account's, import it for "
            "that one"
        )
    said = f"whose download it is was said by a person: {attested.strip()}"
    return [said, *_worth_knowing(identity, account)]


def check_anew(
    archive: Archive, identity: Identity, account: Account, path: Path, source: str, digest: str
) -> None:
    """Refuse a file that was imported for another account, or is being, and does not name this one
    itself: one of the two is mistaken. An account it was begun for goes on. Raises InputError."""
    if _likeness(account, identity)[0] >= _SURE:
        return
    other = of_another(archive, account.id, source, digest)
    if other is not None:
        raise InputError(
            f"{path}: this very file was imported for {other}, and it does not say that it is of "
            f"{account.name}; if that import was the mistake, take it back first (`archiver "
            f"imports withdraw`){_id_to_enter(identity, account)}"
        )


def check_parts(
    reader: DownloadReader, identity: Identity, account: Account, scratch: Path
) -> None:
    """Refuse files that were given together and are not of one account: read as one download, what
    is somebody else's would become the account's. `identity` is what all of them together say,
    `scratch` where a part may be unpacked.

    Raises InputError naming the file whose own words say that it is of another account.
    """
    if len(reader.parts) == 1:
        return
    for path, name in zip(reader.parts, reader.names, strict=True):
        told = _told_alone(path, name, account, scratch)
        if told and all(_another(one, identity) and not _likeness(account, one)[0] for one in told):
            raise InputError(
                f"{path} is the download of {told[0].shown}, and the files beside it are of "
                f"{identity.shown}: give the files of one account at a time"
            )


def _told_alone(path: Path, name: str, account: Account, scratch: Path) -> list[Identity]:
    """Whose a part says it is where it is looked at alone; nothing where it does not say."""
    try:
        with open_download(path, names=[name], scratch=scratch) as part:
            found = [
                one.open(part).identity
                for one in recognise(part)
                if one.format.platform == account.platform
            ]
    except InputError:
        return []
    return [one for one in found if one.said]


def _another(one: Identity, other: Identity) -> bool:
    """Whether two identities are of two accounts, by the surest thing both say."""
    for mine, theirs in (
        (one.native_id, other.native_id),
        (one.handle, other.handle),
        (one.display_name, other.display_name),
    ):
        if mine and theirs:
            return key(mine) != key(theirs)
    return False


def _shown(account: Account) -> str:
    native = f" (id {account.native_id})" if account.native_id else ""
    return f"@{account.handle}{native}"


def _likeness(account: Account, identity: Identity) -> tuple[int, str]:
    """How surely an account is the one a download names (0: not), and why in words."""
    if account.native_id and identity.native_id:
        same = account.native_id == identity.native_id
        return (_ID, f"the download has its id, {identity.native_id}") if same else (0, "")
    handles = [key(one) for one in (identity.handle, *identity.earlier_handles) if one]
    if handles and key(account.handle) == handles[0]:
        return _HANDLE, f"the download says that it is @{account.handle}"
    if key(account.handle) in handles:
        return _FORMER, f"the download says that it was called @{account.handle} before"
    name = None if identity.handle else identity.display_name
    if name and key(name) in (key(account.display_name), key(account.handle)):
        return _NAME, f"the download names {identity.display_name}; names are not unique"
    return 0, ""


def _id_to_enter(identity: Identity, account: Account) -> str:
    """How the register could know the account by the id the download tells, where it has none."""
    if identity.native_id is None or account.native_id is not None:
        return ""
    return (
        f", or, if its id is this account's, enter it: `archiver accounts change {account.name} "
        f"--native-id {identity.native_id}`"
    )


def _worth_knowing(identity: Identity, account: Account) -> list[str]:
    told = []
    if account.native_id is None and identity.native_id is not None:
        told.append(
            f"the register holds no id for @{account.handle}; the download says "
            f"{identity.native_id}, which outlives a change of name: `archiver accounts change "
            f"{account.platform}:{account.handle} --native-id {identity.native_id}` adds it"
        )
    if identity.handle and key(account.handle) != key(identity.handle):
        told.append(f"the account was called @{identity.handle} when the download was made")
    return told
