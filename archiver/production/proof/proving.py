"""A proof held against its volume: the seals, every record, every sheet, and what that shows."""

from __future__ import annotations

import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

from cryptography import x509

from archiver.archive.timestamps import check_token
from archiver.errors import IntegrityError
from archiver.production.proof.checking import (
    RecordCheck,
    SealFacts,
    check_records,
    check_seals,
    check_withheld,
)
from archiver.production.proof.comparing import DATA_FILES, lines_of
from archiver.production.proof.listing import ListedRecord, Listing
from archiver.production.proof.reading import Proof
from archiver.production.proof.volumes import Volume
from archiver.progress import Progress


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof showed of a volume.

    `key` is the fingerprint of the city's key, `dated` when (UTC) an authority outside dated the
    manifest. Of the `records` (every version printed), `sealed` stand under the city's seals, the
    newest `sealed_at`; `anchored` of them are dated by an authority, the newest at `anchored_at`.
    `groups` counts the records whose text, author and so on are proven to the byte; `withheld`
    counts the sheets.
    """

    agency: str
    request: str
    volume: int
    key: str
    dated: str | None
    records: int
    sealed: int
    sealed_at: str | None
    anchored: int
    anchored_at: str | None
    groups: dict[str, int]
    withheld: int
    compared: bool


class ProofCheck:
    """A proof held against a volume; what is wrong goes to the lists it was given."""

    def __init__(
        self,
        volume: Volume,
        listing: Listing,
        proof: Proof,
        certificates: Sequence[x509.Certificate],
        problems: list[str],
        findings: list[str],
    ) -> None:
        self._volume, self._listing, self._proof = volume, listing, proof
        self._certificates = certificates
        self._problems, self._findings = problems, findings

    def run(self, progress: Progress | None) -> Proven:
        """Check seals, records and sheets."""
        proof, problems = self._proof, self._problems
        seals = check_seals(proof, self._certificates, problems)
        count: Counter[str] = Counter()
        groups: Counter[str] = Counter()
        sealed_at: str | None = None
        anchored_at: str | None = None
        for done, one in enumerate(self._records(seals), 1):
            self._findings += [f"{one.name}: {problem}" for problem in one.problems]
            count["sealed"] += one.sealed_at is not None
            count["anchored"] += one.anchored is not None
            sealed_at = max(filter(None, (sealed_at, one.sealed_at)), default=None)
            anchored_at = max(filter(None, (anchored_at, one.anchored)), default=None)
            groups.update(one.proven)
            count["records"] += 1
            if progress and done % 100 == 0:
                progress(f"proving {self._volume.name}", done, None)
        said = proof.statement
        return Proven(
            agency=said.agency,
            request=said.request,
            volume=said.volume,
            key=proof.key,
            dated=self._dated(),
            records=count["records"],
            sealed=count["sealed"],
            sealed_at=sealed_at,
            anchored=count["anchored"],
            anchored_at=anchored_at,
            groups=dict(groups),
            withheld=check_withheld(proof, self._listing, problems),
            compared=self._data_file() is not None,
        )

    def _records(self, seals: Mapping[int, SealFacts]) -> Iterator[RecordCheck]:
        """Every version, held against what the manifest says of it and the data file."""
        released = {one.number: one for one in self._listing.released}
        data = self._data_file()
        opened = nullcontext(None) if data is None else self._volume.open(data)
        met: set[int] = set()
        try:
            with opened as file:
                lines = None if file is None else lines_of(file)
                for one in check_records(self._proof, seals, lines):
                    met.add(one.number)
                    self._findings += [
                        f"{one.name}: {problem}"
                        for problem in _against(released.get(one.number), one)
                    ]
                    yield one
                if lines is not None and next(lines, None) is not None:
                    self._findings.append(f"{data} tells of more records than the proof")
        except (OSError, zipfile.BadZipFile, zlib.error, EOFError):
            self._findings.append(f"{data} cannot be compared with the proof")
        self._findings += [
            f"record {number} (page {one.first_page}): the proof says nothing of it"
            for number, one in released.items()
            if number not in met
        ]

    def _data_file(self) -> str | None:
        there = set(self._volume.paths())
        return next((path for path in DATA_FILES if path in there), None)

    def _dated(self) -> str | None:
        if self._proof.token is None:
            return None
        try:
            return check_token(self._proof.token, self._proof.digest, self._certificates).at
        except IntegrityError as error:
            self._problems.append(f"its time stamp: {error}")
            return None


def _against(released: ListedRecord | None, one: RecordCheck) -> Iterator[str]:
    """What a version's proof says otherwise than the manifest.

    A text on which no bar lies is always opened: else it could be changed unseen. One on which a
    bar lies never is.
    """
    if released is None or released.first_page != one.first_page:
        yield "manifest.json tells of another page"
        return
    field = f"version:{one.version}.text" if one.earlier else "text"
    covered = any(bar.field == field for bar in released.redactions)
    if covered != ("text" in one.closed):
        yield (
            "its text is covered, yet the proof opens it"
            if covered
            else "its text is not covered, yet the proof keeps it closed"
        )
