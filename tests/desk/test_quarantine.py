"""What is in quarantine is shown at no address of the desk, to nobody but who decides about it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from archiver.archive.reading import media_of, record
from archiver.archive.store import Archive
from archiver.config import Home
from archiver.desk.routes import ROUTES
from archiver.errors import InputError, RuleError
from archiver.items import Access
from archiver.register.office import open_office
from archiver.requests.book import decide, items_of
from archiver.retention.quarantine import lift, put_in_quarantine
from archiver.staff.roles import QUARANTINE, ROLES, SEARCH, VIEW_QUARANTINE
from tests.desk.test_gate import example

Browser = Any
TRACES = (
    "cierre del parque afecta",
    "ruta 4 del autobús",
    "Xiomara Belaunde",
    "@xbelaunde",
    "Map of the closed park",
    "Detour signs are up",
    "own the shop beside",
    "The shop door",
)
"""What the three records say and who says it; no search below asks for as much."""


NUMBER = "AG-2026-0001"


async def new_request(browser: Browser, *picks: str) -> None:
    answer = await browser.post(
        "/requests",
        {
            "received_on": "2026-11-16",
            "received_time": "09:12",
            "channel": "email",
            "verbatim": "All comments about the park closure.",
            "pick": list(picks),
        },
    )
    assert answer.status_code == 303


def audit_of(home: Home) -> list[tuple[str, str, str, dict[str, Any]]]:
    with closing(sqlite3.connect(home.office_db)) as office:
        found = office.execute("SELECT actor, action, subject, detail FROM audit ORDER BY id")
        return [(row[0], row[1], row[2], json.loads(row[3] or "{}")) for row in found.fetchall()]


def shut(city: Home, file: str, *numbers: int, kind: str = "court-sealed") -> None:
    with closing(open_office(city)) as office, Archive.open(city) as archive:
        files = {"archive": archive.public, "private": archive.private}
        for number in numbers:
            put_in_quarantine(
                office, files, file, number, actor="test", kind=kind, reason="Order 26-114"
            )


def plain(answer: Any) -> str:
    """A page as it is read, without the marks of found words."""
    return re.sub(r"</?mark>", "", answer.text)


def addresses(file: str, number: int) -> list[str]:
    """Every address of the desk, once it names this record where it names one."""
    named = {"number": NUMBER, "file": file, "id": str(number), "position": "0"}
    found = [example(route.pattern.pattern, **named) for route in ROUTES if "GET" in route.acts]
    words = ("autobús", "oficina", "from:xbelaunde", "closed+park", "detour", "zanzibar", "shop")
    for path in ("/search", "/search.json"):
        found += [f"{path}?q={word}&order={o}" for word in words for o in ("newest", "best")]
        found += [path, f"{path}?state=removed", f"{path}?state=edited", f"{path}?has=media"]
    return found


async def test_no_address_answers_with_it_whatever_the_role(
    anonymous: Browser, city: Home, public_ids: dict[str, int], private_ids: list[int]
) -> None:
    resident, top, message = public_ids["102"], public_ids["100"], private_ids[0]
    assert (await anonymous.sign_in("odile")).status_code == 303
    picks = [f"archive:{resident}", f"archive:{top}", f"private:{message}"]
    await new_request(anonymous, *picks)
    picture = (await anonymous.get(f"/media/archive/{top}/0")).content
    door = (await anonymous.get(f"/media/private/{message}/0")).content
    assert picture[:4] == door[:4] == b"\x89PNG"
    walked = (
        *addresses("archive", resident),
        *addresses("archive", top),
        *addresses("private", message),
        *(f"/record/archive/{public_ids[each]}" for each in ("101", "103", "104", "105", "107")),
        *(f"/record/private/{each}" for each in private_ids[1:]),
        *(f"/requests/{NUMBER}/review/{item}" for item in (1, 2, 3)),
    )
    shown = "".join([plain(await anonymous.get(path)) for path in walked])
    assert [trace for trace in TRACES if trace not in shown] == []
    shut(city, "archive", resident, top)
    shut(city, "private", message)
    answers = 0
    for role in (*ROLES, "odile"):
        assert (await anonymous.sign_in(role)).status_code == 303
        for path in walked:
            if path.startswith("/quarantine/") and role == "attorney":
                continue
            answer = await anonymous.get(path)
            assert answer.status_code != 500, path
            assert [trace for trace in TRACES if trace in plain(answer)] == [], (role, path)
            assert answer.content not in (picture, door), (role, path)
            answers += 1
    assert answers > 1_000


async def test_counts_agree_with_what_is_shown(
    odile: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    before = json.loads((await odile.get("/search.json?q=council")).text)
    assert before["count"] == 30
    shut(city, "archive", *(public_ids[f"3{week:02d}"] for week in range(7)))
    found = json.loads((await odile.get("/search.json?q=council")).text)
    assert found["count"] == len(found["rows"]) == 23
    assert "23" in (await odile.get("/search?q=council")).text
    everything = json.loads((await odile.get("/search.json")).text)
    assert everything["count"] == 38 + 3 - 7


async def test_the_very_next_request_of_the_desk_is_told_by_another_process(
    odile: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    path = f"/record/archive/{public_ids['102']}"
    assert (await odile.get(path)).status_code == 200
    words = ["--home", str(city.path), "quarantine", "add", f"archive:{public_ids['102']}"]
    words += ["--kind", "mistaken capture", "--reason", "Not the city's page", "--yes"]
    subprocess.run([sys.executable, "-m", "archiver", *words], check=True, capture_output=True)
    assert (await odile.get(path)).status_code == 404
    with closing(open_office(city)) as office:
        lift(office, "archive", public_ids["102"], actor="test", reason="It was")
    assert (await odile.get(path)).status_code == 200


async def test_whoever_may_puts_a_record_in_with_its_conversation(
    anonymous: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    assert (await anonymous.sign_in("communications")).status_code == 303
    page = (await anonymous.get(f"/record/archive/{public_ids['102']}")).text
    assert "Put in quarantine" in page
    assert "Its whole conversation: 8 records" in page
    answer = await anonymous.post(
        f"/record/archive/{public_ids['102']}/quarantine",
        {"kind": "court-sealed", "reason": "Order 26-114", "what": "thread"},
    )
    assert answer.headers["location"] == "/quarantine/placed?records=8"
    told = (await anonymous.get("/quarantine/placed?records=8")).text
    assert "8 records went into quarantine" in told
    assert (await anonymous.get(f"/record/archive/{public_ids['107']}")).status_code == 404
    actor, _, subject, detail = next(e for e in audit_of(city) if e[1] == "put in quarantine")
    assert (actor, subject) == ("communications", f"record archive:{public_ids['102']}")
    assert len(detail["records"]) == 8


@pytest.mark.parametrize("role", sorted(ROLES))
async def test_who_may_not_is_offered_nothing(
    anonymous: Browser, public_ids: dict[str, int], role: str
) -> None:
    assert (await anonymous.sign_in(role)).status_code == 303
    may = ROLES[role].permissions
    if SEARCH in may:
        page = (await anonymous.get(f"/record/archive/{public_ids['101']}")).text
        assert ("Put in quarantine" in page) is (QUARANTINE in may)
    assert ('href="/quarantine"' in (await anonymous.get("/")).text) is (VIEW_QUARANTINE in may)


async def test_a_private_record_is_out_of_reach_of_who_may_not_see_it(
    clerk: Browser, city: Home, private_ids: list[int]
) -> None:
    answer = await clerk.post(
        f"/record/private/{private_ids[0]}/quarantine", {"kind": "other", "reason": "x"}
    )
    assert answer.status_code == 404
    with closing(sqlite3.connect(city.office_db)) as office:
        found = office.execute("SELECT count(*) FROM quarantine_steps")
        assert found.fetchone()[0] == 0


async def test_the_attorney_sees_text_first_and_a_picture_only_when_it_is_opened(
    anonymous: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    number = public_ids["100"]
    shut(city, "archive", number, kind="unlawful image")
    assert (await anonymous.sign_in("attorney")).status_code == 303
    answer = await anonymous.get(f"/record/archive/{number}")
    assert answer.headers["location"] == f"/quarantine/archive/{number}"
    listed = (await anonymous.get("/quarantine")).text
    assert "Order 26-114" in listed
    assert "Park closure starts" not in listed
    page = (await anonymous.get(f"/quarantine/archive/{number}")).text
    assert "Park closure starts" in page
    assert "<img" not in page
    assert "/media/" not in page
    picture = await anonymous.get(f"/quarantine/archive/{number}/pictures/0")
    assert picture.headers["content-type"] == "image/png"
    assert (await anonymous.get(f"/quarantine/archive/{number}/pictures/9")).status_code == 404
    assert (await anonymous.get(f"/media/archive/{number}/0")).status_code == 404
    looked = [(actor, action, subject) for actor, action, subject, _ in audit_of(city)]
    assert ("attorney", "viewed in quarantine", f"record archive:{number}") in looked
    assert ("attorney", "opened a picture in quarantine", f"record archive:{number}") in looked


async def test_the_attorney_lifts_it_with_a_reason(
    anonymous: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    number = public_ids["102"]
    shut(city, "archive", number)
    assert (await anonymous.sign_in("attorney")).status_code == 303
    path = f"/quarantine/archive/{number}/lift"
    refused = await anonymous.post(path, {"reason": "  "})
    assert refused.status_code == 422
    assert "Say why it comes out" in refused.text
    answer = await anonymous.post(path, {"reason": "The order was vacated."})
    assert answer.headers["location"] == "/quarantine?lifted=1"
    assert (await anonymous.get(f"/quarantine/archive/{number}")).status_code == 404
    assert (await anonymous.get(f"/record/archive/{number}")).status_code == 200
    assert "The order was vacated." in (await anonymous.get("/quarantine?lifted=1")).text


async def test_an_unlawful_picture_is_shown_with_no_other_record(
    odile: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    with closing(sqlite3.connect(city.archive_db)) as file:
        file.execute("DROP TRIGGER record_media_keep")
        other = public_ids["107"]
        file.execute(
            "UPDATE record_media SET sha256 = (SELECT sha256 FROM record_media WHERE record_id = ?)"
            " WHERE record_id = ? AND position = 0",
            (public_ids["100"], other),
        )
        file.commit()
    assert (await odile.get(f"/media/archive/{other}/0")).status_code == 200
    shut(city, "archive", public_ids["100"], kind="court-sealed")
    assert (await odile.get(f"/media/archive/{other}/0")).status_code == 200
    with closing(open_office(city)) as office:
        lift(office, "archive", public_ids["100"], actor="test", reason="Wrong kind")
    shut(city, "archive", public_ids["100"], kind="unlawful image")
    assert (await odile.get(f"/media/archive/{other}/0")).status_code == 404
    assert f"/media/archive/{other}/0" not in (await odile.get(f"/record/archive/{other}")).text


async def test_a_request_says_quarantined_and_is_not_produced(
    odile: Browser, city: Home, public_ids: dict[str, int]
) -> None:
    await new_request(odile, f"archive:{public_ids['101']}", f"archive:{public_ids['102']}")
    with closing(open_office(city)) as office:
        items = {item.record_id: item.id for item in items_of(office, NUMBER)}
        decide(office, NUMBER, list(items.values()), "release", actor="test")
    shut(city, "archive", public_ids["102"])
    page = (await odile.get(f"/requests/{NUMBER}")).text
    assert page.count("Quarantined</span>") == 1
    item = items[public_ids["102"]]
    assert f"Item {item} cannot be produced: its record is in quarantine" in page
    assert "Quarantined" in (await odile.get(f"/requests/{NUMBER}/review/{item}")).text
    refused = await odile.post(f"/requests/{NUMBER}/produce")
    assert refused.status_code == 400
    assert "in quarantine" in refused.text


def test_what_is_no_record_and_what_is_there_already_is_refused(
    city: Home, public_ids: dict[str, int]
) -> None:
    with pytest.raises(InputError, match="no record archive:5"):
        shut(city, "archive", 5)
    shut(city, "archive", public_ids["102"])
    with closing(open_office(city)) as office, Archive.open(city, whole=True) as archive:
        with pytest.raises(RuleError, match="in quarantine already"):
            put_in_quarantine(
                *(office, {"archive": archive.public}, "archive", public_ids["102"]),
                actor="test",
                kind="other",
                reason="again",
            )
        assert record(archive.public, public_ids["102"]) is not None
        assert media_of(archive.file(Access.PUBLIC), public_ids["100"])[0].sha256 is not None
