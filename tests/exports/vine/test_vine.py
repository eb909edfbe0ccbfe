"""What was saved of Vine and Periscope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from archiver.demo.vine_download import (
    VINE_ACCOUNT,
    write_periscope_download,
    write_vine_download,
)
from archiver.items import AuthorRole, Kind
from tests.exports.opened import unzipped, walked, zipped

POST: dict[str, Any] = {
    "username": "Alder Glen Parks",
    "userIdStr": "927060056233623552",
    "postId": 1254511813748785200,
    "postIdStr": "1254511813748785152",
    "description": "Six seconds of shade &amp; water",
    "created": "2015-09-12T15:52:18.000000",
    "permalinkUrl": "https://vine.co/v/eF1z2H2U01e",
    "loops": 5,
    "likes": 3,
    "comments": 1,
    "reposts": 2,
    "videoUrl": "http://v.cdn.vine.co/r/videos/A.mp4?versionId=one",
}


TAG = '<meta property="og:url" content="https://vine.co/v/eF1z2H2U01e">'


@pytest.mark.parametrize("interface", [False, True])
def test_every_saved_vine_is_a_record(tmp_path: Path, interface: bool) -> None:
    path = tmp_path / "vine.zip"
    write_vine_download(path, count=21, interface=interface)
    found = walked(path)
    assert found.balanced
    assert not found.failed
    data = [name for name in unzipped(path) if name.startswith("posts/")]
    assert len(found.of(Kind.POST)) == len(data) + 1
    assert len(found.of(Kind.COMMENT)) == (21 if interface else 0)
    assert len(found.of(Kind.PROFILE)) == 1
    assert found.download.identity.native_id == VINE_ACCOUNT.native_id
    assert found.download.identity.handle == VINE_ACCOUNT.handle
    assert {one.author.role for one in found.of(Kind.POST)} == {AuthorRole.AGENCY}
    assert found.download.unmatched_media == 0


def test_walking_twice_gives_the_same_twice(tmp_path: Path) -> None:
    path = tmp_path / "vine.zip"
    write_vine_download(path, count=21)
    download = walked(path).download
    told = [
        [(one.native_id, one.member) for page in download.walk() for one in page.items]
        for _ in range(2)
    ]
    assert told[0] == told[1]


def test_the_id_is_the_exact_one_and_counters_make_no_version(tmp_path: Path) -> None:
    later = POST | {"likes": 90, "videoUrl": "http://v.cdn.vine.co/r/videos/A.mp4?versionId=two"}
    told = []
    for number, post in enumerate((POST, later)):
        path = zipped(tmp_path / f"{number}.zip", {"posts/eF1z2H2U01e.json": json.dumps(post)})
        (one,) = walked(path).items
        told.append(one)
    first, second = told
    assert first.native_id == "1254511813748785152"
    assert first.created_at == "2015-09-12T15:52:18Z"
    assert first.text == "Six seconds of shade & water"
    assert first.metrics == {"likes": 3, "reposts": 2, "loops": 5, "comments": 1}
    assert first.url == "https://vine.co/v/eF1z2H2U01e"
    assert first.stable == second.stable
    assert not first.media[0].available


def test_a_page_alone_gives_what_it_says_of_itself(tmp_path: Path) -> None:
    page = (
        '<html><head><meta property="og:url" content="https://vine.co/v/eF1z2H2U01e">'
        '<meta name="twitter:title" content="Alder Glen Parks">'
        '<meta name="twitter:description" content="Shade"></head></html>'
    )
    (one,) = walked(zipped(tmp_path / "a.zip", {"v.html": page})).items
    assert (one.native_id, one.text) == ("eF1z2H2U01e", "Shade")
    assert one.author.role is AuthorRole.UNKNOWN


@pytest.mark.parametrize("before", ["{}", '{"1": {}}', "{1254511813748785152 : {}}"])
@pytest.mark.parametrize("behind", ["", ";", " ;\n", ";\nvar other = {};", "; if (a) { b('}'); }"])
@pytest.mark.parametrize("text", ["Shade", "Sh}a{de", 'Sh\\"a}de', "</script> told"])
def test_a_page_gives_the_object_of_its_script_whatever_stands_behind_it(
    tmp_path: Path, before: str, behind: str, text: str
) -> None:
    post = json.dumps(POST | {"description": text}).replace("</script", "<\\/script")
    held = before.replace("{}", post, 1)
    page = f"<html><script>window.POST_DATA = {held}{behind}</script><p>vine.co/v/</p></html>"
    (one,) = walked(zipped(tmp_path / "a.zip", {"v.html": f"{TAG}{page}"})).items
    assert (one.native_id, one.text) == ("1254511813748785152", text)


def test_somebody_elses_vine_is_no_record(tmp_path: Path) -> None:
    profile = {"username": "Alder Glen Parks", "userIdStr": "927060056233623552"}
    profile |= {"vanityUrls": [], "shareUrl": "https://vine.co/u/927060056233623552"}
    other = POST | {"userIdStr": "5", "username": "Bo"}
    files = {"profiles/9.json": json.dumps(profile | {"posts": ["eF1z2H2U01e", "gone"]})}
    files |= {"posts/eF1z2H2U01e.json": json.dumps(other)}
    found = walked(zipped(tmp_path / "a.zip", files))
    assert not found.of(Kind.POST)
    assert "somebody else's vine" in found.skipped[0].detail
    assert any("lists 2 vines, of which 1 were not saved" in one for one in found.download.warnings)


def test_a_file_that_is_broken_costs_itself_alone(tmp_path: Path) -> None:
    files = {"posts/a.json": json.dumps(POST), "posts/b.json": json.dumps(POST)[:90]}
    found = walked(zipped(tmp_path / "a.zip", files))
    assert len(found.items) == 1
    assert len(found.failed) == 1
    assert found.balanced


def test_a_copy_of_periscopes_data_gives_broadcasts_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "periscope.zip"
    write_periscope_download(path, count=9)
    found = walked(path)
    assert found.format.platform == "periscope"
    assert found.balanced
    assert len(found.of(Kind.POST, "broadcast")) == 9
    comments = found.of(Kind.COMMENT)
    assert {one.parent_id for one in comments} == {one.native_id for one in found.of(Kind.POST)}
    assert {one.text for one in comments} == {"We are live & open."}
    assert [one.failed for one in found.skipped] == [False]
    assert found.download.identity.handle == VINE_ACCOUNT.handle


def test_a_timeline_of_the_interface_holds_many_vines_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "vine.zip"
    write_vine_download(path, count=25, together=10)
    found = walked(path)
    assert found.balanced and not found.failed
    assert len(found.of(Kind.POST)) == 25
    assert not any("were not saved" in line for line in found.download.warnings)
