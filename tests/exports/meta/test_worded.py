"""A box of nothing but words is read off its bytes, and says what its nodes would have said."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.demo import facebook_download, instagram_download
from archiver.exports.counting import RECORDS, FileCount
from archiver.exports.facebook.post_pages import PostPages
from archiver.exports.meta import boxes
from archiver.exports.meta.boxes import Box, read_boxes
from archiver.exports.meta.conversation_pages import ConversationPages
from archiver.exports.meta.dates import agency_clock
from archiver.exports.meta.lists import NamedPeople
from archiver.exports.meta.members import Members
from archiver.exports.meta.told import Account
from archiver.exports.meta.worded import Line, Worded, read_worded
from archiver.items import Author, AuthorRole, Item, Kind, Relation, Skipped, Subscriber
from tests.exports.meta.walked import walked

ACCOUNT = Account(
    "facebook",
    Author("1", None, "City of Alder Glen", AuthorRole.AGENCY),
    frozenset({"City of Alder Glen"}),
    Members("", frozenset(), {}, (), frozenset()),
)
POST = (
    b'<section class="_a6-g" aria-labelledby="u_0_1"><h2 class="_2ph_ _a6-h _a6-i" id="u">Glen'
    b' wrote &amp; said.</h2><div class="_2ph_ _a6-p"><div><div class="_2pin"><div>One<br />two'
    b' &lt;3</div></div><div></div></div></div><footer class="_3-94 _a6-o"><a target="_blank" '
    b'href="https://www.facebook.com/dyi/l/?l=x&amp;y"><div class="_a72d">Aug 3, 2026 2:09:27 pm'
    b"</div></a></footer></section>"
)


def read(raws: bytes, kind: str) -> list[tuple[object, ...]]:
    """What is read of a page of boxes by one of the readers of pages."""
    page = b"<html><body><main>" + raws + b"</main></body></html>"
    count = FileCount("a.html", "x", None, 0, RECORDS)
    clock = agency_clock()
    posts, talks = PostPages(ACCOUNT, clock), ConversationPages(ACCOUNT, clock)
    people = NamedPeople(ACCOUNT, Relation.FOLLOWER, clock)
    reading = {
        "posts": posts.read,
        "comments": posts.read_comments,
        "messages": talks.read,
        "people": people.read_page,
    }[kind]
    return [told(one) for one in reading(io.BytesIO(page), count, "a.html", "t/a.html")]


def told(one: Item | Subscriber | Skipped) -> tuple[object, ...]:
    """What is read of a box beside its place among others."""
    if isinstance(one, Item):
        mark = one.native_id.removeprefix("derived:").partition("-")[0]
        return (mark, one.text, one.form, one.created_at, one.edited_at, one.author, one.stable)
    if isinstance(one, Subscriber):
        return (one.native_id.removeprefix("derived:").partition("-")[0], one.display_name)
    return (one.detail, one.raw)


def test_the_words_of_a_box_are_its_heading_its_lines_and_its_time() -> None:
    lines = (Line(True, "One\ntwo <3"), Line(False, ""))
    assert read_worded(POST) == Worded("Glen wrote & said.", lines, "Aug 3, 2026 2:09:27 pm")


@pytest.mark.parametrize(
    "changed",
    [
        POST.replace(b"One<br />", b"<b>One</b>"),
        POST.replace(b"One", b'<a href="x">One</a>'),
        POST.replace(b"One", b"O\xffne"),
        POST.replace(b"One", b"O\0ne"),
        POST.replace(b"One", b"O\rne"),
        POST.replace(b"One", b"O&hearts;ne"),
        POST.replace(b"One", b"O&ne"),
        POST.replace(b"_a6-h", b"_a6-x"),
        POST.replace(b"_a6-h", b"_a6-h _a6-o"),
        POST.replace(b"_a6-p", b"_a6-p _2pin"),
        POST.replace(b'class="_2pin"', b'class="_2pin _a6-o"'),
        POST.replace(b'id="u"', b"id=u"),
        POST.replace(b'id="u"', b'id="u" class="_a6-o">x</h2><h2 '),
        POST.replace(b"</footer>", b"</footer><p></p>"),
        POST.replace(b"_2pin", b"_2PIN"),
        POST.replace(b"_a6-h", b"_A6-H"),
        POST.replace(b"_2ph_ _a6-h", b"_2ph_\x0b_a6-h"),
        POST + b" ",
    ],
)
def test_whatever_is_built_otherwise_is_read_by_its_nodes(changed: bytes) -> None:
    assert changed != POST and read_worded(changed) is None


WORDS = st.text(st.characters(codec="utf-8"), max_size=12).map(
    lambda text: text.replace("<", "").replace("&", "&amp;").encode()
)
MARKUP = b"<br />|<br>|&#039;|&nbsp;|&x|&|<b>|<div>|</div>|<a href='x.jpg'>|Group: x".split(b"|")
UPDATED = b"Updated Aug 3, 2026 2:10 pm"
TEXTS = st.one_of(
    WORDS,
    st.lists(st.one_of(WORDS, st.sampled_from([*MARKUP, UPDATED])), max_size=5).map(b"".join),
)
CLASSES = st.sampled_from(b"_2ph_ _a6-h|_a6-p|x _a6-o y|_2lel|_2let|_2lem|_2pin||_a72d".split(b"|"))
TIMES = st.sampled_from(
    b"Aug 3, 2026 2:09:27 pm|Aug 03, 2026, 2:09 PM| 3 de agosto de 2026, 14:09 ||yesterday"
    b"|Nov 1, 2026 1:30 am|Mar 8, 2026 2:30:00 am|Foo 3, 2026 2:09 pm".split(b"|")
)
NESTED = ((b"", b""), (b"<div>", b"</div>"))
LINES = st.lists(
    st.builds(
        lambda of, nested, text: b"<div%b>%b</div>" % (of, text.join(NESTED[nested])),
        st.sampled_from([b"", b' class="_2pin"', b' class="_2pin _3-95"', b' class="x"']),
        st.booleans(),
        TEXTS,
    ),
    max_size=4,
).map(b"".join)
BENEATH = st.sampled_from(
    [
        b'<a href="https://x.example/?a&amp;b"><div class="_a72d">%b</div></a>',
        b'<div class="_a72d">%b</div>',
        b'<a href="x">%b</a>',
        b"%b",
    ]
)


@st.composite
def box(draw: st.DrawFn) -> bytes:
    """A box of Meta's pages, or what looks like one."""
    outer, head, foot = draw(
        st.sampled_from([(b"section", b"h2", b"footer"), (b"div", b"div", b"div")])
    )
    odd = draw(st.integers(0, 5)) == 0
    names = [draw(CLASSES) for _ in range(3)] if odd else [b"_a6-h a", b"a _a6-p", b"_a6-o"]
    time, beneath = draw(TIMES), draw(BENEATH)
    body = draw(st.sampled_from([b"<div>%b</div>", b"%b", b"<div></div>%b"])) % draw(LINES)
    return b'<%b class="_a6-g" id="a"><%b class="%b">%b</%b><div class="%b">%b</div>' % (
        *(outer, head, names[0], draw(TEXTS), head, names[1], body),
    ) + b'<%b class="%b">%b</%b></%b>' % (foot, names[2], beneath % time, foot, outer)


@given(raw=box(), kind=st.sampled_from(["posts", "comments", "messages", "people"]))
def test_a_box_says_the_same_off_its_bytes_as_by_its_nodes(raw: bytes, kind: str) -> None:
    # three of them: the first box of a page is always read by its nodes
    quick = read(raw * 3, kind)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(boxes, "read_worded", by_nodes)
        assert read(raw * 3, kind) == quick


def by_nodes(raw: bytes) -> None:
    """Takes no box for one of nothing but words."""


PAGES = [
    ("facebook", facebook_download.Layout.OLD_PAGES),
    ("facebook", facebook_download.Layout.MIDDLE_PAGES),
    ("facebook", facebook_download.Layout.NEW_PAGES),
    ("instagram", instagram_download.Layout.PAGES),
    ("instagram", instagram_download.Layout.SPANISH_PAGES),
]


@pytest.mark.parametrize(("platform", "layout"), PAGES)
def test_a_download_of_pages_is_read_the_same_either_way(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    platform: str,
    layout: facebook_download.Layout | instagram_download.Layout,
) -> None:
    path = tmp_path / "a.zip"
    if isinstance(layout, facebook_download.Layout):
        facebook_download.write_facebook_download(path, layout, 150)
    else:
        instagram_download.write_instagram_download(path, layout, 150)
    quick = walked(path, platform)
    monkeypatch.setattr(boxes, "read_worded", by_nodes)
    slow = walked(path, platform)
    assert quick.items == slow.items and quick.people == slow.people
    assert {one.kind for one in quick.items} >= {Kind.POST, Kind.COMMENT, Kind.MESSAGE}


def test_most_boxes_of_a_download_are_read_off_their_bytes() -> None:
    met: list[bool] = []

    def make(one: Box) -> Iterator[Item]:
        met.append(one.lines is not None)
        yield from ()

    page = b"<html><body>" + POST * 10 + b"</body></html>"
    count = FileCount("a.html", "x", None, 0, RECORDS)
    for _ in read_boxes(io.BytesIO(page), count, "a.html", agency_clock(), make, worded=True):
        pass
    assert met == [False, *[True] * 9]
