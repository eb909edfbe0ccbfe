"""The small city with records of two departments, and a request that has gone far with both."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from contextlib import closing
from dataclasses import dataclass
from itertools import product
from typing import Any

from archiver.archive.media import store_media
from archiver.archive.runs import AccountRef
from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.config import Home
from archiver.desk.roles_table import readable
from archiver.desk.routes import ROUTES
from archiver.items import Access, Author, AuthorRole, Item, Kind, MediaRef, Visibility
from archiver.operations.jobs import run_next
from archiver.operations.worker import handlers
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office
from archiver.requests.book import attest_exemption
from archiver.requests.receiving.noticing import notice
from archiver.requests.receiving.patterns import Pattern, Patterns
from archiver.requests.reviewing.attorney import ask
from archiver.retention.quarantine import put_in_quarantine
from archiver.staff.people import add_person, open_staff, set_departments
from archiver.staff.roles import ROLES
from tests.desk.conftest import PASSWORD, Browser, picture
from tests.desk.test_gate import EXAMPLES

NUMBER = "AG-2026-0001"
SECTION = "7927.410"
THEIRS = "Public Works"
EVERY_ROLE, CLERK = "pw-every", "pw-clerk"
TRACES = (
    "Willow Park",
    "Detour signs",
    "cierre del parque",
    "Nadie contesta",
    "Xiomara Belaunde",
    "xbelaunde",
    "Rosalind Achterberg",
    "rachterberg",
    "Wei-Lun Sheng",
    "公園封閉",
    "Tobias Ngumi",
    "ZANZIBAR-SECRET-WORD",
    "shop beside the park",
    "Map of the closed park",
    "The shop door",
    "budget, parks and streets",
    "HIDDEN-REASON",
    "A data download holds no replies",
    "@alderglen",
    "x:@alderglen",
    "TUNDRA-NOTE",
    "LICHEN-QUESTION",
    "BASALT-MESSAGE",
    "OBSIDIAN-ORDER",
    "Barnaby Quillfeather",
    "bquill",
    "GRANITE-COMMENT",
    "555-0143",
    "MARBLE-SHUT",
    "A drawing in chalk",
)
"""What stands in the records of another department, who wrote them, and what was written about
them while a request was worked on. Nothing that is looked for below asks for as much."""
ITEMS = ("100", "101", "200", "p1", "p2", "p3", "c1", "c2")
"""What the request collected, in this order: items 4, 5 and 6 are of Public Works."""
WEEK = "closed all week"
DAYS = ("2026-08-11T18:00:00Z", "2026-08-11T19:00:00Z", "2026-08-12T19:00:00Z")
OWN = ("Pothole on Cedar", "Ivo Marchetti", "CEDAR-MESSAGE")
NUMBERS = tuple(map(str, range(1, 9)))
LOOK = Patterns(
    *("own", "Own", "1", "nobody", ""),
    (Pattern("claim", "en", "own", "K", ('"closed all week"',)),),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Records by file and native id, and the two pictures nobody limited may be handed."""

    home: Home
    ids: dict[str, tuple[str, int]]
    pictures: tuple[bytes, ...]

    def path(self, name: str) -> str:
        """The part of an address that names a record."""
        file, number = self.ids[name]
        return f"{file}/{number}"


def _add(home: Home, department: str, native: str, found: list[tuple[Any, ...]]) -> None:
    """Records of a department's account, each with the picture it names, if any."""
    with closing(open_office(home)) as office:
        [account] = [each for each in list_accounts(office) if each.department == department]
    ref = AccountRef(
        *(account.id, account.platform, account.handle, account.display_name),
        *(account.department, account.division, account.native_id, account.account_class),
    )
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ref, source=native)
        items, stored = [], {}
        for name, author, text, at, kind, root, shown in found:
            private = kind is Kind.MESSAGE
            raw = json.dumps({"id": name, "text": text}).encode()
            media = (MediaRef(f"{name}.png", f"{name}.png", "image/png", shown),) if shown else ()
            if shown:
                access = Access.PRIVATE if private else Access.PUBLIC
                stored[f"{name}.png"] = store_media(home, access, io.BytesIO(picture(shown)))
            items.append(
                Item(
                    *(account.platform, kind, name, author, at, text, raw, raw),
                    parent_id=None if private or kind is Kind.POST else root,
                    root_id=root or None,
                    visibility=Visibility.PRIVATE if private else Visibility.PUBLIC,
                    media=media,
                )
            )
        with batch(archive, run) as writing:
            writing.add(items, observed_at="2026-08-18T10:11:00Z", media=stored)
        finish_run(archive, run, outcome="complete", notes={})


def _fill(home: Home) -> None:
    works = Author("id-pw", "publicworks", "Alder Glen Public Works", AuthorRole.AGENCY)
    ivo = Author("id-ivo", "imarchetti", "Ivo Marchetti", AuthorRole.PUBLIC)
    barnaby = Author("id-bq", "bquill", "Barnaby Quillfeather", AuthorRole.PUBLIC)
    call = "Call me about the GRANITE-COMMENT, 916-555-0143, please, before the week is over."
    _add(
        home,
        THEIRS,
        "bluesky",
        [
            ("p1", works, f"Pothole on Cedar is filled, {WEEK}.", DAYS[0], Kind.POST, "", "Hole"),
            ("p2", ivo, f"Thank you, it was {WEEK}!", DAYS[1], Kind.COMMENT, "p1", ""),
            ("p3", ivo, "CEDAR-MESSAGE: when is Birch due?", DAYS[2], Kind.MESSAGE, "dm-9", ""),
        ],
    )
    _add(
        home,
        "City Manager",
        "x-download",
        [
            ("c1", barnaby, call, DAYS[0], Kind.COMMENT, "100", ""),
            ("c2", barnaby, call, DAYS[1], Kind.COMMENT, "100", ""),
            ("c3", barnaby, "MARBLE-SHUT", DAYS[2], Kind.COMMENT, "100", "A drawing in chalk"),
        ],
    )


async def scene_of(city: Home, browser: Browser) -> Scene:
    """Both departments' records in one request: searched, frozen, listed, produced, decided,
    assigned, asked about, and some in quarantine; and two people limited to Public Works."""
    _fill(city)
    ids = _ids(city)
    with closing(open_office(city)) as office:
        attest_exemption(
            office, SECTION, actor="test", attorney="P. Haldane", on=dt.date(2026, 1, 12)
        )
        told = [
            {"account": "x:@alderglen", "outcome": "failed", "message": "BASALT-MESSAGE"},
            {
                "account": "bluesky:@publicworks.alderglen.example",
                "outcome": "complete",
                "counts": {"stored": 3},
            },
        ]
        office.execute(
            "INSERT INTO nightly_runs (started_at, finished_at, outcome, summary) "
            "VALUES ('2026-11-20T09:00:00Z', '2026-11-20T09:05:00Z', 'partial', ?)",
            (json.dumps({"accounts": told}),),
        )
    with closing(open_staff(city)) as staff:
        for login, roles in ((EVERY_ROLE, list(ROLES)), (CLERK, ["clerk"])):
            add_person(
                staff,
                actor="test",
                login=login,
                name="Perpetua Works",
                title="Public Works",
                roles=roles,
                password=PASSWORD,
            )
    assert (await browser.sign_in("odile")).status_code == 303
    await _work(browser, city, ids)
    pictures = [
        (await browser.get(f"/media/{'/'.join(map(str, ids[each]))}/0")).content
        for each in ("100", "200", "c3")
    ]
    assert all(each.startswith(b"\x89PNG") for each in pictures)
    with closing(open_office(city)) as office, Archive.open(city) as archive:
        files = {"archive": archive.public, "private": archive.private}
        notice(office, files, city.settings(), shipped=LOOK)
        ask(office, NUMBER, 2, "LICHEN-QUESTION", actor="odile")
        put_in_quarantine(
            *(office, files, *ids["c3"]),
            actor="test",
            kind="court-sealed",
            reason="OBSIDIAN-ORDER",
        )
    with closing(open_staff(city)) as staff:
        for login in (EVERY_ROLE, CLERK):
            set_departments(staff, login, actor="test", departments=[THEIRS])
    return Scene(city, ids, tuple(pictures))


def _ids(city: Home) -> dict[str, tuple[str, int]]:
    ids = {}
    with Archive.open(city, whole=True) as archive:
        for file, access in (("archive", Access.PUBLIC), ("private", Access.PRIVATE)):
            for row in archive.file(access).execute("SELECT native_id, id FROM records"):
                ids[row[0]] = (file, int(row[1]))
    return ids


async def _work(browser: Browser, city: Home, ids: dict[str, tuple[str, int]]) -> None:
    picks = [":".join(map(str, ids[each])) for each in ITEMS]
    path = f"/requests/{NUMBER}"
    asked = {
        "received_on": "2026-11-16",
        "received_time": "09:12",
        "channel": "email",
        "verbatim": "Everything on repairs.",
        "requester": "Gwendolyn Ostrander",
    }

    async def post(address: str, **values: Any) -> str:
        answer = await browser.post(address, values)
        assert answer.status_code == 303, (address, re.sub(r"<[^>]+>", "", answer.text)[-900:])
        return str(answer.headers["location"])

    await post("/requests", **asked, pick=picks)
    await post(f"{path}/searches", search="q=all+week", name="Week", act="freeze")
    for account in ("1", "2"):
        await post(f"{path}/lists", kind="removals", account=account, on="")
        await post(f"{path}/lists", kind="coverage", account=account, on="")
    await post(f"{path}/lists", kind="accounts", account="", on="")
    for number in (1, 2, 3, 4, 5):
        await post(f"{path}/lists/{number}", act="not responsive", seen="0")
    withheld = {"choice": "withhold", "section": SECTION, "note": "TUNDRA-NOTE"}
    await post(f"{path}/review/1", **withheld)
    for number in range(2, len(ITEMS) + 1):
        await post(f"{path}/review/{number}", choice="release")
    await post(f"{path}/review/2/note", internal="TUNDRA-NOTE")
    await post(f"{path}/produce")
    with closing(open_office(city)) as office:
        assert run_next(office, handlers(city))
    assert "VOL001" in (await browser.get(path)).text
    # assigned before the limit: it holds when the reviewer reads
    await post(f"{path}/assign", person=EVERY_ROLE, which="all")
    await post(f"{path}/minors", name="Rosalind")


async def more_of_the_other(scene: Scene, browser: Browser) -> None:
    """More of the other department's: captured, noticed, collected, searched for, decided, asked
    about, listed, put in quarantine; a night that went wrong for it."""
    city = scene.home
    zoe = Author("id-zoe", "zoe", "Zoe Tamarind", AuthorRole.PUBLIC)
    _add(
        city,
        "City Manager",
        "x-download",
        [
            ("n1", zoe, f"TAMARIND-ONE, {WEEK}, 916-555-0187", DAYS[1], Kind.COMMENT, "100", "N"),
            ("n2", zoe, "TAMARIND-TWO, call 916-555-0187", DAYS[2], Kind.MESSAGE, "dm-7", ""),
            ("n3", zoe, f"TAMARIND-THREE, {WEEK}", DAYS[2], Kind.COMMENT, "p1", ""),
        ],
    )
    ids = _ids(city)
    path = f"/requests/{NUMBER}"
    await browser.sign_in("odile")
    picks = [":".join(map(str, ids[each])) for each in ("n1", "n2", "102")]
    for address, values in (
        ("/collect", {"pick": picks, "to": NUMBER, "search": "q=week"}),
        (f"{path}/review/9", {"choice": "withhold", "section": SECTION}),
        (f"{path}/review/7", {"choice": "not responsive", "seen": "7"}),
        (f"{path}/review/10/note", {"internal": "TAMARIND-NOTE"}),
        (f"{path}/searches", {"search": "q=tamarind", "name": "Zoe", "act": "freeze"}),
        (f"{path}/searches/1/freeze", {}),
        (f"{path}/lists", {"kind": "removals", "account": "1", "on": ""}),
        (f"{path}/assign", {"person": "reviewer", "which": "items", "items": "1, 9, 10"}),
    ):
        answer = await browser.post(address, values)
        assert answer.status_code == 303, (address, re.sub(r"<[^>]+>", "", answer.text)[-900:])
    with closing(open_office(city)) as office, Archive.open(city) as archive:
        files = {"archive": archive.public, "private": archive.private}
        notice(office, files, city.settings(), shipped=LOOK)
        ask(office, NUMBER, 9, "TAMARIND-QUESTION", actor="odile")
        put_in_quarantine(
            *(office, files, *ids["n3"]), actor="test", kind="court-sealed", reason="TAMARIND"
        )
        told = [{"account": "x:@alderglen", "outcome": "failed", "counts": {"stored": 77}}]
        office.execute(
            "UPDATE nightly_runs SET summary = json_set(summary, '$.accounts[0]', json(?))",
            (json.dumps(told[0]),),
        )


def addresses(scene: Scene) -> list[str]:
    """Every address of the desk that shows something, for all that its parts can name here."""
    records = [
        scene.ids[each] for each in ("100", "101", "200", "202", "c1", "c3", "p1", "p2", "p3")
    ]
    values = {
        "id": sorted({str(number) for _, number in records}),
        "file": ["archive", "private"],
        "number": [NUMBER],
        "position": ["0", "1"],
        "path": ["AG-2026-0001.pdf", "manifest.json", "data/records.csv", "packet.pdf"],
        **dict.fromkeys(("item", "run", "search", "list", "minor", "letter", "place"), NUMBERS),
    }
    found = ["/no-such-page"]
    for route in ROUTES:
        if "GET" not in route.acts:
            continue
        text = readable(route.pattern.pattern)
        names = re.findall(r"\{(\w+)\}", text)
        choices = [values.get(name, [EXAMPLES[name]]) for name in names]
        found += [text.format(**dict(zip(names, each, strict=True))) for each in product(*choices)]
    words = ("park", "closed", "council", "from:xbelaund*", "zanzibar", "shop", "cedar", "all+week")
    for path in ("/search", "/search.json"):
        found += [
            f"{path}?q={word}&order={order}" for word in words for order in ("newest", "best")
        ]
        found += [f"{path}?account={each}" for each in ("1", "2", "999")]
        found += [f"{path}?q=account:alderglen", f"{path}?state=removed", f"{path}?has=media"]
        found += [f"{path}?q=cedar&request={NUMBER}"]
    found += [f"/requests/{NUMBER}/frozen/1?since=1", f"/requests/{NUMBER}/frozen/1?what=all"]
    found += [f"/requests/{NUMBER}/everywhere?words={word}" for word in ("call", "week", "the")]
    found += [f"/requests/{NUMBER}/bulk?choice=release"]
    return found


def plain(answer: Any) -> str:
    """A page as it is read, without the marks of found words."""
    return re.sub(r"</?mark>", "", answer.text)


async def leaks(browser: Browser, scene: Scene) -> dict[str, list[str]]:
    """The addresses that show somebody what stands in the records of another department."""
    found = {}
    for path in addresses(scene):
        answer = await browser.get(path)
        assert answer.status_code < 500, path
        seen = [trace for trace in TRACES if trace in plain(answer)]
        if answer.content in scene.pictures:
            seen.append("picture")
        if seen:
            found[path] = seen
    return found
