"""Posts, reposts, comments, what was uploaded, and recommendations."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.linkedin import urns
from archiver.exports.linkedin.media import MediaFiles
from archiver.exports.linkedin.owner import Owner
from archiver.exports.linkedin.rows import PLATFORM, canonical, read_rows, skipped, told_by
from archiver.exports.linkedin.writing import check_one_row, moment, plain_text
from archiver.exports.seen import SeenIds
from archiver.exports.tables import Row
from archiver.exports.texts import whole
from archiver.items import Author, AuthorRole, Item, Kind, Visibility

_VISIBILITY = {"CONNECTIONS": Visibility.PRIVATE, "CONNECTIONS_ONLY": Visibility.PRIVATE}
_UPLOAD = " on "


@dataclass
class PostFiles:
    """Reads the tables of one download in which the account speaks in public. `shared` are the
    minutes and texts of the posts met so far, by which an upload is known to be part of a post."""

    owner: Owner
    media: MediaFiles
    shared: SeenIds = field(default_factory=SeenIds)

    def shares(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Shares.csv: the account's posts."""
        self.shared = SeenIds()
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            cells = row.cells
            link = cells.get("ShareLink", "").strip()
            written = cells.get("ShareCommentary", "")
            check_one_row(written)
            created_at = moment(cells.get("Date", ""))
            text = whole(plain_text(written))
            count.mended += text != written
            urn = urns.post_urn(link)
            if urn is None and created_at is None and not text:
                return (skipped(member, row, "a row without date, link and text"),)
            self.shared.add((created_at or "")[:16])
            self.shared.add(_plain(text))
            author = self.owner.author
            native_id = urn or repeats.next(
                derived_id(Kind.POST, "", created_at, told_by(author), text)
            )
            shared = cells.get("SharedUrl", "").strip()
            said = cells.get("Visibility", "").strip()
            refs = self.media.refs(cells.get("MediaUrl", ""))
            stable = {
                "text": text,
                "date": created_at,
                "link": urn or link,
                "shared": shared,
                "media": [ref.key for ref in refs],
                "visibility": said,
            }
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.POST,
                    native_id=native_id,
                    author=author,
                    created_at=created_at or (urns.made_at(urn) if urn else None),
                    text=text,
                    raw=row.raw,
                    stable=canonical(stable),
                    form="post" if text or refs else "share",
                    url=urns.post_address(urn) if urn else link or None,
                    links=(shared,) if shared else (),
                    visibility=_VISIBILITY.get(said.upper(), Visibility.PUBLIC),
                    media=refs,
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("ShareLink", "ShareCommentary"), parse, stream, count)

    def reposts(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """InstantReposts.csv: posts of others passed on without a word. Only the post that was
        passed on has an id."""
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            link = row.cells.get("Link", "").strip()
            created_at = moment(row.cells.get("Date", ""))
            urn = urns.post_urn(link)
            author = self.owner.author
            made = derived_id(Kind.POST, urn or link, created_at, told_by(author), "")
            address = urns.post_address(urn) if urn else link
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.POST,
                    native_id=repeats.next(made),
                    author=author,
                    created_at=created_at,
                    text="",
                    raw=row.raw,
                    stable=canonical({"date": created_at, "reposted": urn or link}),
                    form="repost",
                    links=(address,) if address else (),
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("Date", "Link"), parse, stream, count)

    def comments(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Comments.csv: what the account wrote under posts."""
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            written = row.cells.get("Message", "")
            check_one_row(written)
            link = row.cells.get("Link", "").strip()
            created_at = moment(row.cells.get("Date", ""))
            text = whole(plain_text(written))
            count.mended += text != written
            post = urns.post_urn(link)
            author = self.owner.author
            native_id = urns.comment_urn(link) or repeats.next(
                derived_id(Kind.COMMENT, post or link, created_at, told_by(author), text)
            )
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.COMMENT,
                    native_id=native_id,
                    author=author,
                    created_at=created_at,
                    text=text,
                    raw=row.raw,
                    stable=canonical({"text": text, "date": created_at, "link": post or link}),
                    form="comment",
                    parent_id=post,
                    root_id=post,
                    url=link or None,
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("Date", "Link", "Message"), parse, stream, count)

    def uploads(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Rich_Media.csv: pictures, films and papers that were uploaded. Those that belong to a
        post of the same minute or text become part of it."""
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            said = row.cells.get("Date/Time", "").strip()
            described = row.cells.get("Media Description", "").strip()
            text = whole(plain_text("" if described in ("-", "—") else described))
            what, _, when = said.rpartition(_UPLOAD) if _UPLOAD in said else (said, "", "")
            created_at = moment(when)
            if created_at and (created_at[:16] in self.shared or (text and self._posted(text))):
                count.join()
                return ()
            refs = self.media.refs(row.cells.get("Media Link", ""))
            author = self.owner.author
            made = derived_id(Kind.POST, what, created_at, told_by(author), text)
            stable = {"what": what, "date": created_at, "text": text}
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.POST,
                    native_id=repeats.next(made),
                    author=author,
                    created_at=created_at,
                    text=text or what,
                    raw=row.raw,
                    stable=canonical(stable),
                    form="upload",
                    media=refs,
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("Media Description",), parse, stream, count)

    def _posted(self, text: str) -> bool:
        return _plain(text) in self.shared

    def recommendations(
        self, member: str, stream: BinaryIO, count: FileCount, *, given: bool
    ) -> Iterator[Unit]:
        """Recommendations_Received.csv and …_Given.csv: what people wrote on a profile."""
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            cells = row.cells
            name = " ".join(
                " ".join((cells.get("First Name", ""), cells.get("Last Name", ""))).split()
            )
            created_at = moment(cells.get("Creation Date", ""))
            text = whole(plain_text(cells.get("Text", "")))
            other = Author(None, None, name or None, AuthorRole.PUBLIC)
            author = self.owner.author if given else other
            status = cells.get("Status", "").strip().upper()
            place = f"to {name}" if given else "profile"
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.COMMENT,
                    native_id=repeats.next(
                        derived_id(Kind.COMMENT, place, created_at, told_by(author), text)
                    ),
                    author=author,
                    created_at=created_at,
                    text=text,
                    raw=row.raw,
                    stable=canonical(
                        {"text": text, "date": created_at, "name": name, "status": status}
                    ),
                    form="recommendation given" if given else "recommendation",
                    recipients=(other,) if given else (),
                    visibility=_recommended(status),
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("First Name", "Text", "Status"), parse, stream, count)


def _recommended(status: str) -> Visibility:
    if status in ("", "VISIBLE", "ACCEPTED"):
        return Visibility.PUBLIC
    return Visibility.PENDING if status == "PENDING" else Visibility.HIDDEN


def _plain(text: str) -> str:
    return "text:" + " ".join(text.split())[:200]
