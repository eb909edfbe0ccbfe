"""How fast an X download is imported: the whole pipeline against a plain loop that decodes the same
JSON, computes the same leaves and writes the same rows; memory at two sizes; a re-packed download
of which one in a thousand changed; twitter-to-sqlite on a download it can read.

    python tests/bench/bench_import.py [--posts 100000] [--large 500000] [--repeat 3] [--json]
        [--twitter-to-sqlite PROGRAM]

Every measured step runs in a program of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.bench.measures import measured, started, told  # noqa: E402
from tests.exports.x_downloads import (  # noqa: E402
    ACCOUNT,
    HANDLE,
    account,
    manifest,
    post,
)

WORDS = re.findall(
    r"\w+",
    """park closure pond trail repair crew street council meeting library water main road detour
    notice volunteer garden playground swing heron bridge traffic light permit budget hearing
    agenda resident report thank you for letting us know the city will open again on Monday
    morning please keep away from the edge and follow the signs near Alder Glen""",
)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"
BATCH = 1000
START = dt.datetime(2012, 1, 1, tzinfo=dt.UTC)


def posts(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Lifelike posts, the same ones for the same seed."""
    chance = random.Random(seed)
    step = dt.timedelta(days=14 * 365) / count
    for number in range(count):
        moment = (START + number * step).replace(microsecond=0)
        text = " ".join(chance.choices(WORDS, k=chance.randint(8, 38)))
        entities: dict[str, Any] = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
        more: dict[str, Any] = {"entities": entities}
        if number % 3 == 0:
            entities["urls"].append(
                {
                    "url": f"https://t.co/{number:x}",
                    "expanded_url": f"https://www.alderglen.example.org/news/{number}",
                    "display_url": f"alderglen.example.org/news/{number}",
                    "indices": ["10", "33"],
                }
            )
        if number % 4 == 1:
            resident = {
                "name": "A resident",
                "screen_name": f"resident_{number % 997}",
                "indices": ["0", "13"],
                "id_str": str(9_000_000 + number % 997),
                "id": str(9_000_000 + number % 997),
            }
            entities["user_mentions"].append(resident)
            more["in_reply_to_status_id_str"] = str(1_700_000_000_000_000_000 + number)
            more["in_reply_to_user_id_str"] = resident["id_str"]
        own = str(20_000_000_000_000 + number * 7919)
        yield post(
            text,
            moment,
            native_id=own,
            favorite_count=str(chance.randint(0, 90)),
            retweet_count=str(chance.randint(0, 30)),
            **more,
        )


def write_download(path: Path, count: int, *, changed: int = 0, old: bool = False) -> None:
    """A download of `count` posts; every `changed`-th has another text. `old`: the layout that
    twitter-to-sqlite reads."""
    folder = "" if old else "data/"
    name, wrapper = ("tweet", "tweet.js") if old else ("tweets", "tweets.js")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(f"{folder}account.js", account())
        if not old:
            generated = "2026-06-02T08:00:00.000Z" if changed else "2026-06-01T08:00:00.000Z"
            archive.writestr(
                "data/manifest.js", manifest({"data/tweets.js": count}, generated=generated)
            )
        with archive.open(f"{folder}{wrapper}", "w", force_zip64=True) as out:
            out.write(f"window.YTD.{name}.part0 = [ ".encode())
            for number, one in enumerate(posts(count)):
                if changed and number % changed == 0:
                    one["tweet"]["full_text"] += " (corrected)"
                body = json.dumps(one, indent=2).replace("\n", "\n  ")
                out.write((", " if number else "").encode() + body.encode())
            out.write(b" ]")


def import_step(home: str, path: str) -> None:
    """The whole pipeline."""
    from archiver.archive.store import Archive, create_archive
    from archiver.capture.imports import import_download
    from archiver.config import Home
    from archiver.register.accounts import Account

    place = Home(Path(home))
    create_archive(place)
    registered = Account(
        *(1, "x", HANDLE, ACCOUNT, "Alder Glen Parks", "Parks", "", "official", None, None, None),
        *("active", None, None, None, None, None),
    )
    clocks = started()
    with Archive.open(place, write=True) as archive:
        report = import_download(archive, registered, Path(path))
    told(clocks, stored=report.total.stored, outcome=report.outcome)


def plain_step(home: str, path: str) -> None:
    """Decode, hash, executemany: the same leaves and rows without anything that makes it safe."""
    from archiver.archive.store import Archive, create_archive
    from archiver.config import Home

    place = Home(Path(home))
    create_archive(place)
    with zipfile.ZipFile(path) as archive:
        member = next(name for name in archive.namelist() if name.endswith("tweets.js"))
        clocks = started()
        data = archive.read(member)
    elements = msgspec.json.decode(data[data.index(b"[") :], type=list[msgspec.Raw])
    del data
    with Archive.open(place, write=True) as opened:
        for start in range(0, len(elements), BATCH):
            _plain_batch(opened, elements[start : start + BATCH], start)
    told(clocks, stored=len(elements))


def _plain_batch(archive: Any, elements: list[msgspec.Raw], start: int) -> None:
    from archiver.archive.ids import id_floor
    from archiver.archive.indexing import facet_code, index_new, search_doc
    from archiver.archive.leaves import row_leaf, version_leaf
    from archiver.items import Access

    codec = archive.codec(Access.PUBLIC)
    connection = archive.public
    encode = msgspec.json.encode
    columns: dict[str, list[tuple[Any, ...]]] = {
        name: [] for name in ("records", "versions", "leaves", "metrics", "docs")
    }
    at = "2026-06-01T08:00:00Z"
    salts = os.urandom(64 * len(elements))
    for offset, element in enumerate(elements):
        raw = bytes(element)
        tweet = msgspec.json.decode(raw)["tweet"]
        number = start + offset + 1
        when = tweet["created_at"]
        month = MONTHS.index(when[4:7]) // 4 + 1
        created = f"{when[26:]}-{month:02d}-{when[8:10]}T{when[11:19]}Z"
        record = id_floor(created)
        stable = msgspec.json.encode(tweet, order="sorted")
        digest = sha256(stable).digest()
        text = tweet["full_text"]
        parent = tweet.get("in_reply_to_status_id_str")
        form = "reply" if parent else "post"
        url = f"https://x.com/i/web/status/{tweet['id_str']}"
        links = [one["expanded_url"] for one in tweet["entities"]["urls"]]
        author = encode({"native_id": ACCOUNT, "handle": HANDLE, "role": "agency"})
        spot = encode(
            {
                "platform": "x",
                "account": 1,
                "kind": "post",
                "native_id": tweet["id_str"],
                "created_at": created,
                "visibility": "public",
                "form": form,
                "parent_id": parent,
            }
        )
        details = encode(
            {
                "run": 1,
                "observed_at": at,
                "content_state": "full",
                "edit_id": tweet["id_str"],
                "language": tweet["lang"],
                "url": url,
                "links": links,
                "original": 1,
                "member": "data/tweets.js",
                "position": number,
            }
        )
        salt = salts[offset * 64 : offset * 64 + 32]
        other = salts[offset * 64 + 32 : offset * 64 + 64]
        leaf = version_leaf(salt, text.encode(), author, spot, details, b"[]", raw)
        counters = encode(
            {"likes": int(tweet["favorite_count"]), "reposts": int(tweet["retweet_count"])}
        ).decode()
        columns["records"].append(
            (
                *(record, 1, "x", "post", form, tweet["id_str"], parent, None, ACCOUNT, HANDLE),
                *("Alder Glen Parks", "agency", created, 0, None, text, tweet["lang"], url),
                *("public", "full", "present", None, None, number, 1, 0, counters, digest),
                *(tweet["id_str"], at),
            )
        )
        columns["versions"].append(
            (
                *(number, record, 1, 1, at, 0, tweet["id_str"], 0, None, 1, digest, text),
                *(author.decode(), spot.decode(), details.decode(), "[]", codec.pack(raw)),
                *(codec.dictionary_id, salt, 2 * number),
            )
        )
        row = (number, record, 1, at, counters, other)
        columns["metrics"].append((*row, 2 * number + 1))
        columns["leaves"].append((2 * number, "version", leaf))
        columns["leaves"].append((2 * number + 1, "metrics", row_leaf("metrics", row)))
        state = {"visibility": "public", "content_state": "full", "presence": "present"}
        flags = {"edited": False, "has_media": False, "author_role": "agency"}
        columns["docs"].append(
            (
                record,
                search_doc(
                    text=text,
                    earlier=(),
                    people=[HANDLE, "Alder Glen Parks"],
                    files=(),
                    account_id=1,
                    platform="x",
                    kind="post",
                    form=form,
                    language=tweet["lang"],
                    **state,
                    **flags,
                ),
                facet_code(1, "post", **state, **flags),
            )
        )
    connection.execute("BEGIN IMMEDIATE")
    if start == 0:
        connection.execute(
            "INSERT INTO accounts VALUES (1, 'x', ?, '', '', '', ?, 'official')", (HANDLE, ACCOUNT)
        )
        connection.execute(
            "INSERT INTO runs (id, account_id, source, started_at, leaf) VALUES (1, 1, 'x', ?, 1)",
            (at,),
        )
    connection.executemany(
        """
        INSERT INTO records (id, account_id, platform, kind, form, native_id, parent_id, root_id,
            author_id, author_handle, author_name, author_role, created_at, undated, edited_at,
            text, language, url, visibility, content_state, presence, removed_at, removed_by,
            version_id, version_count, media_count, metrics, stable, edit_id, first_seen_at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
            ?, ?, ?)
        """,
        columns["records"],
    )
    connection.executemany(
        """
        INSERT INTO versions (id, record_id, n, run_id, observed_at, late, edit_id, edit_position,
            exchange_id, original_id, stable, text, author, place, details, media, raw,
            dictionary_id, salt, leaf)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        columns["versions"],
    )
    connection.executemany("INSERT INTO leaves VALUES (?, ?, ?)", columns["leaves"])
    connection.executemany("INSERT INTO metrics VALUES (?, ?, ?, ?, ?, ?, ?)", columns["metrics"])
    index_new(connection, columns["docs"])
    connection.execute("COMMIT")


def peer_step(program: str, database: str, path: str) -> None:
    """twitter-to-sqlite on a download of the layout it knows."""
    clocks = started()
    subprocess.run([program, "import", database, path], check=True, capture_output=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = children.ru_utime + children.ru_stime
    told(clocks, megabytes=children.ru_maxrss / 1024, processor=busy)


def _measured(*words: str) -> dict[str, Any]:
    return measured(__file__, *words, ARCHIVER_NOW="2026-06-03T09:00:00Z")


def run(small: int, large: int, repeat: int, peer: str | None, folder: Path) -> dict[str, Any]:
    """All measurements, as numbers: the quickest of `repeat` rounds, taken in turns."""
    first, changed = folder / "first.zip", folder / "changed.zip"
    write_download(first, small)
    write_download(changed, small, changed=1000)
    rounds: dict[str, list[dict[str, Any]]] = {"plain": [], "whole": [], "again": [], "same": []}
    for number in range(repeat):
        home = str(folder / f"home{number}")
        rounds["plain"].append(_measured("plain", str(folder / f"plain{number}"), str(first)))
        rounds["whole"].append(_measured("import", home, str(first)))
        rounds["again"].append(_measured("import", home, str(changed)))
        rounds["same"].append(_measured("import", home, str(changed)))
    best = {
        (name, clock): min(one[clock] for one in found)
        for name, found in rounds.items()
        for clock in ("seconds", "processor", "megabytes")
    }
    found: dict[str, Any] = {
        "posts": small,
        "plain_seconds": best["plain", "seconds"],
        "import_seconds": best["whole", "seconds"],
        "ratio_to_plain_loop": best["plain", "seconds"] / best["whole", "seconds"],
        "ratio_of_processor_time": best["plain", "processor"] / best["whole", "processor"],
        "changed_seconds": best["again", "seconds"],
        "times_faster_again": best["whole", "seconds"] / best["again", "seconds"],
        "times_faster_processor": best["whole", "processor"] / best["again", "processor"],
        "same_file_seconds": best["same", "seconds"],
        "megabytes": best["whole", "megabytes"],
    }
    if large:
        big = folder / "large.zip"
        write_download(big, large)
        more = _measured("import", str(folder / "large"), str(big))
        found["large_posts"] = large
        found["large_seconds"] = more["seconds"]
        found["memory_growth"] = more["megabytes"] / found["megabytes"]
        big.unlink()
    if peer:
        old = folder / "old.zip"
        write_download(old, small, old=True)
        theirs, ours = [], []
        for number in range(repeat):
            theirs.append(_measured("peer", peer, str(folder / f"peer{number}.db"), str(old)))
            ours.append(_measured("import", str(folder / f"old{number}"), str(old)))
        for name, rows in (("peer", theirs), ("old_layout", ours)):
            found[f"{name}_seconds"] = min(row["seconds"] for row in rows)
            found[f"{name}_megabytes"] = min(row["megabytes"] for row in rows)
        found["times_faster_than_peer"] = found["peer_seconds"] / found["old_layout_seconds"]
        found["memory_to_peer"] = found["old_layout_megabytes"] / found["peer_megabytes"]
    return found


def main() -> None:
    """Read the words, measure, print."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--posts", type=int, default=100_000)
    words.add_argument("--large", type=int, default=500_000)
    words.add_argument("--repeat", type=int, default=3)
    words.add_argument("--twitter-to-sqlite", default=shutil.which("twitter-to-sqlite"))
    words.add_argument("--json", action="store_true")
    words.add_argument("--step", nargs="+", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.step:
        steps = {"import": import_step, "plain": plain_step, "peer": peer_step}
        steps[given.step[0]](*given.step[1:])
        return
    with tempfile.TemporaryDirectory() as folder:
        found = run(given.posts, given.large, given.repeat, given.twitter_to_sqlite, Path(folder))
    if given.json:
        print(json.dumps(found))
        return
    for name, number in found.items():
        print(f"{name:24} {number:12.2f}" if isinstance(number, float) else f"{name:24} {number}")


if __name__ == "__main__":
    main()
