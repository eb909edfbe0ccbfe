"""Writes a Mastodon download in each of the layouts there have been, and the tables beside it.

    tar     a packed tar, as servers wrote it up to 4.1: no likes and shares, no context
    zip     a zip, as servers write it since 4.2
    new     the same since 4.5: addresses by number, quotes, the context of a conversation
    pleroma the zip of Pleroma and Akkoma: other addresses, one space more, media not in it

Everything is written in a straight line. The same arguments give the same bytes (with the same
zlib and Pillow).
"""

from __future__ import annotations

import datetime as dt
import io
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import msgspec

from archiver.demo.accounts import AGENCY, DemoAccount
from archiver.demo.feed import RESIDENTS, Feed
from archiver.demo.mastodon_objects import HOST, ActivityMaker, Object, actor, media_path
from archiver.demo.people import resident
from archiver.demo.pictures import Picture, draw
from archiver.demo.x_download import plan_feed

LAYOUTS = ("tar", "zip", "new", "pleroma")
ACCOUNT = DemoAccount(
    "mastodon",
    f"city@{HOST}",
    "109302847561029384",
    AGENCY,
    "city",
    "City Manager",
    "Communications",
    "News from City Hall. Replies are public records.",
    10,
    opened_on="2022-11-07",
    approval="City Manager, memorandum 2022-11",
)
_BADGE = Picture("badge", "AG")
_HEADER = Picture("header", "City of Alder Glen")


@dataclass(slots=True)
class MastodonWritten:
    """What was written: the archive, and how many of each kind are in it."""

    path: Path
    generated_at: dt.datetime
    activities: int = 0
    forms: dict[str, int] = field(default_factory=dict)
    media: int = 0

    def count(self, form: str) -> None:
        """One more of a kind."""
        self.activities += 1
        self.forms[form] = self.forms.get(form, 0) + 1


def write_mastodon_download(
    path: Path,
    *,
    posts: int,
    layout: str = "zip",
    account: DemoAccount = ACCOUNT,
    seed: int = 0,
    generated_at: dt.datetime | None = None,
    messages: int | None = None,
    pictures: int = 0,
) -> MastodonWritten:
    """Write the archive of an account with so many posts; `messages` of them (an eleventh where not
    given) are private mentions, and `pictures` show one. The file appears under its name only when
    it is whole."""
    feed = plan_feed(account, posts, seed=seed, generated_at=generated_at, pictures=pictures)
    written = MastodonWritten(path, feed.generated_at)
    told = posts // 11 if messages is None else messages
    maker = ActivityMaker(feed, layout, told)
    partial = path.with_name(f"{path.name}.partial")
    with _Tar(partial) if layout == "tar" else _Zip(partial) as archive:
        if layout != "pleroma":
            for name, picture in (("avatar.png", _BADGE), ("header.jpg", _HEADER)):
                archive.add(name, draw(picture))
            for place, picture in _pictures(feed):
                archive.add(place, draw(picture))
                written.media += 1
        archive.stream("outbox.json", _outbox(maker, written))
        for name in ("likes.json", "bookmarks.json"):
            archive.add(name, msgspec.json.encode(_addresses(name, feed)))
        archive.add("actor.json", msgspec.json.encode(actor(account, layout)))
    partial.replace(path)
    return written


def write_mastodon_tables(folder: Path, *, people: int, head: bool = True, seed: int = 0) -> None:
    """Write the tables a person fetches beside the archive, each as its page gives it; without a
    `head` as servers wrote them before 3.1."""
    folder.mkdir(exist_ok=True)
    addresses = [_address(number, seed) for number in range(people)]
    titles = "Account address,Show boosts,Notify on new posts,Languages\n" if head else ""
    rest = ",true,false,\n" if head else "\n"
    following = titles + "".join(f"{one}{rest}" for one in addresses)
    (folder / "following_accounts.csv").write_text(following)
    muted = "Account address,Hide notifications\n" if head else ""
    muted += "".join(f"{one},true\n" if head else f"{one}\n" for one in addresses[::9])
    (folder / "muted_accounts.csv").write_text(muted)
    (folder / "blocked_accounts.csv").write_text("".join(f"{one}\n" for one in addresses[::7]))
    (folder / "lists.csv").write_text("".join(f"Press,{one}\n" for one in addresses[:3]))
    (folder / "blocked_domains.csv").write_text("spam.example.net\n")
    (folder / "bookmarks.csv").write_text(f"https://{HOST}/users/someone/statuses/1\n")


def _address(number: int, seed: int) -> str:
    return resident(number % RESIDENTS, seed).handle + f"_{number}@social.example.net"


def _pictures(feed: Feed) -> Iterator[tuple[str, Picture]]:
    for number in range(feed.total):
        post = feed.post(number)
        if post.picture is not None:
            yield media_path(post), post.picture


def _outbox(maker: ActivityMaker, written: MastodonWritten) -> Iterator[bytes]:
    """The collection, piece by piece, as servers of that layout write it."""
    pleroma = maker.layout == "pleroma"
    head = '{\n  "@context": "https://www.w3.org/ns/activitystreams",\n  "id": "outbox.json",\n'
    head += '  "type": "OrderedCollection",\n  "orderedItems": [\n\n'
    if not pleroma:
        head = '{"@context":"https://www.w3.org/ns/activitystreams","id":"outbox.json",'
        head += f'"type":"OrderedCollection","totalItems":{maker.public_total},"orderedItems":['
    yield head.encode()
    for place, (form, activity) in enumerate(maker.activities()):
        written.count(form)
        separator = b"" if place == 0 else b",\n" if pleroma else b","
        yield separator + msgspec.json.encode(activity)
    yield f'\n],\n  "totalItems": {written.activities}}}'.encode() if pleroma else b"]}"


def _addresses(name: str, feed: Feed) -> Object:
    found = [
        f"https://social.example.net/users/{resident(number, feed.seed).handle}/statuses/{number}"
        for number in range(0, min(feed.total, 400), 4)
    ]
    return {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": name,
        "type": "OrderedCollection",
        "totalItems": len(found),
        "orderedItems": found,
    }


class _Zip:
    """A zip being written."""

    def __init__(self, path: Path) -> None:
        self._file = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True)

    def __enter__(self) -> _Zip:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, name: str, content: bytes) -> None:
        """A file that is in memory."""
        self._file.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)

    def stream(self, name: str, pieces: Iterator[bytes]) -> None:
        """A file that comes in pieces."""
        about = zipfile.ZipInfo(name)
        about.compress_type = zipfile.ZIP_DEFLATED
        with self._file.open(about, "w", force_zip64=True) as file:
            file.writelines(pieces)


class _Tar:
    """A packed tar being written."""

    def __init__(self, path: Path) -> None:
        self._file = tarfile.open(path, "w:gz")  # noqa: SIM115 (closed in __exit__)

    def __enter__(self) -> _Tar:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def add(self, name: str, content: bytes) -> None:
        """A file that is in memory."""
        self._put(name, io.BytesIO(content), len(content))

    def stream(self, name: str, pieces: Iterator[bytes]) -> None:
        """A file that comes in pieces: its length has to be known first."""
        with TemporaryFile() as file:
            file.writelines(pieces)
            length = file.tell()
            file.seek(0)
            self._put(name, file, length)

    def _put(self, name: str, file: IO[bytes], length: int) -> None:
        about = tarfile.TarInfo(name)
        about.size, about.mode = length, 0o444
        self._file.addfile(about, file)
