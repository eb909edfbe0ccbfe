"""Whatever is typed is read; what was not understood is said; nothing is a syntax error."""

from __future__ import annotations

import datetime as dt
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.archive.filters import Filters, KnownAccount, Plan, plan
from archiver.archive.indexing import FTS_SCHEMA
from archiver.archive.query import MAX_LETTERS, SearchRefused, parse

ACCOUNTS = {
    1: KnownAccount(1, "x", "AlderGlen", "City of Alder Glen"),
    2: KnownAccount(2, "bluesky", "police.alderglen.example", "Alder Glen Police"),
    3: KnownAccount(3, "x", "AlderGlenWorks", "Public Works"),
}
WORDS = "{text earlier people recipients files}"


def planned(text: str, filters: Filters | None = None) -> Plan:
    return plan(parse(text), filters or Filters(), ACCOUNTS)


def match(text: str) -> str:
    """The index expression without the column list, to be read."""
    made = planned(text)
    assert made.match is not None, made.nothing
    return made.match.replace(f"{WORDS} : ", "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mill", '"mill"'),
        ("mill closure", '("mill" AND "closure")'),
        ("mill AND closure", '("mill" AND "closure")'),
        ("mill and closure", '("mill" AND "and" AND "closure")'),
        ('"mill street"', '"mill street"'),
        ("“mill street”", '"mill street"'),
        ("closure OR cierre", '("closure" OR "cierre")'),
        ("mill -marathon", '(("mill") NOT ("marathon"))'),
        ("mill NOT marathon", '(("mill") NOT ("marathon"))'),
        ("park*", '"park" *'),
        ('"mill str"*', '"mill str" *'),
        ("NEAR(park noise, 5)", 'NEAR("park" "noise", 5)'),
        ("NEAR(park noise)", 'NEAR("park" "noise", 10)'),
        ('NEAR("mill street" clos*, 3)', 'NEAR("mill street" "clos" *, 3)'),
        ("(pool OR spa) hours", '(("pool" OR "spa") AND "hours")'),
        ("pool OR spa hours", '("pool" OR ("spa" AND "hours"))'),
        ("mill mill", '"mill"'),
        ("don't", '"don t"'),
        ("555-0142", '"555 0142"'),
        ("封路期間", '"封路 路期 期間"'),
        ("路", '"路" *'),
        ("路!", '"路" *'),
        ("封路,", '"封路"'),
        ('"封路?! "', '"封路"'),
        ("封路。", '"封路"'),
        ("kind:comment", 'tokens : "k1"'),
        ("type:replies", 'tokens : "k1"'),
        ("platform:x", 'tokens : "px"'),
        ("platform:x kind:post", 'tokens : "pxk0"'),
        ("account:police", 'tokens : "a2"'),
        ("account:@AlderGlen", 'tokens : "a1"'),
        ('account:"Public Works"', 'tokens : "a3"'),
        ("account:x:alderglen", 'tokens : "a1"'),
        ("account:alderglen platform:x", 'tokens : "a1"'),
        ("is:removed", 'tokens : "s1"'),
        ("state:gone", 'tokens : "s1"'),
        ("has:photos", 'tokens : "s11"'),
        ("lang:Spanish", 'tokens : "les"'),
        ("lang:zh-TW", 'tokens : "lzhtw"'),
        ("from:residents", 'tokens : "s13"'),
        ("from:city", 'tokens : "s12"'),
        ('from:"Jane Roe"', '{people} : "Jane Roe"'),
        ("from:@jane.example", '{people} : "jane example"'),
        ("to:mayor", '{recipients} : "mayor"'),
        ("form:repost", 'tokens : "frepost"'),
        ("-kind:post park", '(("park") NOT (tokens : "k0"))'),
        ("https://example.org/a", '"https example org a"'),
        ("at 3:30", '("at" AND "3 30")'),
    ],
)
def test_a_search_is_read_as_meant(text: str, expected: str) -> None:
    assert match(text) == expected


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("park before:2026-08-01", None, dt.date(2026, 7, 31)),
        ("park after:2026-08-01", dt.date(2026, 8, 1), None),
        ("park since:8/1/2026", dt.date(2026, 8, 1), None),
        ("park until:2026-02", None, dt.date(2026, 2, 28)),
        ("on:2024-02", dt.date(2024, 2, 1), dt.date(2024, 2, 29)),
        ("on:2024", dt.date(2024, 1, 1), dt.date(2024, 12, 31)),
        ("before:2026", None, dt.date(2025, 12, 31)),
        ("after:2024 before:2026-03-01", dt.date(2024, 1, 1), dt.date(2026, 2, 28)),
        ("on:9999-12", dt.date(9999, 12, 1), dt.date(9999, 12, 31)),
        ("until:9999", None, dt.date(9999, 12, 31)),
    ],
)
def test_dates_are_read(text: str, start: dt.date | None, end: dt.date | None) -> None:
    made = planned(text)
    assert (made.start, made.end) == (start, end)
    assert made.notes == ()


@pytest.mark.parametrize(
    ("text", "words", "note"),
    [
        ('mill "street', '("mill" AND "street")', "quotation mark"),
        ("(mill street", '("mill" AND "street")', "bracket"),
        ("mill) street", '("mill" AND "street")', "bracket"),
        ("mill OR", '"mill"', "OR"),
        ("OR mill", '"mill"', "OR"),
        ("mill NOT", '"mill"', "NOT"),
        ("kind:banana mill", '("kind banana" AND "mill")', "kind:banana"),
        ("is:purple", '"is purple"', "is:purple"),
        ("subject:park", '"subject park"', "no filter"),
        ("before:yesterday", '"before yesterday"', "before:yesterday"),
        ("on:2026-02-30", '"on 2026 02 30"', "on:2026-02-30"),
        ("mi*ll", '"mi ll"', "*"),
        ("mill 🙏", '"mill"', "🙏"),
        ("mill or park", '("mill" AND "or" AND "park")', "capitals"),
        ("mill OR (park before:2020)", '("mill" OR "park")', "Dates"),
    ],
)
def test_what_cannot_be_read_is_read_as_words_and_said(text: str, words: str, note: str) -> None:
    assert match(text) == words
    assert any(note in said for said in planned(text).notes), planned(text).notes


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("p*", "at least 2 letters"),
        ("🙏 !!", "no letters or digits"),
        ('""', "no letters or digits"),
        ("a " * 65, "more than 64 words"),
        ('"' + "封" * 900 + '"', "words"),
        ("a" * (MAX_LETTERS + 1), "longer than"),
    ],
)
def test_what_asks_for_too_much_or_nothing_is_refused_with_the_reason(
    text: str, reason: str
) -> None:
    with pytest.raises(SearchRefused, match=reason):
        parse(text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("park -park", "leaves out"),
        ("pool (spa OR park -park) kind:post kind:comment", "kind filters"),
        ("account:nobody", "No account is called"),
        ("platform:myspace park", "No account of the archive is on myspace"),
        ("account:police platform:x", "another platform"),
        ("after:2026 before:2020", "dates exclude"),
        ("account:police account:3", "account filters"),
    ],
)
def test_a_contradiction_is_answered_without_asking_the_index(text: str, reason: str) -> None:
    made = planned(text)
    assert made.match is None
    assert reason in made.nothing


@pytest.mark.parametrize("text", ["park - pool", "park & pool", "#park @pool", "park, pool!"])
def test_punctuation_needs_no_note(text: str) -> None:
    assert match(text) == '("park" AND "pool")'
    assert planned(text).notes == ()


def test_ticked_filters_and_typed_ones_add_up() -> None:
    filters = Filters(platforms=["x"], kinds=["comment", "post"], states=["removed", "hidden"])
    made = planned("kind:comment park", filters)
    assert made.match == f'({WORDS} : "park" AND tokens : ("s1" OR "s2") AND tokens : "pxk1")'


def test_ticked_days_and_typed_ones_add_up() -> None:
    made = planned(
        "after:2026-03", Filters(start_day=dt.date(2026, 1, 1), end_day=dt.date(2026, 5, 1))
    )
    assert (made.start, made.end) == (dt.date(2026, 3, 1), dt.date(2026, 5, 1))


def test_only_words_to_leave_out_are_a_search_too() -> None:
    assert "NOT" in match("-park")


def test_an_empty_search_is_every_record() -> None:
    made = planned("  ")
    assert made.match is None
    assert made.nothing == ""


def test_needles_are_what_is_looked_for_and_not_what_is_left_out() -> None:
    needles = parse('park* "mill street" -marathon (spa OR 封路)').needles
    assert [needle.tokens for needle in needles] == [
        ("park",),
        ("mill", "street"),
        ("spa",),
        ("封路",),
    ]


PIECES = st.sampled_from(
    [
        *('"', "(", ")", "-", "*", ":", ",", "AND", "OR", "NOT", "NEAR(", "NEAR", "park", "a", "^"),
        *(
            "mill*",
            "封路",
            "路",
            "kind:",
            "kind:post",
            "from:",
            "before:2020",
            "on:",
            "🙏",
            "{text}",
            "+",
        ),
        *(
            "account:police",
            "platform:x",
            "is:live",
            "é",
            "\0",
            "\ud800",
            "\u200b",
            "“",
            "5)",
            "'",
            ";",
        ),
    ]
)


@pytest.fixture(scope="module")
def index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    for statement in FTS_SCHEMA:
        connection.execute(statement)
    return connection


@settings(max_examples=600, deadline=None)
@given(st.lists(PIECES, max_size=25), st.sampled_from(["", " "]))
def test_no_arrangement_of_signs_is_an_error(
    index: sqlite3.Connection, pieces: list[str], between: str
) -> None:
    check(index, between.join(pieces))


@settings(max_examples=400, deadline=None)
@given(st.text(max_size=200))
def test_no_text_is_an_error(index: sqlite3.Connection, text: str) -> None:
    check(index, text)


@pytest.mark.parametrize(
    "text", ["(" * 900 + "a" + ")" * 900, "-" * 1900 + "a", "a OR " * 60 + "a"]
)
def test_deep_and_long_searches_are_no_error(index: sqlite3.Connection, text: str) -> None:
    check(index, text)


def check(index: sqlite3.Connection, text: str) -> None:
    try:
        made = planned(text)
    except SearchRefused:
        return
    if made.match is not None:
        index.execute("SELECT rowid FROM fts WHERE fts MATCH ?", (made.match,)).fetchall()
