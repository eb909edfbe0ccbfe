"""kill -9 in the middle of a night: the next one brings the archive to where an undisturbed one
would have brought it."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.writing import recover
from archiver.config import Home, Settings
from archiver.operations.home import create_home
from tests.capture.bluesky_city import City
from tests.servers.bluesky_network import Network, Person, picture, ref
from tests.servers.processes import ROOT

pytestmark = pytest.mark.servers

KILLS = 14
SETTINGS = Settings(agency="City of Alder Glen", schedule="palm-desert")


def test_a_night_that_is_killed_again_and_again_ends_like_one_that_was_not(
    appview: Network, tmp_path: Path
) -> None:
    city, joe, ann = (appview.person(name) for name in ("city", "joe", "ann"))
    posts = _busy_page(city, joe, ann)
    password = city.app_password()
    calm = City(appview, city, create_home(tmp_path / "calm", SETTINGS), password)
    shaken = City(appview, city, create_home(tmp_path / "shaken", SETTINGS), password)
    dice = random.Random(7)

    appview.settle()
    started = time.monotonic()
    _run(calm)
    length = time.monotonic() - started
    _kill_some(shaken, dice, length)
    _one_more_night_each(calm, shaken)
    assert _facts(shaken) == _facts(calm)

    city.delete(posts[1]["uri"])
    city.put(posts[2]["uri"], {"text": "Corrected notice"})
    city.hide(posts[0], _reply_to(joe, posts[0]))
    joe.delete(_reply_to(joe, posts[3])["uri"])
    appview.settle()
    started = time.monotonic()
    _run(calm)
    _kill_some(shaken, dice, time.monotonic() - started)
    _one_more_night_each(calm, shaken)
    assert _facts(shaken) == _facts(calm)
    for one in (calm, shaken):
        report = verify(one.home)
        assert report.ok, report.findings


def _busy_page(city: Person, joe: Person, ann: Person) -> list[dict[str, Any]]:
    blob = city.upload(picture("red"), "image/png")
    image = {"$type": "app.bsky.embed.images", "images": [{"alt": "Bridge", "image": blob}]}
    posts = [city.post(f"Notice {n}", **({"embed": image} if n == 4 else {})) for n in range(10)]
    for n, post in enumerate(posts[:6]):
        reply = joe.reply(post, f"Objection {n}")
        ann.reply(reply, f"Agreed {n}", root=post)
        ann.like(post)
    joe.follow(city)
    ann.follow(city)
    ann.post("Look", embed={"$type": "app.bsky.embed.record", "record": ref(posts[0])})
    return posts


def _reply_to(person: Person, post: dict[str, Any]) -> dict[str, Any]:
    listed = person.ask(
        "com.atproto.repo.listRecords", repo=person.did, collection="app.bsky.feed.post"
    )
    (found,) = [
        record
        for record in listed["records"]
        if record["value"].get("reply", {}).get("parent", {}).get("uri") == post["uri"]
    ]
    return dict(found)


def _command(city: City) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [
            sys.executable,
            *("-m", "tests.capture.capture_once", str(city.home.path)),
            *(city.network.pds, city.person.handle),
        ],
        cwd=ROOT,
        env={**os.environ, "ALDER_GLEN_BLUESKY": city.password},
        stdout=subprocess.PIPE,
    )


def _run(city: City) -> None:
    out, _ = _command(city).communicate(timeout=120)
    assert b'"outcome": "complete"' in out, out


def _one_more_night_each(calm: City, shaken: City) -> None:
    """A night that was to be killed may have ended before: then the first undisturbed one is its
    second. With one more night each, both have had a first and a second one."""
    _run(shaken)
    _run(shaken)
    _run(calm)


def _kill_some(city: City, dice: random.Random, length: float) -> None:
    """Kill nights at random moments after the interpreter has started."""
    for _ in range(KILLS):
        process = _command(city)
        try:
            process.wait(dice.uniform(0.35, 1.0) * length)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        assert process.stdout is not None
        process.stdout.close()
        _still_verifies(city.home)


def _still_verifies(home: Home) -> None:
    with Archive.open(home, write=True) as archive:
        recover(archive)
    report = verify(home)
    assert report.ok, report.findings


def _facts(city: City) -> dict[str, list[tuple[Any, ...]]]:
    """Records, versions, events, people and coverage without run numbers, salts and moments."""
    with Archive.open(city.home) as archive:

        def all_rows(sql: str) -> list[tuple[Any, ...]]:
            found = [*archive.public.execute(sql), *archive.private.execute(sql)]
            return sorted((tuple(row) for row in found), key=repr)

        return {
            "records": all_rows(
                """
                SELECT kind, form, native_id, parent_id, root_id, author_id, author_role, text,
                    visibility, presence, removed_by, version_count, media_count,
                    CASE undated WHEN 1 THEN '' ELSE created_at END
                FROM records
                """
            ),
            "versions": all_rows(
                """
                SELECT r.native_id, v.n, v.stable, v.text, v.media FROM versions v
                JOIN records r ON r.id = v.record_id
                """
            ),
            "events": all_rows(
                """
                SELECT r.native_id, e.what FROM events e JOIN records r ON r.id = e.record_id
                """
            ),
            "people": all_rows("SELECT relation, native_id, to_at IS NULL FROM subscribers"),
            "coverage": all_rows(
                # a run killed after it said what it covered lets the next one walk less: of
                # statements alike, the widest counts
                """
                SELECT what, max(start_at IS NULL), state, reason FROM coverage
                GROUP BY what, state, reason
                """
            ),
        }
