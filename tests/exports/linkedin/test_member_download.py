"""A member's LinkedIn download, in the layout of each era."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest

from archiver.demo.linkedin_download import ERAS, LINKEDIN_MEMBER, write_linkedin_download
from archiver.exports.linkedin.urns import comment_urn, made_at, member_name, post_urn
from archiver.exports.linkedin.writing import NotADateError, moment, plain_text, unescaped_line
from archiver.items import AuthorRole, Extent, Kind, Relation, Visibility
from tests.exports.opened import unzipped, walked, zipped

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HEAD = "Date,ShareLink,ShareCommentary,SharedUrl,MediaUrl,Visibility\n"
LINK = "https://www.linkedin.com/feed/update/urn%3Ali%3Ashare%3A7448081445065035776"


def rows(data: bytes, name: str) -> list[dict[str, str]]:
    """A table read plainly, without anything the importer knows."""
    wide = data.startswith(b"\xff\xfe")
    text = data.decode("utf-16" if wide else "utf-8")
    if "Comments_" in name:
        text = text.replace('\\"', '""')
    if text.startswith("Notes:"):
        text = text.split("\n\n", 1)[1]
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter="\t" if wide else ","))


@pytest.fixture(params=ERAS)
def download(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "Complete_LinkedInDataExport.zip"
    write_linkedin_download(path, count=240, era=request.param, generated_at=NOW)
    return path


def test_every_row_of_every_era_is_accounted_for(download: Path) -> None:
    found = walked(download)
    assert found.balanced
    assert not found.failed
    for name, data in unzipped(download).items():
        held = found.files.get(name)
        if name.endswith(".csv") and held is not None and held.state != "kept":
            assert held.read == len(rows(data, name)), name


def test_the_records_equal_what_plain_counting_says(download: Path) -> None:
    files = unzipped(download)
    found = walked(download)
    tables = {name.partition("_1")[0].removesuffix(".csv"): name for name in files}

    def plain(base: str) -> list[dict[str, str]]:
        return rows(files[tables[base]], tables[base])

    assert len(found.of(Kind.POST, "post")) == len(plain("Shares"))
    assert len(found.of(Kind.POST, "repost")) == len(plain("InstantReposts"))
    assert len(found.of(Kind.COMMENT, "comment")) == len(plain("Comments"))
    messages = found.of(Kind.MESSAGE, "message") + found.of(Kind.MESSAGE, "draft message")
    assert len(messages) == len(plain("messages"))
    words = [row for row in plain("Invitations") if row["Message"]]
    assert len(found.of(Kind.MESSAGE, "invitation")) == len(words)
    named = [row for row in plain("Connections") if row["First Name"]]
    assert len(found.on(Relation.FOLLOWER)) == len(named)
    assert {one.display_name for one in found.on(Relation.FOLLOWING)} == {
        "Alder County Water District",
        "Tamsin Okoye",
    }


def test_the_same_records_come_out_of_every_era(tmp_path: Path) -> None:
    told = []
    for era in ERAS:
        path = tmp_path / f"{era}.zip"
        write_linkedin_download(path, count=240, era=era, generated_at=NOW)
        posts = walked(path).of(Kind.POST, "post")
        told.append([(one.native_id, one.created_at, one.text, one.stable) for one in posts])
    assert told[0] == told[1] == told[2] == told[3]


def test_the_download_says_whose_it_is_and_how_old(download: Path) -> None:
    found = walked(download)
    assert found.download.identity.display_name == LINKEDIN_MEMBER.display_name
    assert found.download.identity.handle in (None, LINKEDIN_MEMBER.handle)
    assert found.download.generated_at == "2026-11-01T12:00:00Z"


def test_an_invitation_tells_the_address_of_the_account(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_linkedin_download(path, count=60, era=2026, generated_at=NOW)
    found = walked(path)
    assert found.download.identity.handle == LINKEDIN_MEMBER.handle
    own = {one.author.role for one in found.of(Kind.POST)}
    assert own == {AuthorRole.AGENCY}
    roles = {one.author.role for one in found.of(Kind.MESSAGE)}
    assert roles == {AuthorRole.AGENCY, AuthorRole.PUBLIC}


def test_ids_are_the_platforms_own_where_the_download_has_them(download: Path) -> None:
    found = walked(download)
    for post in found.of(Kind.POST, "post"):
        assert post.native_id.startswith(("urn:li:share:", "urn:li:ugcPost:", "urn:li:activity:"))
        assert post.created_at == made_at(post.native_id)
        assert post.url == f"https://www.linkedin.com/feed/update/{post.native_id}/"
    for comment in found.of(Kind.COMMENT, "comment"):
        assert comment.parent_id in {post.native_id for post in found.of(Kind.POST, "post")}
    assert all(one.native_id.startswith("derived:") for one in found.of(Kind.MESSAGE))
    assert len({(one.kind, one.native_id) for one in found.items}) == len(found.items)


def test_a_derived_id_is_the_same_in_a_later_download(tmp_path: Path) -> None:
    early, late = tmp_path / "early.zip", tmp_path / "late.zip"
    write_linkedin_download(early, count=120, era=2024, generated_at=NOW)
    write_linkedin_download(late, count=120, era=2026, generated_at=NOW)
    messages = [{one.native_id for one in walked(path).of(Kind.MESSAGE)} for path in (early, late)]
    assert messages[0] == messages[1]


def test_drafts_and_private_posts_stay_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_linkedin_download(path, count=600, era=2026, generated_at=NOW)
    found = walked(path)
    (article,) = found.of(Kind.POST, "draft article")
    assert article.visibility is Visibility.DRAFT
    assert found.of(Kind.MESSAGE, "draft message")
    private = [one for one in found.of(Kind.POST) if one.visibility is Visibility.PRIVATE]
    assert len(private) == sum(number % 50 == 7 for number in range(180))
    hidden = [one for one in found.of(Kind.COMMENT) if one.visibility is Visibility.HIDDEN]
    assert [one.text for one in hidden] == ["Reads every page."]


def test_the_home_address_on_the_profile_is_left_in_the_original(download: Path) -> None:
    (profile,) = walked(download).of(Kind.PROFILE)
    assert "Mayor of Alder Glen" in profile.text
    for told in (profile.raw, profile.stable, profile.text.encode()):
        assert b"Orchard Street" not in told
        assert b"1970" not in told


def test_an_upload_becomes_part_of_the_post_of_its_minute(download: Path) -> None:
    found = walked(download)
    held = found.files["Rich_Media.csv"]
    assert held.joined == held.read - 1
    (photo,) = found.of(Kind.POST, "upload")
    assert photo.text == "You changed your profile photo"
    assert photo.created_at == "2020-01-05T15:22:00Z"


def test_a_campaign_message_is_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    write_linkedin_download(path, count=240, era=2024, generated_at=NOW)
    letters = [one for one in walked(path).of(Kind.MESSAGE) if "Kind regards" in one.text]
    assert letters
    assert not any("<p" in one.text for one in letters)


def test_files_that_are_no_communication_are_kept_with_a_reason(download: Path) -> None:
    kept = {name: one for name, one in walked(download).files.items() if one.state == "kept"}
    assert {"Logins.csv", "Ad_Targeting.csv", "guide_messages.csv", "Jobs/Saved Jobs.csv"} <= set(
        kept
    )
    assert all(one.reason for one in kept.values())
    assert not any(one.data_type == "unknown" for one in kept.values())


def test_coverage_tells_a_court_what_such_a_download_cannot_hold(download: Path) -> None:
    found = walked(download)
    lines = {line.what: line for line in found.download.coverage("2026-11-01T12:00:00Z", {}, False)}
    assert lines[Kind.POST].state == "complete"
    assert lines[Kind.COMMENT].state == "partial"
    assert "what others wrote" in lines[Kind.COMMENT].reason
    assert lines[Relation.BLOCK].state == "none"
    assert Extent.NONE.value == "none"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2023-05-01 12:00:00", "2023-05-01T12:00:00Z"),
        ("2025-06-01 14:03:22 UTC", "2025-06-01T14:03:22Z"),
        ("2024/02/01 15:02:55 UTC", "2024-02-01T15:02:55Z"),
        ("5/1/23, 12:00 PM", "2023-05-01T12:00:00Z"),
        ("1/29/26, 2:37\u202fPM", "2026-01-29T14:37:00Z"),
        ("08 Feb 2026", "2026-02-08T00:00:00Z"),
        ("July 1, 2024 at 9:39 AM (GMT)", "2024-07-01T09:39:00Z"),
        ("", None),
    ],
)
def test_each_way_to_write_a_time_is_read(written: str, read: str | None) -> None:
    assert moment(written) == read


@pytest.mark.parametrize("written", ["yesterday", "2023-13-45 12:00:00", "a piece of a text"])
def test_what_is_no_time_is_no_guess(written: str) -> None:
    with pytest.raises(NotADateError):
        moment(written)


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('First"\n""\n"Second', "First\n\nSecond"),
        ('said ""hi""', 'said "hi"'),
        ('a "quoted" word', 'a "quoted" word'),
        ('First\nthe "second" line', 'First\nthe "second" line'),
        ("plain", "plain"),
        ('odd " mark and ""two""', 'odd " mark and ""two""'),
    ],
)
def test_marks_are_taken_back_only_where_all_are_doubled(cell: str, text: str) -> None:
    assert plain_text(cell) == text


def test_a_backslash_before_a_mark_is_read_and_any_other_is_left() -> None:
    assert unescaped_line('2026,"a \\"b\\" c"\n') == '2026,"a ""b"" c"\n'
    assert unescaped_line("C:\\temp and ¯\\_(ツ)_/¯\n") == "C:\\temp and ¯\\_(ツ)_/¯\n"
    assert unescaped_line('"ends in C:\\","INBOX"\n') == '"ends in C:\\","INBOX"\n'


def test_a_row_that_swallowed_the_next_is_reported_and_not_taken_for_a_text(tmp_path: Path) -> None:
    broken = f'{HEAD}2026-05-01 12:00:00,{LINK},"open,,,\n2026-05-02 12:00:00,{LINK},x",,,PUBLIC\n'
    found = walked(zipped(tmp_path / "a.zip", {"Shares.csv": broken}))
    assert not found.items
    (fault,) = found.failed
    assert "quotation marks are broken" in fault.detail


def test_a_row_without_a_date_keeps_none_unless_its_number_tells(tmp_path: Path) -> None:
    table = f"{HEAD},{LINK},Text,,,\n,https://www.linkedin.com/x,No number,,,\n"
    posts = walked(zipped(tmp_path / "a.zip", {"Shares.csv": table})).items
    assert [one.created_at for one in posts] == ["2026-04-09T18:56:35Z", None]


def test_links_give_the_urns_of_the_interface() -> None:
    assert post_urn(LINK) == "urn:li:share:7448081445065035776"
    assert (
        post_urn("https://www.linkedin.com/feed/update/urn:li:UGCPOST:71/") == "urn:li:ugcPost:71"
    )
    pretty = "https://www.linkedin.com/posts/a-b_c-activity-7100000000000000009-Ab"
    assert post_urn(pretty) == "urn:li:activity:7100000000000000009"
    assert post_urn("https://www.linkedin.com/feed/update/urn:li:groupPost:12-34") == (
        "urn:li:groupPost:12-34"
    )
    link = f"{LINK}?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A7100%2C7101%29"
    assert comment_urn(link) == "urn:li:comment:(urn:li:activity:7100,7101)"
    assert comment_urn(LINK) is None
    assert member_name("https://www.linkedin.com/in/Jos%C3%A9/") == "josé"


def test_recipients_with_commas_in_their_names_are_not_cut_apart(tmp_path: Path) -> None:
    head = (
        "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,"
        "DATE,SUBJECT,CONTENT,FOLDER\n"
    )
    row = (
        'c1,,Ada Quill,https://www.linkedin.com/in/ada,"Jo Vale, Ph.D., Max Orr",'
        '"https://www.linkedin.com/in/jo,https://www.linkedin.com/in/max",'
        "2025-06-01 14:03:22 UTC,,Hello,INBOX\n"
    )
    single = (
        'c2,,Ada Quill,https://www.linkedin.com/in/ada,"Jo Vale, Ph.D.",'
        "https://www.linkedin.com/in/jo,2025-06-01 14:03:22 UTC,,Hello,INBOX\n"
    )
    found = walked(zipped(tmp_path / "a.zip", {"messages.csv": head + row + single}))
    both, one = found.items
    assert [person.handle for person in both.recipients] == ["jo", "max"]
    assert [person.display_name for person in one.recipients] == ["Jo Vale, Ph.D."]
    assert both.root_id == "c1"
