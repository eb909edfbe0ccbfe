"""What a brought file is, and which registered accounts it could be of: a proposal with its reason.

A person decides. Only accounts of the city's register can be chosen; whatever names another account
is refused with what to do instead, a personal account's download above all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.import_identity import Candidate, Proposal, propose
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download
from archiver.exports.reader import open_download
from archiver.progress import Progress
from archiver.register.accounts import Account
from archiver.register.names import key

NOT_REGISTERED = (
    "If it is the city's account, have it registered first (Accounts). If it is somebody's own "
    "account, do not import it: its owner picks what is about city business with `archiver select` "
    "on their own machine, and only that is handed in."
)
_LATER = "(asked for before it is imported)"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What was recognised: the downloads in the file, and the accounts they could be of, the
    likeliest first, each with its reason; `refused` says why it is of none of them."""

    proposals: tuple[Proposal, ...]
    accounts: tuple[Candidate, ...]
    refused: str

    @property
    def platforms(self) -> list[str]:
        """The platforms of the downloads in it."""
        return list(dict.fromkeys(one.format.platform for one in self.proposals))

    @property
    def formats(self) -> str:
        """The downloads in it, by the names of their formats."""
        return " and ".join(dict.fromkeys(one.format.name for one in self.proposals))

    @property
    def whose(self) -> str:
        """Whose it says it is; empty where it does not say."""
        said = (one.identity.shown for one in self.proposals if one.identity.said)
        return " and ".join(dict.fromkeys(said))


def recognise_download(paths: Sequence[Path], accounts: Sequence[Account]) -> Recognised:
    """What a download is and which of the register's `accounts` it could be of.

    Raises InputError where no format is recognised or it cannot be opened.
    """
    with open_download(*paths) as reader:
        proposals = tuple(propose(reader, accounts))
    candidates = tuple(each for one in proposals for each in one.accounts)
    named = all(one.identity.said for one in proposals)
    refused = ""
    if not candidates and named:
        shown = " and ".join(dict.fromkeys(one.identity.shown for one in proposals))
        refused = f"It is the download of {shown}: {_why_none(proposals, accounts)}"
        refused = f"{refused} {NOT_REGISTERED}"
    return Recognised(proposals, candidates, refused)


def _why_none(proposals: Sequence[Proposal], accounts: Sequence[Account]) -> str:
    """Why a download that names its account is of none that may be chosen."""
    for one in proposals:
        handle, native_id = one.identity.handle, one.identity.native_id
        for account in accounts:
            alike = handle and account.platform == one.format.platform
            if alike and account.native_id != native_id and key(account.handle) == key(str(handle)):
                return (
                    f"the register has @{account.handle}, but with the id {account.native_id}, so "
                    "it is another account that bears, or bore, the name."
                )
    return "the register has no such account, or none that you may bring downloads of."


def rehearse(
    archive: Archive,
    account: Account,
    paths: Sequence[Path],
    *,
    registered: Sequence[Account],
    progress: Progress | None,
    attested: str = "",
) -> tuple[ImportReport, bool]:
    """What importing a download for an account would bring, and whether a person has to say that it
    is of that account, unless one did (`attested`). `registered` are all accounts of the register.
    Raises as `archiver.capture.imports.import_download`."""
    report = import_download(
        *(archive, account, paths),
        progress=progress,
        dry_run=True,
        attested=attested or _LATER,
        registered=registered,
    )
    told = [line for line in report.warnings if _LATER not in line]
    needed = len(told) < len(report.warnings)
    report.warnings = told
    return report, needed
