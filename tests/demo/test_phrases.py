"""What is said in Alder Glen: every language, no real address or number."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator

import pytest

from archiver.demo import phrases
from archiver.demo.accounts import demo_accounts
from archiver.demo.dice import Dice
from archiver.demo.feed import language_of
from archiver.demo.people import LANGUAGES, STAFF, resident
from archiver.staff.roles import ROLES

NOON = dt.datetime(2026, 5, 4, 19, tzinfo=dt.UTC)
SCRIPTS = {
    "pa": "GURMUKHI",
    "ko": "HANGUL",
    "ru": "CYRILLIC",
    "hy": "ARMENIAN",
    "fa": "ARABIC",
    "ar": "ARABIC",
    "ja": "HIRAGANA",
    "th": "THAI",
    "km": "KHMER",
    "lo": "LAO",
    "zh-Hant": "CJK",
    "zh-Hans": "CJK",
}


def templates() -> Iterator[str]:
    for topic in phrases.topics():
        yield from (*topic.posts, *topic.long, *topic.replies, *topic.comments)
    for language in LANGUAGES[1:]:
        yield from (*phrases.comments_in(language), *phrases.messages_in(language))
    for talk in (*phrases.talks(), *phrases.groups()):
        yield from (line for _, line in talk.lines)


def filled() -> Iterator[str]:
    for number, template in enumerate(templates()):
        dice = Dice(number)
        yield phrases.Slots(dice, NOON, "parks", resident(number)).fill(template)


def test_every_slot_of_every_sentence_can_be_filled() -> None:
    assert all("{" not in text and text for text in filled())


def test_no_sentence_is_written_twice() -> None:
    found = list(templates())
    assert len(found) > 300
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_a_language_is_written_in_its_own_script(language: str) -> None:
    for text in (*phrases.comments_in(language), *phrases.messages_in(language)):
        letters = [unicodedata.name(letter, "") for letter in text]
        assert any(name.startswith(SCRIPTS[language]) for name in letters), text


def test_seventeen_languages_are_spoken() -> None:
    spoken = {resident(number).language for number in range(100, 200)}
    assert spoken == set(LANGUAGES)
    assert len(LANGUAGES) == 17


def test_emoji_of_every_build_occur() -> None:
    text = "".join(templates())
    assert "\u200d" in text, "joined (family, flag)"
    assert "\u20e3" in text, "keycap"
    assert any(0x1F1E6 <= ord(letter) <= 0x1F1FF for letter in text), "flag of letters"
    assert any(0x1F3FB <= ord(letter) <= 0x1F3FF for letter in text), "skin tone"


def test_every_phone_number_is_kept_for_fiction() -> None:
    text = "\n".join((*filled(), *(phrases.hotline(account.key) for account in demo_accounts())))
    numbers = re.findall(r"\d{3}[-. ]\d{4}", text)
    assert len(numbers) > 20
    assert all(re.fullmatch(r"555-01\d\d", number) for number in numbers)


def test_every_address_of_mail_is_an_example() -> None:
    found = re.findall(r"[\w.+-]+@([\w.-]+\w)", "\n".join(filled()))
    assert found
    assert all(re.search(r"(^|\.)example\.(com|org|net)$", domain) for domain in found)


def test_the_clerks_search_is_answered_by_posts_comments_and_messages() -> None:
    topic = next(topic for topic in phrases.topics() if topic.name == "park closure")
    assert any("park closure" in text for text in topic.posts)
    assert any("park closure" in text for text in topic.comments)
    assert any("park closure" in line for talk in phrases.talks() for _, line in talk.lines)


def test_a_slot_keeps_what_was_drawn_for_it() -> None:
    slots = phrases.Slots(Dice(4), NOON, "parks")
    assert slots.fill("{park}") == slots.fill("{park}")


def test_the_citys_own_language_is_recognised() -> None:
    told = {language_of(text) for topic in phrases.topics() for text in topic.posts}
    assert {"en", "es", "zh", "vi", "pa", "tl", "hmn"} <= told


def test_every_department_has_something_to_say() -> None:
    for account in demo_accounts():
        assert phrases.topics_of(account.key)
        assert phrases.long_topics_of(account.key)


def test_the_staff_have_roles_the_desk_knows() -> None:
    assert all(role in ROLES for person in STAFF for role in person.roles)
