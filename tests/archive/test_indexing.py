"""What goes into the index comes out again, whole, when a record changes or is destroyed."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.archive import indexing
from archiver.archive.indexing import IndexRow, State
from archiver.errors import IntegrityError
from archiver.items import Kind


def opened(path: Path | str = ":memory:") -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA secure_delete = ON")
    for statement in indexing.FTS_SCHEMA:
        connection.execute(statement)
    return connection


def row(number: int, text: str = "park closure", **changes: object) -> IndexRow:
    facts: dict[str, object] = {
        "account_id": 17,
        "platform": "x",
        "kind": "comment",
        "visibility": "public",
        "content_state": "full",
        "presence": "present",
        "edited": False,
        "has_media": False,
        "author_role": "public",
    }
    strings = {
        name: changes.pop(name) for name in ("earlier", "people", "files") if name in changes
    }
    form = changes.pop("form", "")
    language = changes.pop("language", None)
    facts.update(changes)
    doc = indexing.search_doc(
        text=text,
        earlier=strings.get("earlier", ()),
        people=strings.get("people", ()),
        files=strings.get("files", ()),
        form=form,
        language=language,
        **facts,
    )
    facts.pop("platform")
    return number, doc, indexing.facet_code(**facts)


def ids_of(connection: sqlite3.Connection, match: str) -> list[int]:
    found = connection.execute("SELECT rowid FROM fts WHERE fts MATCH ? ORDER BY rowid", (match,))
    return [number for (number,) in found]


def test_current_and_earlier_text_people_and_files_are_found() -> None:
    connection = opened()
    indexing.index_new(
        connection,
        [row(5, "closed", earlier=["open"], people=["Jane Roe"], files=["map.png", "a tree"])],
    )
    for word in ("closed", "open", "roe", "map", "tree"):
        assert ids_of(connection, word) == [5], word


def test_an_earlier_text_that_is_the_present_one_is_indexed_once() -> None:
    doc = row(1, "open", earlier=["open", "shut", "shut"])[1]
    assert doc.earlier == "shut"


def test_a_changed_record_is_found_by_its_new_words_and_not_by_its_old_ones() -> None:
    connection = opened()
    indexing.index_new(connection, [row(1, "swimming pool"), row(2, "library")])
    indexing.index_changed(connection, [row(1, "tennis court", presence="absent")])
    assert ids_of(connection, "pool") == []
    assert ids_of(connection, "tennis") == [1]
    assert ids_of(connection, f"tokens : {indexing.state_token(State.REMOVED)}") == [1]
    assert ids_of(connection, f"tokens : {indexing.state_token(State.LIVE)}") == [2]
    indexing.check_index(connection)


def test_a_change_of_what_is_not_indexed_leaves_the_index_alone() -> None:
    connection = opened()
    indexing.index_new(connection, [row(1)])
    before = connection.execute("SELECT count(*), sum(length(block)) FROM fts_data").fetchone()
    indexing.index_changed(connection, [row(1)])
    after = connection.execute("SELECT count(*), sum(length(block)) FROM fts_data").fetchone()
    assert before == after


def test_a_record_is_indexed_once() -> None:
    connection = opened()
    indexing.index_new(connection, [row(1)])
    with pytest.raises(sqlite3.IntegrityError):
        indexing.index_new(connection, [row(1)])


def test_what_is_not_indexed_cannot_change_or_leave() -> None:
    connection = opened()
    with pytest.raises(KeyError):
        indexing.index_changed(connection, [row(1)])
    with pytest.raises(KeyError):
        indexing.index_removed(connection, [1])


def test_filter_tokens_are_letters_and_digits_and_do_not_run_into_each_other() -> None:
    connection = opened()
    indexing.index_new(
        connection, [row(1, account_id=1), row(2, account_id=17), row(3, form="a b_c")]
    )
    assert ids_of(connection, f'tokens : "{indexing.account_token(1)}"') == [1]
    assert ids_of(connection, f'tokens : "{indexing.platform_kind_token("x", "comment")}"') == [
        1,
        2,
        3,
    ]
    assert ids_of(connection, f'tokens : "{indexing.form_token("A B_C")}"') == [3]
    for _, doc, _ in (
        row(4, language="zh-Hant", form="group renamed", platform="my_place.example"),
    ):
        assert all(token.isalnum() for token in doc.tokens.split())


def test_a_language_is_found_with_and_without_its_region() -> None:
    assert indexing.language_tokens("zh-Hant-TW") == ["lzh", "lzhhanttw"]
    assert indexing.language_tokens("es") == ["les"]


@settings(deadline=None)
@given(
    st.integers(1, 2**20),
    st.sampled_from(Kind),
    st.sampled_from(["public", "hidden", "pending", "rejected", "draft", "scheduled", "private"]),
    st.sampled_from(["full", "truncated", "encrypted", "unavailable"]),
    st.sampled_from(["present", "absent", "unknown"]),
    st.booleans(),
    st.sampled_from(["agency", "public", "unknown"]),
)
def test_a_facet_code_gives_back_what_it_was_made_of(
    account: int,
    kind: Kind,
    visibility: str,
    content: str,
    presence: str,
    edited: bool,
    role: str,
) -> None:
    facts = {
        "visibility": visibility,
        "content_state": content,
        "presence": presence,
        "edited": edited,
        "author_role": role,
    }
    code = indexing.facet_code(account, kind, **facts)
    assert indexing.read_code(code) == (account, kind, indexing.state_of(**facts))
    state = indexing.state_of(**facts)
    stands = visibility in ("public", "private") and presence == "present"
    assert (State.LIVE in state) == stands
    assert (State.EDITED in state) == edited


CHANGES = st.lists(
    st.tuples(st.integers(1, 12), st.text(alphabet="ab封路กา é", max_size=8), st.booleans()),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(CHANGES)
def test_the_index_matches_its_records_whatever_changes(
    changes: list[tuple[int, str, bool]],
) -> None:
    connection = opened()
    there: dict[int, str] = {}
    for number, text, remove in changes:
        if number in there and remove:
            indexing.index_removed(connection, [number])
            del there[number]
        elif number in there:
            indexing.index_changed(connection, [row(number, text, earlier=[there[number]])])
            there[number] = text
        else:
            indexing.index_new(connection, [row(number, text)])
            there[number] = text
    indexing.check_index(connection)
    assert ids_of(connection, "tokens : a17") == sorted(there)
    assert [n for (n,) in connection.execute("SELECT id FROM facet ORDER BY id")] == sorted(there)


def test_a_wrong_word_in_the_index_is_noticed_and_a_rebuild_repairs_it() -> None:
    connection = opened()
    indexing.index_new(connection, [row(1, "swimming pool")])
    connection.execute("UPDATE search_docs SET text = 'tennis court'")
    with pytest.raises(IntegrityError, match="rebuild"):
        indexing.check_index(connection)
    indexing.rebuild(connection)
    indexing.check_index(connection)
    assert ids_of(connection, "tennis") == [1]


def test_destroyed_words_are_nowhere_in_the_file_after_the_index_is_merged(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    connection = opened(path)
    rng = random.Random(3)
    rows = [row(n, f"street {rng.randrange(10**6)} closed") for n in range(1, 400)]
    rows.append(row(1000, "zanzibarite secret", people=["Quillfeather"], files=["xylograph.png"]))
    indexing.index_new(connection, rows)
    indexing.index_changed(connection, [row(1000, "vexillology secret", earlier=["zanzibarite"])])
    indexing.index_removed(connection, [1000])
    indexing.optimize(connection)
    indexing.check_index(connection)
    connection.close()
    content = path.read_bytes().lower()
    for word in (b"zanzibarite", b"vexillology", b"quillfeather", b"xylograph"):
        assert word not in content, word
        assert word[:8] not in content, word


def test_removing_drops_the_note_of_a_displaced_record() -> None:
    connection = opened()
    indexing.index_new(connection, [row(1)])
    connection.execute("INSERT INTO displaced VALUES (1, 99)")
    indexing.index_removed(connection, [1])
    assert connection.execute("SELECT count(*) FROM displaced").fetchone() == (0,)
