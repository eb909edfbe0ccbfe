"""Repository files: what the writer writes the reader reads, and what is wrong is told exactly."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import libipld
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.atproto.cars import CarError, MissingBlockError, indexed
from archiver.atproto.cids import as_json, blob_cid, block_cid, text_of
from archiver.atproto.commits import decoded_commit, sign, signature_fault
from archiver.atproto.documents import multikey, public_key, read_document
from archiver.atproto.trees import Gap, Leaf, height_of, walked
from archiver.demo.bluesky_repository import Owner, did_document, owner, write_repository

WHEN = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
WHOSE = owner("did:plc:alderglenalderglenalderg", "city.alderglen.example.com")
KEYS = st.sets(st.from_regex(r"[a-z]{1,3}\.[a-z]{1,2}/[a-z0-9]{1,4}", fullmatch=True), max_size=60)


def written(path: Path, keys: list[str], whose: Owner = WHOSE) -> bytes:
    file = path / "repo.car"
    write_repository(file, whose, [(key, {"n": key}) for key in keys], revised=WHEN)
    return file.read_bytes()


def headed(head: dict[str, object]) -> bytes:
    content: bytes = libipld.encode_dag_cbor(head)
    return bytes([len(content)]) + content


def leaves(content: bytes) -> list[Leaf | Gap]:
    blocks = indexed(io.BytesIO(content))
    commit = decoded_commit(blocks.get(blocks.root)[1])
    return list(walked(blocks, commit.data))


@given(keys=KEYS)
@settings(max_examples=60, deadline=None)
def test_every_path_that_is_written_is_read_in_order(
    tmp_path_factory: pytest.TempPathFactory, keys: set[str]
) -> None:
    ordered = sorted(keys, key=str.encode)
    found = leaves(written(tmp_path_factory.mktemp("car"), ordered))
    assert [leaf.path for leaf in found if isinstance(leaf, Leaf)] == ordered
    assert not any(isinstance(leaf, Gap) for leaf in found)


@given(keys=KEYS, begin=st.sampled_from("abcmxyz"), end=st.sampled_from("bcdnz"))
@settings(max_examples=60, deadline=None)
def test_a_stretch_of_the_tree_is_what_lies_between_its_bounds(
    tmp_path_factory: pytest.TempPathFactory, keys: set[str], begin: str, end: str
) -> None:
    ordered = sorted(keys, key=str.encode)
    blocks = indexed(io.BytesIO(written(tmp_path_factory.mktemp("car"), ordered)))
    commit = decoded_commit(blocks.get(blocks.root)[1])
    found = [
        step.path for step in walked(blocks, commit.data, begin, end) if isinstance(step, Leaf)
    ]
    assert found == [key for key in ordered if begin <= key < end]


def test_heights_are_the_examples_of_the_specification() -> None:
    assert height_of(b"2653ae71") == 0
    assert height_of(b"blue") == 1
    assert height_of(b"app.bsky.feed.post/454397e440ec") == 4
    assert height_of(b"app.bsky.feed.post/9adeb165882c") == 8


def test_no_block_is_left_over_in_what_the_writer_writes(tmp_path: Path) -> None:
    blocks = indexed(io.BytesIO(written(tmp_path, [f"a.b/{n:04}" for n in range(300)])))
    commit = decoded_commit(blocks.get(blocks.root)[1])
    for leaf in walked(blocks, commit.data):
        assert isinstance(leaf, Leaf)
        blocks.get(leaf.cid)
    assert blocks.unused == 0


@pytest.mark.parametrize("curve", [ec.SECP256K1, ec.SECP256R1])
def test_the_signature_is_by_the_key_of_the_document_and_by_no_other(
    tmp_path: Path, curve: type[ec.EllipticCurve]
) -> None:
    whose = owner(WHOSE.did, WHOSE.handle, curve)
    blocks = indexed(io.BytesIO(written(tmp_path, ["a.b/c"], whose)))
    commit = decoded_commit(blocks.get(blocks.root)[1])
    document = read_document(did_document(whose))
    assert document is not None
    assert document.key is not None
    assert (document.did, document.handle) == (whose.did, whose.handle)
    assert signature_fault(commit, document.key) is None
    other = ec.generate_private_key(curve()).public_key()
    assert signature_fault(commit, other) == "its signature is not by the account's key"


def test_the_other_form_of_a_signature_is_refused(tmp_path: Path) -> None:
    blocks = indexed(io.BytesIO(written(tmp_path, ["a.b/c"])))
    value = libipld.decode_dag_cbor(blocks.get(blocks.root)[1])
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    high = order - int.from_bytes(value["sig"][32:], "big")
    value["sig"] = value["sig"][:32] + high.to_bytes(32, "big")
    commit = decoded_commit(libipld.encode_dag_cbor(value))
    assert "high S" in (signature_fault(commit, WHOSE.key.public_key()) or "")


def test_a_commit_that_was_changed_is_not_signed(tmp_path: Path) -> None:
    blocks = indexed(io.BytesIO(written(tmp_path, ["a.b/c"])))
    value = libipld.decode_dag_cbor(blocks.get(blocks.root)[1])
    value["rev"] = "3laaaaaaaaa2a"
    commit = decoded_commit(libipld.encode_dag_cbor(value))
    assert signature_fault(commit, WHOSE.key.public_key()) is not None


def test_a_signature_is_always_in_the_low_form() -> None:
    for number in range(20):
        signature = sign(bytes([number]), WHOSE.key)
        assert int.from_bytes(signature[32:], "big") <= (1 << 255)
        assert signature[32] < 0x80


@pytest.mark.parametrize("curve", [ec.SECP256K1, ec.SECP256R1])
def test_a_key_survives_being_written(curve: type[ec.EllipticCurve]) -> None:
    key = ec.generate_private_key(curve()).public_key()
    assert public_key(multikey(key)) == key
    assert public_key(f"did:key:{multikey(key)}") == key


def test_a_key_of_the_specification_is_read() -> None:
    assert public_key("zQ3shqwJEJyMBsBXCWyCBpUBMqxcon9oHB7mCvx4sSpMdLJwc").curve.name == "secp256k1"
    assert public_key("zDnaembgSGUhZULN2Caob4HLJPaxBh92N7rtH21TErzqf8HQo").curve.name == "secp256r1"
    with pytest.raises(ValueError, match="curve"):
        public_key("z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")


def test_a_block_whose_bytes_were_changed_is_not_given(tmp_path: Path) -> None:
    content = bytearray(written(tmp_path, [f"a.b/{n:04}" for n in range(50)]))
    at = content.rindex(b"a.b/0049")
    content[at] ^= 1
    blocks = indexed(io.BytesIO(bytes(content)))
    assert len(blocks.altered) == 1
    assert blocks.fault is None
    cid = block_cid(libipld.encode_dag_cbor({"n": "a.b/0049"}))
    with pytest.raises(MissingBlockError, match="not what its id says"):
        blocks.get(cid)
    with pytest.raises(MissingBlockError, match="not in the file"):
        blocks.get(block_cid(b"never written"))


def test_a_file_that_breaks_off_says_where(tmp_path: Path) -> None:
    content = written(tmp_path, [f"a.b/{n:04}" for n in range(50)])
    blocks = indexed(io.BytesIO(content[:-5]))
    assert "breaks off in the middle of the block at byte" in (blocks.fault or "")
    assert blocks.count > 50


def test_a_file_cut_off_at_any_byte_breaks_off_or_ends_between_two_blocks(tmp_path: Path) -> None:
    content = written(tmp_path, ["a.b/1", "a.b/2"])
    head = len(headed({"version": 1, "roots": [indexed(io.BytesIO(content)).root]}))
    told = [indexed(io.BytesIO(content[:at])) for at in range(head, len(content))]
    assert all(blocks.fault is None or "breaks off in the" in blocks.fault for blocks in told)
    assert sum(blocks.fault is None for blocks in told) == indexed(io.BytesIO(content)).count


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "does not begin"),
        (b"\x0a" + b"x" * 10, "does not begin"),
        (b"\xff" * 20, "does not begin"),
        (headed({"version": 2, "roots": []}), "version 2"),
        (headed({"version": 1, "roots": []}), "no root"),
        (headed({"version": 1, "roots": [block_cid(b"a"), block_cid(b"b")]}), "more than one"),
    ],
)
def test_what_is_no_repository_file_is_told_so(content: bytes, told: str) -> None:
    with pytest.raises(CarError, match=told):
        indexed(io.BytesIO(content))


def test_a_tree_out_of_order_is_left_where_it_is(tmp_path: Path) -> None:
    keys = ["a.b/2", "a.b/1"]
    found = leaves(written(tmp_path, keys))
    assert isinstance(found[-1], Gap)


def test_a_part_of_the_tree_that_is_missing_costs_the_records_beneath_it(tmp_path: Path) -> None:
    keys = [f"a.b/{n:04}" for n in range(400)]
    content = written(tmp_path, keys)
    blocks = indexed(io.BytesIO(content))
    root = libipld.decode_dag_cbor(blocks.get(decoded_commit(blocks.get(blocks.root)[1]).data)[1])
    start, _ = blocks.get(root["e"][0]["t"])
    changed = bytearray(content)
    changed[start + 5] ^= 0xFF
    found = leaves(bytes(changed))
    gaps = [step for step in found if isinstance(step, Gap)]
    assert len(gaps) == 1
    assert "not what its id says" in gaps[0].detail
    rest = [step.path for step in found if isinstance(step, Leaf)]
    assert 0 < len(rest) < len(keys)
    assert rest == sorted(rest)


def test_links_and_bytes_are_written_in_json_as_the_protocol_has_them() -> None:
    cid = block_cid(b"x")
    assert as_json({"a": [cid, b"hello"]}) == {
        "a": [{"$link": text_of(cid)}, {"$bytes": "aGVsbG8"}]
    }
    assert blob_cid(b"\0" * 32).startswith("bafkrei")


class Nodes:
    """Nodes of a tree that no server would write."""

    def __init__(self) -> None:
        self.blocks: dict[bytes, bytes] = {}
        self.altered: set[bytes] = set()
        self.asked = 0

    def put(self, left: bytes | None, entries: list[tuple[str, bytes | None]]) -> bytes:
        """A node with whole paths, each a record of its own."""
        told = [
            {"p": 0, "k": key.encode(), "v": block_cid(key.encode()), "t": right}
            for key, right in entries
        ]
        content: bytes = libipld.encode_dag_cbor({"l": left, "e": told})
        cid = block_cid(content)
        self.blocks[cid] = content
        return cid

    def get(self, cid: bytes) -> tuple[int, bytes]:
        self.asked += 1
        if cid not in self.blocks:
            raise MissingBlockError(altered=cid in self.altered)
        return 0, self.blocks[cid]


def of_height(height: int, number: int) -> list[str]:
    """So many paths of that height, in order."""
    keys = (f"a.b/{n:07}" for n in range(10_000_000))
    found: list[str] = []
    while len(found) < number:
        key = next(keys)
        if height_of(key.encode()) == height:
            found.append(key)
    return found


def test_one_subtree_that_stands_in_many_places_is_walked_once() -> None:
    nodes = Nodes()
    leaf = nodes.put(None, [(of_height(0, 1)[0], None)])
    for height in range(1, 5):
        leaf = nodes.put(leaf, [(key, leaf) for key in of_height(height, 3)])
    found = list(walked(nodes, leaf))
    assert isinstance(found[-1], Gap)
    assert nodes.asked < 20


def test_a_chain_of_empty_nodes_ends() -> None:
    nodes = Nodes()
    empty = nodes.put(None, [])
    chain = empty
    for _ in range(1000):
        chain = nodes.put(chain, [])
    keys = of_height(3, 200)
    found = list(walked(nodes, nodes.put(None, [(key, chain) for key in keys])))
    assert isinstance(found[-1], Gap)
    assert nodes.asked < 20


def test_a_node_of_the_wrong_height_is_not_followed() -> None:
    nodes = Nodes()
    high = nodes.put(None, [(of_height(2, 1)[0], None)])
    found = list(walked(nodes, nodes.put(high, [(of_height(1, 1)[0], None)])))
    assert found == [Gap("its tree is not built by the heights of its paths", "")]


@pytest.mark.parametrize("altered", [False, True])
def test_a_node_that_is_not_there_is_told_apart_from_one_that_was_altered(altered: bool) -> None:
    nodes = Nodes()
    root = nodes.put(None, [(of_height(0, 1)[0], None)])
    del nodes.blocks[root]
    nodes.altered = {root} if altered else set()
    [gap] = walked(nodes, root)
    assert isinstance(gap, Gap)
    assert gap.missing is not altered
