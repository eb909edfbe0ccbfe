"""kill -9 at random points of the whole night: the next run ends where an undisturbed one does."""

from __future__ import annotations

import datetime as dt
import os
import random
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from archiver.archive.verify import verify
from archiver.config import Home
from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_fake import running_fake
from archiver.demo.bluesky_story import bluesky_state
from archiver.operations.status import last_night
from archiver.register.accounts import add_account
from archiver.register.office import open_office
from tests.capture.import_home import contents

KILLS = 10
NIGHTS = 4 * KILLS
"""At the most: on a machine that other tests share, some nights end before they are killed."""
NOW = "2026-11-20T10:17:00Z"


def test_a_night_killed_anywhere_ends_like_one_that_was_not(home: Home, tmp_path: Path) -> None:
    world = bluesky_state(5, records=240, now=dt.datetime.fromisoformat(NOW))
    passwords = {account.native_id: secrets.token_urlsafe(18) for account in BLUESKY_ACCOUNTS}
    with running_fake(world, passwords) as url:
        surroundings = _register(home, url, passwords)
        # the home was made at the machine's time, which lies after the night's
        _archiver(home, surroundings, "retention", "mark", "--accept-clock").wait(timeout=120)
        calm = Home(tmp_path / "calm")
        shutil.copytree(home.path, calm.path)
        began = time.monotonic()
        assert _night(calm, surroundings).wait(timeout=120) == 0
        length = time.monotonic() - began
        dice = random.Random(11)
        killed = 0
        for _ in range(NIGHTS):
            began = time.monotonic()
            night = _night(home, surroundings)
            try:
                night.wait(timeout=dice.uniform(0.2 * length, 0.95 * length))
                length = time.monotonic() - began
            except subprocess.TimeoutExpired:
                night.kill()
                killed += night.wait() == -9
            if killed == KILLS:
                break
        assert killed == KILLS
        assert _night(home, surroundings).wait(timeout=120) == 0
    assert _settled(home) == _settled(calm)
    report = verify(home)
    assert report.ok, report.findings
    with closing(open_office(home)) as office:
        night_told = last_night(office)
    assert night_told is not None
    assert night_told.outcome == "complete"


def _settled(home: Home) -> dict[str, list[Any]]:
    """What the archive holds. A killed run's statements of coverage stay true, and the run after it
    may walk a shorter stretch: of statements alike, only the widest counts."""
    found = contents(home)
    widest: dict[tuple[str, str, str], tuple[str, str]] = {}
    for what, start, end, state, reason in found["coverage"]:
        known_start, known_end = widest.get((what, state, reason), (start or "", end))
        widest[what, state, reason] = (min(known_start, start or ""), max(known_end, end))
    found["coverage"] = sorted(widest.items())
    return found


def _register(home: Home, url: str, passwords: Mapping[str, str]) -> dict[str, str]:
    surroundings = dict(os.environ) | {"ARCHIVER_NOW": NOW}
    with closing(open_office(home)) as office:
        for number, account in enumerate(BLUESKY_ACCOUNTS):
            add_account(
                office,
                actor="test",
                platform=account.platform,
                handle=account.handle,
                department=account.department,
                division=account.division,
                native_id=account.native_id,
                service=url,
                credential=f"env:ALDER_GLEN_{number}",
            )
            surroundings[f"ALDER_GLEN_{number}"] = passwords[str(account.native_id)]
    return surroundings


def _night(home: Home, surroundings: Mapping[str, str]) -> subprocess.Popen[bytes]:
    return _archiver(home, surroundings, "nightly")


def _archiver(home: Home, surroundings: Mapping[str, str], *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "archiver", "--home", str(home.path), "--quiet", *words],
        env=surroundings,
        stdout=subprocess.DEVNULL,
    )
