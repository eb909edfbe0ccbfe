"""Captured exchanges of which every item is released in full: they alone leave as WARC.

The archive keeps no row for an item it met unchanged, and an answer holds more than the fields that
were reviewed, so no list of citations can show that all of an answer was decided about. What shows
it is the answer itself: it is released only where it consists of released records and nothing else,
and each of these of nothing but values the packet prints. Whatever is not known to be so keeps the
whole exchange out: another record, another version, a bar, a reply's address, a counter, an unknown
key, a place in a list that shows where the page before it ended.
"""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from urllib.parse import parse_qsl, urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from archiver import clock
from archiver.archive.reading import ExchangeEvidence, exchange_by_id, raw_of
from archiver.config import Home
from archiver.items import Access
from archiver.production.release import Exchange, Record
from archiver.production.released_records import key_of, version_of
from archiver.requests.book import ProductionItem

MOST = 16 << 20
"""Bytes of an answer. A longer one is left out unread."""
_FILE = "archive"
_TYPE = re.compile(r"app\.bsky(\.[a-z][A-Za-z]*){2,3}(#[a-z][A-Za-z]*)?")
_CID = re.compile(r"baf[a-z2-7]{20,120}")
_PLACES = frozenset(("byteStart", "byteEnd"))
_WORDS = frozenset(("text", "createdAt", "langs", "uri", "tag"))
_HOLDERS = frozenset(("facets", "index", "features"))
_HEADERS = {
    "content-type": re.compile(r"application/json(; ?charset=utf-8)?", re.IGNORECASE),
    "date": re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT"),
}
_LISTING = "/xrpc/com.atproto.repo.listRecords"


class _NotWholly(Exception):
    """Something in an answer is not released in full."""


def released_exchanges(
    home: Home,
    files: Mapping[str, sqlite3.Connection],
    released: Sequence[ProductionItem],
    records: Iterable[Record],
) -> tuple[Exchange, ...]:
    """The exchanges of archive.db that consist of released records alone, oldest first."""
    connection = files[_FILE]
    by_key = {record.key: record for record in records}
    whole: dict[int, Record] = {}
    for each in released:
        record = by_key[key_of(each.item)]
        if each.item.file == _FILE and _in_full(record):
            whole[version_of(each).id] = record
    found = []
    for number in _cited(connection, whole):
        evidence = exchange_by_id(connection, number)
        if evidence is not None and not _is_private_too(files["private"], evidence):
            exchange = _exchange(home, connection, evidence, whole)
            if exchange is not None:
                found.append(exchange)
    return tuple(sorted(found, key=lambda one: (one.requested_at, one.url)))


def _in_full(record: Record) -> bool:
    """Whether nothing of a record is covered or left out."""
    return not record.redactions and not record.left_out


def _cited(connection: sqlite3.Connection, whole: Mapping[int, Record]) -> list[int]:
    """The exchanges that released versions cite and nothing else does."""
    found = connection.execute(
        """
        SELECT DISTINCT exchange_id FROM versions AS v
        WHERE exchange_id IS NOT NULL AND id IN (SELECT value FROM json_each(:ids))
            AND NOT EXISTS (SELECT 1 FROM versions AS o WHERE o.exchange_id = v.exchange_id
                AND o.id NOT IN (SELECT value FROM json_each(:ids)))
            AND NOT EXISTS (SELECT 1 FROM events AS e WHERE e.exchange_id = v.exchange_id)
            AND NOT EXISTS (SELECT 1 FROM skipped AS s WHERE s.exchange_id = v.exchange_id)
        ORDER BY exchange_id
        """,
        {"ids": json.dumps(sorted(whole))},
    )
    return [row[0] for row in found]


def _is_private_too(connection: sqlite3.Connection, evidence: ExchangeEvidence) -> bool:
    """Whether private.db keeps the exchange too: a part of it could not be read, or is private."""
    found = connection.execute(
        "SELECT 1 FROM exchanges WHERE requested_at = ? AND url IS ?",
        (evidence.requested_at, evidence.url),
    )
    return found.fetchone() is not None


def _exchange(
    home: Home,
    connection: sqlite3.Connection,
    evidence: ExchangeEvidence,
    whole: Mapping[int, Record],
) -> Exchange | None:
    """An exchange, or None where anything of it is not released in full."""
    if (evidence.access, evidence.method, evidence.status) != (Access.PUBLIC.value, "GET", 200):
        return None
    try:
        headers, body = _answer(home, evidence)
        used = _consists_of(json.loads(body, object_pairs_hook=_once), connection, whole)
        _check_address(evidence.url or "", used)
    except (_NotWholly, OSError, ArchiveLoadFailed, zlib.error, ValueError, RecursionError):
        return None
    return Exchange(evidence.url or "", evidence.requested_at, headers, body)


def _answer(home: Home, evidence: ExchangeEvidence) -> tuple[tuple[tuple[str, str], ...], bytes]:
    """The headers that are handed on and the decoded body, checked against the sealed hash."""
    path = home.folder(Access.PUBLIC) / evidence.warc
    with path.open("rb") as stream:
        stream.seek(evidence.start)
        data = stream.read(min(evidence.length, MOST + 1))
    if sha256(data).hexdigest() != evidence.sha256:
        raise _NotWholly
    kinds = []
    answer: tuple[tuple[tuple[str, str], ...], bytes] | None = None
    for record in ArchiveIterator(BytesIO(data)):
        kinds.append(record.rec_type)
        content = record.content_stream().read(MOST + 1)
        if record.rec_headers.get_header("WARC-Redacted") or len(content) > MOST:
            raise _NotWholly
        if record.rec_type == "request" and content:
            raise _NotWholly
        if record.rec_type == "response":
            answer = tuple(filter(_is_plain, record.http_headers.headers)), content
    if kinds[-2:] != ["request", "response"] or set(kinds[:-2]) > {"warcinfo"} or answer is None:
        raise _NotWholly
    return answer


def _is_plain(header: tuple[str, str]) -> bool:
    """Whether a header only says what kind of content follows, or when."""
    known = _HEADERS.get(header[0].lower())
    return known is not None and known.fullmatch(header[1]) is not None


def _once(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    """An object each of whose keys stands once: a second one would hide what the first says."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _NotWholly
    return found


def _consists_of(
    answer: object, connection: sqlite3.Connection, whole: Mapping[int, Record]
) -> list[Record]:
    """The records an answer is made of. Raises _NotWholly where it holds anything else."""
    if not isinstance(answer, dict) or not answer.keys() <= {"records", "cursor"}:
        raise _NotWholly
    known = {record.native_id.words: (number, record) for number, record in whole.items()}
    listed = answer.get("records")
    used = []
    for one in listed if isinstance(listed, list) else []:
        if not isinstance(one, dict) or one.keys() != {"uri", "cid", "value"}:
            raise _NotWholly
        number, record = known.get(str(one["uri"]), (0, None))
        if record is None or json.loads(raw_of(connection, number)) != one:
            raise _NotWholly
        if not isinstance(one["value"], dict) or not _CID.fullmatch(str(one["cid"])):
            raise _NotWholly
        _check(one["value"], "", record)
        used.append(record)
    cursor = answer.get("cursor", "")
    last = used[-1].native_id.words.rpartition("/")[2] if used else None
    if not used or cursor not in ("", last):
        raise _NotWholly
    return used


def _check(value: object, key: str, record: Record) -> None:
    """Raise _NotWholly where a value is not one the packet prints, or a word of the protocol."""
    if isinstance(value, dict) and key in ("", *_HOLDERS):
        for name, inner in value.items():
            _check(inner, name, record)
    elif isinstance(value, list) and key in ("langs", *_HOLDERS):
        for inner in value:
            _check(inner, key, record)
    elif isinstance(value, str):
        told = key in _WORDS and _said(value, key) in _printed(record, key)
        if not told and not (key == "$type" and _TYPE.fullmatch(value)):
            raise _NotWholly
    elif key not in _PLACES or type(value) is not int or not 0 <= value <= _length(record):
        raise _NotWholly


def _said(value: str, key: str) -> str:
    """A value as the packet has it: a time in the archive's form, anything else as it is."""
    return clock.to_text(clock.parse(value)) if key == "createdAt" else value


def _printed(record: Record, key: str) -> tuple[str, ...]:
    """The values of a record in the packet that may stand under a key."""
    match key:
        case "text":
            return (record.text.words,)
        case "createdAt":
            return () if record.undated else (record.created_at,)
        case "langs":
            return (record.language,) if record.language else ()
        case "uri":
            return tuple(link.words for link in record.links)
        case _:
            return tuple(re.findall(r"#(\w+)", record.text.words))


def _length(record: Record) -> int:
    return len(record.text.words.encode("utf-8", "replace"))


def _check_address(address: str, used: Sequence[Record]) -> None:
    """Raise _NotWholly where the address asked for says more than which list of whom: a cursor in
    it is the place of a record on the page before."""
    url = urlsplit(address)
    if url.path != _LISTING or url.fragment or "@" in url.netloc:
        raise _NotWholly
    names = [record.native_id.words.split("/") for record in used]
    known = {"repo": {name[2] for name in names}, "collection": {name[3] for name in names}}
    for name, value in parse_qsl(url.query, keep_blank_values=True, strict_parsing=True):
        is_limit = name == "limit" and value.isdecimal() and len(value) <= 3
        if value not in known.get(name, ()) and not is_limit:
            raise _NotWholly
