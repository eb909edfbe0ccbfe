"""The accounts of the invented city: which department speaks where."""

from __future__ import annotations

from dataclasses import dataclass

from archiver.demo.dice import Dice, seed_of
from archiver.demo.people import plc_did

AGENCY = "City of Alder Glen"


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account of the city. `key` names the department in the phrases.

    `share` is its part of the platform's records; `credential` is a pointer, never a secret;
    `earlier_handle` is what it was called before a change of screen name.
    """

    platform: str
    handle: str
    native_id: str
    display_name: str
    key: str
    department: str
    division: str
    bio: str
    share: int
    account_class: str = "official"
    opened_on: str = "2014-03-05"
    approval: str = "City Manager, memorandum 2014-11"
    credential: str | None = None
    earlier_handle: str | None = None

    @property
    def url(self) -> str:
        """Where the public finds it."""
        return _ADDRESSES[self.platform].format(self.handle)


_ADDRESSES = {
    "bluesky": "https://bsky.app/profile/{}",
    "facebook": "https://www.facebook.com/{}",
    "flickr": "https://www.flickr.com/people/{}",
    "instagram": "https://www.instagram.com/{}/",
    "linkedin": "https://www.linkedin.com/company/{}/",
    "mastodon": "https://social.example.org/@{}",
    "nextdoor": "https://nextdoor.com/agency/{}/",
    "tiktok": "https://www.tiktok.com/@{}",
    "vine": "https://vine.co/{}",
    "x": "https://x.com/{}",
    "youtube": "https://www.youtube.com/@{}",
}
_BLUESKY_CREDENTIAL = "env:ARCHIVER_DEMO_BLUESKY"


def _x(
    handle: str,
    native_id: str,
    name: str,
    key: str,
    department: str,
    division: str,
    bio: str,
    share: int,
    opened: str,
    earlier: str | None = None,
) -> DemoAccount:
    capacity = "official-capacity" if key == "mayor" else "official"
    return DemoAccount(
        "x",
        handle,
        native_id,
        name,
        key,
        department,
        division,
        bio,
        share,
        account_class=capacity,
        opened_on=opened,
        earlier_handle=earlier,
    )


X_ACCOUNTS: tuple[DemoAccount, ...] = (
    _x(
        "AlderGlenCity",
        "518204417",
        "City of Alder Glen",
        "city",
        "City Manager",
        "Communications",
        "News from City Hall. Not watched around the clock. Comments are public records.",
        20,
        "2012-02-29",
        "CityAlderGlen",
    ),
    _x(
        "AlderGlenPD",
        "731955028",
        "Alder Glen Police",
        "police",
        "Police",
        "Community Relations",
        "Emergency? Call 911. This account is not monitored 24/7.",
        18,
        "2013-06-11",
    ),
    _x(
        "AlderGlenParks",
        "1044730912",
        "Alder Glen Parks & Recreation",
        "parks",
        "Parks & Recreation",
        "Recreation Programs",
        "Ten parks, one pool, a lot of shade.",
        20,
        "2013-01-22",
        "AG_ParksAndRec",
    ),
    _x(
        "AlderGlenLib",
        "2290417735",
        "Alder Glen Library",
        "library",
        "Library",
        "Public Services",
        "Three branches and a bookmobile. No late fees.",
        12,
        "2013-12-27",
    ),
    _x(
        "AlderGlenWorks",
        "3018846109",
        "Alder Glen Public Works",
        "works",
        "Public Works",
        "Streets",
        "Streets, drains, trees and the Mill Street project.",
        12,
        "2015-02-08",
    ),
    _x(
        "AlderGlenWater",
        "874411206395908096",
        "Alder Glen Water",
        "water",
        "Water",
        "Customer Service",
        "Your tap, your bill, your questions. Never post your account number.",
        8,
        "2017-06-12",
    ),
    _x(
        "AlderGlenFire",
        "1109387702214938624",
        "Alder Glen Fire",
        "fire",
        "Fire",
        "Prevention",
        "Stations 1, 2 and 3. Emergency? Call 911.",
        6,
        "2019-03-23",
    ),
    _x(
        "MayorAlderGlen",
        "1601208845117722624",
        "Mayor Ines Calloway",
        "mayor",
        "City Council",
        "Mayor's Office",
        "Mayor of Alder Glen. The city's business here is the city's record.",
        4,
        "2022-12-09",
    ),
)


def _bluesky(
    handle: str, name: str, key: str, department: str, division: str, bio: str, share: int
) -> DemoAccount:
    return DemoAccount(
        "bluesky",
        handle,
        plc_did(Dice(seed_of(0, "account", handle))),
        name,
        key,
        department,
        division,
        bio,
        share,
        opened_on="2023-09-18",
        approval="City Manager, memorandum 2023-07",
        credential=f"{_BLUESKY_CREDENTIAL}_{key.upper()}",
    )


BLUESKY_ACCOUNTS: tuple[DemoAccount, ...] = (
    _bluesky(
        "parks.alderglen.example.com",
        "Alder Glen Parks & Recreation",
        "parks",
        "Parks & Recreation",
        "Recreation Programs",
        "Ten parks, one pool, a lot of shade. Replies are public records.",
        45,
    ),
    _bluesky(
        "city.alderglen.example.com",
        "City of Alder Glen",
        "city",
        "City Manager",
        "Communications",
        "News from City Hall. Replies are public records.",
        35,
    ),
    _bluesky(
        "library.alderglen.example.com",
        "Alder Glen Library",
        "library",
        "Library",
        "Public Services",
        "Three branches and a bookmobile.",
        20,
    ),
)


def demo_accounts() -> tuple[DemoAccount, ...]:
    """Every account of the demonstration city, X first."""
    return X_ACCOUNTS + BLUESKY_ACCOUNTS


def by_handle(handle: str) -> DemoAccount:
    """The demonstration account of that handle."""
    return next(account for account in demo_accounts() if account.handle == handle)
