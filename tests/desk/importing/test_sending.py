"""Sending a download to the desk, in pieces or whole: what is taken and what is refused."""

from __future__ import annotations

import zipfile
from contextlib import closing
from pathlib import Path

from archiver.config import Home
from archiver.staff.people import open_staff, set_departments
from tests.desk.conftest import Browser
from tests.desk.importing.conftest import PIECE, begin, digest, found, piece, send, work

HOSTILE_NAME = '<img src=x onerror=alert(1)>"\u202e\x07.zip'


async def test_pieces_out_of_place_damaged_or_repeated_are_answered_with_where_to_go_on(
    registered: Home, odile: Browser, made: Path
) -> None:
    content = made.read_bytes()
    begun = (await begin(odile, ("a.zip", content))).json()
    number, file = begun["import"], begun["files"][0]["id"]
    late = await piece(odile, number, file, content, PIECE)
    assert (late.status_code, late.json()["received"]) == (409, 0)
    await piece(odile, number, file, content, 0)
    repeated = await piece(odile, number, file, content, 0)
    assert (repeated.status_code, repeated.json()["received"]) == (200, PIECE)
    damaged = await odile.client.post(
        f"/import/{number}/files/{file}?offset={PIECE}&sha256={'0' * 64}",
        content=content[PIECE : 2 * PIECE],
        headers={"content-type": "application/octet-stream", "x-form-key": odile.form_key},
    )
    assert (damaged.status_code, damaged.json()["received"]) == (409, PIECE)
    for offset in ("-1", "", "9" * 30, "x"):
        odd = await odile.client.post(
            f"/import/{number}/files/{file}?offset={offset}&sha256={'0' * 64}",
            content=b"x",
            headers={"content-type": "application/octet-stream", "x-form-key": odile.form_key},
        )
        assert odd.status_code in (400, 409)


async def test_a_piece_without_the_key_of_the_page_is_refused(
    registered: Home, odile: Browser, made: Path
) -> None:
    content = made.read_bytes()
    begun = (await begin(odile, ("a.zip", content))).json()
    path = f"/import/{begun['import']}/files/{begun['files'][0]['id']}"
    query = f"?offset=0&sha256={digest(content[:PIECE])}"
    for headers in ({}, {"x-form-key": "0" * 64}):
        answer = await odile.client.post(
            path + query,
            content=content[:PIECE],
            headers={"content-type": "application/octet-stream", **headers},
        )
        assert answer.status_code == 403
    cross = {"sec-fetch-site": "cross-site", "x-form-key": odile.form_key}
    answer = await odile.client.post(
        path + query,
        content=content[:PIECE],
        headers={"content-type": "application/octet-stream", **cross},
    )
    assert answer.status_code == 403
    assert found(registered, begun["import"]).received == 0


async def test_a_piece_larger_than_a_piece_is_refused_unread(
    registered: Home, odile: Browser
) -> None:
    begun = (await begin(odile, ("a.zip", b"x" * 100))).json()
    answer = await odile.client.post(
        f"/import/{begun['import']}/files/{begun['files'][0]['id']}?offset=0&sha256={'0' * 64}",
        content=b"x" * (9 * 1024 * 1024),
        headers={"content-type": "application/octet-stream", "x-form-key": odile.form_key},
    )
    assert answer.status_code == 400


async def test_a_plain_form_brings_a_small_file(
    registered: Home, odile: Browser, made: Path
) -> None:
    page = (await odile.get("/import")).text
    assert 'enctype="multipart/form-data"' in page
    answer = await odile.client.post(
        "/import",
        data={"form_key": odile.form_key},
        files=[("download", ("twitter-pd.zip", made.read_bytes(), "application/zip"))],
    )
    assert answer.status_code == 303
    work(registered)
    assert "What is inside" in (await odile.get(answer.headers["location"])).text
    empty = await odile.client.post(
        "/import",
        data={"form_key": odile.form_key},
        files=[("download", ("empty.zip", b"", "application/zip"))],
    )
    assert empty.status_code == 400
    assert "empty" in empty.text


async def test_a_hostile_name_is_shown_as_words(registered: Home, odile: Browser) -> None:
    number = await send(odile, (HOSTILE_NAME, b"no download at all"))
    work(registered)
    for path in ("/import", f"/import/{number}"):
        page = (await odile.get(path)).text
        assert "<img src=x" not in page
        assert "\u202e" not in page
        assert "\x07" not in page


async def test_whoever_is_limited_disturbs_no_upload_they_do_not_know_of(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    with closing(open_staff(registered)) as staff:
        set_departments(staff, "communications", actor="test", departments=["Public Works"])
    await anonymous.sign_in("odile")
    content = made.read_bytes()
    begun = (await begin(anonymous, ("a.zip", content))).json()
    await piece(anonymous, begun["import"], begun["files"][0]["id"], content, 0)
    await anonymous.sign_in("communications")
    assert (await anonymous.get(f"/import/{begun['import']}")).status_code == 404
    await send(anonymous, ("b.zip", b"no download at all"))
    work(registered)
    await anonymous.sign_in("odile")
    again = (await begin(anonymous, ("a.zip", content))).json()
    assert again["files"][0]["received"] == PIECE


async def test_the_parts_of_a_set_are_one_import(
    registered: Home, odile: Browser, made: Path, tmp_path: Path
) -> None:
    parts = [tmp_path / "part-1.zip", tmp_path / "part-2.zip"]
    with zipfile.ZipFile(made) as whole:
        for number, path in enumerate(parts):
            with zipfile.ZipFile(path, "w") as part:
                for name in whole.namelist()[number::2]:
                    part.writestr(name, whole.read(name))
    number = await send(odile, *((path.name, path.read_bytes()) for path in reversed(parts)))
    work(registered)
    seen = found(registered, number)
    assert seen.state == "preview", seen.message
    assert len(seen.files) == 2
    await odile.post(f"/import/{number}/confirm", {"account": seen.account_id})
    work(registered)
    done = found(registered, number)
    assert done.state == "done", done.message
    assert done.report is not None
    assert done.report["outcome"] == "complete", done.report["problems"]


async def test_only_who_sends_it_stops_an_upload(
    registered: Home, anonymous: Browser, made: Path
) -> None:
    await anonymous.sign_in("odile")
    begun = (await begin(anonymous, ("a.zip", made.read_bytes()))).json()
    await anonymous.sign_in("clerk")
    path = f"/import/{begun['import']}"
    assert (await anonymous.post(f"{path}/remove")).status_code == 403
    sent = await piece(anonymous, begun["import"], begun["files"][0]["id"], made.read_bytes(), 0)
    assert sent.status_code == 410
    assert "odile is sending it" in (await anonymous.get(path)).text


async def test_an_upload_that_waits_for_a_file_says_so_and_goes_on_without_it(
    registered: Home, odile: Browser, made: Path
) -> None:
    content = made.read_bytes()
    begun = (await begin(odile, ("twitter-pd.zip", content), ("gone.zip", b"x" * 9))).json()
    number, place = begun["import"], begun["files"][0]
    at = 0
    while at < len(content):
        at = (await piece(odile, number, place["id"], content, at)).json()["received"]
    page = (await odile.get(f"/import/{number}")).text
    assert "the upload waits for it" in page and "Leave this file out" in page
    answer = await odile.post(f"/import/{number}/files/{begun['files'][1]['id']}/leave")
    assert answer.status_code == 303
    assert found(registered, number).state == "looking"
