"""The profile, and the lists of people and organisations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats
from archiver.exports.linkedin.owner import Owner
from archiver.exports.linkedin.rows import PLATFORM, canonical, read_rows, skipped
from archiver.exports.linkedin.urns import member_name
from archiver.exports.linkedin.writing import plain_text
from archiver.exports.tables import Row
from archiver.exports.texts import whole
from archiver.items import Item, Kind, Relation, Subscriber
from archiver.register.names import key

_SHOWN = ("Headline", "Summary", "Industry", "Geo Location", "Websites", "Twitter Handles")


def read_profile(owner: Owner, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """Profile.csv. The home address and the date of birth of whoever signs in stand in the same
    row: what everybody can see on the profile is taken, the rest stays in the original."""

    def parse(row: Row) -> Iterable[Unit]:
        name = " ".join(
            " ".join((row.cells.get("First Name", ""), row.cells.get("Last Name", ""))).split()
        )
        shown = {"Name": name} | {
            one: whole(plain_text(row.cells.get(one, "").strip())) for one in _SHOWN
        }
        told = canonical(shown)
        return (
            Item(
                platform=PLATFORM,
                kind=Kind.PROFILE,
                native_id="profile",
                author=owner.author,
                created_at=None,
                text="\n".join(cell for cell in shown.values() if cell),
                raw=told,
                stable=told,
                form="profile",
                url=f"https://www.linkedin.com/in/{owner.handle}" if owner.handle else None,
                member=member,
                position=row.index,
            ),
        )

    yield from read_rows(member, ("First Name", "Last Name"), parse, stream, count)


def read_connections(member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """Connections.csv: whoever is connected with the account. Whoever closed or hid the profile
    stands there with nothing but a date."""

    repeats = Repeats()

    def parse(row: Row) -> Iterable[Unit]:
        cells = row.cells
        name = " ".join(" ".join((cells.get("First Name", ""), cells.get("Last Name", ""))).split())
        address = cells.get("URL", "").strip()
        if not name and not address:
            return (skipped(member, row, "a connection that hid or closed the profile: no name"),)
        return (_person(Relation.FOLLOWER, name, address, repeats),)

    yield from read_rows(member, ("First Name", "Last Name", "Connected On"), parse, stream, count)


def read_follows(member: str, column: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """Company Follows.csv and Member_Follows.csv: whom the account follows, with those it has
    ceased to follow left out."""

    repeats = Repeats()

    def parse(row: Row) -> Iterable[Unit]:
        name = " ".join(row.cells.get(column, "").split())
        status = row.cells.get("Status", "").strip().casefold()
        if not name:
            return (skipped(member, row, "a row without a name"),)
        if status not in ("", "active"):
            return (skipped(member, row, "no longer followed"),)
        return (_person(Relation.FOLLOWING, name, "", repeats),)

    yield from read_rows(member, (column,), parse, stream, count)


def _person(relation: Relation, name: str, address: str, repeats: Repeats) -> Subscriber:
    handle = member_name(address) if address else None
    known_by = handle or repeats.next(f"name:{key(name)}")
    return Subscriber(PLATFORM, relation, known_by, handle, name or None, address or None)
