"""Downloads as X handed them out in earlier years, for cities that kept theirs.

2012-2018  Grailbird: one file a month, data/js/tweets/2014_05.js, and tweets.csv
2018-2019  tweet.js at the top, no wrapper around each post, no manifest
2019-2022  data/tweet.js, wrapped, with data/manifest.js and tweet_media/
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path

import msgspec

from archiver import clock
from archiver.demo.accounts import DemoAccount
from archiver.demo.feed import Feed, Post
from archiver.demo.pictures import draw
from archiver.demo.x_arrays import ArrayFile
from archiver.demo.x_download import Written, plan_feed
from archiver.demo.x_extras import small_files
from archiver.demo.x_messages import MessageMaker
from archiver.demo.x_objects import Object, TweetMaker, layout, media_name


class Layout(StrEnum):
    """How a download of earlier years is laid out."""

    GRAILBIRD = "grailbird"
    FLAT = "flat"
    NESTED = "nested"


_MADE_ON = {
    Layout.GRAILBIRD: dt.datetime(2017, 3, 14, 12, tzinfo=dt.UTC),
    Layout.FLAT: dt.datetime(2018, 11, 20, 12, tzinfo=dt.UTC),
    Layout.NESTED: dt.datetime(2021, 6, 2, 12, tzinfo=dt.UTC),
}
_OLD_FILES = ("account", "profile", "follower", "following", "block", "mute", "screen-name-change")
_CSV_COLUMNS = (
    "tweet_id",
    "in_reply_to_status_id",
    "in_reply_to_user_id",
    "timestamp",
    "source",
    "text",
    "retweeted_status_id",
    "retweeted_status_user_id",
    "retweeted_status_timestamp",
    "expanded_urls",
)


def write_older_download(
    path: Path, *, account: DemoAccount, form: Layout, posts: int = 60, seed: int = 0
) -> Written:
    """Write a download of earlier years; `form` is its layout, and sets when it was made."""
    made_on = _MADE_ON[form]
    opened = dt.datetime.fromisoformat(account.opened_on).replace(hour=18, tzinfo=dt.UTC)
    since = min(opened, made_on - dt.timedelta(days=200))
    feed = plan_feed(account, posts, seed=seed, generated_at=made_on, since=since)
    told = Written(path, account, made_on, posts=posts)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        writer = _Writer(archive, feed, told)
        if form is Layout.GRAILBIRD:
            writer.grailbird()
        else:
            writer.tweet_js(wrapped=form is Layout.NESTED)
    return told


class _Writer:
    def __init__(self, archive: zipfile.ZipFile, feed: Feed, told: Written) -> None:
        self.archive = archive
        self.feed = feed
        self.told = told
        self.maker = TweetMaker(feed)

    def _put(self, member: str, content: bytes) -> None:
        moment = self.feed.generated_at.timetuple()[:6]
        self.archive.writestr(zipfile.ZipInfo(member, moment), content, zipfile.ZIP_DEFLATED)

    def _array(self, member: str, variable: str, entries: Iterable[Object]) -> None:
        info = zipfile.ZipInfo(member, self.feed.generated_at.timetuple()[:6])
        info.compress_type = zipfile.ZIP_DEFLATED
        with ArrayFile(self.archive, info, f"window.YTD.{variable}.part0 = ") as out:
            self.told.files[member] = out.write_all(entries)

    def tweet_js(self, *, wrapped: bool) -> None:
        """The layouts of 2018 to 2022."""
        folder = "data/" if wrapped else ""
        pictures: list[Post] = []
        self._array(f"{folder}tweet.js", "tweet", self._tweets(wrapped, pictures))
        for post in pictures:
            if post.picture is not None:
                name = f"{self.maker.ids(post)[0]}-{media_name(post)}"
                self._put(f"{folder}tweet_media/{name}", draw(post.picture))
                self.told.media += 1
        mail = MessageMaker(self.feed, conversations=6, groups=1, picture_every=1000)
        messages = "direct-messages" if wrapped else "direct-message"
        talks = [talk.body for talk in mail.one_to_one()]
        self.told.messages = sum(len(talk["dmConversation"]["messages"]) for talk in talks)
        self._array(f"{folder}{messages}.js", messages.replace("-", "_"), talks)
        for name, entries in small_files(self.feed, followers=20).items():
            if name in _OLD_FILES:
                self._array(f"{folder}{name}.js", name.replace("-", "_"), entries)
        if wrapped:
            self._put("data/manifest.js", self._manifest())

    def _tweets(self, wrapped: bool, pictures: list[Post]) -> Iterator[Object]:
        for post in self.feed:
            if post.picture is not None:
                pictures.append(post)
            entry = self.maker.tweets(post)[-1]
            yield entry if wrapped else entry["tweet"]

    def _manifest(self) -> bytes:
        account = self.feed.account
        types = {}
        for member, count in self.told.files.items():
            name = member.removeprefix("data/").removesuffix(".js")
            head, *rest = name.split("-")
            key = head + "".join(word.capitalize() for word in rest)
            variable = f"YTD.{name.replace('-', '_')}.part0"
            file = {"fileName": member, "globalName": variable, "count": str(count)}
            types[key] = {"files": [file]}
        manifest = {
            "userInfo": {
                "accountId": account.native_id,
                "userName": account.handle,
                "displayName": account.display_name,
            },
            "archiveInfo": {
                "sizeBytes": "1000000",
                "generationDate": clock.to_text(self.feed.generated_at).replace("Z", ".000Z"),
                "isPartialArchive": False,
                "maxPartSizeBytes": "53687091200",
            },
            "dataTypes": types,
        }
        return b"window.__THAR_CONFIG = " + layout(manifest)

    def grailbird(self) -> None:
        """The layout of 2012 to 2018."""
        months: dict[str, list[Object]] = defaultdict(list)
        rows: list[dict[str, object]] = []
        for post in self.feed:
            tweet = self._grailbird_tweet(post)
            months[f"{post.moment:%Y_%m}"].append(tweet)
            rows.append(_csv_row(tweet))
        index = []
        for month, tweets in sorted(months.items(), reverse=True):
            member = f"data/js/tweets/{month}.js"
            self._put(member, f"Grailbird.data.tweets_{month} = \n ".encode() + layout(tweets))
            self.told.files[member] = len(tweets)
            year, number = month.split("_")
            index.append(
                {
                    "file_name": member,
                    "year": int(year),
                    "var_name": f"tweets_{month}",
                    "tweet_count": len(tweets),
                    "month": int(number),
                }
            )
        self._put("data/js/tweet_index.js", b"var tweet_index = " + layout(index))
        self._put("data/js/user_details.js", b"var user_details = " + layout(self._details()))
        payload = {
            "tweets": self.feed.total,
            "created_at": f"{self.feed.generated_at:%Y-%m-%d %H:%M:%S} +0000",
            "lang": "en",
        }
        self._put("data/js/payload_details.js", b"var payload_details = " + layout(payload))
        sheet = io.StringIO()
        writer = csv.DictWriter(sheet, _CSV_COLUMNS, quoting=csv.QUOTE_ALL)
        writer.writeheader()
        writer.writerows(rows)
        self._put("tweets.csv", sheet.getvalue().encode())
        self._put("index.html", b"<!doctype html><title>Your Twitter archive</title>\n")

    def _details(self) -> Object:
        account = self.feed.account
        return {
            "screen_name": account.handle,
            "location": "Alder Glen, California",
            "full_name": account.display_name,
            "bio": account.bio,
            "id": account.native_id,
            "created_at": f"{account.opened_on} 17:05:11 +0000",
        }

    def _grailbird_tweet(self, post: Post) -> Object:
        tweet = self.maker.tweets(post)[-1]["tweet"]
        entities = tweet["entities"]
        entities.setdefault("media", [])
        kept = ("in_reply_to_status_id_str", "in_reply_to_user_id_str", "in_reply_to_screen_name")
        account = self.feed.account
        return {
            "source": tweet["source"],
            "entities": {name: _numbered(found) for name, found in entities.items()},
            "geo": {},
            "id_str": tweet["id_str"],
            "text": tweet["full_text"],
            **{name: tweet[name] for name in kept if name in tweet},
            "id": int(tweet["id_str"]),
            "created_at": f"{post.moment:%Y-%m-%d %H:%M:%S} +0000",
            "user": {
                "name": account.display_name,
                "screen_name": account.handle,
                "protected": False,
                "id_str": account.native_id,
                "id": int(account.native_id),
                "verified": True,
            },
        }


def _numbered(found: list[Object]) -> list[Object]:
    """Entities of that time counted in numbers, not in text."""
    return [
        {
            name: [int(part) for part in value] if name == "indices" else value
            for name, value in entry.items()
        }
        for entry in msgspec.json.decode(msgspec.json.encode(found))
    ]


def _csv_row(tweet: Object) -> dict[str, object]:
    return {
        "tweet_id": tweet["id_str"],
        "in_reply_to_status_id": tweet.get("in_reply_to_status_id_str", ""),
        "in_reply_to_user_id": tweet.get("in_reply_to_user_id_str", ""),
        "timestamp": tweet["created_at"],
        "source": tweet["source"],
        "text": tweet["text"],
        "expanded_urls": ",".join(url["expanded_url"] for url in tweet["entities"]["urls"]),
    }
