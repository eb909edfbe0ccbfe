"""An owner picks out of a personal download: what is picked leaves it, and nothing else."""

from __future__ import annotations

import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import InputError, UsageError
from archiver.exports.reader import open_download
from archiver.selecting.choosing import Choice, Opened, Wanted, open_for_choosing
from archiver.selecting.selection import Selection, write_selection
from archiver.selecting.serving import Session, address, serve_choice
from archiver.selecting.statement import Statement, read_statement
from tests.exports.x_downloads import account, day, full_download, post, write_zip, ytd

STATED = Statement(
    name="Dana Ruiz",
    department="City Council",
    account="x:@dana",
    searched="park; permit",
    stated_on="2026-11-20",
)


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    with open_download(write_zip(tmp_path / "mine.zip", full_download())) as reader:
        yield open_for_choosing(reader)


def test_every_item_can_be_found_and_lists_of_people_cannot(opened: Opened) -> None:
    choice = Choice(opened)
    assert choice.total == sum(count for _, count in choice.kinds())
    total, entries = choice.search(Wanted())
    assert total == choice.total
    assert [entry.number for entry in choice.entries({entries[0].number, 10**6})] == [
        entries[0].number
    ]


def test_words_kind_days_and_conversation_limit_together(opened: Opened) -> None:
    choice = Choice(opened)
    _, messages = choice.search(Wanted(kind="message"))
    assert {entry.kind for entry in messages} == {"message"}
    _, talk = choice.search(Wanted(thread=messages[0].thread))
    assert {entry.thread for entry in talk} == {messages[0].thread}
    word = messages[0].text.split()[0].upper()
    _, found = choice.search(Wanted(words=word, kind="message"))
    assert messages[0].number in {entry.number for entry in found}
    assert choice.searched == [word]
    _, undated = choice.search(Wanted(start="2999-01-01"))
    assert [entry.at for entry in undated] == [""], "what has no time may be of any day"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.sets(st.integers(1, 20), min_size=1))
def test_what_is_picked_comes_back_and_nothing_else(
    opened: Opened, tmp_path_factory: pytest.TempPathFactory, picked: set[int]
) -> None:
    all_items = {number: item for number, item, _ in opened.items()}
    wanted = sorted(picked & set(all_items))
    path = tmp_path_factory.mktemp("out") / "for-the-city.zip"
    if not wanted:
        with pytest.raises(InputError, match="nothing is picked"):
            write_selection(path, opened, [], STATED)
        return
    assert write_selection(path, opened, set(wanted), STATED) == len(wanted)
    with open_download(path) as reader:
        selection = Selection(reader)
        found = list(selection.items())
        assert selection.statement == STATED
        assert [(one.native_id, one.text, one.raw) for one in found] == [
            (all_items[n].native_id, all_items[n].text, all_items[n].raw) for n in wanted
        ]
        kept = sum(ref.available for n in wanted for ref in all_items[n].media)
        assert sum(name.startswith("media/") for name in reader.members) == kept
    whole = path.read_bytes()
    left = [item for number, item in all_items.items() if number not in wanted]
    assert not any(
        item.native_id.encode() in whole
        for item in left
        if len(item.native_id) > 12 and not any(item.native_id.encode() in one.raw for one in found)
    )


def test_a_file_that_is_there_is_not_written_over(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "for-the-city.zip"
    path.write_bytes(b"mine")
    with pytest.raises(UsageError, match="exists already"):
        write_selection(path, opened, {1}, STATED)
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": " "}, "your name is missing"),
        ({"kept_back": "a letter"}, "write the facts"),
        ({"facts": "it is mine"}, "write what it is"),
        ({"stated_on": "yesterday"}, "is no day"),
        ({"searched": "x" * 20_000}, "longer than"),
    ],
)
def test_a_statement_says_what_it_lacks(
    opened: Opened, tmp_path: Path, change: dict[str, str], told: str
) -> None:
    statement = msgspec.structs.replace(STATED, **change)
    with pytest.raises(InputError, match=told):
        write_selection(tmp_path / "out.zip", opened, {1}, statement)
    assert not (tmp_path / "out.zip").exists()


def test_a_statement_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "statement.toml"
    path.write_text(
        'name = "Dana Ruiz"\ndepartment = "City Council"\naccount = "x:@dana"\n'
        'searched = "park; permit"\nstated_on = "2026-11-20"\n'
    )
    assert read_statement(path) == STATED
    path.write_text('name = "Dana Ruiz"\nshoe_size = "43"\n')
    with pytest.raises(InputError, match="is no statement"):
        read_statement(path)


def test_a_selection_changed_by_hand_is_refused_in_one_line(opened: Opened, tmp_path: Path) -> None:
    path = tmp_path / "out.zip"
    write_selection(path, opened, {1, 2}, STATED)
    with zipfile.ZipFile(path) as archive:
        bodies = {name: archive.read(name) for name in archive.namelist()}
    first, second = bodies["items.jsonl"].splitlines()
    for changed in (first, first + b"\n{broken\n", b"\n".join([first, second, second])):
        other = write_zip(tmp_path / "other.zip", {**bodies, "items.jsonl": changed})
        with open_download(other) as reader, pytest.raises(InputError, match="make"):
            list(Selection(reader).items())


@pytest.fixture
def pages(opened: Opened, tmp_path: Path) -> Iterator[tuple[Session, httpx.Client, str]]:
    session = Session(opened, Choice(opened), tmp_path / "for-the-city.zip")
    server = serve_choice(session)
    running = threading.Thread(target=server.serve_forever)
    running.start()
    with httpx.Client(follow_redirects=True) as client:
        yield session, client, address(server, session)
    server.shutdown()
    running.join()
    server.server_close()


def test_the_owner_picks_states_and_makes_the_file(
    pages: tuple[Session, httpx.Client, str],
) -> None:
    session, client, where = pages
    assert "Pick what concerns" in client.get(where).text
    client.post(f"{where}pick", data={"shown": ["1", "2"], "item": ["2"], "go": "1"})
    assert session.choice.picked == {2}
    told = client.post(f"{where}make", data={"name": ""}).text
    assert "Your name is missing." in told
    told = client.post(f"{where}make", data=msgspec.to_builtins(STATED)).text
    assert "holds 1 items" in told
    assert session.made == 1
    with open_download(session.target) as reader:
        assert [item.text for item in Selection(reader).items()] == [
            next(item.text for number, item, _ in session.opened.items() if number == 2)
        ]


def test_picks_on_other_pages_stay(pages: tuple[Session, httpx.Client, str]) -> None:
    session, client, where = pages
    session.choice.picked |= {9}
    client.post(f"{where}pick", data={"shown": ["1"], "item": ["1", "5"], "go": "look"})
    assert session.choice.picked == {1, 9}
    client.post(f"{where}pick", data={"shown": ["1"], "go": "look"})
    assert session.choice.picked == {9}


def test_without_the_secret_or_from_elsewhere_there_is_nothing(
    pages: tuple[Session, httpx.Client, str],
) -> None:
    _, client, where = pages
    root = where.rsplit("/", 2)[0]
    assert client.get(f"{root}/").status_code == 404
    assert client.get(f"{root}/guess/").status_code == 404
    assert client.get(where, headers={"Host": "evil.example"}).status_code == 404
    assert client.post(f"{where}pick", headers={"Origin": "http://evil.example"}).status_code == 404
    answer = client.get(where)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_hostile_text_is_shown_as_text(tmp_path: Path) -> None:
    files = {
        "data/account.js": account(),
        "data/tweets.js": ytd("tweets", [post("<script>alert(1)</script>", day(1))]),
    }
    with open_download(write_zip(tmp_path / "mine.zip", files)) as reader:
        opened = open_for_choosing(reader)
        session = Session(opened, Choice(opened), tmp_path / "out.zip")
        server = serve_choice(session)
        running = threading.Thread(target=server.serve_forever)
        running.start()
        try:
            body = httpx.get(address(server, session)).text
        finally:
            server.shutdown()
            running.join()
            server.server_close()
    assert "<script>" not in body
    assert "&lt;script&gt;" in body
