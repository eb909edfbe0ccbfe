"""What an agency saved from Nextdoor, read by the mapping that lies beside it."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from archiver.demo.nextdoor_download import (
    NEXTDOOR_ACCOUNT,
    one_page_pdf,
    write_nextdoor_download,
)
from archiver.errors import InputError
from archiver.exports.known import recognise
from archiver.exports.nextdoor.mapping import agency_rules, parse_mapping, read_mapping
from archiver.exports.reader import open_download
from archiver.items import AuthorRole, Kind, Relation
from tests.exports.opened import Walked, walked, zipped

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HEAD = """format = "archiver-mapping"
version = 1
[account]
handle = "city-of-alder-glen"
display_name = "City of Alder Glen"
saved_at = "2026-11-01T12:00:00Z"
time_zone = "America/Los_Angeles"
"""
PAGE = """<div class="post"><a href="/profile/1/?is=feed_author">City of Alder Glen</a>
<a href="/p/AbC-1?x=1">2 days ago</a>
<div data-testid="styled-text"><p>Pool &amp; park</p><p>closed<br>today</p></div>
<div class="js-media-comment" id="c1"><a class="comment-detail-author-name">Ada</a>
<span class="Linkify">Why?</span></div>
<div class="js-media-comment" id="c2"><a class="comment-detail-author-name">City of Alder Glen</a>
<span class="Linkify">Repairs.</span></div></div>
<div class="post"><a href="/profile/2/?is=feed_author">Bo</a>
<div data-testid="styled-text">Lost cat</div>
<div class="js-media-comment" id="c3"><span class="Linkify">Found it</span></div></div>"""


def saved(tmp_path: Path, mapping: str = HEAD, **files: str | bytes) -> Walked:
    named = {name.replace("__", "."): content for name, content in files.items()}
    return walked(zipped(tmp_path / "saved.zip", {"nextdoor.toml": mapping} | named))


@pytest.mark.parametrize("semicolons", [False, True])
def test_a_table_a_page_and_a_print_are_read_by_the_ready_mapping(
    tmp_path: Path, semicolons: bool
) -> None:
    path = tmp_path / "nextdoor.zip"
    write_nextdoor_download(path, count=30, generated_at=NOW, semicolons=semicolons)
    found = walked(path)
    assert found.balanced
    assert not found.failed
    assert len(found.of(Kind.POST, "post")) == 30
    assert len(found.of(Kind.COMMENT)) == 24
    assert len(found.of(Kind.POST, "printed page")) == 1
    assert found.files["Nextdoor.html"].joined == 12
    assert [one.detail for one in found.skipped] == [
        "somebody else's post: no record of the agency"
    ]
    assert found.download.identity.handle == NEXTDOOR_ACCOUNT.handle
    assert found.download.generated_at == "2026-11-01T12:00:00Z"
    assert len({one.native_id for one in found.items}) == len(found.items)


def test_the_table_gives_posts_their_time_in_the_zone_the_mapping_names(tmp_path: Path) -> None:
    table = "Date Posted,Body,Link\n07/01/2026 09:00 AM,Text,https://nextdoor.com/p/AbC-1\n"
    (post,) = saved(tmp_path, a__csv=table).items
    assert post.created_at == "2026-07-01T16:00:00Z"
    assert post.native_id == "AbC-1"
    assert post.author.role is AuthorRole.AGENCY


def test_a_page_gives_the_agencys_posts_and_what_is_said_below_them(tmp_path: Path) -> None:
    found = saved(tmp_path, a__html=PAGE)
    (post,) = found.of(Kind.POST)
    assert post.text == "Pool & park\n\nclosed\ntoday"
    assert post.native_id == "AbC-1"
    assert post.url == "https://nextdoor.com/p/AbC-1?x=1"
    assert post.created_at is None
    answers = found.of(Kind.COMMENT)
    assert [(one.native_id, one.text, one.author.role) for one in answers] == [
        ("c1", "Why?", AuthorRole.PUBLIC),
        ("c2", "Repairs.", AuthorRole.AGENCY),
    ]
    assert {one.parent_id for one in answers} == {"AbC-1"}


def test_a_neighbours_post_and_what_stands_below_it_is_nobodys_record(tmp_path: Path) -> None:
    found = saved(tmp_path, a__html=PAGE)
    told = b"".join(one.raw + one.stable for one in found.items)
    assert b"Lost cat" not in told
    assert b"Found it" not in told
    assert found.balanced


def test_how_long_ago_is_no_time_and_anything_else_is_named(tmp_path: Path) -> None:
    ago = PAGE.replace("Lost cat", "x")
    assert not saved(tmp_path, a__html=ago).failed
    odd = 'Date Posted,Body\n"Next Tuesday, perhaps",Text\n'
    found = saved(tmp_path, a__csv=odd)
    assert found.failed[0].detail.startswith("line 2: created_at is 'Next Tuesday")


def test_a_print_is_kept_whole_as_text_and_as_the_file_it_is(tmp_path: Path) -> None:
    found = saved(tmp_path, a__pdf=one_page_pdf("Pool (closed) today"))
    (post,) = found.items
    assert post.text == "Pool (closed) today"
    assert post.media[0].key == "a.pdf"
    opened = found.download.open_media(post.media[0])
    assert opened is not None
    with opened as stream:
        assert stream.read(5) == b"%PDF-"


def test_a_pattern_parts_a_print_into_records(tmp_path: Path) -> None:
    mapping = HEAD + (
        '[[files]]\nfiles = "*.txt"\ntimes = ["%m/%d/%Y"]\n'
        r"each = '^On (?P<created_at>\d+/\d+/\d+): (?P<text>[^\n]+)'"
    )
    found = saved(tmp_path, mapping, a__txt="On 07/01/2026: One\nOn 07/02/2026: Two\n")
    assert [(one.text, one.created_at) for one in found.items] == [
        ("One", "2026-07-01T07:00:00Z"),
        ("Two", "2026-07-02T07:00:00Z"),
    ]


def test_a_city_can_name_its_own_columns_and_selectors(tmp_path: Path) -> None:
    mapping = HEAD + (
        '[[files]]\nfiles = "log*.csv"\nkind = "comment"\n[files.fields]\ntext = "Was gesagt"\n'
        'author_name = "Wer"\nid = { from = "Nr", match = "([0-9]+)" }\n'
    )
    found = saved(tmp_path, mapping, log1__csv="Nr;Wer;Was gesagt\nN-12;Ada;Hallo\n")
    (one,) = found.items
    assert (one.kind, one.native_id, one.text) == (Kind.COMMENT, "12", "Hallo")
    assert one.author.role is AuthorRole.PUBLIC


def test_a_table_without_the_columns_of_the_mapping_says_which_it_looked_for(
    tmp_path: Path,
) -> None:
    found = saved(tmp_path, a__csv="One,Two\n1,2\n")
    assert "no line names the columns one of" in found.files["a.csv"].reason


def test_pictures_saved_with_a_page_belong_to_its_post(tmp_path: Path) -> None:
    picture = '<img data-testid="resized-image" src="./a_files/x.jpg?w=1">'
    page = PAGE.replace("closed<br>", f"{picture}closed<br>")
    files = {"nextdoor.toml": HEAD, "in/nextdoor.toml": "", "a.html": page, "a_files/x.jpg": b"1"}
    found = walked(zipped(tmp_path / "a.zip", files))
    assert found.of(Kind.POST)[0].media[0].key == "a_files/x.jpg"


def test_a_pattern_that_takes_for_ever_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.exports.nextdoor.told.PATIENCE", 0.05)
    mapping = HEAD + "[[files]]\nfiles = \"*.txt\"\neach = '(?P<text>(a|aa)+)$'\n"
    found = saved(tmp_path, mapping, a__txt="a" * 60 + "b")
    assert "takes too long" in found.files["a.txt"].reason


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("handle = 1", "no TOML"),
        ("[[files]]\ncolour = 1\n", "colour"),
        ('[[files]]\nkind = "tweet"\n', "kind must be one of"),
        ('[[files]]\n[files.fields]\nmood = "x"\n', "known are"),
        ('[[files]]\n[files.fields]\ntext = { from = "a", match = "(" }\n', "no pattern"),
        ('[[files]]\nfiles = "a.html"\neach = "div[["\n', "no CSS selector"),
        ("files = 1", "not known: files"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(change: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as raised:
        parse_mapping((HEAD + change).encode(), "mapping.toml")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("name", ["saved_at", "handle", "time_zone"])
def test_a_mapping_without_what_it_must_say_is_refused(name: str) -> None:
    lines = [line for line in HEAD.splitlines() if not line.startswith((name, "display_name"))]
    if name == "time_zone":
        lines = [*lines, 'time_zone = "Pacific"']
    with pytest.raises(InputError):
        parse_mapping("\n".join(lines).encode(), "mapping.toml")


def test_a_mapping_is_read_from_a_file_for_whoever_names_one(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text(HEAD, "utf-8")
    assert read_mapping(path).rules == agency_rules()
    with pytest.raises(InputError, match="cannot be read"):
        read_mapping(tmp_path / "none.toml")


def test_coverage_claims_nothing_whole(tmp_path: Path) -> None:
    found = saved(tmp_path, a__html=PAGE)
    lines = {line.what: line for line in found.download.coverage("2026-11-01T12:00:00Z", {}, False)}
    assert lines[Kind.POST].state == "partial"
    assert lines[Relation.FOLLOWER].state == "none"


def test_a_mapping_given_beside_the_files_is_one_part_of_what_was_given(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(HEAD, "utf-8")
    (tmp_path / "posts.csv").write_text("Body,Link\nText,https://nextdoor.com/p/AbC\n", "utf-8")
    with open_download(tmp_path / "posts.csv", tmp_path / "mapping.toml") as reader:
        (found,) = recognise(reader)
        pages = list(found.open(reader).walk())
    assert [one.native_id for page in pages for one in page.items] == ["AbC"]
