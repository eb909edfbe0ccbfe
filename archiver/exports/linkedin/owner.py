"""Whose download it is, and the account as the author of what it wrote."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.exports.faults import UnreadableError
from archiver.exports.identity import Identity
from archiver.exports.linkedin.layout import base_of
from archiver.exports.linkedin.urns import member_name
from archiver.exports.reader import DownloadReader
from archiver.exports.tables import open_table
from archiver.items import Author, AuthorRole
from archiver.register.names import key

LOOKED_AT = 200
"""So many invitations are looked through for the account's own address."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The account a download is of. Without a name nobody can be told to be it."""

    name: str | None
    handle: str | None

    @property
    def identity(self) -> Identity:
        """Whose download it is."""
        return Identity(handle=self.handle, display_name=self.name)

    @property
    def author(self) -> Author:
        """The account as an author."""
        return Author(None, self.handle, self.name, AuthorRole.AGENCY)

    def person(self, name: str, address: str) -> Author:
        """Whoever is named, told apart from the account by address, or by name where that is all
        there is."""
        handle = member_name(address) if address else None
        shown = name.strip() or None
        if handle is not None and self.handle is not None:
            same = handle == self.handle
        elif shown is None or self.name is None:
            return Author(None, handle, shown, AuthorRole.UNKNOWN)
        else:
            same = key(shown) == key(self.name)
        if same:
            return self.author
        return Author(None, handle, shown, AuthorRole.PUBLIC)


def read_owner(reader: DownloadReader, root: str) -> Owner:
    """The name from Profile.csv, and the name in its address from the invitations."""
    inside = [one for one in reader.members if one.startswith(root) and one.endswith(".csv")]
    named = {base_of(one): one for one in inside if "/" not in one[len(root) :]}
    name = _name(reader, named["profile"]) if "profile" in named else None
    handle = None
    if name is not None and "invitations" in named:
        handle = _handle(reader, named["invitations"], name)
    return Owner(name, handle)


def _name(reader: DownloadReader, member: str) -> str | None:
    try:
        with reader.open(member) as stream:
            for row in open_table(stream, ("First Name", "Last Name")).rows():
                parts = (row.cells.get("First Name", ""), row.cells.get("Last Name", ""))
                return " ".join(" ".join(parts).split()) or None
    except UnreadableError:
        return None
    return None


def _handle(reader: DownloadReader, member: str, name: str) -> str | None:
    """The account's address, where an invitation it sent or got names it."""
    try:
        with reader.open(member) as stream:
            table = open_table(stream, ("From", "To", "Direction"))
            for row, _ in zip(table.rows(), range(LOOKED_AT), strict=False):
                sent = row.cells.get("Direction", "").strip().upper() == "OUTGOING"
                shown = row.cells.get("From" if sent else "To", "")
                address = row.cells.get("inviterProfileUrl" if sent else "inviteeProfileUrl", "")
                if key(shown) == key(name) and (found := member_name(address)):
                    return found
    except UnreadableError:
        return None
    return None
