"""The small files of an X data download: account, profile, lists of people, Periscope, devices."""

from __future__ import annotations

import datetime as dt

from archiver.demo import phrases
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed
from archiver.demo.people import resident
from archiver.demo.x_objects import Object, iso_time

_LINK = "https://twitter.com/intent/user?user_id="
RENAMED = dt.datetime(2018, 8, 2, 18, 20, 31, tzinfo=dt.UTC)
BROADCASTS = ("1mnGeRPqWdLxX", "1vOxwAbQzYEJB", "1OyKAVLwnRQGb")


def small_files(feed: Feed, *, followers: int) -> dict[str, list[Object]]:
    """Every small data file: its name without .js, and its entries.

    Only what concerns an agency's account is filled; the rest of X's hundred files is empty or
    absent, as it is in a real download.
    """
    dice = Dice(seed_of(feed.seed, "extras", feed.account.handle))
    files: dict[str, list[Object]] = {
        "account": [_account(feed)],
        "account-timezone": [
            {"accountTimezone": {"accountId": feed.account.native_id, "timeZone": "Pacific Time"}}
        ],
        "profile": [_profile(feed)],
        "screen-name-change": _screen_names(feed),
        "follower": _people("follower", feed, dice, followers),
        "following": _people("following", feed, dice, max(4, followers // 20)),
        "block": _people("blocking", feed, dice, 3),
        "mute": _people("muting", feed, dice, 2),
        "like": _likes(feed, dice),
        "ip-audit": _sign_ins(feed, dice),
        "phone-number": [{"device": {"phoneNumber": phrases.hotline(feed.account.key)}}],
        "ad-impressions": [],
        "lists-created": [],
    }
    if feed.account.key in ("city", "mayor", "parks"):
        files |= _periscope(feed, dice)
    return files


def _account(feed: Feed) -> Object:
    return {
        "account": {
            "email": f"{feed.account.key}@alderglen.example.com",
            "createdVia": "web",
            "username": feed.account.handle,
            "accountId": feed.account.native_id,
            "createdAt": f"{feed.account.opened_on}T17:05:11.000Z",
            "accountDisplayName": feed.account.display_name,
        }
    }


def _profile(feed: Feed) -> Object:
    base = f"https://pbs.twimg.com/profile_images/{feed.account.native_id}"
    return {
        "profile": {
            "description": {
                "bio": feed.account.bio,
                "website": f"https://www.alderglen.example.com/{feed.account.key}",
                "location": "Alder Glen, California",
            },
            "avatarMediaUrl": f"{base}/badge.jpg",
            "headerMediaUrl": (
                f"https://pbs.twimg.com/profile_banners/{feed.account.native_id}/1600000000"
            ),
        }
    }


def _screen_names(feed: Feed) -> list[Object]:
    if feed.account.earlier_handle is None or feed.generated_at < RENAMED:
        return []
    change = {
        "changedAt": iso_time(RENAMED),
        "changedFrom": feed.account.earlier_handle,
        "changedTo": feed.account.handle,
    }
    inner = {"accountId": feed.account.native_id, "screenNameChange": change}
    return [{"screenNameChange": inner}]


def _people(wrapper: str, feed: Feed, dice: Dice, count: int) -> list[Object]:
    start = dice.below(RESIDENTS)
    ids = [resident((start + step * 11) % RESIDENTS, feed.seed).x_id for step in range(count)]
    return [
        {wrapper: {"accountId": number, "userLink": _LINK + number}}
        for number in dict.fromkeys(ids)
    ]


def _likes(feed: Feed, dice: Dice) -> list[Object]:
    liked = []
    for topic in dice.some(phrases.topics(), 6):
        number = str(10**18 + dice.below(8 * 10**17))
        text = phrases.Slots(
            dice, feed.until, feed.account.key, resident(dice.below(RESIDENTS))
        ).fill(dice.pick(topic.comments))
        url = f"https://twitter.com/i/web/status/{number}"
        liked.append({"like": {"tweetId": number, "fullText": text, "expandedUrl": url}})
    return liked


def _sign_ins(feed: Feed, dice: Dice) -> list[Object]:
    rows = []
    for step in range(12):
        at = feed.generated_at - dt.timedelta(hours=step * 19 + dice.below(9))
        rows.append(
            {
                "ipAudit": {
                    "accountId": feed.account.native_id,
                    "createdAt": iso_time(at),
                    "loginIp": f"203.0.113.{dice.between(2, 250)}",
                    "loginPortNumber": str(dice.between(1025, 65000)),
                }
            }
        )
    return rows


def _periscope(feed: Feed, dice: Dice) -> dict[str, list[Object]]:
    """Live broadcasts from the years of Periscope, which X still hands out."""
    own = "1" + dice.octets(6).hex()
    shell = {
        "id": own,
        "displayName": feed.account.display_name,
        "username": feed.account.handle,
        "createdAt": "2016-05-11T16:00:00.000Z",
        "isTwitterUser": True,
        "twitterId": feed.account.native_id,
        "twitterScreenName": feed.account.handle,
    }
    broadcasts, comments = [], []
    for step, number in enumerate(BROADCASTS):
        start = dt.datetime(2017 + step, 6, 3 + step, 1, 2, 9, tzinfo=dt.UTC)
        meta: Object = {
            "id": number,
            "hasLocation": step != 1,
            "latitude": "0.0" if step == 1 else "36.61",
            "longitude": "0.0" if step == 1 else "-119.52",
            "createdAt": iso_time(start),
            "updatedAt": iso_time(start + dt.timedelta(minutes=58)),
        }
        if step != 1:
            meta |= {"city": "Alder Glen", "country": "United States"}
        broadcasts.append({"periscopeBroadcastMetadata": meta})
        slots = phrases.Slots(dice, start, feed.account.key)
        for place in range(4):
            said = dice.pick(
                (
                    "We are live from {room}, sound check.",
                    "The park closure item comes up after public comment.",
                    "Questions about {park} go to {hotline}, thank you for watching.",
                    "Short break, back at {time} 👋🏽",
                )
            )
            comments.append(
                {
                    "periscopeCommentsMadeByUser": {
                        "broadcastId": number,
                        "byAccountId": own,
                        "createdAt": iso_time(start + dt.timedelta(minutes=3 + place * 9)),
                        "text": slots.fill(said),
                    }
                }
            )
    gone = {
        "broadcastIds": ["1BRKjbLXmoDGw"],
        "reason": "Broadcast replay has expired and is not available",
    }
    return {
        "periscope-account-information": [{"periscopeAccountInformation": shell}],
        "periscope-broadcast-metadata": broadcasts,
        "periscope-comments-made-by-user": comments,
        "periscope-expired-broadcasts": [{"periscopeExpiredBroadcasts": gone}],
        "periscope-followers": [],
        "periscope-profile-description": [
            {"periscopeProfileDescription": {"description": feed.account.bio}}
        ],
    }
