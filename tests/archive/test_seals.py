"""Seals: a signed chain over every leaf of both files."""

from __future__ import annotations

import base64
import json
import sqlite3
from collections.abc import Callable
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from archiver.archive.groups import read_details
from archiver.archive.leaves import (
    GROUPS,
    commitment,
    group_key,
    inclusion_proof,
    leaf_of_commitments,
    proves,
)
from archiver.archive.reading import record_by_native
from archiver.archive.seals import (
    adopt_seal,
    leaf_hashes,
    seal,
    seal_of_leaf,
    seals,
    stamp_seal,
)
from archiver.archive.verify import verify
from archiver.items import Access, Item, Kind

Make = Callable[..., Item]
NOW = "2026-08-20T00:00:00Z"


def test_a_seal_covers_what_is_new_in_both_files_and_follows_the_one_before(
    rig, item: Make
) -> None:
    rig.add(item("1"), item("2", kind=Kind.MESSAGE))
    first = seal(rig.archive, now=NOW)
    rig.add(item("3"))
    second = seal(rig.archive, now=NOW)
    assert (first.n, second.n) == (1, 2)
    assert second.leaves == 1
    one, two = seals(rig.archive.public)
    assert two.previous == one.digest() and two.public_first == one.public_last + 1
    assert list(seals(rig.archive.private)) == [one, two]


def test_nothing_new_makes_no_seal(rig) -> None:
    seal(rig.archive, now=NOW)
    report = seal(rig.archive, now=NOW)
    assert (report.n, report.leaves, report.root) == (None, 0, None)


def test_anyone_with_the_public_key_can_check_a_seal(rig, item: Make) -> None:
    rig.add(item("1"))
    seal(rig.archive, now=NOW)
    (made,) = seals(rig.archive.public)
    key = load_pem_public_key((rig.archive.home.keys / "seal.pub").read_bytes())
    key.verify(made.signature, made.body())  # type: ignore[union-attr, call-arg]
    assert made.body().startswith(b"archiver seal\n")
    assert json.loads(made.body().split(b"\n", 1)[1])["root"] == made.root.hex()


def test_a_version_proves_one_group_against_the_seal_without_showing_the_others(
    rig, item: Make
) -> None:
    rig.add(*(item(str(n), f"text {n}") for n in range(7)))
    seal(rig.archive, now=NOW)
    found = record_by_native(rig.archive.public, 1, "post", "3")
    assert found is not None
    row = rig.archive.public.execute(
        "SELECT * FROM versions WHERE id = ?", (found.version_id,)
    ).fetchone()
    raw = row["stable"] + item("3", "text 3").raw
    contents = [row[group].encode() for group in GROUPS[:5]] + [raw]
    keys = [group_key(row["salt"], group) for group in GROUPS]
    commitments = [commitment(key, content) for key, content in zip(keys, contents, strict=True)]
    # what a requester is given: the text, its key, the six commitments, the path
    shown = [commitment(keys[0], b"text 3"), *commitments[1:]]
    leaf = leaf_of_commitments(shown)
    assert leaf.hex() == found.leaf
    covering = seal_of_leaf(rig.archive, found.file, row["leaf"])
    assert covering is not None
    leaves = [
        *leaf_hashes(rig.archive.public, covering.public_first, covering.public_last),
        *leaf_hashes(rig.archive.private, covering.private_first, covering.private_last),
    ]
    index = row["leaf"] - covering.public_first
    path = inclusion_proof(leaves, index)
    assert proves(leaf, index, len(leaves), path, covering.root)
    assert read_details(row["details"]).run == rig.run.id


def test_the_leaf_of_any_other_row_can_be_computed_from_the_row_alone(rig, item: Make) -> None:
    rig.add(item("1", metrics={"likes": 1}))
    row = rig.rows("SELECT id, record_id, run_id, at, counters, salt, leaf FROM metrics")[0]
    columns = [*row[:5], base64.b64encode(row[5]).decode()]
    content = json.dumps(columns, separators=(",", ":")).encode()
    expected = sha256(b"\0metrics\n" + content).digest()
    assert rig.one("SELECT hash FROM leaves WHERE seq = ?", row[6]) == expected


def test_a_kill_between_the_two_commits_of_a_sealing_is_made_good(rig, item: Make) -> None:
    rig.add(item("1"))
    seal(rig.archive, now=NOW)
    public = rig.archive.public
    (trigger,) = rig.rows("SELECT sql FROM sqlite_master WHERE name = 'seals_stay'")[0]
    public.execute("DROP TRIGGER seals_stay")
    public.execute("DELETE FROM seals")
    public.execute(trigger)
    rig.add(item("2"))
    assert seal(rig.archive, now=NOW).n == 2
    assert verify(rig.archive.home).findings == []
    with rig.archive.writer():
        adopt_seal(rig.archive)
    assert rig.one("SELECT count(*) FROM seals") == 2


def test_what_is_not_sealed_yet_is_counted(rig, item: Make) -> None:
    rig.add(item("1"))
    before = verify(rig.archive.home).checked["leaves not sealed yet"]
    assert before == sum(rig.one("SELECT count(*) FROM leaves", access=access) for access in Access)


def test_a_time_stamp_comes_after_the_seal_and_once(rig, item: Make) -> None:
    rig.add(item("1"))
    seal(rig.archive, now=NOW)
    stamp_seal(rig.archive, 1, b"token")
    stamp_seal(rig.archive, 1, b"another")
    with pytest.raises(sqlite3.IntegrityError, match="set once"):
        rig.archive.public.execute("UPDATE seals SET timestamp_token = NULL")
    assert [made.timestamp_token for made in seals(rig.archive.private)] == [b"token"]
    assert rig.wrong() == []
