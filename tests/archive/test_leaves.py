"""Leaves, commitments and the Merkle tree, against the naive way of computing them."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.archive.inclusion import inclusion_paths
from archiver.archive.leaves import (
    EMPTY_ROOT,
    GROUPS,
    commitment,
    group_key,
    inclusion_proof,
    leaf_of_commitments,
    merkle_root,
    proves,
    row_leaf,
    version_leaf,
)

LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=70)
SIX = st.lists(st.binary(max_size=40), min_size=6, max_size=6)


def naive_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written there."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return sha256(b"\1" + naive_root(leaves[:split]) + naive_root(leaves[split:])).digest()


@given(LEAVES)
def test_the_root_is_that_of_the_recursive_definition(leaves: list[bytes]) -> None:
    assert merkle_root(leaves) == naive_root(leaves)


def test_no_leaves_have_the_root_of_nothing() -> None:
    assert merkle_root([]) == EMPTY_ROOT == sha256(b"").digest()


@given(LEAVES.filter(bool), st.data())
def test_every_leaf_proves_its_place_and_no_other_leaf_does(
    leaves: list[bytes], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    root, path = merkle_root(leaves), inclusion_proof(leaves, index)
    assert proves(leaves[index], index, len(leaves), path, root)
    assert not proves(sha256(leaves[index]).digest(), index, len(leaves), path, root)
    assert not proves(leaves[index], index, len(leaves), [*path, bytes(32)], root)
    assert not proves(leaves[index], len(leaves), len(leaves), path, root)


def test_a_proof_of_a_leaf_the_tree_does_not_hold_is_refused() -> None:
    with pytest.raises(IndexError):
        inclusion_proof([bytes(32)], 1)


@given(st.binary(min_size=32, max_size=32), SIX)
def test_the_leaf_of_a_version_stands_over_six_salted_commitments(
    salt: bytes, contents: list[bytes]
) -> None:
    commitments = [
        commitment(group_key(salt, group), content)
        for group, content in zip(GROUPS, contents, strict=True)
    ]
    assert version_leaf(salt, *contents) == leaf_of_commitments(commitments)


@given(st.binary(min_size=32, max_size=32), SIX, st.integers(0, 5), st.binary(max_size=40))
def test_changing_any_group_changes_the_leaf(
    salt: bytes, contents: list[bytes], group: int, other: bytes
) -> None:
    changed = [*contents]
    changed[group] = other
    same = version_leaf(salt, *changed) == version_leaf(salt, *contents)
    assert same == (changed == contents)


def test_the_same_content_under_two_salts_has_two_leaves() -> None:
    contents = [b"same"] * 6
    assert version_leaf(bytes(32), *contents) != version_leaf(b"\1" * 32, *contents)


def test_two_kinds_of_row_with_the_same_columns_have_two_leaves() -> None:
    assert row_leaf("event", (1, "a")) != row_leaf("metrics", (1, "a"))


@given(LEAVES.filter(bool), st.data())
def test_many_paths_in_one_pass_are_those_found_one_by_one(leaves, data) -> None:
    wanted = data.draw(st.sets(st.integers(0, len(leaves) - 1)))
    root, size, paths = inclusion_paths(iter(leaves), wanted)
    assert (root, size) == (naive_root(leaves), len(leaves))
    assert paths == {place: inclusion_proof(leaves, place) for place in wanted}


@pytest.mark.parametrize("size", [4_095, 4_096, 4_097, 9_000])
def test_paths_across_whole_chunks_lead_to_the_root(size) -> None:
    leaves = [sha256(number.to_bytes(4, "big")).digest() for number in range(size)]
    wanted = {0, 1, 4_094, size // 2, size - 1}
    root, _, paths = inclusion_paths(leaves, wanted)
    assert root == merkle_root(leaves)
    assert all(proves(leaves[at], at, size, path, root) for at, path in paths.items())


def test_a_path_of_no_leaf_is_refused() -> None:
    with pytest.raises(IndexError):
        inclusion_paths([bytes(32)], {1})
