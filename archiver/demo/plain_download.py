"""Records in the plain format, as a clerk writes them in a spreadsheet or a program in JSON."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from archiver import clock
from archiver.demo.accounts import DemoAccount
from archiver.demo.feed import ZONE, Feed
from archiver.demo.people import resident
from archiver.demo.pictures import draw
from archiver.demo.x_download import Written, plan_feed

PLAIN_ACCOUNT = DemoAccount(
    "flickr",
    "alderglenlibrary",
    "60213344@N00",
    "Alder Glen Library",
    "library",
    "Library",
    "Public Services",
    "Pictures from three branches and a bookmobile.",
    3,
)
COLUMNS = (
    *("kind", "id", "created_at", "author_handle", "author_name", "author_role", "text"),
    *("parent", "thread", "url", "media", "alt_text", "visibility", "removed_at", "removed_by"),
    *("count_likes", "x_album"),
)
LAYOUTS = ("csv", "excel", "json", "jsonl")
"""A table with commas in UTF-8; a table as Excel saves it where the comma parts decimals
(semicolons, UTF-16); a JSON document; JSON Lines."""


def write_plain_download(
    path: Path,
    *,
    account: DemoAccount = PLAIN_ACCOUNT,
    count: int,
    seed: int = 0,
    layout: str = "csv",
    generated_at: dt.datetime | None = None,
) -> Written:
    """Write about `count` records in one of LAYOUTS, with their pictures and a list of followers.
    The file appears under its name only when it is whole."""
    feed = plan_feed(
        account,
        max(2, (count + 1) // 2),
        seed=seed,
        generated_at=generated_at,
        pictures=max(4, count // 10),
    )
    partial = path.with_name(f"{path.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("account.json", json.dumps(_about(feed), indent=2))
        records = _records(feed, count)
        name = {"json": "archiver-records.json", "jsonl": "archiver-records.jsonl"}.get(
            layout, "records.csv"
        )
        with archive.open(name, "w", force_zip64=True) as raw:
            encoding = "utf-16-le" if layout == "excel" else "utf-8"
            out = io.TextIOWrapper(raw, encoding, newline="")
            out.write("\ufeff" if layout == "excel" else "")
            written = _write(out, records, layout)
            out.flush()
            out.detach()
        pictures = [post.picture for post in feed if post.picture is not None and post.number < 40]
        for place, picture in enumerate(pictures):
            archive.writestr(f"media/{place}.{picture.extension}", draw(picture))
        people = [resident(number, seed) for number in range(max(2, count // 20))]
        rows = "".join(f"{one.x_id},{one.handle},{one.name}\n" for one in people)
        archive.writestr("followers.csv", f"id,handle,name\n{rows}")
    partial.replace(path)
    rows_of = {name: written, "followers.csv": len(people)}
    return Written(path, account, feed.generated_at, feed.total, 0, rows_of, len(pictures))


def _about(feed: Feed) -> dict[str, Any]:
    return {
        "format": "archiver-records",
        "version": 1,
        "platform": feed.account.platform,
        "handle": feed.account.handle,
        "native_id": feed.account.native_id,
        "display_name": feed.account.display_name,
        "made_at": clock.to_text(feed.generated_at),
        "time_zone": ZONE,
        "collected_by": "Odile Farrow, Deputy City Clerk, from the account's own pages",
        "covers": {
            "post": "complete",
            "comment": "only the newest under each",
            "follower": "complete",
        },
    }


def _records(feed: Feed, count: int) -> Iterator[dict[str, str]]:
    """A post, the comment below it, the next post: `count` in all."""
    place = 0
    for number, post in enumerate(feed):
        local = post.moment.astimezone(clock.zone(ZONE))
        base = dict.fromkeys(COLUMNS, "")
        about = base | {
            "kind": "post",
            "id": f"p{post.number}",
            "created_at": local.isoformat(),
            "author_handle": feed.account.handle,
            "author_name": feed.account.display_name,
            "author_role": "agency",
            "text": post.text,
            "url": f"https://www.flickr.com/photos/{feed.account.handle}/{post.number}",
            "count_likes": str(post.number % 90),
            "x_album": post.topic.name,
        }
        if post.picture is not None and post.number < 40:
            about["media"] = f"media/{place}.{post.picture.extension}"
            about["alt_text"] = post.picture.alt_text.replace("|", "/")
            place += 1
        if number % 40 == 9:
            gone = local + dt.timedelta(days=2)
            about |= {"removed_at": gone.isoformat(), "removed_by": "agency"}
        yield about
        if 2 * number + 1 >= count:
            return
        person = resident(post.number % 4000, feed.seed)
        yield base | {
            "kind": "comment",
            "id": f"c{post.number}" if post.number % 3 else "",
            # A time without zone: account.json tells which is meant.
            "created_at": f"{local + dt.timedelta(minutes=50):%Y-%m-%d %H:%M}",
            "author_handle": person.handle,
            "author_name": person.name,
            "author_role": "public",
            "text": f'"{post.topic.name}" again?\nThank you, {feed.account.display_name}.',
            "parent": f"p{post.number}",
            "thread": f"p{post.number}",
            "visibility": "hidden" if post.number % 30 == 4 else "",
        }


def _write(out: io.TextIOWrapper, records: Iterator[dict[str, str]], layout: str) -> int:
    written = 0
    if layout in ("csv", "excel"):
        mark = ";" if layout == "excel" else ","
        table = csv.DictWriter(out, COLUMNS, delimiter=mark, lineterminator="\r\n")
        table.writeheader()
        for record in records:
            table.writerow(record)
            written += 1
        return written
    opening, between, closing = ('{"records": [\n', ",\n", "\n]}\n")
    if layout == "jsonl":
        opening, between, closing = ("", "\n", "\n")
    out.write(opening)
    for record in records:
        told = json.dumps(_as_json(record), ensure_ascii=False)
        out.write((between if written else "") + told)
        written += 1
    out.write(closing)
    return written


def _as_json(record: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = {name: value for name, value in record.items() if value}
    lists: Sequence[str] = ("media", "alt_text")
    told |= {name: told[name].split("|") for name in lists if name in told}
    if "count_likes" in told:
        told["count_likes"] = int(told["count_likes"])
    return told
