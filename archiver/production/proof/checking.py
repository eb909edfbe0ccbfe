"""Checking what a proof says: its seals, and every record against its seal and the data file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from cryptography import x509

from archiver.archive.keys import is_signed
from archiver.archive.leaves import GROUPS, commitment, leaf_of_commitments, proves
from archiver.archive.timestamps import check_token
from archiver.errors import IntegrityError
from archiver.production.proof.comparing import Line, differing
from archiver.production.proof.form import (
    CLOSED,
    SEAL_HEAD,
    Opened,
    RecordEntry,
    SealEntry,
    WithheldEntry,
    from_base64,
    from_hex,
)
from archiver.production.proof.listing import Listing
from archiver.production.proof.reading import Proof, seal_keys


@dataclass(frozen=True, slots=True)
class SealFacts:
    """A seal that was checked: when the city sealed, its root, and when (UTC) an authority outside
    first dated it or a later one; None where none did."""

    sealed_at: str
    root: bytes
    anchored: str | None


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """What was found of a version: `proven` and `closed` groups, whether a seal covers it, and what
    is wrong."""

    number: int
    first_page: str
    version: int
    earlier: bool
    sealed_at: str | None
    anchored: str | None
    proven: tuple[str, ...]
    problems: tuple[str, ...]
    closed: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The record in words."""
        said = f"record {self.number} (page {self.first_page})"
        return f"{said}, version {self.version}" if self.earlier else said


def check_seals(
    proof: Proof, certificates: Sequence[x509.Certificate], problems: list[str]
) -> dict[int, SealFacts]:
    """The seals of a proof by number: signed, each holding the one before, dated where they say so.

    What is wrong is added to `problems`. Raises InputError where the file cannot be read.
    """
    keys = seal_keys(proof)
    found: dict[int, tuple[str, bytes, str | None]] = {}
    before: tuple[int, bytes] | None = None
    for entry in proof.entries(SealEntry):
        try:
            body = json.loads(entry.signed.removeprefix(SEAL_HEAD))
            message, signature = entry.signed.encode("ascii"), from_hex(entry.signature, 64)
            n, root = int(body["n"]), from_hex(body["root"], 32)
            previous, key = from_hex(body["previous"], 32), keys.get(body["key"])
            token = None if entry.time_stamp is None else from_base64(entry.time_stamp)
            fits = entry.signed.startswith(SEAL_HEAD) and (n, body["sealed_at"]) == (
                entry.n,
                entry.sealed_at,
            )
        except (ValueError, TypeError, KeyError):
            problems.append(f"seal {entry.n} cannot be read")
            continue
        if not fits or key is None or not is_signed(key, signature, message):
            problems.append(f"seal {n} is not signed by a key of the city")
        if before is not None and before != (n - 1, previous):
            problems.append(f"seal {n} does not hold the one before it")
        digest = sha256(message + signature).digest()
        before = n, digest
        anchored = None
        if token is not None:
            try:
                anchored = check_token(token, digest, certificates).at
            except IntegrityError as error:
                problems.append(f"the time stamp of seal {n}: {error}")
        found[n] = entry.sealed_at, root, anchored
    return _anchored(found)


def _anchored(found: Mapping[int, tuple[str, bytes, str | None]]) -> dict[int, SealFacts]:
    """Each seal with the first time stamp over it or a later one."""
    facts: dict[int, SealFacts] = {}
    newest: str | None = None
    for n in sorted(found, reverse=True):
        sealed_at, root, own = found[n]
        newest = own or newest
        facts[n] = SealFacts(sealed_at, root, newest)
    return facts


def check_records(
    proof: Proof, seals: Mapping[int, SealFacts], lines: Iterator[Line] | None
) -> Iterator[RecordCheck]:
    """Every version of the proof, compared with the lines of the data file where there are any.

    Raises InputError where the proof cannot be read.
    """
    line: Line | None = None
    for entry in proof.entries(RecordEntry):
        problems: list[str] = []
        if not entry.earlier and lines is not None:
            line = next(lines, None)
            if line is None or line.get("number") != entry.number:
                problems.append("the data file tells of another record in its place")
                line = None
        proven = _groups(entry, line, problems)
        sealed = _sealed(entry, seals, problems)
        yield RecordCheck(
            number=entry.number,
            first_page=entry.first_page,
            version=entry.version,
            earlier=entry.earlier,
            sealed_at=None if sealed is None else sealed.sealed_at,
            anchored=None if sealed is None else sealed.anchored,
            proven=proven if sealed is not None else (),
            problems=tuple(problems),
            closed=tuple(name for name, held in entry.groups.items() if held == CLOSED),
        )


def _groups(entry: RecordEntry, line: Line | None, problems: list[str]) -> tuple[str, ...]:
    """The groups whose content is the one that was committed to, and that the data file tells."""
    try:
        commitments = [from_hex(entry.commitments[group], 32) for group in GROUPS]
        leaf = from_hex(entry.leaf, 32)
        kept = {*entry.commitments, *entry.groups} == set(GROUPS)
        groups = [entry.groups[group] for group in GROUPS]
    except (KeyError, ValueError):
        problems.append("its proof cannot be read")
        return ()
    if not kept or leaf_of_commitments(commitments) != leaf:
        problems.append("its commitments do not make its leaf")
        return ()
    proven = []
    for group, held, made in zip(GROUPS, groups, commitments, strict=True):
        if not isinstance(held, Opened):
            if held != CLOSED:
                problems.append("its proof cannot be read")
            continue
        if not _opens(held, made):
            problems.append(f"its {group} is not what the city committed to")
            continue
        if line is not None:
            for named in differing(group, held.content, line, entry):
                problems.append(f"{named} in the data file is not what the city sealed")
        proven.append(group)
    return tuple(proven)


def _opens(held: Opened, made: bytes) -> bool:
    try:
        return commitment(from_hex(held.key, 32), held.content.encode()) == made
    except ValueError:
        return False


def _sealed(
    entry: RecordEntry, seals: Mapping[int, SealFacts], problems: list[str]
) -> SealFacts | None:
    at = entry.sealed
    if at is None:
        return None
    facts = seals.get(at.seal)
    try:
        path = [from_hex(step, 32) for step in at.path]
        leaf = from_hex(entry.leaf, 32)
    except ValueError:
        path, leaf, facts = [], b"", None
    if facts is None or not proves(leaf, at.index, at.size, path, facts.root):
        problems.append(f"its path does not lead to seal {at.seal}")
        return None
    return facts


def check_withheld(proof: Proof, listing: Listing, problems: list[str]) -> int:
    """Hold the sheets of a proof against the manifest's; gives how many there are."""
    sheets = [entry.sheet for entry in proof.entries(WithheldEntry)]
    if sheets != [one.sheet for one in listing.withheld]:
        problems.append("it names other sheets of withheld records than manifest.json")
    return len(sheets)
