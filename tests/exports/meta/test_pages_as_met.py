"""Pages as downloads that nobody here wrote have them: what they say is read, and nothing twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from archiver.exports.meta.months import month_of
from archiver.exports.meta.statement import read_words
from archiver.items import Kind, Relation
from tests.exports.meta.walked import Walked, small, walked

OLD_BOX = (
    '<div class="pam _3-95 _2pi0 _2lej uiBoxWhite noborder">'
    '<div class="_3-96 _2pio _2lek _2lel">{}</div><div class="_3-96 _2let">{}</div>'
    '<div class="_3-94 _2lem">{}</div></div>'
)
BOX = (
    '<div class="_3-95 _a6-g"><div class="_2ph_ _a6-h _a6-i">{}</div><div class="_2ph_ _a6-p">{}'
    '</div><div class="_3-94 _a6-o"><div class="_a72d">{}</div></div></div>'
)
ASIDE = '<div class="_3-95 _a6-g"><div class="_2ph_ _a6-h">{}</div></div>'
PICTURE = '<a href="a_1234567.jpg"><img src="a_1234567.jpg" class="_a6_o _3-96" /></a>'


def page(*boxes: str) -> str:
    return f"<html><body>{''.join(boxes)}</body></html>"


def message(words: str, shared: str = "<div></div>") -> str:
    return f"<div><div></div><div>{words}</div>{shared}<div></div></div>"


def facebook(path: Path, **pages: str) -> Walked:
    files = {name.replace("__", "/") + ".html": text for name, text in pages.items()}
    return walked(small(path / "a.zip", files), "facebook")


def instagram(path: Path, name: str, text: str) -> Walked:
    return walked(small(path / "a.zip", {name: text, "content/posts_1.html": page()}), "instagram")


@pytest.mark.parametrize(("box", "label"), [(OLD_BOX, "_4mp8"), (BOX, "_a6_m")])
def test_the_words_behind_the_name_of_a_group_are_the_comments(
    tmp_path: Path, box: str, label: str
) -> None:
    within = f'<div class="_3-95"><span class="{label}">Group: </span>Parks &amp; Friends</div>'
    body = f'<div><div class="_2pin"><div>{within}When does it open?</div></div></div>'
    typed = '<div><div class="_2pin"><div>Group: all of us</div></div></div>'
    found = facebook(
        tmp_path,
        comments__comments=page(
            box.format("Glen replied to a comment.", body, "May 5, 2020, 9:00 AM"),
            box.format("Glen commented on a post.", typed, "May 6, 2020, 9:00 AM"),
        ),
    )
    comment, plain = found.of(Kind.COMMENT)
    assert comment.text == "When does it open?\n\nGroup: Parks & Friends"
    assert comment.form == "reply" and b"Parks" not in comment.stable
    assert plain.text == "Group: all of us"


@pytest.mark.parametrize("box", [OLD_BOX, BOX])
def test_what_stands_beneath_a_picture_are_its_words(tmp_path: Path, box: str) -> None:
    body = f'{PICTURE}<div class="_3-95">The new slide</div>'
    album = page(box.format("Mobile uploads", body, "May 5, 2020, 9:00 AM"))
    found = facebook(
        tmp_path, posts__your_posts_1=page(), posts__your_photos=album, posts__album__0=album
    )
    assert [one.text for one in found.of(Kind.POST)] == ["The new slide"] * 2


def test_labels_tables_and_lists_inside_one_another_do_no_harm(tmp_path: Path) -> None:
    label = '<div class="_3-95"><span>Group: </span>Parks'
    nested = label * 40 + "</div>" * 40 + "<table><tr><td>x<ul><li>y" * 40 + "</table>" * 40
    body = f'<div><div class="_2pin"><div>{nested}</div></div><div class="_2pin">Hello</div></div>'
    lists = '<ul class="_a6-q"><li>❤Ana' * 40
    found = facebook(
        tmp_path,
        comments__comments=page(OLD_BOX.format("Glen", body, "May 5, 2020, 9:00 AM")),
        messages__inbox__a_1__message_1=page(
            OLD_BOX.format("Ana", message("Hi") + lists, "May 5, 2020, 9:00 AM")
        ),
    )
    assert found.of(Kind.COMMENT)[0].text.startswith("Hello")
    assert len(found.of(Kind.MESSAGE)) == 1 and found.balanced


def test_what_a_message_shares_is_shown_with_its_words(tmp_path: Path) -> None:
    link = '<div><a href="https://example.com/1">https://example.com/1</a></div>'
    shared = f"<div><div><div>Road closed</div><div>cityofglen</div>{link}</div></div>"
    talk = page(BOX.format("Ana", message("Look", shared), "May 5, 2020 9:00:01am"))
    (one,) = facebook(tmp_path, messages__inbox__ana_1__message_1=talk).of(Kind.MESSAGE)
    assert one.text == "Look\nRoad closed\ncityofglen"
    assert one.links == ("https://example.com/1",) and b"Road" not in one.stable


def test_what_is_told_of_a_conversation_before_its_messages_is_no_message(tmp_path: Path) -> None:
    talk = page(
        ASIDE.format("Participants: Ana and Glen"),
        ASIDE.format("Group invite link: off"),
        BOX.format("Group photo", PICTURE, ""),
        BOX.format("Ana", message("Hello"), "May 5, 2020 9:00:01am"),
        BOX.format("Glen", message("No time"), ""),
    )
    found = facebook(tmp_path, messages__inbox__ana_1__message_1=talk)
    assert [one.text for one in found.of(Kind.MESSAGE)] == ["Hello"]
    told = [(one.position, one.failed, one.detail) for one in found.skipped]
    assert [(at, failed) for at, failed, _ in told] == [(1, False), (2, False), (4, True)]
    assert "no message" in told[0][2] and told[2][2] == "no time stands with it"
    assert found.balanced


def test_a_page_of_nothing_but_boxes_without_a_time_is_not_passed_over(tmp_path: Path) -> None:
    talk = page(*[BOX.format("Ana", message("Hello"), "")] * 20)
    found = facebook(tmp_path, messages__inbox__ana_1__message_1=talk)
    assert sum(one.failed for one in found.skipped) >= 10 and found.balanced


def test_a_time_in_a_language_that_is_not_known_says_so(tmp_path: Path) -> None:
    talk = page(BOX.format("Ana", message("Hello"), "Mehefin 5, 2020 9:00:01am"))
    (one,) = facebook(tmp_path, messages__inbox__ana_1__message_1=talk).skipped
    assert one.failed and "a language not known here" in one.detail


@pytest.mark.parametrize(
    ("note", "name", "made_at", "since", "hours"),
    [
        (
            "<div>Generated by Glen on the Hill on Tuesday, October 5, 2021 at 8:34 PM UTC+06:00",
            "Glen on the Hill",
            "2021-10-05T14:34:00Z",
            None,
            6,
        ),
        (
            "<div>Générée par Glen le Samedi 24 décembre 2022, 14:53 UTC+01:00<div>Contient des "
            "données du 3 septembre 2014, 00:00 au 30 novembre 2022, 00:00</div>",
            "Glen",
            "2022-12-24T13:53:00Z",
            "2014-09-02T23:00:00Z",
            1,
        ),
        (
            "<div>Generado por Ana el Jueves, 9 de mayo de 2024 a las 21:15 UTC-07:00<div>Contiene "
            "los datos desde 1 de enero de 2004 a la 1:00 hasta 8 de mayo de 2024 a las 21:01",
            "Ana",
            "2024-05-10T04:15:00Z",
            "2004-01-01T08:00:00Z",
            -7,
        ),
        ("<div>Made at 5 May 2021, 14:53 UTC</div>", None, "2021-05-05T14:53:00Z", None, 0),
    ],
)
def test_pages_until_2024_say_in_words_when_they_were_made(
    note: str, name: str | None, made_at: str, since: str | None, hours: int
) -> None:
    told = read_words(note)
    assert (told.name, told.made_at, told.since) == (name, made_at, since)
    assert told.offset == dt.timedelta(hours=hours)


@pytest.mark.parametrize("note", ["", "<div></div>", "5 May 2021, 14:53 UTC+99:00", "UTC"])
def test_a_note_that_says_no_moment_says_nothing(note: str) -> None:
    assert read_words(note).made_at is None


@pytest.mark.parametrize("kind", ["_4t5o", "_a707", "_aoaa"])
def test_the_clock_that_a_page_states_in_words_is_the_pages(tmp_path: Path, kind: str) -> None:
    note = f'<div class="{kind}"><div>Generated by Glen on Tuesday, October 5, 2021 at 8:34 PM '
    talk = page(BOX.format("Ana", message("Hello"), "Oct 5, 2021 2:16:00pm"))
    found = facebook(
        tmp_path, index=page(f"{note}UTC+06:00</div></div>"), messages__inbox__a_1__message_1=talk
    )
    assert found.of(Kind.MESSAGE)[0].created_at == "2021-10-05T08:16:00Z"
    assert found.download is not None and found.download.generated_at == "2021-10-05T14:34:00Z"
    assert found.download.identity.display_name == "Glen"


def test_requests_to_talk_beside_the_conversations_are_messages(tmp_path: Path) -> None:
    talk = page(BOX.format("Ana", message("Hello"), "May 5, 2020 9:00 am"))
    name = "your_instagram_activity/message_requests/ana_123456/message_1.html"
    assert [one.text for one in instagram(tmp_path, name, talk).of(Kind.MESSAGE)] == ["Hello"]


def test_comments_of_early_2022_stand_in_no_table(tmp_path: Path) -> None:
    body = "<div><div><div>Well done</div></div><div>26 фев 2022 г., 07:11</div></div>"
    text = page(
        '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><div class="_3-95 _2pim _a6-h '
        f'_a6-i">cityofglen</div><div class="_a6-p">{body}</div><div class="_3-94 _a6-o"></div>'
        "</div>"
    )
    (one,) = instagram(tmp_path, "comments/post_comments.html", text).of(Kind.COMMENT)
    assert (one.text, one.created_at) == ("Well done", "2022-02-26T15:11:00Z")
    assert [person.display_name for person in one.recipients] == ["cityofglen"]


def test_a_profile_is_known_in_other_languages(tmp_path: Path) -> None:
    row = '<table><tr><td colspan="2">{}<div><div>{}</div></div></td></tr></table>'
    text = page(row.format("Nome utente", "glen"), row.format("Nome", "City of Glen"))
    found = instagram(tmp_path, "account_information/personal_information.html", text)
    assert found.download is not None
    identity = found.download.identity
    assert (identity.handle, identity.display_name) == ("glen", "City of Glen")


def test_a_profile_that_shows_nothing_is_told_and_is_no_fault(tmp_path: Path) -> None:
    fields = {"Private Account": {"href": "", "value": "True", "timestamp": 0}}
    profile = {"text_post_app_text_post_app_profile": [{"string_map_data": fields}]}
    path = small(tmp_path / "a.zip", {"threads/personal_information.json": profile})
    (one,) = walked(path, "threads").skipped
    assert not one.failed and "everybody sees" in one.detail


def test_pages_that_are_followed_are_a_list_in_the_folder_of_2022_too(tmp_path: Path) -> None:
    text = page(BOX.format("City of Pines", "", "May 5, 2020 9:00:01am"))
    name = "pages_and_profiles__pages_and_profiles_you_follow"
    found = facebook(tmp_path, posts__your_posts_1=page(), **{name: text})
    assert [one.display_name for one in found.listed(Relation.FOLLOWING)] == ["City of Pines"]


def test_an_encrypted_conversation_without_messages_says_so(tmp_path: Path) -> None:
    talk = {"participants": ["Ana", "Glen"], "threadName": "Ana_0", "massages": []}
    good = {"participants": ["Bo", "Glen"], "threadName": "Bo_1", "messages": []}
    found = walked(small(tmp_path / "a.zip", {"Ana_0.json": talk, "Bo_1.json": good}), "facebook")
    assert any("no messages" in one.reason for one in found.files.values())


def test_a_month_is_one_in_every_language_or_none() -> None:
    for word, number in (("Jun", 6), ("juil", 7), ("août", 8), ("MAR", 3), ("ноя", 11), ("mrt", 3)):
        assert month_of(word) == number
    for word in ("jui", "ma", "", "group", "12"):
        assert month_of(word) is None
