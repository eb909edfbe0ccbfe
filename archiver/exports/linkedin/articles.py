"""Articles: one web page for each, in the folder Articles, drafts among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from selectolax.lexbor import LexborNode

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import derived_id
from archiver.exports.faults import UnreadableError
from archiver.exports.linkedin.owner import Owner
from archiver.exports.linkedin.rows import PLATFORM, canonical, told_by
from archiver.exports.linkedin.urns import article_name
from archiver.exports.markup import parsed, readable
from archiver.exports.texts import whole
from archiver.items import Item, Kind, Visibility

LARGEST = 32 << 20
_TIME = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?)?")


def read_article(owner: Owner, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
    """One article. A page that says when it was begun and not when it was published is a draft."""
    raw = stream.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise UnreadableError("an article larger than 32 MiB: look at it")
    count.read += 1
    page = parsed(raw.decode("utf-8", "replace"))
    body = page.body
    heading = page.css_first("h1")
    if body is None or (heading is None and page.css_first("title") is None):
        raise UnreadableError("it is no article: it has no heading")
    title = " ".join((heading or page.css_first("title") or body).text().split())
    link = heading.css_first("a") if heading is not None else None
    address = (link.attributes.get("href") or "") if link is not None else ""
    published = _time(page.css_first(".published"))
    begun = _time(page.css_first(".created"))
    text = whole(readable(body))
    name = article_name(address)
    made = derived_id(Kind.POST, "article", begun or published, told_by(owner.author), title)
    draft = begun is not None and published is None
    stable = {"title": title, "published": published, "begun": begun, "text": text, "link": name}
    yield Item(
        platform=PLATFORM,
        kind=Kind.POST,
        native_id=f"pulse:{name}" if name else made,
        author=owner.author,
        created_at=published or begun,
        text=text,
        raw=raw,
        stable=canonical(stable),
        form="draft article" if draft else "article",
        url=address or None,
        visibility=Visibility.DRAFT if draft else Visibility.PUBLIC,
        member=member,
        position=0,
    )


def _time(node: LexborNode | None) -> str | None:
    found = _TIME.search(node.text()) if node is not None else None
    if found is None:
        return None
    return f"{found[1]}T{found[2] or '00:00'}{found[3] or ':00'}Z"
