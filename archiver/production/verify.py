"""Checking a production against its manifest (the folder is enough), and all of a city's."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from archiver.config import Home
from archiver.errors import InputError
from archiver.production.ledger import all_productions
from archiver.production.manifest import FORMAT, NAME, files, sha256


@dataclass(frozen=True, slots=True)
class ProductionCheck:
    """How many files were checked, and what is wrong, each in one line."""

    folder: Path
    files: int
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every file is as it was produced."""
        return not self.findings


def verify_production(folder: Path) -> ProductionCheck:
    """Recompute every hash of a volume.

    Names each file that is missing, changed, added, or no plain file. Raises InputError where the
    folder holds no manifest that can be read.
    """
    listed = _listed(folder)
    there = set(files(folder))
    findings = []
    for path, (size, digest) in listed.items():
        file = folder / path
        if path not in there:
            findings.append(f"{path} is missing")
        elif file.is_symlink() or not file.is_file():
            findings.append(f"{path} is no plain file")
        elif file.stat().st_size != size or sha256(file) != digest:
            findings.append(f"{path} was changed since it was produced")
    findings += [f"{path} does not belong to it" for path in sorted(there - listed.keys())]
    return ProductionCheck(folder, len(listed), tuple(findings))


def verify_volumes(home: Home, office: sqlite3.Connection) -> Iterator[ProductionCheck]:
    """Check every volume office.db knows of, its manifest against the hash entered there too."""
    for made in all_productions(office, home):
        manifest = made.folder / NAME
        if not manifest.is_file():
            yield ProductionCheck(made.folder, 0, (f"{made.folder} is missing",))
            continue
        if sha256(manifest) != made.manifest_sha256:
            finding = f"{manifest} is not the one that was produced"
            yield ProductionCheck(made.folder, 0, (finding,))
            continue
        yield verify_production(made.folder)


def _listed(folder: Path) -> dict[str, tuple[int, str]]:
    try:
        manifest: Any = json.loads((folder / NAME).read_bytes())
        if manifest["format"] != FORMAT:
            raise InputError(f"{folder / NAME} is of another kind: {manifest['format']!r:.60}")
        listed = {
            str(one["path"]): (int(one["size"]), str(one["sha256"])) for one in manifest["files"]
        }
    except FileNotFoundError:
        raise InputError(f"{folder} holds no {NAME}: give the folder of one volume") from None
    except OSError as error:
        raise InputError(f"cannot read {folder / NAME}: {error.strerror}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{folder / NAME} is damaged: nothing can be checked with it") from None
    for path in listed:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise InputError(f"{folder / NAME} names a file outside its folder")
    return listed
