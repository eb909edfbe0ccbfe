"""What has come since a search was frozen: asked again now, compared with the list kept then."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from archiver.requests.collecting.freezing import (
    Run,
    found_now,
    frozen_rows,
    frozen_run,
    versions_now,
)

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Since:
    """What is different now. `new` records are found now and were not; `changed` are found still,
    in another version; `elsewhere` are still in the archive and no longer found; `gone` are no
    longer in the archive, or nobody may see them. `same` counts the others."""

    run: Run
    new: tuple[Key, ...]
    changed: tuple[Key, ...]
    elsewhere: tuple[Key, ...]
    gone: tuple[Key, ...]
    same: int


def come_since(
    conn: sqlite3.Connection,
    files: Mapping[str, sqlite3.Connection],
    number: str,
    run_id: int,
    *,
    time_zone: str,
) -> Since:
    """Compare what a frozen search finds now with what it froze, as far as both lie in `files`.

    A file that the run did not look through is left out: what is in it is not new, it was not
    looked for. Raises InputError and RuleError as `frozen_run` does, SearchRefused where the
    search can no longer be read.
    """
    run, version = frozen_run(conn, number, run_id)
    looked = {name: file for name, file in files.items() if name in run.counts}
    now = found_now(looked, version.text, version.filters, time_zone)
    new: list[Key] = []
    changed: list[Key] = []
    elsewhere: list[Key] = []
    gone: list[Key] = []
    same = 0
    for name, file in looked.items():
        before = {each.record_id: each.version_id for each in frozen_rows(conn, run_id, [name])}
        finds = frozenset(now[name])
        new += [(name, number) for number in now[name] if number not in before]
        standing = {each[0]: each[1] for each in versions_now(file, list(before))}
        for record_id, version_id in before.items():
            key = (name, record_id)
            if record_id not in standing:
                gone.append(key)
            elif record_id not in finds:
                elsewhere.append(key)
            elif standing[record_id] != version_id:
                changed.append(key)
            else:
                same += 1
    return Since(run, tuple(new), tuple(changed), tuple(elsewhere), tuple(gone), same)
