"""Links served by real processes: what is handed out, and what nobody gets by any trick."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from archiver.production.delivery.fetches import read_fetches
from archiver.production.delivery.links import (
    EXPIRED,
    WITHDRAWN,
    end_link,
    new_public_id,
    new_token,
    passphrase_hash,
)
from tests.production.doors import Doors, Made, make

LARGE = 48 << 20


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Doors]:
    folder = tmp_path / "delivery"
    folder.mkdir()
    made = Doors(folder)
    yield made
    made.stop(signal.SIGKILL)


def ticket(browser: httpx.Client, made: Made, **more: str) -> str:
    """Press the button; the address the file is fetched at."""
    answer = browser.post(f"{made.path}/get", data={"file": made.name, **more})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def told(made: Made) -> list[tuple[str, int, str]]:
    return [(each.what, each.bytes, each.outcome) for _, each in read_fetches(made.folder)]


def test_a_person_downloads_by_a_button_and_a_mail_scanner_uses_up_nothing(door: Doors) -> None:
    made = make(door.folder)
    with door.start() as browser:
        for _ in range(5):
            assert browser.head(made.path).content == b""
            page = browser.get(made.path)
        assert "3 of 3 downloads left" in page.text
        assert made.token not in page.text.replace(made.path, "")
        headers = page.headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha2")
        assert not {"server", "date"} & headers.keys()
        at = ticket(browser, made)
        whole = browser.get(at)
        assert (whole.status_code, whole.content) == (200, made.data)
        assert whole.headers["content-disposition"] == 'attachment; filename="VOL001.zip"'
        assert "2 of 3 downloads left" in browser.get(made.path).text
        for _ in range(2):
            ticket(browser, made)
        refused = browser.post(f"{made.path}/get", data={"file": made.name})
        assert refused.status_code == 422 and "No download" in refused.text
        assert browser.get(at).content == made.data, "one that was begun may be resumed"
        browser.get(made.path)
    lines = told(made)
    assert lines.count(("page", 0, "")) == 7
    assert lines.count(("ticket", 0, "")) == 3
    assert lines[-2] == ("sent", len(made.data), "whole")
    log = (made.folder / "fetches.jsonl").read_text()
    assert "127.0.0.1" not in log and made.token not in log


def test_a_download_is_resumed_by_range_also_after_its_process_was_killed(door: Doors) -> None:
    made = make(door.folder)
    with door.start() as browser:
        at = ticket(browser, made)
        first = browser.get(at, headers={"range": "bytes=0-7999"})
        etag = first.headers["etag"]
        assert (first.status_code, first.headers["content-range"]) == (206, "bytes 0-7999/20000")
        [child] = door.children()
        os.kill(child, signal.SIGKILL)
        rest = browser.get(at, headers={"range": "bytes=8000-", "if-range": etag})
        assert rest.status_code == 206
        assert first.content + rest.content == made.data
        assert browser.get(at, headers={"range": "bytes=-9"}).content == made.data[-9:]
        assert browser.get(at, headers={"range": "bytes=20000-"}).status_code == 416
        other = browser.get(at, headers={"range": "bytes=0-7", "if-range": '"another"'})
        assert (other.status_code, len(other.content)) == (200, 20_000)
        assert browser.head(at).headers["content-length"] == "20000"
        assert [child] != door.children()


def test_a_download_goes_on_where_the_door_was_killed_and_the_next_door_serves_again(
    door: Doors,
) -> None:
    made = make(door.folder, size=LARGE)
    browser = door.start()
    at = ticket(browser, made)
    digest = hashlib.sha256()
    with browser.stream("GET", at) as answer:
        pieces = answer.iter_bytes(1 << 16)
        digest.update(next(pieces))
        door.stop(signal.SIGKILL)
        for piece in pieces:
            digest.update(piece)
    assert digest.hexdigest() == made.link.files[0].sha256
    with door.start() as again:
        assert again.get(made.path).status_code == 200
        assert again.get(at, headers={"range": "bytes=0-0"}).status_code == 206


def test_a_link_that_is_withdrawn_breaks_off_the_download_that_runs(door: Doors) -> None:
    made = make(door.folder, size=LARGE)
    with door.start() as browser:
        at = ticket(browser, made)
        with browser.stream("GET", at) as answer:
            pieces = answer.iter_bytes(1 << 16)
            next(pieces)
            assert end_link(made.folder, WITHDRAWN)
            with pytest.raises(httpx.RemoteProtocolError):
                for _ in pieces:
                    pass
        while door.children():
            assert browser.get(at).status_code == 404
    what, sent, outcome = told(made)[-1]
    assert (what, outcome) == ("sent", "cut short")
    assert 0 < sent < LARGE


def test_one_that_expires_while_it_runs_may_end_and_is_not_begun_again(door: Doors) -> None:
    made = make(door.folder, size=LARGE)
    with door.start() as browser:
        at = ticket(browser, made)
        with browser.stream("GET", at) as answer:
            pieces = answer.iter_bytes(1 << 20)
            got = len(next(pieces))
            assert end_link(made.folder, EXPIRED)
            got += sum(map(len, pieces))
        assert got == LARGE
        assert browser.get(at, headers={"range": "bytes=0-9"}).status_code == 404


def test_unknown_wrong_expired_and_withdrawn_are_the_same_to_the_byte(door: Doors) -> None:
    live, past, gone = make(door.folder), make(door.folder, expires_at=1), make(door.folder)
    end_link(gone.folder, WITHDRAWN)
    door.start().close()
    paths = [
        *("/", "/d/", f"/d/{new_public_id()}/{new_token()}", "/robots.txt", "/.env"),
        f"/d/{live.link.public_id}/{new_token()}",
        f"/d/{live.link.public_id}/{live.token[:-1]}",
        f"/d/{live.link.public_id}",
        past.path,
        gone.path,
    ]
    for method in (b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS"):
        answers = {
            path: door.raw(method + b" " + path.encode() + b" HTTP/1.1", b"Host: x")
            for path in paths
        }
        assert len(set(answers.values())) == 1, method
        assert answers["/"].startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert (b"There is nothing at this address" in answers["/"]) == (method != b"HEAD")
    assert (past.folder / EXPIRED).exists(), "an ended link stays ended when the clock moves back"


def test_no_path_leads_from_one_release_to_another_or_out_of_its_folder(door: Doors) -> None:
    mine, theirs = make(door.folder), make(door.folder, name="OTHER.zip")
    with door.start() as browser:
        mine_at, theirs_at = ticket(browser, mine), ticket(browser, theirs)
    theirs_ticket = theirs_at.rsplit("/", 2)[1]
    mine_ticket = mine_at.rsplit("/", 2)[1]
    other = theirs.link.public_id
    tricks = [
        f"/d/{mine.link.public_id}/{theirs.token}",
        f"/d/{other}/{mine.token}",
        f"{mine.path}/../../{other}/{theirs.name}",
        f"{mine.path}/../..{theirs.path}",
        f"{mine.path}/{theirs_ticket}/{theirs.name}",
        f"{mine.path}/{theirs_ticket}/{mine.name}",
        f"{mine.path}/{mine_ticket}/{theirs.name}",
        f"{mine.path}/{mine_ticket}/link.json",
        f"{mine.path}/{mine_ticket}/fetches.jsonl",
        f"{mine.path}/{mine_ticket}/../link.json",
        f"{mine.path}/{mine_ticket}/..%2flink.json",
        f"{mine.path}/{mine_ticket}/%2e%2e%2f{other}%2f{theirs.name}",
        f"{mine.path}/{mine_ticket}//etc/passwd",
        f"{mine.path}/{mine_ticket}/{mine.name}/",
        f"{mine.path}/{mine_ticket}/{mine.name}%00",
        f"{mine.path}/view/{mine.name}",
        f"{mine.path}/view/../link.json",
        f"{mine.path}/view/link.json",
        f"{mine.path}/1-99999999999-{'A' * 43}/{mine.name}",
        f"{mine_at.replace('/1-', '/2-')}",
        f"http://x{theirs.path}",
        f"//d/{other}/{theirs.token}",
    ]
    nothing = door.raw(b"GET / HTTP/1.1", b"Host: x")
    for trick in tricks:
        answer = door.raw(b"GET " + trick.encode() + b" HTTP/1.1", b"Host: x")
        assert answer == nothing or answer.startswith(b"HTTP/1.1 400"), trick
        assert theirs.data[:64] not in answer and b"token_sha256" not in answer, trick
    two = door.raw(
        b"GET " + mine.path.encode() + b" HTTP/1.1",
        b"Host: x",
        b"",
        b"GET " + theirs_at.encode() + b" HTTP/1.1",
        b"Host: x",
    )
    assert two.count(b"HTTP/1.1 ") == 1, "a connection is for one answer"
    (mine.folder / "linked.zip").symlink_to(theirs.folder / theirs.name)
    odd = f"/d/{os.path.relpath(theirs.folder, mine.folder)}/x"
    assert door.raw(b"GET " + odd.encode() + b" HTTP/1.1", b"Host: x") == nothing


def test_a_link_s_process_knows_its_own_folder_and_nothing_else(door: Doors) -> None:
    made = make(door.folder)
    with door.start() as browser:
        assert browser.get(made.path).status_code == 200
        [child] = door.children()
        proc = Path(f"/proc/{child}")
        assert proc.joinpath("cwd").resolve() == made.folder.resolve()
        assert proc.joinpath("environ").read_bytes().strip(b"\0") in (b"", b"LC_CTYPE=C.UTF-8")
        assert "NoNewPrivs:\t1" in proc.joinpath("status").read_text()
        maps = proc.joinpath("maps").read_text()
        assert "_sqlite3" not in maps and "libsqlite" not in maps
        opened = [e.readlink() for e in proc.joinpath("fd").iterdir() if int(e.name) > 2]
        files = {str(each) for each in opened if each.is_absolute()}
        assert files == {str(made.folder.resolve()), str(made.folder / "fetches.jsonl")}


def test_a_passphrase_is_asked_for_and_guesses_end_also_over_a_kill(door: Doors) -> None:
    made = make(door.folder, passphrase=passphrase_hash("blue heron at dawn"))
    with door.start() as browser:
        page = browser.get(made.path).text
        assert 'type="password"' in page and "heron" not in page
        assert browser.get(ticket(browser, made, passphrase="blue heron  at dawn")).content == (
            made.data
        )
        for _ in range(10):
            form = {"file": made.name, "passphrase": "grey heron"}
            wrong = browser.post(f"{made.path}/get", data=form)
            assert wrong.status_code == 422 and "not the passphrase" in wrong.text
        os.kill(door.children()[0], signal.SIGKILL)
        right = {"file": made.name, "passphrase": "blue heron at dawn"}
        answer = browser.post(f"{made.path}/get", data=right)
        assert answer.status_code == 422 and "Too many" in answer.text


def test_at_the_counter_the_packet_opens_in_the_browser_as_often_as_it_is_asked_for(
    door: Doors,
) -> None:
    made = make(door.folder, name="packet.pdf", kind="station", most=0)
    inline = make(door.folder, name="packet.pdf", kind="station", most=0)
    assert made.link.files[0].inline is False
    offered = inline.link.files[0].__class__(
        *("packet.pdf", "The packet", len(inline.data), inline.link.files[0].sha256, True)
    )
    station = make(door.folder, name="packet.pdf", kind="station", most=0, files=(offered,))
    with door.start() as browser:
        assert "Looking costs nothing" in browser.get(station.path).text
        for _ in range(4):
            answer = browser.get(f"{station.path}/view/packet.pdf")
            assert answer.content == station.data
            assert answer.headers["content-disposition"].startswith("inline")
            assert answer.headers["content-type"] == "application/pdf"
        posted = browser.post(f"{station.path}/get", data={"file": "packet.pdf"})
        assert posted.status_code == 404, "copies are not made here"


def test_slow_and_broken_visitors_keep_nobody_else_out(door: Doors) -> None:
    made = make(door.folder)
    with door.start() as browser:
        host, _, port = door.address.removeprefix("http://").rpartition(":")
        idle = [socket.create_connection((host, int(port))) for _ in range(40)]
        for each in idle[:20]:
            each.sendall(b"GET /d/")
        for junk in (b"\x16\x03\x01\x02\x00", b"\n\n", b"GET\n", b"A" * 5000):
            with socket.create_connection((host, int(port))) as connection:
                connection.sendall(junk)
        assert browser.get(made.path).status_code == 200
        for each in idle:
            each.close()
