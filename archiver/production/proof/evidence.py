"""What the archive gives to a proof: versions with their salts, seals, and paths to their roots."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from archiver.archive.inclusion import inclusion_paths
from archiver.archive.leaves import GROUPS, commitment, group_key, leaf_of_commitments
from archiver.archive.seals import Seal, leaf_hashes, seals
from archiver.archive.store import Archive
from archiver.archive.timestamps import check_token
from archiver.errors import IntegrityError, RuleError
from archiver.items import Access
from archiver.production.proof.disclosing import Content
from archiver.production.proof.form import Sealed
from archiver.production.release import Anchor

FILES = {"archive": Access.PUBLIC, "private": Access.PRIVATE}
LeafPlace = tuple[str, int]
"""File and number of a leaf."""
_DAMAGED = "run `archiver verify` and produce again"


@dataclass(frozen=True, slots=True)
class HeldVersion:
    """A version as a proof needs it. The salt stays here; `keys` open one group each."""

    content: Content
    keys: Mapping[str, bytes]
    commitments: Mapping[str, bytes]
    leaf: bytes = field(repr=False)
    place: LeafPlace


def held_version(archive: Archive, file: str, record_id: int, n: int) -> HeldVersion:
    """A version of a record by its number.

    Raises RuleError where it is no longer held, IntegrityError where it does not match its leaf.
    """
    cursor = archive.file(FILES[file]).cursor()
    cursor.row_factory = None
    row = cursor.execute(
        """
        SELECT v.text, v.author, v.place, v.details, v.media, v.stable, v.raw, v.dictionary_id,
            v.salt, v.leaf, l.hash
        FROM versions AS v JOIN leaves AS l ON l.seq = v.leaf WHERE v.record_id = ? AND v.n = ?
        """,
        (record_id, n),
    ).fetchone()
    if row is None:
        raise RuleError("a record of this volume is no longer held: look at it and produce again")
    salt, leaf = row[8], row[10]
    raw = row[5] + archive.codec(FILES[file]).unpack(row[6], row[7])
    contents = [*(text.encode() for text in row[:5]), raw]
    keys = {group: group_key(salt, group) for group in GROUPS}
    sealed = {
        group: commitment(keys[group], content)
        for group, content in zip(GROUPS, contents, strict=True)
    }
    if leaf_of_commitments(list(sealed.values())) != leaf:
        raise IntegrityError(f"a record of this volume does not match its leaf: {_DAMAGED}")
    return HeldVersion(Content(*row[:5]), keys, sealed, leaf, (file, row[9]))


def leaf_place(archive: Archive, file: str, record_id: int, n: int) -> LeafPlace:
    """Where the leaf of a version stands. Raises RuleError where it is no longer held."""
    found = (
        archive.file(FILES[file])
        .execute("SELECT leaf FROM versions WHERE record_id = ? AND n = ?", (record_id, n))
        .fetchone()
    )
    if found is None:
        raise RuleError("a record of this volume is no longer held: look at it and produce again")
    return file, int(found[0])


class SealBook:
    """The seals of an archive as they stand now: which covers a leaf, and what dates it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.seals = list(seals(archive.public))
        self._ends = {
            "archive": [each.public_last for each in self.seals],
            "private": [each.private_last for each in self.seals],
        }

    def covering(self, place: LeafPlace) -> Seal | None:
        """The seal over a leaf; None where it is not sealed yet."""
        file, seq = place
        at = bisect_left(self._ends[file], seq)
        return self.seals[at] if at < len(self.seals) else None

    def dating(self, n: int) -> Seal | None:
        """The first seal from the `n`th on that carries a time stamp from outside."""
        later = (seal for seal in self.seals if seal.n >= n and seal.timestamp_token is not None)
        return next(later, None)

    def chain(self, used: Iterable[int]) -> tuple[list[Seal], frozenset[int]]:
        """The seals that prove those used, oldest first, and which of them show their time stamp.

        It begins with the oldest used and ends with the newest used or dated one: each holds the
        digest of the one before, so that a time stamp over the last covers all.
        """
        numbers = sorted(set(used))
        if not numbers:
            return [], frozenset()
        dated = {found.n for n in numbers if (found := self.dating(n)) is not None}
        newest = [seal.n for seal in self.seals if seal.timestamp_token is not None][-1:]
        dated.update(n for n in newest if n >= numbers[0])
        last = max([*numbers, *dated])
        shown = [seal for seal in self.seals if numbers[0] <= seal.n <= last]
        return shown, frozenset(dated)

    def sealed(self, places: Iterable[LeafPlace]) -> dict[LeafPlace, Sealed]:
        """Where leaves stand under their seals; those not sealed yet are left out.

        Each seal's tree is hashed once. Raises IntegrityError where one does not lead to its root.
        """
        by_seal: dict[int, dict[int, LeafPlace]] = {}
        of_number = {seal.n: seal for seal in self.seals}
        for file, seq in places:
            seal = self.covering((file, seq))
            if seal is None:
                continue
            public = seal.public_last - seal.public_first + 1
            at = seq - seal.public_first if file == "archive" else public + seq - seal.private_first
            by_seal.setdefault(seal.n, {})[at] = (file, seq)
        found: dict[LeafPlace, Sealed] = {}
        for n, wanted in sorted(by_seal.items()):
            seal, archive = of_number[n], self._archive
            leaves = chain(
                leaf_hashes(archive.public, seal.public_first, seal.public_last),
                leaf_hashes(archive.private, seal.private_first, seal.private_last),
            )
            root, size, paths = inclusion_paths(leaves, wanted)
            if root != seal.root:
                raise IntegrityError(f"seal {n} does not match what it covers: {_DAMAGED}")
            for at, place in wanted.items():
                found[place] = Sealed(n, at, size, [step.hex() for step in paths[at]])
        return found


def anchor_of(archive: Archive, places: Iterable[LeafPlace]) -> Anchor | None:
    """What outside the city dates the seals of these leaves; None where nothing does."""
    book = SealBook(archive)
    seals_of = [book.covering(place) for place in places]
    dated = [seal and book.dating(seal.n) for seal in seals_of]
    found = {seal.n: seal for seal in dated if seal is not None}
    if not found:
        return None
    newest = found[max(found)]
    try:
        stamp = check_token(newest.timestamp_token or b"", newest.digest())
    except IntegrityError as error:
        raise IntegrityError(f"the time stamp of seal {newest.n}: {error}; {_DAMAGED}") from None
    return Anchor("time stamp", stamp.at, all(seal is not None for seal in dated))
