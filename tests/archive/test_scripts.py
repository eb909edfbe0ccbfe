"""Words are found inside text written without spaces, and letters that look alike are alike."""

from __future__ import annotations

import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.archive import highlight, scripts
from archiver.archive.query import words


def found(text: str, query: str) -> bool:
    """Whether FTS5 finds what is asked for in the indexed form of a text."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        f'CREATE VIRTUAL TABLE fts USING fts5(text, tokenize = "{scripts.TOKENIZER}")'
    )
    connection.execute("INSERT INTO fts VALUES (?)", (scripts.indexed(text),))
    term = words(scripts.normal(query))
    assert term is not None
    return bool(connection.execute("SELECT 1 FROM fts WHERE fts MATCH ?", (term.match,)).fetchone())


SENTENCES = {
    "Chinese, traditional": (
        "市政府宣布磨坊街封路期間消防車仍可通行。",
        ["磨坊街", "封路", "消防車", "市政府", "通行", "路"],
        ["公園", "街道", "車消"],
    ),
    "Chinese, simplified": (
        "图书馆周末延长开放时间,欢迎居民参加。",
        ["图书馆", "周末", "开放时间", "居民"],
        ["图馆", "停水"],
    ),
    "Japanese": (
        "市役所は来週の月曜日からプールを閉鎖します。詳しくはウェブサイトをご覧ください。",
        ["市役所", "月曜日", "プール", "閉鎖", "ウェブサイト", "ください"],
        ["火曜日", "公園"],
    ),
    "Thai": (
        "เทศบาลประกาศปิดถนนเนื่องจากน้ำท่วมใกล้สวนสาธารณะ",
        ["เทศบาล", "ปิดถนน", "น้ำท่วม", "น้ำ", "สวนสาธารณะ"],
        ["โรงเรียน", "ไฟฟ้า"],
    ),
    "Lao": (
        "ເທດສະບານປິດຖະໜົນຍ້ອນນ້ຳຖ້ວມໃກ້ສວນສາທາລະນະ",
        ["ເທດສະບານ", "ຖະໜົນ", "ນ້ຳຖ້ວມ", "ສວນສາທາລະນະ"],
        ["ໂຮງຮຽນ"],
    ),
    "Khmer": (
        "សាលាក្រុងបានបិទផ្លូវដោយសារទឹកជំនន់នៅជិតសួនសាធារណៈ",
        ["សាលាក្រុង", "ផ្លូវ", "ទឹកជំនន់", "សួនសាធារណៈ"],
        ["សាលារៀន"],
    ),
    "Korean": (
        "시청은다음주부터공원폐쇄를시작하지만도서관에서는행사가계속됩니다.",
        ["공원", "폐쇄", "폐쇄를", "도서관", "행사", "시청"],
        ["학교", "서도", "관도서"],
    ),
    "Burmese": (
        "မြို့တော်ခန်းမသည်ရေကြီးမှုကြောင့်လမ်းပိတ်ထားသည်",
        ["မြို့တော်ခန်းမ", "ရေကြီးမှု", "လမ်းပိတ်"],
        ["ကျောင်း"],
    ),
}


@pytest.mark.parametrize("script", SENTENCES)
def test_real_words_are_found_inside_a_sentence(script: str) -> None:
    text, there, absent = SENTENCES[script]
    for word in there:
        assert found(text, word), f"{word} not found"
        assert highlight.united(
            highlight.find_each(text, words(scripts.normal(word)).needles)  # type: ignore[union-attr]
        ), f"{word} not marked"
    for word in absent:
        assert not found(text, word), f"{word} found though it is not there"


@pytest.mark.parametrize("script", SENTENCES)
def test_a_sentence_is_found_by_itself_and_by_its_halves(script: str) -> None:
    text = SENTENCES[script][0]
    assert found(text, text)
    letters = scripts.clusters(scripts.RUN.findall(scripts.normal(text))[0])
    half = len(letters) // 2
    assert found(text, "".join(letters[:half]))
    assert found(text, "".join(letters[half:]))


@pytest.mark.parametrize(
    "text",
    ["공원 폐쇄를 알립니다", "공원의 폐쇄", "중앙공원은 폐쇄하지 않습니다", "공원\u200b폐쇄"],
)
def test_a_korean_word_is_found_with_whatever_is_joined_to_it(text: str) -> None:
    assert found(text, "공원")
    assert found(text, "폐쇄")
    assert not found(text, "쇄폐")
    marked = highlight.united(
        highlight.find_each(text, words(scripts.normal("폐쇄")).needles)  # type: ignore[union-attr]
    )
    assert [text[start:end] for start, end in marked] == ["폐쇄"]


@pytest.mark.parametrize("query", ["폐쇄", "\u1111\u1168\u1109\u116b", "폐*", "쇄"])
def test_hangul_typed_letter_by_letter_or_in_part_is_found(query: str) -> None:
    assert found("공원 폐쇄를", query.rstrip("*"))


def test_a_word_is_found_beside_letters_and_digits_of_another_script() -> None:
    assert found("明天3號公車停駛Route4改道", "公車")
    assert found("明天3號公車停駛Route4改道", "Route4")
    assert found("A棟入口", "A棟")
    assert found("Mill Street封路", "street 封路")
    assert not found("Mill Street封路", "封路 street")


def test_marks_stay_with_their_letter() -> None:
    assert scripts.clusters("ที่ดิน") == ["ที่", "ดิ", "น"]
    assert scripts.cut("ที่ดิน") == " ที่ดิ ดิน น "
    assert not any(token[0] in "ิี่" for token in scripts.cut("ที่ดิน").split())


def test_zero_width_spaces_inside_a_run_are_ignored_and_elsewhere_divide_words() -> None:
    assert found("សាលា\u200bក្រុង", "សាលាក្រុង")
    assert found("សាលាក្រុង", "សាលា\u200bក្រុង")
    assert found("park\u200bclosure", "closure")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("ＰＡＲＫ　ｃｌｏｓｕｒｅ", "park closure"),
        ("café Peña", "cafe pena"),
        ("cafe\u0301", "café"),
        ("ﬁre station", "fire"),
        ("ﾌﾟｰﾙ", "プール"),
        ("pa\u00adrk", "park"),
        ("pa\u202erk", "park"),
        ("पार्क बंद है", "बंद"),
        ("ਪਾਰਕ ਬੰਦ ਹੈ", "ਬੰਦ"),
        ("مُحَمَّد", "محمد"),
        ("Đường bị đóng", "đường"),
        ("𠮷野家", "𠮷野"),
        ("closure🫶🏽", "closure"),
        ("🤔park🤔closure", "park closure"),
        ("5₿park", "park"),
        ("공원이 닫혔습니다", "공원이"),
    ],
)
def test_letters_that_look_alike_are_alike(text: str, query: str) -> None:
    assert found(text, query)
    term = words(scripts.normal(query))
    assert term is not None
    assert all(highlight.find_each(text, term.needles))


def test_a_phrase_does_not_reach_from_one_string_into_the_next() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        f'CREATE VIRTUAL TABLE fts USING fts5(text, tokenize = "{scripts.TOKENIZER}")'
    )
    connection.execute("INSERT INTO fts VALUES (?)", (scripts.joined(["mill street", "closure"]),))
    match = "SELECT count(*) FROM fts WHERE fts MATCH ?"
    assert connection.execute(match, ('"street closure"',)).fetchone() == (0,)
    assert connection.execute(match, ('"street" AND "closure"',)).fetchone() == (1,)


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_indexed_and_stored(text: str) -> None:
    made = scripts.indexed(text)
    made.encode()
    assert "\0" not in made
    assert scripts.BREAK not in made


@settings(deadline=None)
@given(st.text())
def test_text_that_is_normal_stays_as_it_is(text: str) -> None:
    once = scripts.normal(text)
    assert scripts.normal(once) == once


def test_lone_surrogates_and_nul_are_spaces() -> None:
    assert scripts.indexed("a\ud800b\0c") == "a b c"


UNSPACED = st.text(alphabet="封路期間あいうプル공원폐쇄를กขที่่ດປເកខ្មែរမြို့", min_size=1, max_size=12)


@settings(deadline=None)
@given(UNSPACED, st.data())
def test_any_piece_of_a_run_is_found_in_it(run: str, data: st.DataObject) -> None:
    letters = [
        letter
        for part in scripts.RUN.findall(scripts.normal(run))
        for letter in scripts.clusters(part)
    ]
    whole = "".join(letters)
    if scripts.normal(whole) != whole or scripts.clusters(whole) != letters:
        return
    start = data.draw(st.integers(0, len(letters) - 1))
    end = data.draw(st.integers(start + 1, len(letters)))
    assert found(whole, "".join(letters[start:end]))
