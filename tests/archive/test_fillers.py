"""What stands in a WARC file in the place of a destroyed exchange, at any length."""

from __future__ import annotations

import gzip
import io
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from archiver.archive.fillers import CHUNK, Filler
from archiver.errors import IntegrityError

AT = "2026-10-01T00:00:00Z"
SHORTEST = 180
WHOLE = 420


def filler(length: int, number: str = "D-2026-03", start: int = 0) -> Filler:
    return Filler(number, "destroyed", AT, "ab" * 32, "warc/2026/08/1-1.warc.gz", start, length)


@given(st.integers(SHORTEST, 5_000), st.from_regex(r"[DR]-[0-9]{4}-[0-9]{2,4}", fullmatch=True))
def test_it_is_one_valid_member_of_exactly_that_length(length: int, number: str) -> None:
    check(length, number)


@pytest.mark.parametrize("length", [CHUNK - 1, CHUNK, CHUNK + 420, 3 * CHUNK + 1])
def test_a_long_one_is_written_piece_by_piece(length: int) -> None:
    assert max(map(len, filler(length).pieces())) <= CHUNK
    check(length, "D-2026-03")


def check(length: int, number: str) -> None:
    made = b"".join(filler(length, number).pieces())
    assert len(made) == length
    unpacker = zlib.decompressobj(31)
    unpacked = unpacker.decompress(made)
    assert unpacker.eof and unpacker.unused_data == b""
    assert length > 5_000 or gzip.decompress(made) == unpacked
    records = ArchiveIterator(io.BytesIO(made), check_digests="raise")
    record = next(records)
    assert record.rec_type == "metadata"
    assert record.rec_headers.get_header("WARC-Date") == AT
    said = record.content_stream().read().decode()
    assert f"under: {number}" in said or (said == "" and length < WHOLE)
    assert list(records) == []


def test_the_same_words_give_the_same_bytes() -> None:
    assert filler(900).digest() == filler(900).digest()
    assert filler(900).digest() != filler(900, start=1).digest()


@pytest.mark.parametrize("length", [0, 1, 20, 170])
def test_a_place_too_short_for_any_record_is_refused(length: int) -> None:
    with pytest.raises(IntegrityError, match="too few"):
        list(filler(length).pieces())


def test_the_shortest_exchange_there_can_be_has_room_for_the_whole_note(rig, item) -> None:
    from archiver.items import Exchange

    bare = Exchange("GET", "http://a", "2026-08-15T00:00:00Z", (), b"", 200, "", (), b"")
    rig.add(item("1"), exchange=bare)
    rig.add(item("2"), exchange=bare)
    length = rig.one("SELECT min(length) FROM exchanges")
    record = next(ArchiveIterator(io.BytesIO(b"".join(filler(length).pieces()))))
    assert b"under: D-2026-03" in record.content_stream().read()
