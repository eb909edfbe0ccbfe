"""A small town's archive with something of every sort to destroy, and what is planted in it.

Post "old" is doomed; it stands in the page that brought it, in a later page that was written for
another post, in a page that also showed a private message, in a quotation, in a download.
"""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from zipfile import ZipFile

from msgspec.structs import replace

from archiver.archive.destroying import Authority, Doomed
from archiver.archive.media import store_media
from archiver.archive.originals import StoredOriginal, store_original
from archiver.archive.reading import record_by_native
from archiver.archive.store import Archive
from archiver.archive.writing import batch, finish_run
from archiver.items import (
    Access,
    Author,
    AuthorRole,
    Exchange,
    Item,
    Kind,
    MediaRef,
    Relation,
    Skipped,
    Subscriber,
)

UNDER = Authority("D-2026-03", "destroyed", "Resolution 2026-17; consent of 2026-09-01")
NOW = "2026-10-01T00:00:00Z"
SEEN = "2026-08-15T00:00:00Z"
PLACE = "at://did:plc:k7tfs5wanq2yblmd4uhrcxz3/app.bsky.feed.post/"
OLD, KEPT, NEXT, QUOTING = (f"{PLACE}3l{one * 11}" for one in "abcd")
LETTER, REPLY = "conv/7788990011223", "conv/7788990011224"
WORDS = "the heron on the weir eats at midnight"
SECRET = "my neighbour's gate code is marzipan"
PICTURE = b"GIF89a the only picture of the heron"
SHARED = b"GIF89a the town's coat of arms"
LATE = b"GIF89a the heron, sent later"
WRITER = Author("did:plc:writer44writer44writer44", "mossy.example", "Mossy Thornapple")
PLANTED = (OLD, OLD.rpartition("/")[2], WORDS, "Thornapple", PICTURE, LATE, "heron")
PRIVATE_PLANTED = (LETTER, SECRET, "marzipan", "Pennywhistle")


def post(native_id: str, text: str, **changes: object) -> Item:
    """A post or message; its object as received holds its id and text."""
    fields: dict[str, object] = {
        "platform": "bluesky",
        "kind": Kind.POST,
        "native_id": native_id,
        "author": Author("12", "AlderGlen", "City of Alder Glen", AuthorRole.AGENCY),
        "created_at": "2020-08-14T14:52:00Z",
        "text": text,
    }
    fields.update(changes)
    author = fields["author"]
    body = {"uri": native_id, "text": text, "by": author.display_name}  # type: ignore[attr-defined]
    body |= dict(fields.pop("more", {}))  # type: ignore[call-overload]
    stable = json.dumps(body, sort_keys=True).encode()
    return Item(raw=stable, stable=stable, **fields)  # type: ignore[arg-type]


def page(*items: Item, coded: bool = False, at: str = SEEN, **changes: object) -> Exchange:
    """An answer that shows these items, as a platform spells it (``\\/``), gzip-coded if asked."""
    body = json.dumps([json.loads(one.raw) for one in items]).replace("/", "\\/").encode()
    headers = [("Content-Type", "application/json")]
    if coded:
        body = gzip.compress(body)
        headers.append(("Content-Encoding", "gzip"))
    fields: dict[str, object] = {
        "method": "GET",
        "url": "https://pds.example.com/xrpc/posts?limit=50",
        "requested_at": at,
        "request_headers": (("Host", "pds.example.com"),),
        "request_body": b"",
        "status": 200,
        "reason": "OK",
        "response_headers": tuple(headers),
        "response_body": body,
    }
    return Exchange(**{**fields, **changes})  # type: ignore[arg-type]


def fill(rig: object, folder: Path, *, download: bool = True) -> StoredOriginal | None:
    """Fill an archive through a rig (see conftest)."""
    archive, run = rig.archive, rig.run  # type: ignore[attr-defined]
    pictures = {
        name: store_media(archive.home, Access.PUBLIC, io.BytesIO(data))
        for name, data in (("heron", PICTURE), ("arms", SHARED))
    }
    old = post(
        *(OLD, WORDS),
        author=WRITER,
        media=(MediaRef("heron", "heron.gif", alt_text="a heron"), MediaRef("arms")),
        metrics={"likes": 3},
    )
    kept = post(KEPT, "Library closed on Monday", media=(MediaRef("arms"),))
    first, second = page(old, kept), page(old, post(NEXT, "Budget hearing"), coded=True)
    rig.add(old, kept, exchange=first, media=pictures)  # type: ignore[attr-defined]
    rig.add(post(NEXT, "Budget hearing"), exchange=second)  # type: ignore[attr-defined]
    edited = replace(old, text=f"{WORDS}!", stable=old.stable + b" ", raw=old.raw + b" ")
    rig.add(edited, exchange=page(edited), at="2026-08-16T00:00:00Z")  # type: ignore[attr-defined]
    quoting = post(QUOTING, "As we said", parent_id=OLD, more={"quotes": {"uri": OLD}})
    rig.add(quoting, exchange=page(quoting, at=SEEN))  # type: ignore[attr-defined]
    letter = post(
        *(LETTER, SECRET),
        kind=Kind.MESSAGE,
        author=Author("did:plc:pen", "pen.example", "Penny Pennywhistle"),
    )
    reply = post(REPLY, "Thank you", kind=Kind.MESSAGE, root_id="conv")
    rig.add(letter, reply, old, kept, exchange=page(letter, reply, kept))  # type: ignore[attr-defined]
    shown = post(f"{PLACE}3leeeeeeeeeee", "Street fair")
    rig.add(letter, shown, exchange=page(letter, shown))  # type: ignore[attr-defined]
    for other in (
        post(f"{PLACE}3lfffffffffff", "Leaf collection begins"),
        post("conv/5566", "Where is the form?", kind=Kind.MESSAGE),
    ):
        rig.add(other, exchange=page(other))  # type: ignore[attr-defined]
    late = store_media(archive.home, Access.PUBLIC, io.BytesIO(LATE))
    number = record_by_native(archive.public, 1, "post", OLD).id  # type: ignore[union-attr]
    with batch(archive, run) as opened:
        opened.attach_media(Access.PUBLIC, number, MediaRef("late"), late, at=SEEN)
        opened.gone((Kind.POST, OLD), at="2026-08-17T00:00:00Z", exchange=page(status=404))
        opened.cursor("bluesky-api again", json.dumps({"after": OLD, "done": 3, "whole": 4}))
        waiting = [["post", OLD, "late", 1], ["post", KEPT, "arms", 1]]
        opened.cursor("bluesky-api media", json.dumps({"open": waiting}))
    for met in ("ab", "b"):
        people = [Subscriber("x", Relation.FOLLOWER, f"did:plc:{one * 20}") for one in met]
        with batch(archive, run) as opened:
            opened.people(*(Relation.FOLLOWER, people), observed_at=SEEN, complete=True, first=True)
    original = _import(archive, run, folder) if download else None
    finish_run(archive, run, outcome="complete")
    return original


def _import(archive: Archive, run: object, folder: Path) -> StoredOriginal:
    packed = folder / "download.zip"
    with ZipFile(packed, "w") as made:
        made.writestr("data/tweets.js", f'[{{"id": "99887766554433", "text": "{WORDS}"}}]')
    original = store_original(
        archive,
        run,
        packed,
        access=Access.PRIVATE,
        name="d.zip",  # type: ignore[arg-type]
    )
    with batch(archive, run) as opened:  # type: ignore[arg-type]
        opened.add(
            [post("99887766554433", WORDS)], observed_at="2026-08-14T00:00:00Z", original=original
        )
        opened.skipped([Skipped("a.js", 1, "cut off", raw=b"{ heron")], original=original)
    return original


def doomed(archive: Archive, access: Access, kind: str, native_id: str) -> Doomed:
    """A record as a batch freezes it."""
    found = record_by_native(archive.file(access), 1, kind, native_id)
    assert found is not None
    return Doomed("record", found.id, found.leaf, "CU+2", "2022-08-14", "2024-08-14")
