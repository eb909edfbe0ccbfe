"""The demonstration city put together: how large, which downloads, which feed, which request."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from archiver.config import Letterhead, Settings
from archiver.demo.accounts import AGENCY, X_ACCOUNTS, DemoAccount, demo_accounts
from archiver.demo.bluesky_story import advance_night, bluesky_state
from archiver.demo.x_download import Written, write_x_download
from archiver.progress import Progress

DEFAULT_RECORDS = 4000
# The feed stays small whatever the size asked for: it is read call by call, as the real one is.
FEED_RECORDS = 4000
_FEED_SHARE = 0.22
_MESSAGES_PER_POST = 1 / 9
_AGAIN = "AlderGlenParks"


def settings() -> Settings:
    """The settings of the demonstration's archive home."""
    lines = [
        "Office of the City Clerk",
        "214 Orchard Street, Alder Glen, CA 93999",
        "(559) 555-0100",
    ]
    return Settings(
        agency=AGENCY,
        schedule="palm-desert",
        request_prefix="AG-",
        bates_prefix="ALDERGLEN",
        letterhead=Letterhead(lines=lines),
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """How many records come from where: `posts` for each X account, `feed` from Bluesky."""

    posts: dict[str, int]
    feed: int


def plan(records: int) -> Plan:
    """Divide about that many records among the accounts."""
    feed = min(FEED_RECORDS, int(records * _FEED_SHARE))
    left = records - feed
    total = sum(account.share for account in X_ACCOUNTS)
    posts = {
        account.handle: max(12, int(left * account.share / total / (1 + _MESSAGES_PER_POST)))
        for account in X_ACCOUNTS
    }
    return Plan(posts, feed)


def write_downloads(
    folder: Path,
    *,
    records: int = DEFAULT_RECORDS,
    seed: int = 0,
    now: dt.datetime,
    progress: Progress | None = None,
) -> list[Written]:
    """Write the X downloads of every account, in the order in which a city would import them.

    The parks department asked X twice: its first download is three weeks old, the second adds
    what came since and no longer holds what was deleted in between.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Written] = []
    posts = plan(records).posts
    for done, account in enumerate(X_ACCOUNTS):
        if progress:
            progress(f"writing the download of @{account.handle}", done, len(X_ACCOUNTS))
        written += _downloads_of(folder, account, posts[account.handle], seed, now)
    if progress:
        progress("downloads written", len(X_ACCOUNTS), len(X_ACCOUNTS))
    return written


def _downloads_of(
    folder: Path, account: DemoAccount, posts: int, seed: int, now: dt.datetime
) -> list[Written]:
    if account.handle != _AGAIN:
        path = folder / f"twitter-{now:%Y-%m-%d}-{account.handle}.zip"
        return [write_x_download(path, account=account, posts=posts, seed=seed, generated_at=now)]
    before = now - dt.timedelta(days=21)
    until = before - dt.timedelta(hours=2)
    first = write_x_download(
        folder / f"twitter-{before:%Y-%m-%d}-{account.handle}.zip",
        account=account,
        posts=posts,
        seed=seed,
        generated_at=before,
        until=until,
    )
    second = write_x_download(
        folder / f"twitter-{now:%Y-%m-%d}-{account.handle}.zip",
        account=account,
        posts=posts,
        seed=seed,
        generated_at=now,
        until=until,
        later=max(4, posts // 60),
        changed=0.001,
        earlier=(before,),
    )
    return [first, second]


@dataclass(frozen=True, slots=True)
class SampleRequest:
    """A request as it came in, and the searches that answer it: words, and how many of the records
    found are taken into the demonstration's packet."""

    verbatim: str
    requester: str
    contact: str
    channel: str
    scope: str
    searches: tuple[tuple[str, int], ...]
    received_days_ago: int


def sample_request() -> SampleRequest:
    """The request the demonstration answers."""
    return SampleRequest(
        verbatim=(
            "Under the California Public Records Act I ask for all posts, comments and private "
            "messages on the City's social media about the park closure, from the first notice "
            "to today, including what was edited, hidden or deleted. Electronic copies please."
        ),
        requester="Jocasta Wren",
        contact="jocasta.wren@example.org",
        channel="email",
        scope="Social-media records of all departments that mention the park closure",
        searches=(
            ('"park closure"', 40),
            ('"cierre del parque"', 5),
            ("公園關閉", 3),
            ("公园关闭", 2),
            ("ਪਾਰਕ ਬੰਦ", 3),
            ("sarado parke", 2),
        ),
        received_days_ago=6,
    )


__all__ = [
    "DEFAULT_RECORDS",
    "SampleRequest",
    "advance_night",
    "bluesky_state",
    "demo_accounts",
    "plan",
    "sample_request",
    "settings",
    "write_downloads",
]
