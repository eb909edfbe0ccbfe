"""Which texts are the same and which nearly."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.requests.clustering.likeness import (
    FEWEST_WORDS,
    NEAR,
    Entry,
    Group,
    Like,
    Likeness,
    groups_of,
    words_of,
)

SKATE = "The lights at the skate park have been out since May and nobody answers the phone"


def grouped(*texts: str, media: dict[int, str] | None = None) -> list[Group[int]]:
    """The groups among texts, keyed by their place."""
    pictures = media or {}
    return groups_of(
        Entry(at, text, frozenset({pictures[at]} if at in pictures else ()))
        for at, text in enumerate(texts)
    )


def test_a_cross_post_is_the_same_whatever_the_platform_made_of_it() -> None:
    [group] = grouped(
        f"{SKATE}! https://t.example/abc",
        f"{SKATE.upper()}… www.example.com/longer-link 🛹",
        "something else altogether, about trees and water",
    )
    assert group == Group(0, [Like(1, Likeness.SAME, 100)])


def test_other_pictures_are_told() -> None:
    [group] = grouped(SKATE, SKATE, SKATE, media={0: "a", 1: "a", 2: "b"})
    assert [like.likeness for like in group.likes] == [Likeness.SAME, Likeness.SAME_OTHER_MEDIA]


def test_pictures_without_words_go_by_the_picture() -> None:
    [group] = grouped("", " ", "", "", media={0: "a", 1: "a", 2: "b"})
    assert group == Group(0, [Like(1, Likeness.SAME_MEDIA, 100)])


def test_emoji_alone_go_by_their_signs_and_nothing_is_like_nothing() -> None:
    assert grouped("👍", "🔥", "👍", "", "") == [Group(0, [Like(2, Likeness.SAME, 100)])]


def test_a_changed_word_is_near_and_says_how_near() -> None:
    [group] = grouped(SKATE, SKATE.replace("May", "June"))
    assert group == Group(0, [Like(1, Likeness.NEAR, 93)])


def test_short_texts_are_the_same_or_not() -> None:
    assert grouped("Thank you so much", "Thank you very much") == []
    assert len(grouped("Thank you!", "thank you")) == 1


def test_chinese_is_compared_sign_by_sign() -> None:
    [group] = grouped(
        "滑板公园的灯从五月起就没亮过没人接电话", "滑板公园的灯从六月起就没亮过没人接电话"
    )
    assert group.likes[0].likeness is Likeness.NEAR


def test_a_text_that_is_long_and_another_that_begins_like_it_are_not_near() -> None:
    assert grouped(f"{SKATE} ", f"{SKATE} {'and more of it ' * 30}") == []
    long = " ".join(f"w{n}" for n in range(5_000))
    assert grouped(long, " ".join(long.split()[:2_000])) == []


words = st.lists(st.sampled_from("abcdefghij"), min_size=0, max_size=14).map(" ".join)


def share(one: str, other: str) -> float:
    """How many words two texts have in common, counted slowly."""
    left, right = words_of(one), words_of(other)
    rest, common = list(right), 0
    for word in left:
        if word in rest:
            rest.remove(word)
            common += 1
    return 2 * common / max(1, len(left) + len(right))


def slowly(texts: list[str]) -> list[tuple[int, list[int]]]:
    """The same grouping by comparing every text with every leader."""
    leaders: list[tuple[int, list[int]]] = []
    first: dict[tuple[str, ...], int] = {}
    led_by: dict[int, int] = {}
    for at, text in enumerate(texts):
        said = tuple(words_of(text))
        if said and said not in first:
            first[said] = at
    for said, at in first.items():
        long = len(said) >= FEWEST_WORDS
        near = next(
            (
                leader
                for leader, _ in leaders
                if long
                and len(words_of(texts[leader])) >= FEWEST_WORDS
                and share(texts[leader], texts[at]) >= NEAR
            ),
            None,
        )
        same = [n for n, text in enumerate(texts) if tuple(words_of(text)) == said]
        if near is None:
            leaders.append((at, same[1:]))
            led_by[at] = at
        else:
            next(likes for leader, likes in leaders if leader == near).extend(same)
    return [(leader, likes) for leader, likes in leaders if likes]


@settings(max_examples=60, deadline=None)
@given(st.lists(words, max_size=12))
def test_the_quick_way_finds_what_comparing_all_with_all_finds(texts: list[str]) -> None:
    found = [(group.leader, [like.key for like in group.likes]) for group in grouped(*texts)]
    assert found == slowly(texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=10))
def test_any_text_can_be_compared_and_is_like_itself(texts: list[str]) -> None:
    assert {like.key for group in grouped(*texts, *texts) for like in group.likes} >= {
        at + len(texts) for at, text in enumerate(texts) if text.split()
    }
