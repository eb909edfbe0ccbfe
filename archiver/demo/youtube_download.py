"""Writes a Google Takeout of the city's YouTube channel as Google lays it out since 2023."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from archiver.demo.dice import Dice, seed_of
from archiver.demo.youtube_names import LANGUAGES, Names

CHANNEL = "UCa1derG1enC1ty0Fc1a1ABC"
BRAND = "UCa1derG1enParks0Recr3at"
NAME = "City of Alder Glen"
MADE_AT = dt.datetime(2026, 11, 2, 18, 30, tzinfo=dt.UTC)
_FIRST = dt.datetime(2026, 8, 3, 17, 0, tzinfo=dt.UTC)
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TITLES = (
    "City Council Meeting, agenda 14: the Juniper water main",
    "Orchard Street: what's closed & why?",
    "Café with the Mayor | December",
    "Reunión del Concejo: agua y parques 🌳",
    "市議会 公開ヒアリング",
)
_SAID = (
    "Thank you for writing. The pool opens Saturday at 10.",
    "¡Gracias! La junta es el martes a las 6 🙏🏽",
    "Line one\nline two",
    'We said "Tuesday", and <b>meant</b> it & more',
    "市役所は月曜日に休みです",
)


@dataclass(slots=True)
class Written:
    """What a Takeout holds: its parts, and how many entries each of its tables has."""

    paths: list[Path]
    entries: dict[str, int] = field(default_factory=dict)
    media: int = 0


def video_id(number: int, seed: int = 0) -> str:
    """The id of a video: eleven letters."""
    return letters(11, seed, "video", number)


def comment_id(number: int, seed: int = 0) -> str:
    """The id of a comment; each fifth is an answer, which carries the id of what it answers."""
    own = f"Ug{letters(17, seed, 'comment', number)}4AaABAg"
    return f"{own}.9{letters(21, seed, 'reply', number)}" if number % 5 == 4 else own


def letters(count: int, seed: int, *path: int | str) -> str:
    """So many letters of an id, the same for the same path."""
    dice = Dice(seed_of(seed, *path))
    return "".join(_LETTERS[dice.below(64)] for _ in range(count))


def at(number: int) -> str:
    """The time of the entry of that number."""
    moment = _FIRST + dt.timedelta(hours=7 * number, seconds=number % 60)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{number % 1_000_000:06d}+00:00"


def said(number: int) -> str:
    """The words of a comment or message."""
    return f"{_SAID[number % len(_SAID)]} #{number}"


def title(number: int) -> str:
    """The title of a video; each seventh shares its title with the one before."""
    told = number - 1 if number % 7 == 6 else number
    return f"{told} {_TITLES[told % len(_TITLES)]}"


def file_title(told: str) -> str:
    """The name Takeout gives the file of a video: characters taken out or replaced, cut at 43
    UTF-16 units."""
    for gone in "\\;|:?":
        told = told.replace(gone, "")
    for put in "'/%*\"":
        told = told.replace(put, "_")
    kept = ""
    for one in told:
        if len(kept.encode("utf-16-le")) >= 86:
            break
        kept += one
    return kept


def pieces(text: str, *, old: bool = False) -> str:
    """A text as Takeout writes it: since June 2024 piece by piece with bare line breaks, before as
    one object."""
    parts = [{"text": part} for part in text.split("\n")]
    told = [one for part in parts for one in (part, {"text": "\n"})][:-1]
    if old:
        return json.dumps({"takeoutSegments": told}, ensure_ascii=False, separators=(",", ":"))
    bare = (json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in told)
    return ",".join(bare).replace('"\\n"', '"\n"')


def write_takeout(
    folder: Path,
    *,
    language: str = "en",
    videos: int = 20,
    comments: int = 60,
    chats: int = 10,
    posts: int = 6,
    parts: int = 1,
    films: int = 20,
    brand: bool = False,
    seed: int = 0,
) -> Written:
    """Write a Takeout as since 2023 into `folder`, in `parts` numbered zips, with the films of the
    first `films` videos. With `brand` it holds
    a second channel of the same Google account, of which each third comment and video is."""
    names = LANGUAGES[language]
    folder.mkdir(parents=True, exist_ok=True)
    stamp = MADE_AT.strftime("%Y%m%dT%H%M%SZ")
    paths = [folder / f"takeout-{stamp}-{number + 1:03d}.zip" for number in range(parts)]
    done = Written(paths)
    zips = [zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) for path in paths]
    writer = _Writer(zips, names, brand, seed, done)
    writer.tables(videos, comments, chats, posts)
    writer.lists(videos)
    writer.media(min(films, videos))
    writer.rest()
    for one in zips:
        one.close()
    return done


@dataclass(slots=True)
class _Writer:
    zips: list[zipfile.ZipFile]
    names: Names
    brand: bool
    seed: int
    done: Written

    def channel(self, number: int) -> str:
        return BRAND if self.brand and number % 3 == 2 else CHANNEL

    def table(
        self, holds: str, name: str, head: Iterable[str], rows: Iterator[Iterable[object]]
    ) -> None:
        count = 0
        path = f"Takeout/{self.names.root}/{name}"
        with (
            self.zips[0].open(path, "w", force_zip64=True) as raw,
            io.TextIOWrapper(raw, "utf-8", newline="") as text,
        ):
            out = csv.writer(text, lineterminator="\n")
            out.writerow(head)
            for row in rows:
                out.writerow(row)
                count += 1
            text.write("\n\n")
        self.done.entries[holds] = count

    def tables(self, videos: int, comments: int, chats: int, posts: int) -> None:
        names = self.names
        self.table("videos", names.metadata, names.video_head, map(self.video, range(videos)))
        self.table(
            "comments", names.comments, names.comment_head, map(self.comment, range(comments))
        )
        self.table("chats", names.chats, names.chat_head, map(self.chat, range(chats)))
        self.table("posts", names.posts, names.post_head, map(self.post, range(posts)))

    def video(self, number: int) -> tuple[object, ...]:
        return (
            video_id(number, self.seed),
            60_000 + number,
            "en" if number % 2 else "",
            "People",
            f"What it is about, {number}.\nhttps://alderglen.example.com/{number}",
            self.channel(number),
            "city",
            title(number),
            self.names.privacy[0 if number % 4 else (number // 4) % 3],
            "Processed",
            at(number),
            at(number + 1),
        )

    def comment(self, number: int) -> tuple[object, ...]:
        own = comment_id(number, self.seed)
        return (
            own,
            self.channel(number),
            at(number),
            0 if number % 11 else 5_000_000,
            own.rpartition(".")[0],
            "",
            video_id(number % 9, self.seed),
            pieces(said(number), old=number % 6 == 1),
            "",
        )

    def chat(self, number: int) -> tuple[object, ...]:
        own = f"Ug{letters(17, self.seed, 'chat', number)}4AaABDqgB5OC1kgI"
        text = pieces(said(number))
        video = video_id(number % 9, self.seed)
        return (own, self.channel(number), at(number), 0, "", video, text)

    def post(self, number: int) -> tuple[object, ...]:
        own = f"Ugkx{letters(32, self.seed, 'post', number)}"
        picture = f"{own}_image.jpg" if number % 2 == 0 else ""
        return (own, self.channel(number), at(number), pieces(said(number)), picture)

    def lists(self, videos: int) -> None:
        names = self.names
        others = (
            (f"UC{letters(22, self.seed, 'other', n)}" for n in range(12)),
            ("City of Juniper", "Water, Power & Light", "カフェ"),
        )
        self.table(
            "subscriptions",
            names.subscriptions,
            names.subscription_head,
            (
                (one, f"http://www.youtube.com/channel/{one}", f"{others[1][place % 3]} {place}")
                for place, one in enumerate(others[0])
            ),
        )
        lists = [f"PL{letters(32, self.seed, 'list', n)}" for n in range(2)]
        told = ("Council meetings", "Parques y piscinas")
        self.table(
            "playlists",
            names.playlists,
            names.playlist_head,
            (
                (
                    one,
                    "False",
                    told[place],
                    at(place),
                    at(place + 9),
                    "Manual",
                    names.privacy[place],
                )
                for place, one in enumerate(lists)
            ),
        )
        for one in told:
            inside = ((video_id(n, self.seed), at(n)) for n in range(min(5, videos)))
            self.table(f"in {one}", names.inside.format(one), names.inside_head, inside)

    def media(self, films: int) -> None:
        """A file for each of so many videos, named after its title, over all parts."""
        met: dict[str, int] = {}
        for number in range(films):
            stem = file_title(title(number))
            again = met[stem] = met.get(stem, -1) + 1
            name = f"{stem}({again}).mp4" if again else f"{stem}.mp4"
            body = b"\0\0\0\x18ftypisom" + seed_of(self.seed, "film", number).to_bytes(8) * 64
            self._put(number, f"{self.names.videos}/{name}", body)
            self.done.media += 1
        pictures = [
            f"Ugkx{letters(32, self.seed, 'post', n)}_image.jpg"
            for n in range(0, self.done.entries["posts"], 2)
        ]
        for number, name in enumerate(pictures):
            self._put(
                number, f"{self.names.posts.rpartition('/')[0]}/{name}", b"\xff\xd8" + name.encode()
            )
            self.done.media += 1

    def _put(self, number: int, name: str, body: bytes) -> None:
        self.zips[number % len(self.zips)].writestr(f"Takeout/{self.names.root}/{name}", body)

    def rest(self) -> None:
        names = self.names
        channels = [(CHANNEL, NAME, names.privacy[0])]
        if self.brand:
            channels.append((BRAND, "Alder Glen Parks", names.privacy[0]))
        self.table("channel", names.channel, names.channel_head, iter(channels))
        folder = names.channel.rpartition("/")[0]
        self.table(
            "settings",
            f"{folder}/channel feature data.csv",
            (names.channel_head[0], "Channel Auto Moderation in Live Chat"),
            iter([(CHANNEL, "True")]),
        )
        seen = [
            {
                "header": "YouTube",
                "title": "Watched something",
                "titleUrl": "https://www.youtube.com/watch?v=abcdefghijk",
                "time": "2026-01-01T00:00:00.000Z",
            }
        ]
        history = json.dumps(seen).encode()
        self.zips[0].writestr(f"Takeout/{names.root}/{names.history}", history)
        for one in self.zips:
            one.writestr("Takeout/archive_browser.html", "<html><body>YouTube</body></html>")
