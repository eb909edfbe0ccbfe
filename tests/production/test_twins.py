"""The data files say what the packet says, and no spreadsheet runs them."""

from __future__ import annotations

import csv
import io
import json

from hypothesis import given
from hypothesis import strategies as st

from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet
from archiver.production.twins import FORMULA, safe, write_twins


def twins(release, folder):
    folder.mkdir()
    packet = write_packet(release, folder / "packet.pdf", MediaFolder(folder / "media"), 1)
    write_twins(release, packet, folder)
    lines = [json.loads(line) for line in (folder / "records.jsonl").read_bytes().splitlines()]
    table = list(csv.DictReader(io.StringIO((folder / "records.csv").read_text("utf-8-sig"))))
    return packet, lines, table


def test_both_hold_every_released_record_in_the_packets_order(people, tmp_path) -> None:
    packet, lines, table = twins(people.release(tmp_path / "in"), tmp_path / "out")
    assert [line["text"] for line in lines] == [record.text.words for record in packet.order]
    assert [row["number"] for row in table] == [str(line["number"]) for line in lines]
    first = packet.printed[packet.order[0].key]
    assert lines[0]["first_page"] == f"AG-{first.first:06d}"
    assert lines[0]["media"][0]["file"] == f"media/{first.media[0][1]}"


def test_answers_name_the_number_of_what_they_answer(people, tmp_path) -> None:
    _, lines, _ = twins(people.release(tmp_path / "in"), tmp_path / "out")
    by_number = {line["number"]: line for line in lines}
    assert by_number[2]["in_reply_to"] == 1
    assert by_number[1]["in_reply_to"] is None


def test_a_handle_is_no_formula(people, tmp_path) -> None:
    record = people.record("1", '=HYPERLINK("https://example.com")', account="@AlderGlen")
    _, lines, table = twins(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    assert table[0]["text"].startswith("'=")
    assert table[0]["account"] == "'@AlderGlen"
    assert lines[0]["text"].startswith("=")


@given(st.text(max_size=40))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not safe(text).startswith(FORMULA)
    assert safe(text).lstrip("'").startswith(text.replace("\0", "\ufffd").lstrip("'")[:1])


def test_half_a_character_does_not_stop_the_data(people, tmp_path) -> None:
    record = people.record("1", "half \ud83d of it")
    _, lines, table = twins(people.release(tmp_path / "in", records=(record,)), tmp_path / "out")
    assert lines[0]["text"] == "half \ud83d of it"
    assert table[0]["text"] == "half ? of it"
