"""What the city saved of its Vine account in 2017: the archive's JSON, a page, videos; and a copy
of its Periscope data."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

from archiver import clock
from archiver.demo.accounts import DemoAccount
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import Feed, Post
from archiver.demo.pictures import short_video
from archiver.demo.x_download import Written, plan_feed

VINE_ACCOUNT = DemoAccount(
    "vine",
    "AlderGlenParks",
    "927060056233623552",
    "Alder Glen Parks",
    "parks",
    "Parks & Recreation",
    "Recreation Programs",
    "Six seconds of shade.",
    1,
)
CLOSED = dt.datetime(2017, 1, 17, tzinfo=dt.UTC)
OPENED = dt.datetime(2013, 3, 5, tzinfo=dt.UTC)
_LETTERS = "0123456789AbCdEfGhIjKlMnOpQrStUvWxYz"
_PAGE = """<!DOCTYPE html>
<html><head><title>Vine</title>
<meta property="og:url" content="https://vine.co/v/{slug}">
<meta property="og:image" content="https://v.cdn.vine.co/r/thumbs/{slug}.jpg?versionId=a">
<meta name="twitter:title" content="{name}">
<meta name="twitter:description" content="{text}">
<script>window.POST_DATA = {{ {number} : {post} }};</script></head><body></body></html>
"""


def slug_of(seed: int, number: int) -> str:
    """The name of a vine in its address."""
    dice = Dice(seed_of(seed, "vine", number))
    return "".join(dice.pick(_LETTERS) for _ in range(11))


def write_vine_download(
    path: Path,
    *,
    account: DemoAccount = VINE_ACCOUNT,
    count: int,
    seed: int = 0,
    interface: bool = False,
    together: int = 0,
) -> Written:
    """Write a zip of `count` vines as the archive gave them; with `interface` in the envelope of
    Vine's interface, comments among them. Every tenth was also saved as a page, the last only so;
    every fifth has its video. With `together` they lie so many to a file, as the interface gave a
    timeline, and there are no pages."""
    feed = plan_feed(account, count, seed=seed, since=OPENED, until=CLOSED)
    slugs = [slug_of(seed, number) for number in range(count)]
    posts = [_post(feed, feed.post(at), slug, seed, interface) for at, slug in enumerate(slugs)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"profiles/{account.native_id}.json", json.dumps(_profile(feed, slugs)))
        if together:
            _add_timelines(archive, posts, together)
            return Written(path, account, CLOSED, count, 0, {"timelines/": count})
        _add_files(archive, posts, slugs, interface)
    return Written(path, account, CLOSED, count, 0, {"posts/": count - 1}, (count + 4) // 5)


def _add_timelines(
    archive: zipfile.ZipFile, posts: Sequence[dict[str, Any]], together: int
) -> None:
    for page, start in enumerate(range(0, len(posts), together), start=1):
        records = posts[start : start + together]
        body = {"code": "", "data": {"count": len(posts), "records": records}, "success": True}
        archive.writestr(f"timelines/{page}.json", json.dumps(body))


def _add_files(
    archive: zipfile.ZipFile,
    posts: Sequence[dict[str, Any]],
    slugs: Sequence[str],
    interface: bool,
) -> None:
    last = len(posts) - 1
    for number, (post, slug) in enumerate(zip(posts, slugs, strict=True)):
        body = {"code": "", "data": post, "success": True, "error": ""} if interface else post
        if number != last:
            archive.writestr(f"posts/{slug}.json", json.dumps(body))
        if number % 10 == 0 or number == last:
            archive.writestr(f"pages/{slug}.html", _page(post, slug))
        if number % 5 == 0:
            archive.writestr(f"videos/{slug}.mp4", short_video(number))


def _profile(feed: Feed, slugs: list[str]) -> dict[str, Any]:
    account = feed.account
    return {
        "username": account.display_name,
        "userIdStr": account.native_id,
        "vanityUrls": [account.handle],
        "shareUrl": f"https://vine.co/u/{account.native_id}",
        "created": "2013-03-05T01:35:55.000000",
        "description": account.bio,
        "posts": slugs,
    }


def _post(feed: Feed, post: Post, slug: str, seed: int, interface: bool) -> dict[str, Any]:
    number = (int(post.moment.timestamp() * 1000) << 20) | post.number
    address = f"http://v.cdn.vine.co/r/videos/{slug}.mp4"
    told: dict[str, Any] = {
        "username": feed.account.display_name,
        "userIdStr": feed.account.native_id,
        "userId": float(feed.account.native_id),
        "postId": float(number),
        "postIdStr": str(number),
        "verified": 1,
        "description": post.text[:140],
        "created": f"{post.moment:%Y-%m-%dT%H:%M:%S}.000000",
        "permalinkUrl": f"https://vine.co/v/{slug}",
        "vanityUrls": [feed.account.handle],
        "entities": [],
        "comments": 2,
        "reposts": post.number % 7,
        "loops": 100 + post.number,
        "likes": post.number % 11,
        "videoUrl": f"{address}?versionId={seed_of(seed, post.number):x}",
        "videoLowURL": f"{address}?versionId={seed_of(seed, post.number, 1):x}",
        "explicitContent": 0,
    }
    if interface:
        answer = {"commentId": post.number + 1, "comment": "So good &amp; so short"}
        answer |= {"username": "A resident", "userIdStr": "81", "created": told["created"]}
        told["comments"] = {"count": 1, "records": [answer]}
    return told


def _page(post: dict[str, Any], slug: str) -> str:
    return _PAGE.format(
        slug=slug,
        name=escape(post["username"], quote=True),
        text=escape(post["description"], quote=True),
        number=post["postIdStr"],
        post=json.dumps(post),
    )


def write_periscope_download(
    path: Path, *, account: DemoAccount = VINE_ACCOUNT, count: int, seed: int = 0
) -> Written:
    """Write a zip with a Periscope account's own data: `count` broadcasts and a comment on each."""
    feed = plan_feed(account, count, seed=seed, since=OPENED, until=CLOSED)
    broadcasts, comments = [], []
    for post in feed:
        native_id = f"1y{slug_of(seed, post.number)}"
        start = clock.to_text(post.moment)
        about = {"id": native_id, "status": post.text, "start": start, "city": "Alder Glen"}
        broadcasts.append(about | {"state": "ENDED", "n_watched": post.number})
        told = {"broadcast_id": native_id, "text": "We are live & open.", "created_at": start}
        comments.append(told)
    user = {"user_id": "1aBcDeFg", "username": account.handle, "display_name": "Alder Glen Parks"}
    body = {"user": user, "broadcasts": broadcasts, "comments": comments, "followers": [{"x": 1}]}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("periscope-data.json", json.dumps(body))
    return Written(path, account, CLOSED, count, 0, {"periscope-data.json": 2 * count + 1})
