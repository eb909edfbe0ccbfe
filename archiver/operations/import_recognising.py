"""What a brought file is, and which registered account it could be of: a proposal with its reason.

A person decides. Only accounts of the city's register can be chosen; whatever names another account
is refused with what to do instead, a personal account's download above all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download
from archiver.errors import InputError
from archiver.exports.reader import open_download
from archiver.exports.x.download import XDownload, recognise
from archiver.progress import Progress
from archiver.register.accounts import CLASSES, Account

NOT_REGISTERED = (
    "If it is the city's account, have it registered first (Accounts). If it is somebody's own "
    "account, do not import it: its owner picks what is about city business with `archiver select` "
    "on their own machine, and only that is handed in."
)


@dataclass(frozen=True, slots=True)
class Recognised:
    """A download that was recognised: `whose` it says it is (empty: it does not say), the accounts
    it could be of, the likeliest first, and why; `refused` why it is of none of them."""

    platform: str
    format: str
    whose: str
    accounts: tuple[Account, ...]
    reason: str
    refused: str = ""

    @property
    def says_whose(self) -> bool:
        """Whether the download itself names the account; otherwise a person has to."""
        return bool(self.whose)


def recognise_download(paths: Sequence[Path], accounts: Sequence[Account]) -> Recognised:
    """What a download is and which of the register's `accounts` it could be of.

    Raises InputError where no format is recognised or it cannot be opened.
    """
    reader = open_download(_only(paths))
    platform = recognise(reader)
    if platform is None:
        raise InputError(
            f"{paths[0].name} is no download this program knows: give the file as the platform "
            "sent it, not unpacked and not packed again"
        )
    identity = XDownload(reader).identity
    ours = [one for one in accounts if one.platform == platform and one.account_class in CLASSES]
    whose = f"@{identity.handle or '?'} (id {identity.native_id or '?'})"
    called = [name.casefold() for name in (identity.handle, *identity.earlier_handles) if name]
    by_id = [one for one in ours if one.native_id and one.native_id == identity.native_id]
    by_name = [one for one in ours if not one.native_id and one.handle.casefold() in called]
    if by_id:
        reason = "the download names the same account id as the register"
        return Recognised(platform, "X data download", whose, tuple(by_id), reason)
    if by_name:
        reason = "the download names the same handle as the register, which holds no id yet"
        return Recognised(platform, "X data download", whose, tuple(by_name), reason)
    refused = f"It is the download of {whose}, which is not an account of the register."
    return Recognised(platform, "X data download", whose, (), "", f"{refused} {NOT_REGISTERED}")


def bring_in(
    archive: Archive,
    account: Account,
    paths: Sequence[Path],
    *,
    progress: Progress,
    dry_run: bool = False,
    attested: str = "",
) -> ImportReport:
    """Import a download, or with `dry_run` tell what an import would do. Raises as
    `archiver.capture.imports.import_download`."""
    del attested
    return import_download(archive, account, _only(paths), progress=progress, dry_run=dry_run)


def _only(paths: Sequence[Path]) -> Path:
    if len(paths) != 1:
        raise InputError(f"{len(paths)} files: this program reads a download of one file")
    return paths[0]
