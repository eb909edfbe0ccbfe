"""The records of a TikTok download, made of the fields of an entry, whichever form it has."""

from __future__ import annotations

from dataclasses import dataclass, field

from archiver.exports.derived import Repeats, derived_id
from archiver.exports.tiktok import values
from archiver.exports.tiktok.sections import Section
from archiver.exports.tiktok.values import Cells
from archiver.items import (
    Author,
    AuthorRole,
    Item,
    Kind,
    MediaRef,
    Visibility,
)

_PROFILE = ("username", "displayname", "biodescription", "instagramlink", "youtubelink")
"""What of the profile the public sees. Mail address, telephone number and day of birth stand beside
it in the download; they stay in the original."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The account a download is of, as far as it says."""

    handle: str | None
    name: str | None = None

    @property
    def author(self) -> Author:
        """The account as the author of its own records."""
        return Author(None, self.handle, self.name, AuthorRole.AGENCY)

    def writer(self, name: str) -> Author:
        """Who a message says it is from."""
        if self.handle is not None and name.casefold() == self.handle.casefold():
            return self.author
        role = AuthorRole.PUBLIC if self.handle else AuthorRole.UNKNOWN
        return Author(None, name or None, None, role)


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a download: its fields, its bytes as received, the file and its place there."""

    cells: Cells
    raw: bytes
    member: str
    position: int


@dataclass(slots=True)
class Maker:
    """Makes the records of one walk; entries without an id are told apart by `repeats`."""

    owner: Owner
    repeats: Repeats = field(default_factory=Repeats)

    def make(self, section: Section, entry: Entry, place: str = "") -> Item:
        """The record of an entry; `place` is the conversation or the live it stands under. Raises
        ValueError where it is no such entry."""
        if section in (Section.CHAT, Section.GROUP):
            return self._message(entry, place, group=section is Section.GROUP)
        if section is Section.COMMENTS:
            return self._comment(entry)
        if section is Section.LIVE_COMMENTS:
            return self._live_comment(entry, place)
        if section is Section.LIVES:
            return self._live(entry)
        if section is Section.REPOSTS:
            return self._repost(entry)
        return self._post(entry, section)

    def _post(self, entry: Entry, section: Section) -> Item:
        cells = entry.cells
        at = _time(cells)
        link = cells.get("link", "")
        title = values.readable(cells.get("title", "") or cells.get("addyourstext", ""))
        identity = values.id_in(link) or self.repeats.next(derived_id(Kind.POST, "", at, "", ""))
        removed = (
            values.moment(cells.get("datedeleted", "")) if section is Section.DELETED else None
        )
        alt = values.readable(cells.get("alternatetext", "")) or None
        story = section is Section.STORIES
        stable = {
            "id": identity,
            "at": at,
            "title": title,
            "alt": alt,
            "audience": cells.get("whocanview", ""),
            "deleted": removed,
        }
        return self._item(
            entry,
            Kind.POST,
            identity,
            at,
            title,
            values.canonical(stable),
            form="story" if story else "photo" if "/photo/" in link else "video",
            root_id=identity,
            url=values.addresses_in(link)[0] if values.id_in(link) else None,
            visibility=values.who_may_see(cells.get("whocanview", "")),
            media=_media(identity, cells, alt),
            metrics=_counts(cells),
            removed_at=removed,
        )

    def _repost(self, entry: Entry) -> Item:
        at, link = _time(entry.cells), entry.cells.get("link", "")
        identity = self.repeats.next(derived_id(Kind.POST, "repost", at, "", link))
        return self._item(
            entry,
            Kind.POST,
            identity,
            at,
            "",
            values.canonical({"at": at, "link": link}),
            form="repost",
            parent_id=values.id_in(link),
            root_id=values.id_in(link),
            links=values.addresses_in(link),
        )

    def _live(self, entry: Entry) -> Item:
        cells = entry.cells
        at = values.moment(cells.get("livestarttime", "") or cells.get("gotime", ""))
        title = values.readable(cells.get("roomtitle", "") or cells.get("livetitle", ""))
        room = cells.get("roomid") or derived_id(Kind.POST, "live", at, "", "")
        replay = cells.get("replayurl", "")
        media = (
            (MediaRef(f"tiktok:{room}:replay", None, "video/mp4", url=replay, available=False),)
            if replay
            else ()
        )
        ended = values.moment(cells.get("liveendtime", ""))
        return self._item(
            entry,
            Kind.POST,
            self.repeats.next(room),
            at,
            title,
            values.canonical({"id": room, "at": at, "until": ended, "title": title}),
            form="live",
            root_id=room,
            media=media,
            metrics=_counts(cells),
        )

    def _comment(self, entry: Entry) -> Item:
        cells = entry.cells
        at, text = _time(cells), values.readable(cells.get("comment", ""))
        under = values.id_in(cells.get("originalpost", ""))
        pictures = [
            address
            for name in ("photo", "video", "sticker")
            for address in values.addresses_in(cells.get(name, ""))
        ]
        identity = self.repeats.next(derived_id(Kind.COMMENT, "", at, "", text))
        return self._item(
            entry,
            Kind.COMMENT,
            identity,
            at,
            text,
            values.canonical({"at": at, "text": text, "under": under}),
            form="comment",
            parent_id=under,
            root_id=under,
            url=next(iter(values.addresses_in(cells.get("originalpost", ""))), None),
            media=_named(identity, pictures),
        )

    def _live_comment(self, entry: Entry, live: str) -> Item:
        at, text = _time(entry.cells), values.readable(entry.cells.get("comment", ""))
        return self._item(
            entry,
            Kind.COMMENT,
            self.repeats.next(derived_id(Kind.COMMENT, live, at, "", text)),
            at,
            text,
            values.canonical({"at": at, "text": text, "under": live}),
            form="live comment",
            parent_id=live or None,
            root_id=live or None,
        )

    def _message(self, entry: Entry, conversation: str, *, group: bool) -> Item:
        cells = entry.cells
        at, name = _time(cells), cells.get("from", "")
        text = values.readable(cells.get("content", "") or cells.get("comment", ""))
        author = self.owner.writer(name)
        with_whom = conversation_of(conversation)
        sent = author.role is AuthorRole.AGENCY
        other = Author(None, with_whom or None, None, AuthorRole.PUBLIC)
        recipients = () if group else (other if sent else self.owner.author,)
        place = f"{'group' if group else 'chat'}:{with_whom}"
        return self._item(
            entry,
            Kind.MESSAGE,
            self.repeats.next(derived_id(Kind.MESSAGE, place, at, name, text)),
            at,
            text,
            values.canonical({"at": at, "from": name, "in": place, "text": text}),
            author=author,
            form="group message" if group else "message",
            root_id=place,
            links=values.addresses_in(text),
            recipients=recipients,
            visibility=Visibility.PRIVATE,
        )

    def _item(
        self,
        entry: Entry,
        kind: Kind,
        identity: str,
        at: str | None,
        text: str,
        stable: bytes,
        *,
        author: Author | None = None,
        form: str = "",
        parent_id: str | None = None,
        root_id: str | None = None,
        url: str | None = None,
        links: tuple[str, ...] = (),
        recipients: tuple[Author, ...] = (),
        visibility: Visibility = Visibility.PUBLIC,
        media: tuple[MediaRef, ...] = (),
        metrics: dict[str, int] | None = None,
        removed_at: str | None = None,
    ) -> Item:
        return Item(
            values.PLATFORM,
            kind,
            identity,
            author or self.owner.author,
            at,
            text,
            entry.raw,
            stable,
            form=form,
            parent_id=parent_id,
            root_id=root_id,
            url=url,
            links=links,
            recipients=recipients,
            visibility=visibility,
            media=media,
            metrics=metrics,
            removed_at=removed_at,
            member=entry.member,
            position=entry.position,
        )


def profile(owner: Owner, cells: Cells, member: str, position: int) -> Item:
    """The profile as the public sees it; `raw` holds no more than that, see `_PROFILE`."""
    told = {name: cells[name] for name in _PROFILE if name in cells}
    if "username" not in told:
        raise ValueError("no name")
    shown = [f"@{told['username']}", told.get("displayname"), told.get("biodescription")]
    body = values.canonical(told)
    return Item(
        values.PLATFORM,
        Kind.PROFILE,
        told["username"],
        owner.author,
        None,
        values.readable("\n".join(one for one in shown if one)),
        body,
        body,
        form="profile",
        url=f"https://www.tiktok.com/@{told['username']}",
        metrics=_counts(cells),
        member=member,
        position=position,
    )


def conversation_of(name: str) -> str:
    """With whom a conversation was, as its name says ("Chat History with NAME:")."""
    told = name.strip().rstrip(":").strip()
    for before in ("Group Chat History with ", "Chat History with "):
        told = told.removeprefix(before)
    return told


def _time(cells: Cells) -> str | None:
    """The time of an entry, None where it tells none. Raises ValueError where it tells nothing."""
    if not cells:
        raise ValueError("nothing in it")
    return values.moment(cells.get("date", ""))


def _media(identity: str, cells: Cells, alt: str | None) -> tuple[MediaRef, ...]:
    """The files of a post, which the download names and does not hold."""
    shown = values.addresses_in(cells.get("link", ""))
    cover = values.addresses_in(cells.get("coverimage", ""))
    return _named(identity, shown, alt) + _named(f"{identity}:cover", cover)


def _named(
    identity: str, addresses: tuple[str, ...] | list[str], alt: str | None = None
) -> tuple[MediaRef, ...]:
    return tuple(
        MediaRef(f"tiktok:{identity}:{at}", alt_text=alt, url=address, available=False)
        for at, address in enumerate(addresses)
    )


def _counts(cells: Cells) -> dict[str, int] | None:
    names = {
        "likes": "likes",
        "totallike": "likes",
        "totalview": "views",
        "likesreceived": "likes",
        "followercount": "followers",
        "followingcount": "following",
    }
    told = {
        shown: int(cells[name])
        for name, shown in names.items()
        if cells.get(name, "").isascii() and cells.get(name, "").isdecimal()
    }
    return told or None
