"""A home somebody has lived in: posts with pictures, private messages, exchanges, an original, a
seal, a document; small, and alike every time."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path

from archiver.archive.media import store_media
from archiver.archive.originals import store_original
from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, batch, begin_run, finish_run
from archiver.config import Home
from archiver.items import Access, Author, AuthorRole, Exchange, Item, Kind, MediaRef
from archiver.register.accounts import add_account, list_accounts
from archiver.register.office import open_office
from archiver.retention.marking import mark_all

ACCOUNT = AccountRef(1, "x", "AlderGlen", "City", "City Manager", "News", "12", "official")
CITY = Author("12", "AlderGlen", "City of Alder Glen", AuthorRole.AGENCY)
NOW = "2026-11-20T10:17:00Z"


def post(number: int, text: str, *, kind: Kind = Kind.POST, media: str | None = None) -> Item:
    """A post or message as a source gives it."""
    stable = json.dumps({"id": number, "text": text}, sort_keys=True).encode()
    return Item(
        platform="x",
        kind=kind,
        native_id=str(10**12 + number),
        author=CITY,
        created_at="2026-08-14T14:52:00Z",
        text=text,
        stable=stable,
        raw=b'{"tweet": ' + stable + b"}",
        media=(MediaRef(media),) if media else (),
    )


def live_in(home: Home, *, account: bool = True) -> None:
    """Fill a new home with two days of posts and messages."""
    if account:
        with closing(open_office(home)) as office:
            add_account(
                office,
                actor="test",
                platform="x",
                handle="AlderGlen",
                department="City Manager",
                division="News",
                native_id="12",
            )
    download = home.path.parent / "download.zip"
    download.write_bytes(b"PK\3\4 a whole download")
    capture(home, ["the pool opens", "the pool closes"], original=download)
    (home.path / "documents").mkdir(exist_ok=True)
    (home.path / "documents" / "resolution.pdf").write_bytes(b"%PDF resolution 2026-44")
    download.unlink()


def capture(
    home: Home, texts: list[str], *, first: int = 0, original: Path | None = None
) -> list[str]:
    """Capture posts with a picture each and a message each, in one exchange each; seal."""
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="test")
        kept = (
            store_original(archive, run, original, access=Access.PRIVATE, name="d.zip")
            if original
            else None
        )
        for number, text in enumerate(texts, first):
            add(archive, run, number, text, original=kept)
        finish_run(archive, run, outcome="complete")
        with closing(open_office(home)) as office:
            mark_all(archive, home.settings(), list_accounts(office))
        seal(archive, now=NOW)
    return texts


def capture_together(home: Home, texts: dict[int, str]) -> None:
    """Capture posts in one exchange, and messages in another; seal."""
    with Archive.open(home, write=True) as archive:
        run = begin_run(archive, ACCOUNT, source="test")
        for kind in (Kind.POST, Kind.MESSAGE):
            items = [post(number, f"{text} {kind}", kind=kind) for number, text in texts.items()]
            body = b"[" + b",".join(bytes(item.raw) for item in items) + b"]"
            exchange = Exchange(
                *("GET", f"https://api.example.com/{kind}", NOW, (), b"", 200, "OK"),
                *((("Content-Type", "application/json"),), body),
            )
            with batch(archive, run) as opened:
                opened.add(items, observed_at=NOW, exchange=exchange)
        finish_run(archive, run, outcome="complete")
        with closing(open_office(home)) as office:
            mark_all(archive, home.settings(), list_accounts(office))
        seal(archive, now=NOW)


def add(archive, run, number, text, *, original=None):  # type: ignore[no-untyped-def]
    """One post with its picture and one message, each with the exchange that brought it."""
    for access, kind in ((Access.PUBLIC, Kind.POST), (Access.PRIVATE, Kind.MESSAGE)):
        picture = store_media(archive.home, access, io.BytesIO(f"GIF89a {text} {kind}".encode()))
        item = post(number, f"{text} {kind}", kind=kind, media="key")
        exchange = Exchange(
            *("GET", f"https://api.example.com/{kind}/{number}", NOW, (), b"", 200, "OK"),
            *((("Content-Type", "application/json"),), bytes(item.raw)),
        )
        with batch(archive, run) as opened:
            opened.add(
                [item],
                observed_at=NOW,
                exchange=exchange,
                original=original,
                media={"key": picture},
            )


def rows_of(home: Home) -> dict[str, list[tuple[object, ...]]]:
    """What both evidence files hold, as rows."""
    with Archive.open(home) as archive:
        return {
            f"{access.value} {table}": [
                tuple(row)
                for row in archive.file(access).execute(f"SELECT * FROM {table} ORDER BY id")
            ]
            for access in Access
            for table in ("records", "versions", "media", "exchanges", "tombstones")
        }
