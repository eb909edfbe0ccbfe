"""Writes an X data download: a zip of numbered data files, media and a manifest with counts.

Everything is written in a straight line, so half a million posts need no more memory than five
hundred. The same arguments give the same bytes (with the same zlib and Pillow).
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryFile

import msgspec

from archiver import clock
from archiver.demo.accounts import DemoAccount
from archiver.demo.feed import Feed, Form, Post
from archiver.demo.pictures import Picture, draw, short_video
from archiver.demo.x_arrays import ArrayFile, Aside
from archiver.demo.x_extras import BROADCASTS, small_files
from archiver.demo.x_messages import Conversation, MessageMaker
from archiver.demo.x_objects import Object, TweetMaker, layout, media_name, x_time
from archiver.progress import Progress

POSTS_PER_PART = 50_000
_README = (
    "INTRODUCTION\n============\n"
    "This archive was generated at the request of the following user:\n"
    "- @username at the time the archive was generated: {handle}\n- Account ID: {number}\n\n"
    "It was drawn up by the demonstration of `archiver`; every person in it is invented.\n"
)
_VIEWER = "<!doctype html><title>Your archive</title><p>Open the files in the folder data.</p>\n"


@dataclass(slots=True)
class Written:
    """What a download holds. `files` are the entries of each data file, `media` the number of
    media files, `posts` the distinct posts (deleted ones and community posts included)."""

    path: Path
    account: DemoAccount
    generated_at: dt.datetime
    posts: int = 0
    messages: int = 0
    files: dict[str, int] = field(default_factory=dict)
    media: int = 0


def plan_feed(
    account: DemoAccount,
    posts: int,
    *,
    seed: int = 0,
    generated_at: dt.datetime | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    later: int = 0,
    changed: float = 0.0,
    pictures: int | None = None,
    earlier: tuple[dt.datetime, ...] = (),
) -> Feed:
    """The feed behind a download.

    `generated_at` is the moment of the download (now), `since` and `until` the times between
    which the posts lie (six years before `until`, and three hours before the download). For a
    later download of the same account keep `posts`, `since` and `until`, and give `later` (posts
    added since), `changed` (share of posts edited once more) and `earlier` (moments of the
    downloads before).
    """
    told = generated_at or clock.now()
    end = until or told - dt.timedelta(hours=3)
    opened = dt.datetime.fromisoformat(account.opened_on).replace(hour=18, tzinfo=dt.UTC)
    start = since or max(opened, end - dt.timedelta(days=2192))
    count = min(240, posts // 14) if pictures is None else pictures
    return Feed(account, seed, posts, start, end, told, later, changed, count, earlier)


def write_x_download(
    path: Path,
    *,
    account: DemoAccount,
    posts: int,
    seed: int = 0,
    generated_at: dt.datetime | None = None,
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
    later: int = 0,
    changed: float = 0.0,
    earlier: tuple[dt.datetime, ...] = (),
    messages: int | None = None,
    pictures: int | None = None,
    followers: int | None = None,
    posts_per_part: int = POSTS_PER_PART,
    progress: Progress | None = None,
) -> Written:
    """Write the download of an account in the layout X uses since 2022.

    `messages` is about how many private messages it holds (a ninth of the posts where not given);
    for the rest see `plan_feed`. The file appears under its name only when it is whole.
    """
    feed = plan_feed(
        account,
        posts,
        seed=seed,
        generated_at=generated_at,
        since=since,
        until=until,
        later=later,
        changed=changed,
        pictures=pictures,
        earlier=earlier,
    )
    told = posts // 9 if messages is None else messages
    mail = MessageMaker(
        feed,
        conversations=told // 4,
        groups=min(4, told // 20),
        picture_every=max(25, told // 100),
    )
    people = posts // 10 + 25 if followers is None else followers
    partial = path.with_name(f"{path.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        writer = _Download(archive, feed, posts_per_part, progress)
        writer.posts()
        writer.messages(mail, encrypted=min(6, told // 25))
        for name, entries in small_files(feed, followers=people).items():
            writer.array(name, entries)
        writer.profile_media()
        writer.finish()
    partial.replace(path)
    return Written(
        path,
        account,
        feed.generated_at,
        writer.post_count,
        writer.message_count,
        writer.files,
        writer.media,
    )


class _Download:
    """A zip that grows member by member."""

    def __init__(
        self, archive: zipfile.ZipFile, feed: Feed, per_part: int, progress: Progress | None
    ) -> None:
        self.archive = archive
        self.feed = feed
        self.maker = TweetMaker(feed)
        self.per_part = per_part
        self.progress = progress
        self.files: dict[str, int] = {}
        self.media = 0
        self.post_count = 0
        self.message_count = 0
        self._size = 0
        self._directories: set[str] = set()

    def _info(self, member: str, method: int) -> zipfile.ZipInfo:
        told = self.feed.generated_at
        info = zipfile.ZipInfo(
            member, (told.year, told.month, told.day, told.hour, told.minute, told.second)
        )
        info.compress_type = method
        info.external_attr = 0o644 << 16
        return info

    def array(self, name: str, entries: Iterable[Object] | Aside, part: int = 0) -> None:
        """Write a data file and remember how many entries it holds."""
        member = f"data/{name}.js" if part == 0 else f"data/{name}-part{part}.js"
        variable = f"window.YTD.{name.replace('-', '_')}.part{part} = "
        with ArrayFile(self.archive, self._info(member, zipfile.ZIP_DEFLATED), variable) as out:
            self.files[member] = out.write_all(entries)
        self._size += out.size

    def put(self, member: str, content: bytes, method: int = zipfile.ZIP_STORED) -> None:
        """Write a whole member."""
        self.archive.writestr(self._info(member, method), content)
        self._size += len(content)

    def put_media(self, folder: str, name: str, content: bytes) -> None:
        """Write a media file."""
        self._directories.add(folder)
        self.put(f"data/{folder}/{name}", content)
        self.media += 1

    def posts(self) -> None:
        """tweets.js and what goes with it: headers, notes, community posts, deleted posts.

        One walk through the feed; what belongs in other files waits in temporary files meanwhile,
        because a zip takes one member at a time.
        """
        pictures: list[Post] = []
        removed: list[Post] = []
        with TemporaryFile() as one, TemporaryFile() as two, TemporaryFile() as three:
            headers, notes, community = Aside(one), Aside(two), Aside(three)
            tweets = self._tweets(pictures, removed, headers, notes, community)
            part = 0
            while True:
                first = next(tweets, None)
                if first is None and part:
                    break
                start = [] if first is None else [first]
                self.array("tweets", chain(start, islice(tweets, self.per_part - 1)), part)
                part += 1
            self.array("tweet-headers", headers)
            self.array("note-tweet", notes)
            self.array("community-tweet", community)
        self._removed(removed)
        for post in pictures:
            shared = post.form is Form.COMMUNITY
            self._picture("community_tweet_media" if shared else "tweets_media", post)

    def _tweets(
        self,
        pictures: list[Post],
        removed: list[Post],
        headers: Aside,
        notes: Aside,
        community: Aside,
    ) -> Iterator[Object]:
        """The entries of tweets.js; what belongs elsewhere is put aside."""
        for post in self.feed:
            if self.progress and self.post_count % 2000 == 0:
                self.progress("writing posts", self.post_count, self.feed.total)
            self.post_count += 1
            if post.removed_at is not None and post.form is not Form.COMMUNITY:
                removed.append(post)
                continue
            if post.picture is not None:
                pictures.append(post)
            if post.form is Form.COMMUNITY:
                community.add(self.maker.tweets(post))
                continue
            if post.form is Form.LONG:
                notes.add([self.maker.note(post)])
            headers.add(self.maker.headers(post))
            yield from self.maker.tweets(post)

    def _removed(self, removed: list[Post]) -> None:
        tweets, headers = [], []
        for post in removed:
            told = x_time(post.removed_at or post.moment)
            tweets += [
                {"tweet": {**t["tweet"], "deleted_at": told}} for t in self.maker.tweets(post)
            ]
            headers += [
                {"tweet": {**row["tweet"], "deleted_at": told}} for row in self.maker.headers(post)
            ]
            if post.picture is not None:
                self._picture("deleted_tweets_media", post)
        self.array("deleted-tweets", tweets)
        self.array("deleted-tweet-headers", headers)
        self.array(
            "deleted-note-tweet", (self.maker.note(p) for p in removed if p.form is Form.LONG)
        )

    def _picture(self, folder: str, post: Post) -> None:
        """Write the media of every wording of a post: X keeps one copy for each edit."""
        if post.picture is None:
            return
        content = short_video(post.dice_seed) if post.video else draw(post.picture)
        for number in self.maker.ids(post):
            self.put_media(folder, f"{number}-{media_name(post)}", content)

    def messages(self, mail: MessageMaker, encrypted: int) -> None:
        """Private messages, their headers and media, and the encrypted ones."""
        pictures: list[tuple[str, Picture]] = []
        self.array("direct-messages", self._bodies(mail.one_to_one(), pictures))
        self.array("direct-message-headers", (talk.headers for talk in mail.one_to_one()))
        for name, picture in pictures:
            self.put_media("direct_messages_media", name, draw(picture))
        self.array("direct-messages-group", self._bodies(mail.group(), []))
        self.array("direct-message-group-headers", (talk.headers for talk in mail.group()))
        self.array("message-event", mail.encrypted(encrypted))

    def _bodies(
        self, talks: Iterable[Conversation], pictures: list[tuple[str, Picture]]
    ) -> Iterator[Object]:
        for talk in talks:
            self.message_count += len(talk.body["dmConversation"]["messages"])
            pictures += talk.media
            yield talk.body

    def profile_media(self) -> None:
        """The picture and the banner of the profile, and one broadcast's recording."""
        number = self.feed.account.native_id
        letters = "".join(
            word[0] for word in self.feed.account.display_name.split() if word.isalpha()
        )
        self.put_media("profile_media", f"{number}-badge.jpg", draw(Picture("badge", letters[:3])))
        banner = draw(Picture("header", self.feed.account.display_name))
        self.put_media("profile_media", f"{number}-1600000000.jpg", banner)
        if "data/periscope-broadcast-metadata.js" in self.files:
            video = short_video(self.feed.seed)
            self.put_media("periscope_broadcast_media", f"{BROADCASTS[0]}.mp4", video)

    def finish(self) -> None:
        """The viewer's page, the README and the manifest, which names every count."""
        account = self.feed.account
        readme = _README.format(handle=account.handle, number=account.native_id)
        self.put("data/README.txt", readme.encode(), zipfile.ZIP_DEFLATED)
        self.put("Your archive.html", _VIEWER.encode(), zipfile.ZIP_DEFLATED)
        manifest = {
            "userInfo": {
                "accountId": account.native_id,
                "userName": account.handle,
                "displayName": account.display_name,
            },
            "archiveInfo": {
                "sizeBytes": str(self._size),
                "generationDate": clock.to_text(self.feed.generated_at).replace("Z", ".000Z"),
                "isPartialArchive": False,
                "maxPartSizeBytes": "53687091200",
            },
            "readmeInfo": {
                "fileName": "data/README.txt",
                "directory": "data/",
                "name": "README.txt",
            },
            "dataTypes": self._data_types(),
        }
        content = b"window.__THAR_CONFIG = " + layout(manifest)
        self.put("data/manifest.js", content, zipfile.ZIP_DEFLATED)

    def _data_types(self) -> Object:
        types: dict[str, Object] = {}
        for member, count in sorted(self.files.items()):
            stem, _, part = member.removeprefix("data/").removesuffix(".js").partition("-part")
            entry = types.setdefault(_camel(stem), {"files": []})
            entry["files"].append(
                {
                    "fileName": member,
                    "globalName": f"YTD.{stem.replace('-', '_')}.part{part or 0}",
                    "count": str(count),
                }
            )
        for folder in sorted(self._directories):
            types.setdefault(_camel(folder), {})["mediaDirectory"] = f"data/{folder}"
            owner = _camel(folder.removesuffix("_media"))
            if owner in types:
                types[owner]["mediaDirectory"] = f"data/{folder}"
        return dict(sorted(types.items()))


def _camel(name: str) -> str:
    head, *rest = name.replace("_", "-").split("-")
    return head + "".join(word.capitalize() for word in rest)


def read_array(content: bytes) -> list[Object]:
    """The entries of a data file (for tests and benches)."""
    found: list[Object] = msgspec.json.decode(content[content.index(b"= ") + 2 :])
    return found
