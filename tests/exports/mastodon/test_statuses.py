"""Every field of a post: what it says, to whom, under what, with what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.exports.mastodon.markup import readable
from archiver.items import Kind, Visibility
from tests.exports.mastodon.archives import (
    ACTOR,
    FOLLOWERS,
    HOST,
    OWN,
    PUBLIC,
    Walked,
    create,
    note,
    only,
    outbox,
    walked,
    zipped,
)

ANN = "https://other.example.net/users/ann"
MENTION = {"type": "Mention", "href": ANN, "name": "@ann@other.example.net"}


@pytest.mark.parametrize(
    ("to", "cc", "kind", "visibility"),
    [
        ([PUBLIC], [FOLLOWERS], Kind.POST, Visibility.PUBLIC),
        (["as:Public"], [FOLLOWERS, ANN], Kind.POST, Visibility.PUBLIC),
        ([FOLLOWERS], [PUBLIC], Kind.POST, Visibility.PUBLIC),
        ([FOLLOWERS], [ANN], Kind.POST, Visibility.PRIVATE),
        ([ANN], [], Kind.MESSAGE, Visibility.PRIVATE),
        (ANN, None, Kind.MESSAGE, Visibility.PRIVATE),
        ([ANN], [f"{ANN}/followers"], Kind.MESSAGE, Visibility.PRIVATE),
        ([], [], Kind.MESSAGE, Visibility.PRIVATE),
    ],
)
def test_whom_it_addresses_says_who_may_see_it(
    tmp_path: Path, to: Any, cc: Any, kind: Kind, visibility: Visibility
) -> None:
    item = only(walked(tmp_path, create(note(to=to, cc=cc))))
    assert (item.kind, item.visibility) == (kind, visibility)


def test_a_private_mention_names_its_conversation_and_whom_it_went_to(tmp_path: Path) -> None:
    told = note(to=[ANN], cc=[], tag=[MENTION], conversation="tag:x,2026:objectId=4")
    item = only(walked(tmp_path, create(told)))
    assert item.root_id == "tag:x,2026:objectId=4"
    assert [(one.native_id, one.handle) for one in item.recipients] == [
        (ANN, "ann@other.example.net")
    ]
    assert item.form == "private mention"


def test_unlisted_and_followers_only_posts_are_said_in_the_report(tmp_path: Path) -> None:
    found = walked(
        tmp_path,
        create(note(1, to=[FOLLOWERS], cc=[PUBLIC])),
        create(note(2, to=[FOLLOWERS], cc=[])),
    )
    assert any(line.startswith("1 posts are unlisted") for line in found.notes)
    assert any(line.startswith("1 posts are for followers only") for line in found.notes)


def test_a_post_of_an_own_server_answers_by_id_and_one_elsewhere_by_address(tmp_path: Path) -> None:
    near = only(walked(tmp_path, create(note(2, inReplyTo=f"{OWN}/statuses/1"))))
    assert (near.native_id, near.parent_id, near.form) == ("2", "1", "reply")
    far = only(walked(tmp_path, create(note(2, inReplyTo=f"{ANN}/statuses/9"))))
    assert far.parent_id == f"{ANN}/statuses/9"


def test_a_boost_is_a_repost_of_what_it_boosts(tmp_path: Path) -> None:
    boost = {
        "id": f"{OWN}/statuses/7/activity",
        "type": "Announce",
        "actor": OWN,
        "published": "2026-03-01T10:00:00Z",
        "to": [PUBLIC],
        "cc": [ANN, FOLLOWERS],
        "object": f"{ANN}/statuses/9",
    }
    item = only(walked(tmp_path, boost))
    assert (item.form, item.native_id) == ("repost", "7")
    assert item.parent_id == item.root_id == f"{ANN}/statuses/9"
    inside = only(walked(tmp_path, {**boost, "object": note(3)}))
    assert inside.parent_id == "3"


def test_a_content_warning_and_the_choices_of_a_poll_stand_in_the_text(tmp_path: Path) -> None:
    options = [
        {"type": "Note", "name": name, "replies": {"type": "Collection", "totalItems": votes}}
        for name, votes in (("Yes", 4), ("No", 0))
    ]
    poll = note(summary="Budget", type="Question", anyOf=options, votersCount=4, sensitive=True)
    item = only(walked(tmp_path, create(poll)))
    assert item.text == "CW: Budget\n\ntext 1\n\n○ Yes\n○ No"
    assert item.form == "poll"
    assert item.metrics == {"voters": 4, "votes for Yes": 4, "votes for No": 0}


def test_counts_and_the_way_it_is_written_make_no_new_version_but_words_do(tmp_path: Path) -> None:
    first = only(walked(tmp_path, create(note(likes={"totalItems": 1}))))
    link = '<p>text <a href="https://example.com" rel="x">example.com</a></p>'
    counted = only(walked(tmp_path, create(note(likes={"totalItems": 5}, replies={"id": "x"}))))
    assert first.stable == counted.stable
    assert counted.metrics == {"likes": 5}
    one = only(walked(tmp_path, create(note(content=link))))
    two = only(walked(tmp_path, create(note(content=link.replace('rel="x"', 'class="y"')))))
    other = only(walked(tmp_path, create(note(content=link.replace(".com", ".org")))))
    assert one.stable == two.stable != other.stable
    assert only(walked(tmp_path, create(note(sensitive=True)))).stable != first.stable


def test_an_edit_a_language_a_quote_and_a_preview_are_kept(tmp_path: Path) -> None:
    quoted = f"{ANN}/statuses/3"
    told = note(
        updated="2026-03-02T10:00:00Z",
        contentMap={"es": "<p>text 1</p>"},
        quote=quoted,
        attachment=[{"type": "Link", "href": "https://example.com/news"}],
        url=f"{HOST}/@city/1",
    )
    item = only(walked(tmp_path, create(told)))
    assert item.edited_at == "2026-03-02T10:00:00Z"
    assert item.language == "es"
    assert (item.form, item.parent_id) == ("quote", quoted)
    assert item.links == ("https://example.com/news", quoted)
    assert item.media == ()
    assert item.url == f"{HOST}/@city/1"


@pytest.mark.parametrize(
    "prefix", ["", "/", "/bucket/", "https://files.example.org/", "/system/cache/"]
)
def test_a_picture_is_found_wherever_the_server_kept_it(tmp_path: Path, prefix: str) -> None:
    path = "media_attachments/files/109/302/original/a.png"
    picture = {
        "type": "Document",
        "mediaType": "image/png",
        "url": prefix + path,
        "name": "The pool",
        "focalPoint": [0.1, 0.2],
    }
    told = create(note(attachment=[picture]))
    found = walked(tmp_path, told, **{path: b"png", "media_attachments/files/1/b.png": b"x"})
    (ref,) = only(found).media
    assert (ref.key, ref.alt_text, ref.media_type) == (path, "The pool", "image/png")
    assert ref.available
    assert found.download.unmatched_media == 1
    (missing,) = only(walked(tmp_path, told)).media
    assert not missing.available


def test_a_picture_of_pleroma_is_named_as_not_held(tmp_path: Path) -> None:
    link = {"type": "Link", "href": "https://x.example/media/a.png", "mediaType": "image/png"}
    told = note(attachment=[{"type": "Document", "name": "Pool", "url": [link]}])
    (ref,) = only(walked(tmp_path, create(told))).media
    assert (ref.url, ref.available, ref.alt_text) == (link["href"], False, "Pool")


def test_the_profile_is_what_a_resident_sees(tmp_path: Path) -> None:
    actor = {
        **ACTOR,
        "attachment": [
            {"type": "PropertyValue", "name": "Web", "value": '<a href="https://x">x</a>'}
        ],
        "icon": {"type": "Image", "mediaType": "image/png", "url": "avatar.png"},
        "image": {"type": "Image", "mediaType": "image/png", "url": "header.png"},
    }
    files = {
        "outbox.json": outbox(),
        "actor.json": json.dumps(actor).encode(),
        "avatar.png": b"png",
    }
    found = Walked(zipped(tmp_path / "a.zip", files))
    (item,) = found.items
    assert item.text == "City of Alder Glen\nNews.\nWeb: x"
    assert (item.native_id, item.created_at) == (OWN, "2022-11-07T00:00:00Z")
    assert [(ref.key, ref.available) for ref in item.media] == [
        ("avatar.png", True),
        ("header.png", False),
    ]
    assert found.download.identity.handle == "city@social.example.org"


def test_without_an_actor_the_first_activity_says_whose_it_is(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"outbox.json": outbox(create(note(to=[FOLLOWERS], cc=[])))})
    found = Walked(path)
    assert found.download.identity.handle == "city@social.example.org"
    assert only(found).visibility is Visibility.PRIVATE
    assert any("actor.json is missing" in line for line in found.notes)


def test_what_is_unknown_or_broken_costs_itself_alone(tmp_path: Path) -> None:
    found = walked(
        tmp_path,
        create(note(1)),
        {"type": "Move", "id": "x", "object": OWN},
        create({**note(2), "type": "Hologram"}),
        create({**note(3), "id": 5}),
        "a text",
        create({**note(4), "oneOf": 5}),
        create(note(5)),
    )
    assert [item.native_id for item in found.items if item.form == "post"] == ["1", "5"]
    assert [one.position for one in found.skipped] == [1, 2, 3, 4, 5]
    assert all(one.failed and one.raw for one in found.skipped)
    assert "unknown type Move" in found.skipped[0].detail
    assert found.adds_up()


def test_a_count_of_the_server_that_is_not_ours_is_told(tmp_path: Path) -> None:
    files = {
        "outbox.json": outbox(create(note(1)), create(note(2, to=[ANN], cc=[])), totalItems=9),
        "actor.json": json.dumps(ACTOR).encode(),
    }
    found = Walked(zipped(tmp_path / "a.zip", files))
    assert any("counts 9 posts (private mentions apart) and wrote 1" in one for one in found.notes)


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one<br />two</p><p>three</p>", "one\ntwo\n\nthree"),
        ("<p>a &amp; b &lt;c&gt;</p>", "a & b <c>"),
        ("plain &amp; simple", "plain & simple"),
        ("<ul><li>x</li><li>y</li></ul>", "• x\n• y"),
        ("<blockquote><p>said</p></blockquote><p>so</p>", "said\n\nso"),
        ('<p><a href="u" class="u-url mention">@<span>ann</span></a> hi</p>', "@ann hi"),
        (
            '<a href="https://example.com/a/long"><span class="invisible">https://</span>'
            '<span class="ellipsis">example.com/a</span><span class="invisible">/long</span></a>',
            "https://example.com/a/long",
        ),
        ("<p>שלום <b>עולם</b> 👋🏽</p>", "שלום עולם 👋🏽"),
        ("<p>half \ud83d</p>", "half �"),
    ],
)
def test_markup_is_read_as_a_person_reads_it(html: str, text: str) -> None:
    assert readable(html).text == text


_PIECES = st.sampled_from(
    (
        *("<p>", "</p>", "<br />", "<br>", '<span class="invisible">', "</span>", "</a>", "a", " "),
        *('<a href="https://x.example/?a=1&amp;b=2" rel="x">', "&lt;b&gt;", "&#39;", "\n", "é 👋"),
        '<a href="https://y.example/@ann" class="u-url mention">',
    )
)


@given(st.lists(_PIECES, max_size=30))
@settings(max_examples=300, deadline=None)
def test_the_short_way_reads_what_the_parser_reads(pieces: list[str]) -> None:
    paragraphs = "".join(pieces).replace("</a>", "</a><wbr>")
    usual = paragraphs.replace("<wbr>", "")
    assert _words(readable(usual).text) == _words(readable(paragraphs + "<wbr>").text)


def _words(text: str) -> list[str]:
    return text.split()


@given(st.text(max_size=300))
@settings(max_examples=200, deadline=None)
def test_any_markup_is_read_without_a_fault(text: str) -> None:
    readable(text)
    readable(f"<p>{text}</p>")


@pytest.mark.parametrize("tag", ["<b>", "<div>", "<p>", "<blockquote>", "<ul><li>", '<a href="x">'])
def test_markup_nested_without_end_is_read(tag: str) -> None:
    assert "end" in readable(tag * 100_000 + "end").text
