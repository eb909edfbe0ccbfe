"""Checking a packet: against its manifest, which needs nothing else, and against its proof file,
which shows that its records are those the city sealed. And all volumes of a city."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography import x509

from archiver.archive.keys import public_keys
from archiver.config import Home
from archiver.errors import InputError
from archiver.production.ledger import all_productions
from archiver.production.manifest import NAME, sha256
from archiver.production.proof.form import ENDING
from archiver.production.proof.hashing import check_files
from archiver.production.proof.listing import read_listing
from archiver.production.proof.proving import ProofCheck, Proven
from archiver.production.proof.reading import read_proof
from archiver.production.proof.volumes import FolderVolume, Volume, volumes_at
from archiver.progress import Progress


@dataclass(frozen=True, slots=True)
class ProductionCheck:
    """How many files (and bytes) of a volume were checked, what its proof showed where there is
    one, and what is wrong, each in one line that names the file or the record."""

    folder: Path
    files: int
    findings: tuple[str, ...]
    bytes: int = 0
    proven: Proven | None = None
    name: str = field(default="")

    @property
    def ok(self) -> bool:
        """Whether everything is as it was produced."""
        return not self.findings


def verify_packet(
    packet: Path,
    *,
    proof: Path | None = None,
    key: str | None = None,
    certificates: Sequence[x509.Certificate] = (),
    progress: Progress | None = None,
) -> list[ProductionCheck]:
    """Check every volume of a packet: a folder, a zip, or a folder with several.

    A volume's proof is looked for beside it, unless `proof` names it. `key` is the fingerprint the
    city published. Raises InputError where there is nothing to check, a zip is refused, or a proof
    or key is given that cannot be used.
    """
    wanted = None if key is None else _fingerprint(key)
    with volumes_at(packet) as volumes:
        if proof is not None and len(volumes) > 1:
            raise InputError(f"{packet} holds several volumes: check one with its proof at a time")
        checks = []
        for volume in volumes:
            beside = volume.beside.with_name(volume.beside.name + ENDING)
            found = proof or (beside if beside.is_file() else None)
            if found is None and wanted is not None:
                raise InputError(
                    f"{volume.name}: without its proof file no key can be compared; give it with "
                    "--proof"
                )
            checks.append(_check(volume, found, wanted, certificates, progress))
        return checks


def verify_production(folder: Path) -> ProductionCheck:
    """Recompute every hash of a volume.

    Names each file that is missing, changed, added, or no plain file. Raises InputError where the
    folder holds no manifest that can be read.
    """
    return _check(FolderVolume(folder), None, None, (), None)


def verify_volumes(home: Home, office: sqlite3.Connection) -> Iterator[ProductionCheck]:
    """Check every volume office.db knows of, its manifest against the hash entered there too, and
    against its proof where there is one, which has to be signed with a key of this home."""
    keys = public_keys(home.keys)
    for made in all_productions(office, home):
        manifest = made.folder / NAME
        if not manifest.is_file():
            yield ProductionCheck(made.folder, 0, (f"{made.folder} is missing",))
            continue
        if sha256(manifest) != made.manifest_sha256:
            finding = f"{manifest} is not the one that was produced"
            yield ProductionCheck(made.folder, 0, (finding,))
            continue
        proof = made.folder.with_name(made.folder.name + ENDING)
        found = proof if proof.is_file() else None
        check = _check(FolderVolume(made.folder), found, None, (), None)
        if check.proven is not None and check.proven.key not in keys:
            foreign = f"{proof.name}: it is signed by no key of this home"
            check = replace(check, findings=(*check.findings, foreign))
        yield check


def _check(
    volume: Volume,
    proof: Path | None,
    key: str | None,
    certificates: Sequence[x509.Certificate],
    progress: Progress | None,
) -> ProductionCheck:
    digest, listing = read_listing(volume)
    listed = {one.path: (one.size, one.sha256) for one in listing.files}
    there = set(volume.paths()) - {NAME}
    findings = list(check_files(volume, listed, there, progress))
    findings += [f"{path} does not belong to it" for path in sorted(there - listed.keys())]
    proven = None
    if proof is not None:
        problems: list[str] = []
        try:
            read = read_proof(proof)
            problems += read.problems
            if read.statement.manifest != digest:
                findings.append(f"{NAME} is not the one the proof was made for")
            if key is not None and read.key != key:
                problems.append("it is signed by another key than the one you gave")
            checking = ProofCheck(volume, listing, read, certificates, problems, findings)
            proven = checking.run(progress)
        except InputError as error:
            problems.append(str(error).removeprefix(f"{proof} "))
        findings += [f"{proof.name}: {problem}" for problem in dict.fromkeys(problems)]
    total = sum(size for size, _ in listed.values())
    return ProductionCheck(
        volume.beside, len(listed), tuple(findings), total, proven, name=volume.name
    )


def _fingerprint(text: str) -> str:
    """A fingerprint as people write it: capitals, blanks and colons count for nothing."""
    found = re.sub(r"[\s:]", "", text).lower()
    if not re.fullmatch(r"[0-9a-f]{64}", found):
        raise InputError("a fingerprint has 64 hexadecimal digits: copy all of it after --key")
    return found
