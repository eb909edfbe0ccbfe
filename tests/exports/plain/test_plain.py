"""The plain format: records of any platform, read strictly, every fault named by its line."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import pytest

from archiver.capture.import_identity import propose
from archiver.demo.plain_download import COLUMNS, LAYOUTS, PLAIN_ACCOUNT, write_plain_download
from archiver.errors import InputError
from archiver.exports.known import recognise
from archiver.exports.plain import fields
from archiver.exports.reader import open_download
from archiver.items import AuthorRole, Kind, Relation, Visibility
from tests.exports.opened import Walked, unzipped, walked, zipped

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
ACCOUNT: dict[str, Any] = {
    "format": "archiver-records",
    "version": 1,
    "platform": "flickr",
    "handle": "alderglenlibrary",
    "made_at": "2026-11-01T12:00:00Z",
    "covers": {"post": "complete"},
}


def read(
    tmp_path: Path, table: str, account: dict[str, Any] | None = None, **more: bytes
) -> Walked:
    files: dict[str, str | bytes] = {
        "account.json": json.dumps(account or ACCOUNT),
        "records.csv": table,
        **{f"media/{name}.jpg": data for name, data in more.items()},
    }
    return walked(zipped(tmp_path / "plain.zip", files))


@pytest.fixture(params=LAYOUTS)
def download(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "plain.zip"
    write_plain_download(path, count=200, layout=request.param, generated_at=NOW)
    return path


def test_every_layout_gives_the_same_records(tmp_path: Path) -> None:
    told = []
    for layout in LAYOUTS:
        path = tmp_path / f"{layout}.zip"
        write_plain_download(path, count=200, layout=layout, generated_at=NOW)
        found = walked(path)
        assert found.balanced
        assert not found.failed
        told.append([(one.kind, one.native_id, one.created_at, one.text) for one in found.items])
    assert told[0] == told[1] == told[2] == told[3]
    assert len(told[0]) == 200


def test_plain_files_belong_to_the_platform_their_account_names(download: Path) -> None:
    found = walked(download)
    assert found.format.platform == PLAIN_ACCOUNT.platform
    assert found.format.source == "flickr-plain-download"
    assert found.download.identity.handle == PLAIN_ACCOUNT.handle
    assert {one.platform for one in found.items} == {"flickr"}
    (proposal,) = propose(open_download(download), [])
    assert proposal.format.platform == "flickr"


def test_each_field_of_a_record_arrives(tmp_path: Path) -> None:
    row = {
        "kind": "comment",
        "form": "reply",
        "id": "7",
        "created_at": "2026-05-31T14:05:00-07:00",
        "edited_at": "2026-05-31T22:00:00Z",
        "author_id": "u1",
        "author_handle": "ada",
        "author_name": "Ada Quill",
        "author_role": "public",
        "text": 'A "long"\ntext, with signs; 公園',
        "language": "zh-Hant",
        "parent": "p1",
        "thread": "t1",
        "url": "https://example.org/7",
        "visibility": "hidden",
        "removed_at": "2026-06-01T00:00:00Z",
        "removed_by": "author",
        "recipients": "Max Orr|Jo Vale",
        "links": "https://example.org/a|https://example.org/b",
        "media": "media/a.jpg|media/b.jpg",
        "alt_text": "a heron|",
        "count_likes": "12",
        "x_album": "Birds",
    }
    out = io.StringIO()
    table = csv.DictWriter(out, list(row))
    table.writeheader()
    table.writerow(row)
    found = read(tmp_path, out.getvalue(), a=b"1", b=b"2")
    (one,) = found.items
    assert not found.failed
    assert (one.kind, one.form, one.native_id) == (Kind.COMMENT, "reply", "7")
    assert (one.created_at, one.edited_at) == ("2026-05-31T21:05:00Z", "2026-05-31T22:00:00Z")
    assert (one.author.native_id, one.author.handle) == ("u1", "ada")
    assert (one.author.display_name, one.author.role) == ("Ada Quill", AuthorRole.PUBLIC)
    assert one.text == row["text"]
    assert (one.language, one.parent_id, one.root_id, one.url) == (
        *("zh-Hant", "p1", "t1"),
        "https://example.org/7",
    )
    assert one.visibility is Visibility.HIDDEN
    assert (one.removed_at, one.removed_by) == ("2026-06-01T00:00:00Z", "author")
    assert [person.display_name for person in one.recipients] == ["Max Orr", "Jo Vale"]
    assert one.links == ("https://example.org/a", "https://example.org/b")
    assert [(ref.key, ref.alt_text, ref.available) for ref in one.media] == [
        ("media/a.jpg", "a heron", True),
        ("media/b.jpg", None, True),
    ]
    assert one.metrics == {"likes": 12}
    assert b"x_album" in one.stable
    assert b"count_likes" not in one.stable
    assert set(row) - {"count_likes", "x_album"} == set(fields.TEXTS) | set(fields.LISTS)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("post,1,31.05.2026 14:05,x", "could be read in more than one way"),
        ("post,1,5/6/2026,x", "could be read in more than one way"),
        ("post,1,2026-05-31 14:05,x", "names no time zone"),
        ("post,1,2026-05-31T99:05:00Z,x", "which is no time"),
        ("tweet,1,,x", "write one of post, comment, message, profile"),
        (",1,,x", "kind is empty"),
    ],
)
def test_a_fault_is_named_with_its_line_and_what_to_write(
    tmp_path: Path, line: str, told: str
) -> None:
    table = f'kind,id,created_at,text\npost,0,,"two\nlines"\n\n{line}\npost,9,,last\n'
    found = read(tmp_path, table)
    assert [one.native_id for one in found.items] == ["0", "9"]
    (fault,) = found.failed
    assert fault.detail.startswith("line 5: ")
    assert told in fault.detail
    assert found.balanced


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("visibility", "secret", "visibility is 'secret'"),
        ("author_role", "bot", "author_role is 'bot'"),
        ("language", "English!", "write a tag like"),
        ("removed_by", "author", "removed_by without removed_at"),
        ("count_likes", "1.200", "whole number"),
        ("alt_text", "a heron", "describes more files"),
    ],
)
def test_a_word_that_is_none_of_the_known_is_refused(
    tmp_path: Path, column: str, value: str, told: str
) -> None:
    found = read(tmp_path, f"kind,id,text,{column}\npost,1,x,{value}\n")
    assert not found.items
    assert told in found.failed[0].detail


def test_times_without_a_zone_are_taken_where_the_account_names_one(tmp_path: Path) -> None:
    account = ACCOUNT | {"time_zone": "America/Los_Angeles"}
    found = read(tmp_path, "kind,created_at,text\npost,2026-07-01 09:00,x\n", account)
    assert found.items[0].created_at == "2026-07-01T16:00:00Z"
    assert any("America/Los_Angeles" in note for note in found.download.warnings)


def test_the_same_id_twice_is_a_fault(tmp_path: Path) -> None:
    found = read(tmp_path, "kind,id,text\npost,1,a\ncomment,1,b\npost,1,c\n")
    assert [one.text for one in found.items] == ["a", "b"]
    assert found.failed[0].detail.startswith("line 4: the id '1'")


def test_a_file_that_is_not_there_is_named_and_its_record_kept(tmp_path: Path) -> None:
    found = read(tmp_path, "kind,id,text,media\npost,1,a,media/gone.jpg\n")
    (one,) = found.items
    assert not one.media[0].available
    assert "line 2: the file 'media/gone.jpg' is not there" in found.failed[0].detail


def test_a_path_that_leads_outside_is_just_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = read(tmp_path, "kind,id,text,media\npost,1,a,../../etc/passwd\n")
    assert not found.items[0].media[0].available


def test_a_column_that_is_not_known_refuses_the_table(tmp_path: Path) -> None:
    found = read(tmp_path, "kind,id,text,mood\npost,1,a,good\n")
    assert not found.items
    assert "mood" in found.files["records.csv"].reason


def test_a_record_without_an_id_gets_the_same_one_every_time(tmp_path: Path) -> None:
    table = "kind,created_at,text\npost,2026-05-01T10:00:00Z,a\npost,2026-05-01T10:00:00Z,a\n"
    first = [one.native_id for one in read(tmp_path, table).items]
    again = [one.native_id for one in read(tmp_path, table).items]
    assert first == again
    assert first[1] == f"{first[0]}-2"


def test_a_message_is_private_without_being_told(tmp_path: Path) -> None:
    found = read(tmp_path, "kind,id,text\nmessage,1,a\n")
    assert found.items[0].visibility is Visibility.PRIVATE


def test_lists_of_people_say_by_their_names_what_they_are(tmp_path: Path) -> None:
    files = {"account.json": json.dumps(ACCOUNT)} | {
        f"{name}.csv": "handle,name\nada,Ada Quill\n"
        for name in ("followers", "following", "blocks", "mutes")
    }
    found = walked(zipped(tmp_path / "a.zip", files))
    assert {one.relation for one in found.people} == set(Relation)
    assert found.balanced


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"platform": None}, "platform"),
        ({"handle": None}, "names no account"),
        ({"handle": "two words"}, "handle"),
        ({"made_at": None}, "made_at is missing"),
        ({"made_at": "2026-11-01 12:00"}, "with its zone"),
        ({"version": 2}, "version"),
        ({"time_zone": "Pacific"}, "America/Los_Angeles"),
        ({"covers": {"tweets": "complete"}}, "no kind"),
        ({"owner": "x"}, "not known: owner"),
    ],
)
def test_an_account_file_is_read_strictly(
    tmp_path: Path, change: dict[str, Any], told: str
) -> None:
    account = {name: one for name, one in (ACCOUNT | change).items() if one is not None}
    path = zipped(tmp_path / "a.zip", {"account.json": json.dumps(account)})
    with pytest.raises(InputError, match=told) as raised:
        [one.open(open_download(path)) for one in recognise(open_download(path))]
    assert "\n" not in str(raised.value)


def test_records_without_an_account_file_say_what_is_missing(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"records.csv": "kind,id,created_at,text\npost,1,,a\n"})
    with pytest.raises(InputError, match=r"account\.json is missing"):
        recognise(open_download(path))


def test_the_schema_names_every_field_the_program_reads(download: Path) -> None:
    path = Path(fields.__file__).with_name("records.schema.json")
    schema = json.loads(path.read_text("utf-8"))
    record = schema["$defs"]["record"]["properties"]
    assert set(record) == set(fields.TEXTS) | set(fields.LISTS)
    assert record["kind"]["enum"] == ["post", "comment", "message", "profile"]
    assert record["visibility"]["enum"] == [one.value for one in Visibility]
    assert record["author_role"]["enum"] == [one.value for one in AuthorRole]
    patterns = schema["$defs"]["record"]["patternProperties"]
    assert set(patterns) == {"^count_", "^x_"}


def test_the_template_holds_every_column() -> None:
    root = Path(__file__).resolve().parents[3]
    template = (root / "docs/downloads/plain-records.csv").read_text("utf-8-sig")
    head = next(csv.reader([template.splitlines()[0]]))
    assert set(head) == set(fields.TEXTS) | set(fields.LISTS) | {"count_likes", "x_note"}
    assert set(COLUMNS) <= set(head) | {"x_album"}


def test_lines_of_json_are_named_by_their_number(tmp_path: Path) -> None:
    lines = (
        '{"kind":"post","id":"1","text":"a"}\n\n{"kind":"post",}\n{"kind":"post","mood":"b"}\n5\n'
    )
    files = {"account.json": json.dumps(ACCOUNT), "archiver-records.jsonl": lines}
    found = walked(zipped(tmp_path / "a.zip", files))
    assert [one.native_id for one in found.items] == ["1"]
    assert [one.detail.partition(":")[0] for one in found.failed] == ["line 3", "line 4", "line 5"]
    assert found.balanced


def test_what_a_clerk_saves_in_a_spreadsheet_is_read_in_utf_16_with_semicolons(
    tmp_path: Path,
) -> None:
    path = tmp_path / "excel.zip"
    write_plain_download(path, count=20, layout="excel", generated_at=NOW)
    assert unzipped(path)["records.csv"].startswith(b"\xff\xfe")
    assert len(walked(path).items) == 20


def test_a_line_that_is_no_line_of_a_table_is_no_head_of_one(tmp_path: Path) -> None:
    found = read(tmp_path, "a\rb,c\nkind,id,text\npost,1,a\n")
    assert [one.native_id for one in found.items] == ["1"]
