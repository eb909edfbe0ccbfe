"""A packet prints a confirmed pair once, with where both of its records stand."""

from __future__ import annotations

import json

import pypdf
import pytest

from archiver.archive.originals import store_original
from archiver.archive.pairs import What, proposals
from archiver.archive.pairs_deciding import decide_pairs
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.capture.proposing import propose_pairs
from archiver.items import Access, Author, AuthorRole, Item, Kind
from archiver.requests.book import Claim, decide
from archiver.requests.redacting.redactions import Mark, add_redaction

DERIVED = "derived:0123456789abcdef0123456789abcdef"
FOLDER = "messages/inbox/janeroe_10/message_1.json"
TEXT = "The lights at the skate park are out, call 760-346-0611"


def printed(made) -> str:
    pages = pypdf.PdfReader(made.folder / "packet.pdf").pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.fixture
def pair(city, parks, tmp_path):
    """A comment and a download's copy of it, said to be one, in a request; its number and item."""
    number = city.ask()
    kept = city.store("1", TEXT, author=Author(None, None, "Jane Roe", AuthorRole.PUBLIC))
    path = tmp_path / "download.zip"
    path.write_bytes(b"a download")
    run = begin_run(city.archive, parks, source="x-download")
    original = store_original(city.archive, run, path, access=Access.PRIVATE, name=path.name)
    stable = json.dumps([DERIVED]).encode()
    copy = Item(
        *("x", Kind.COMMENT, DERIVED, Author(None, None, "Jane Roe", AuthorRole.PUBLIC)),
        *("2026-11-16T10:00:00Z", TEXT, stable, stable),
        member=FOLDER,
        position=6,
    )
    with batch(city.archive, run) as adding:
        adding.add([copy], observed_at="2026-11-18T10:00:00Z", original=original)
    finish_run(city.archive, run, outcome="complete", notes={})
    propose_pairs(city.archive, parks.id, run.id)
    [proposal] = proposals(city.archive.public)
    decide_pairs(
        *(city.archive, Access.PUBLIC, [proposal.id], What.CONFIRMED), actor="odile", reason="same"
    )
    [item] = city.collect(number, kept, ("archive", proposal.derived_id))
    return number, item


def test_a_pair_is_collected_and_printed_once_with_both_places(city, pair) -> None:
    number, item = pair
    city.release(number, item)
    made = city.produce(number)
    text = printed(made)
    assert "Also" in text
    assert f"{FOLDER.rsplit('/', 1)[-1]}, entry 7" in text
    assert "janeroe" not in text
    assert len((made.folder / "data" / "records.jsonl").read_text().splitlines()) == 1


def test_beside_bars_the_place_in_the_download_is_left_out(city, pair) -> None:
    number, item = pair
    files = {"archive": city.archive.public, "private": city.archive.private}
    city.attest("7927.410")
    start = TEXT.index("760")
    mark = Mark("text", start, len(TEXT))
    add_redaction(*(city.office, files, number, item, mark), actor="of", claims=[Claim("7927.410")])
    decide(city.office, number, [item], "redact", actor="of", files=files)
    text = printed(city.produce(number))
    assert "Also" in text
    assert "janeroe" not in text
