"""Writes a TikTok data download of the city's account: in JSON under the names of 2022 and of 2025,
and as text files in English and Dutch."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from archiver.demo.dice import seed_of

HANDLE = "cityofalderglen"
MADE_AT = dt.datetime(2026, 11, 2, 18, 30, tzinfo=dt.UTC)
_FIRST = dt.datetime(2021, 3, 4, 17, 0, tzinfo=dt.UTC)
_SAID = (
    "Orchard Street is closed until Friday. Please use Quarry Road.",
    "¡La piscina abre el sábado a las 10! 🏊🏽",
    "Coffee with the Mayor & more <Café Persimmon>",
    "市役所は月曜日に休みです",
    "مرحبا بكم",
)
_PEOPLE = ("mill.street.mom", "juniper_joe", "peña.rosa", "larch1999")
_AUDIENCE = ("Public", "Friends", "Private")

Entry = dict[str, Any]


@dataclass(slots=True)
class Written:
    """What a download holds: its file, and how many entries each of its lists has."""

    path: Path
    entries: dict[str, int] = field(default_factory=dict)


def post_id(number: int, seed: int = 0) -> str:
    """The id of a post: nineteen digits."""
    return str(7_000_000_000_000_000_000 + (seed_of(seed, "post", number) >> 4))[:19]


def at(number: int, step: int = 5) -> str:
    """The time of an entry as TikTok writes it."""
    moment = _FIRST + dt.timedelta(hours=step * number, seconds=number % 60)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def said(number: int) -> str:
    """The words of an entry."""
    return f"{_SAID[number % len(_SAID)]} #{number}"


def post(number: int, seed: int = 0) -> Entry:
    """A post; each ninth is older than the addresses that hold an id."""
    link = f"https://www.tiktokv.com/share/video/{post_id(number, seed)}/"
    if number % 9 == 8:
        link = f"https://v16m.example.com/{number:x}/film.mp4?sig={number}"
    return {
        "Date": at(number),
        "Link": link,
        "Likes": str(number * 3),
        "WhoCanView": _AUDIENCE[0 if number % 5 else number % 3],
        "AllowComments": "Yes",
        "Sound": "original sound",
        "Location": "N/A",
        "Title": said(number),
        "AddYoursText": "N/A",
        "AlternateText": f"A street, {number}" if number % 4 == 0 else "N/A",
    }


def comment(number: int, seed: int = 0) -> Entry:
    """A comment of the account; each tenth says again what the one before said."""
    told = number - 1 if number % 10 == 9 else number
    return {
        "date": at(told, 3) + " UTC",
        "comment": said(told),
        "photo": "N/A",
        "url": f"https://www.tiktokv.com/share/video/{post_id(told % 7, seed)}/",
    }


def message(number: int, partner: str) -> Entry:
    """A message between the account and a person."""
    sender = HANDLE if number % 2 else partner
    return {"Date": at(number, 2), "From": sender, "Content": said(number)}


def _talk(partner: str, count: int) -> Iterator[Entry]:
    return (message(number, partner) for number in range(count))


def write_json_download(
    folder: Path,
    *,
    year: int = 2025,
    posts: int = 20,
    comments: int = 30,
    messages: int = 40,
    seen: int = 50,
    people: int = 12,
    seed: int = 0,
) -> Written:
    """Write the JSON form under the names of 2022 or of 2025. `seen` entries stand in lists that
    are no communication."""
    folder.mkdir(parents=True, exist_ok=True)
    done = Written(folder / f"TikTok_Data_{int(MADE_AT.timestamp())}.zip")
    name = "user_data.json" if year < 2024 else "user_data_tiktok.json"
    make = _Document(done.entries, seed, posts, comments, messages, seen, people)
    told = make.of_2022() if year < 2024 else make.of_2025()
    with (
        zipfile.ZipFile(done.path, "w", zipfile.ZIP_DEFLATED) as out,
        out.open(name, "w", force_zip64=True) as stream,
    ):
        _write(stream, told)
    return done


@dataclass(slots=True)
class _Document:
    entries: dict[str, int]
    seed: int
    posts: int
    comments: int
    messages: int
    seen: int
    people: int

    def counted(self, holds: str, entries: Iterator[Entry]) -> Iterator[Entry]:
        self.entries[holds] = 0
        for entry in entries:
            self.entries[holds] += 1
            yield entry

    def post_list(self) -> Iterator[Entry]:
        return self.counted("posts", (post(n, self.seed) for n in range(self.posts)))

    def comment_list(self) -> Iterator[Entry]:
        return self.counted("comments", (comment(n, self.seed) for n in range(self.comments)))

    def deleted(self) -> Iterator[Entry]:
        gone = ({**post(10_000 + n, self.seed), "DateDeleted": at(10_050 + n)} for n in range(3))
        return self.counted("deleted", gone)

    def talks(self, ending: str) -> dict[str, Iterator[Entry]]:
        each = self.messages // len(_PEOPLE)
        return {
            f"Chat History with {who}{ending}": self.counted(f"talk {who}", _talk(who, each))
            for who in _PEOPLE
        }

    def names(self, holds: str, count: int) -> Iterator[Entry]:
        named = ({"Date": at(n), "UserName": f"{holds}.{n}"} for n in range(count - 1))
        gone = iter([{"Date": at(count), "UserName": "N/A"}])
        return self.counted(holds, (one for some in (named, gone) for one in some))

    def links(self, holds: str) -> Iterator[Entry]:
        told = (
            {"Date": at(n, 1), "Link": f"https://www.tiktokv.com/share/video/{post_id(n)}/"}
            for n in range(self.seen)
        )
        return self.counted(holds, told)

    def profile(self) -> dict[str, Any]:
        return {
            "bioDescription": "News of Alder Glen & its parks",
            "birthDate": "01-Jan-1980",
            "displayName": "City of Alder Glen",
            "emailAddress": "clerk@alderglen.example.com",
            "followerCount": 1200,
            "likesReceived": "4501",
            "telephoneNumber": "(559) 555-0100",
            "userName": HANDLE,
        }

    def of_2022(self) -> dict[str, Any]:
        return {
            "Activity": {
                "Favorite Hashtags": {"FavoriteHashtagList": None},
                "Follower List": {"FansList": self.names("followers", self.people)},
                "Following List": {"Following": self.names("following", self.people // 2)},
                "Video Browsing History": {"VideoList": self.links("seen")},
            },
            "App Settings": {
                "Block": {"BlockList": self.names("blocked", 3)},
                "Settings": {"SettingsMap": {"App Language": "English"}},
            },
            "Comment": {"Comments": {"CommentsList": self.comment_list()}},
            "Direct Messages": {"Chat History": {"ChatHistory": self.talks(":")}},
            "Profile": {"Profile Information": {"ProfileMap": self.profile()}},
            "Video": {
                "RecentlyDeletedPosts": {"PostList": self.deleted()},
                "Videos": {"VideoList": self.post_list()},
            },
        }

    def of_2025(self) -> dict[str, Any]:
        lives = [
            {
                "LiveStartTime": at(n, 90),
                "LiveEndTime": at(n, 90).replace(":0", ":1"),
                "RoomId": post_id(50_000 + n),
                "RoomTitle": said(n),
                "ReplayUrl": f"https://live.example.com/{n}",
                "TotalView": str(n * 7),
            }
            for n in range(3)
        ]
        watched = {
            "Comments": [{"CommentTime": at(7), "CommentContent": said(7), "RawTime": 1}],
            "Questions": None,
            "WatchTime": at(7),
            "Link": "",
        }
        self.entries |= {"lives": 3, "live comments": 1, "group": 2}
        return {
            "Comment": {"Comments": {"App": 1233, "CommentsList": self.comment_list()}},
            "Direct Message": {
                "Direct Messages": {"ChatHistory": self.talks(":")},
                "Group Chat": {
                    "GroupChat": {"Parks volunteers": [message(n, _PEOPLE[0]) for n in range(2)]}
                },
            },
            "Likes and Favorites": {"Like List": {"ItemFavoriteList": self.links("likes")}},
            "Post": {
                "Posts": {"VideoList": self.post_list()},
                "Recently Deleted Posts": {"PostList": self.deleted()},
                "Story": {},
            },
            "Profile And Settings": {
                "Block List": {"App": 1233, "BlockList": None},
                "Follower": {"App": 1233, "FansList": self.names("followers", self.people)},
                "Following": {"Following": self.names("following", self.people // 2)},
                "Profile Info": {"App": 1233, "ProfileMap": self.profile()},
            },
            "TikTok Live": {
                "Go Live History": {"GoLiveList": lives},
                "Watch Live History": {"WatchLiveMap": {post_id(60_000): watched}},
            },
            "Your Activity": {
                "Reposts": {"RepostList": self.counted("reposts", self.reposts())},
                "Watch History": {"VideoList": self.links("seen")},
            },
        }

    def reposts(self) -> Iterator[Entry]:
        for number in range(2):
            link = f"https://www.tiktokv.com/share/video/{post_id(70_000 + number)}/"
            yield {"Date": at(number), "Link": link}


def _write(out: IO[bytes], value: Any) -> None:
    """A value as JSON, lists one entry after the other."""
    if isinstance(value, Mapping):
        out.write(b"{")
        for at_, (name, one) in enumerate(value.items()):
            out.write(b", " if at_ else b"")
            out.write(json.dumps(name, ensure_ascii=False).encode() + b": ")
            _write(out, one)
        out.write(b"}")
    elif isinstance(value, Iterator):
        out.write(b"[")
        for at_, one in enumerate(value):
            out.write(b", " if at_ else b"")
            out.write(json.dumps(one, ensure_ascii=False).encode())
        out.write(b"]")
    else:
        out.write(json.dumps(value, ensure_ascii=False).encode())


_PROFILE = {"bioDescription": "Bio", "emailAddress": "Email", "telephoneNumber": "Phone"}
_FILES: Mapping[str, Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "en": {
        "posts": ("Post/Posts", {}),
        "deleted": ("Post/Recently Deleted Posts", {}),
        "comments": (
            "Comments/Comments",
            {"date": "Date", "comment": "Comment", "photo": "Photo", "url": "Url"},
        ),
        "messages": ("Direct Messages/Direct Messages", {}),
        "followers": ("Profile and Settings/Follower", {}),
        "profile": (
            "Profile and Settings/Profile Information",
            _PROFILE | {"userName": "Username"},
        ),
        "seen": ("Your Activity/Watch History", {}),
    },
    "nl": {
        "posts": ("Bericht/Berichten", {"Date": "Datum", "Title": "Titel"}),
        "deleted": ("Bericht/Onlangs verwijderde berichten", {"Date": "Datum"}),
        "comments": (
            "Reacties/Reacties",
            {
                "date": "Datum",
                "comment": "Reactie",
                "photo": "Foto",
                "url": "Link naar origineel bericht",
            },
        ),
        "messages": ("Berichten/Directe berichten", {}),
        "followers": (
            "Profiel en instellingen/Volger",
            {"Date": "Datum", "UserName": "Gebruikersnaam"},
        ),
        "profile": (
            "Profiel en instellingen/Profielinformatie",
            _PROFILE | {"userName": "Gebruikersnaam", "displayName": "Bijnaam"},
        ),
        "seen": ("Je activiteit/Kijkgeschiedenis", {"Date": "Datum"}),
    },
}


def write_text_download(
    folder: Path,
    *,
    language: str = "en",
    posts: int = 20,
    comments: int = 30,
    messages: int = 40,
    people: int = 12,
    seed: int = 0,
) -> Written:
    """Write the text form, with texts over several lines among the comments."""
    folder.mkdir(parents=True, exist_ok=True)
    done = Written(folder / f"TikTok_Data_{int(MADE_AT.timestamp())}.zip")
    make = _Document(done.entries, seed, posts, comments, messages, 5, people)
    files = _FILES[language]
    lists = {
        "posts": make.post_list(),
        "deleted": make.deleted(),
        "comments": make.comment_list(),
        "followers": make.names("followers", people),
        "profile": iter([make.profile()]),
        "seen": make.links("seen"),
    }
    with zipfile.ZipFile(done.path, "w", zipfile.ZIP_DEFLATED) as out:
        for holds, entries in lists.items():
            name, words = files[holds]
            blocks = (_block(entry, words) for entry in entries)
            out.writestr(f"TikTok/{name}.txt", "\n\n".join(blocks) + "\n")
        name, _ = files["messages"]
        out.writestr(f"TikTok/{name}.txt", "".join(_talks(make)))
        out.writestr("TikTok/Ads and data/Ad Interests.txt", "You have no data in this section\n")
    return done


def _block(entry: Entry, words: Mapping[str, str]) -> str:
    told = {words.get(name, name): str(value) for name, value in entry.items()}
    for name in ("Date", "Datum"):
        if name in told and not told[name].endswith("UTC"):
            told[name] += " UTC"
    return "\n".join(f"{name}: {value}" for name, value in told.items())


def _talks(make: _Document) -> Iterator[str]:
    for name, entries in make.talks("::").items():
        yield f">>> {name}\n\n"
        for entry in entries:
            yield f"{entry['Date']} UTC {entry['From']}: {entry['Content']}\n"
        yield "\n"
