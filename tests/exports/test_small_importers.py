"""What holds for LinkedIn, Nextdoor, Vine, Periscope and plain files alike: nobody claims another's
download, and no damage ends in a traceback or loses a unit."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.archive.store import Archive
from archiver.capture.imports import import_download
from archiver.demo.linkedin_download import LINKEDIN_MEMBER, write_linkedin_download
from archiver.demo.linkedin_page import LINKEDIN_PAGE, write_page_export
from archiver.demo.nextdoor_download import NEXTDOOR_ACCOUNT, write_nextdoor_download
from archiver.demo.plain_download import PLAIN_ACCOUNT, write_plain_download
from archiver.demo.vine_download import (
    VINE_ACCOUNT,
    write_periscope_download,
    write_vine_download,
)
from archiver.errors import InputError
from archiver.exports.known import recognise
from archiver.exports.reader import open_download
from tests.capture.import_home import ACCOUNT_ROW, new_home
from tests.exports.opened import walked, zipped

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
NAMES = {
    "linkedin": "LinkedIn data download",
    "linkedin 2020": "LinkedIn data download",
    "page": "LinkedIn Page analytics",
    "nextdoor": "what was saved from Nextdoor",
    "vine": "what was saved of Vine",
    "periscope": "Periscope data",
    "plain csv": "records in the plain format",
    "plain json": "records in the plain format",
    "plain jsonl": "records in the plain format",
}
ACCOUNTS = {
    "linkedin": LINKEDIN_MEMBER,
    "page": LINKEDIN_PAGE,
    "nextdoor": NEXTDOOR_ACCOUNT,
    "vine": VINE_ACCOUNT,
    "plain csv": PLAIN_ACCOUNT,
}


SAID = "the clerk downloaded it"


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("downloads")
    paths = {name: folder / f"{name}.zip" for name in NAMES}
    write_linkedin_download(paths["linkedin"], count=40, era=2026, generated_at=NOW)
    write_linkedin_download(paths["linkedin 2020"], count=40, era=2020, generated_at=NOW)
    write_page_export(paths["page"], count=12, generated_at=NOW)
    write_nextdoor_download(paths["nextdoor"], count=14, generated_at=NOW)
    write_vine_download(paths["vine"], count=11, interface=True)
    write_periscope_download(paths["periscope"], count=6)
    for layout in ("csv", "json", "jsonl"):
        path = paths[f"plain {layout}"]
        write_plain_download(path, count=30, layout=layout, generated_at=NOW)
    return paths


@pytest.mark.parametrize("name", NAMES)
def test_one_importer_and_no_other_knows_a_download(downloads: dict[str, Path], name: str) -> None:
    found = recognise(open_download(downloads[name]))
    assert [one.format.name for one in found] == [NAMES[name]]


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_import_brings_everything_once_and_the_second_time_nothing(
    downloads: dict[str, Path], tmp_path: Path, name: str
) -> None:
    demo = ACCOUNTS[name]
    account = ACCOUNT_ROW.__class__(
        **{field: getattr(ACCOUNT_ROW, field) for field in ACCOUNT_ROW.__slots__}
        | {
            "platform": demo.platform,
            "handle": demo.handle,
            "native_id": demo.native_id or None,
            "display_name": demo.display_name,
        }
    )
    whole = walked(downloads[name])
    home = new_home(tmp_path / "home")
    with Archive.open(home, write=True) as archive:
        preview = import_download(archive, account, downloads[name], dry_run=True, attested=SAID)
        report = import_download(archive, account, downloads[name], attested=SAID)
        again = import_download(archive, account, downloads[name], attested=SAID)
    assert report.total.stored == preview.total.stored == len(whole.items)
    assert report.total.people == preview.total.people == len(whole.people)
    assert report.ok, report.problems
    assert again.outcome == "unchanged"


@pytest.mark.parametrize("name", ["linkedin", "nextdoor", "plain csv"])
def test_the_same_content_in_another_zip_makes_no_new_version(
    downloads: dict[str, Path], tmp_path: Path, name: str
) -> None:
    demo = ACCOUNTS[name]
    fields = {field: getattr(ACCOUNT_ROW, field) for field in ACCOUNT_ROW.__slots__}
    fields |= {"platform": demo.platform, "handle": demo.handle}
    account = ACCOUNT_ROW.__class__(**fields | {"native_id": demo.native_id or None})
    with zipfile.ZipFile(downloads[name]) as archive_file:
        files = {one: archive_file.read(one) for one in archive_file.namelist()}
    copy = zipped(tmp_path / "copy.zip", files)
    home = new_home(tmp_path / "home")
    with Archive.open(home, write=True) as archive:
        first = import_download(archive, account, downloads[name], attested=SAID)
        second = import_download(archive, account, copy)
    assert second.total.stored == second.total.versions == 0
    assert second.total.duplicates == first.total.stored


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
@pytest.mark.parametrize("name", NAMES)
def test_damage_inside_any_file_is_named_and_loses_no_unit(
    downloads: dict[str, Path], tmp_path: Path, name: str, data: st.DataObject
) -> None:
    with zipfile.ZipFile(downloads[name]) as archive:
        files = {one: archive.read(one) for one in archive.namelist()}
    hurt = data.draw(st.sampled_from(sorted(files)))
    body = bytearray(files[hurt])
    for _ in range(data.draw(st.integers(1, 3))):
        if not body:
            break
        at = data.draw(st.integers(0, len(body) - 1))
        what = data.draw(st.sampled_from(("cut", "flip", "byte", "erase", "repeat")))
        if what == "cut":
            del body[at:]
        elif what == "flip":
            body[at] ^= 1 << data.draw(st.integers(0, 7))
        elif what == "byte":
            body[at] = data.draw(st.sampled_from((0, 10, 34, 44, 92, 123, 255)))
        elif what == "erase":
            del body[at : at + data.draw(st.integers(1, 400))]
        else:
            body[at:at] = body[at : at + data.draw(st.integers(1, 400))]
    path = zipped(tmp_path / "hurt.zip", {**files, hurt: bytes(body)})
    try:
        found = recognise(reader := open_download(path))
        for one in found:
            download = one.open(reader)
            given_units = 0
            for page in download.walk():
                given_units += len(page.items) + len(page.subscribers) + len(page.skipped)
            assert given_units == sum(held.units - held.joined for held in download.inventory())
    except InputError as error:
        assert "\n" not in str(error)
