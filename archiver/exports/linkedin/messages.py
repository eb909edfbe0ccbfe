"""Private messages, and invitations that came with words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.derived import Repeats, derived_id
from archiver.exports.linkedin.media import MediaFiles
from archiver.exports.linkedin.owner import Owner
from archiver.exports.linkedin.rows import PLATFORM, canonical, read_rows, skipped, told_by
from archiver.exports.linkedin.writing import moment, plain_text
from archiver.exports.markup import parsed, readable
from archiver.exports.tables import Row
from archiver.exports.texts import unescaped, whole
from archiver.items import Author, AuthorRole, Item, Kind, Visibility

_MARKUP = re.compile(r"</?(?:p|br|div|a|span|strong|em|ul|ol|li)\b[^>]*>", re.IGNORECASE)
_YES = frozenset(("yes", "true", "1"))


@dataclass(frozen=True)
class MessageFiles:
    """Reads the private tables of one download."""

    owner: Owner
    media: MediaFiles

    def messages(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """messages.csv: every message of every conversation."""
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            cells = {name.upper(): cell for name, cell in row.cells.items()}
            written = cells.get("CONTENT", "")
            text = readable_message(plain_text(written))
            count.mended += text != written
            created_at = moment(cells.get("DATE", ""))
            author = self.owner.person(
                cells.get("FROM", ""), cells.get("SENDER PROFILE URL", "").strip()
            )
            recipients = self._recipients(
                cells.get("TO", ""), cells.get("RECIPIENT PROFILE URLS", "")
            )
            subject = whole(plain_text(cells.get("SUBJECT", "").strip()))
            thread = cells.get("CONVERSATION ID", "").strip()
            place = thread or " ".join(sorted(map(told_by, (author, *recipients))))
            made = derived_id(
                Kind.MESSAGE, place, created_at, told_by(author), f"{subject}\n{text}"
            )
            draft = any(
                cells.get(name, "").strip().casefold() in _YES
                for name in ("IS MESSAGE DRAFT", "IS CONVERSATION DRAFT")
            )
            refs = self.media.refs(cells.get("ATTACHMENTS", ""))
            title = cells.get("CONVERSATION TITLE", "").strip()
            stable = {
                "conversation": thread,
                "title": title,
                "from": told_by(author),
                "date": created_at,
                "subject": subject,
                "text": text,
                "attachments": [ref.key for ref in refs],
                "draft": draft or None,
            }
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.MESSAGE,
                    native_id=repeats.next(made),
                    author=author,
                    created_at=created_at,
                    text=f"{subject}\n\n{text}".strip() if subject else text,
                    raw=row.raw,
                    stable=canonical(stable),
                    form="draft message" if draft else "message",
                    root_id=thread or None,
                    recipients=recipients,
                    visibility=Visibility.DRAFT if draft else Visibility.PRIVATE,
                    media=refs,
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("CONVERSATION ID", "FROM", "CONTENT"), parse, stream, count)

    def _recipients(self, names: str, addresses: str) -> tuple[Author, ...]:
        """Whoever a message went to. Names hold commas too (``Jane Doe, Ph.D.``): where their
        number differs from that of the addresses, the addresses tell."""
        links = [
            one
            for one in re.split(r"(?<![,;\s])[,;\s]++(?=http)|;", addresses.strip())
            if one.strip()
        ]
        shown = [one.strip() for one in re.split(r", |;", names) if one.strip()]
        if len(links) <= 1:
            whole_name = names.strip().strip(";")
            link = links[0].strip(" ,") if links else ""
            if links or len(shown) == 1:
                return (self.owner.person(whole_name, link),)
            return tuple(self.owner.person(one, "") for one in shown)
        if len(links) == len(shown):
            return tuple(
                self.owner.person(name, link.strip(" ,"))
                for name, link in zip(shown, links, strict=True)
            )
        return tuple(self.owner.person("", link.strip(" ,")) for link in links)

    def invitations(self, member: str, stream: BinaryIO, count: FileCount) -> Iterator[Unit]:
        """Invitations.csv: those that came with a message are private messages."""
        repeats = Repeats()

        def parse(row: Row) -> Iterable[Unit]:
            cells = row.cells
            text = whole(plain_text(cells.get("Message", "").strip()))
            if not text:
                return (skipped(member, row, "an invitation without words: kept in the original"),)
            created_at = moment(cells.get("Sent At", ""))
            sender = self.owner.person(cells.get("From", ""), cells.get("inviterProfileUrl", ""))
            target = self.owner.person(cells.get("To", ""), cells.get("inviteeProfileUrl", ""))
            if cells.get("Direction", "").strip().upper() == "OUTGOING":
                sender = self._as_owner(sender)
            made = derived_id(Kind.MESSAGE, told_by(target), created_at, told_by(sender), text)
            stable = {
                "from": told_by(sender),
                "to": told_by(target),
                "date": created_at,
                "text": text,
            }
            return (
                Item(
                    platform=PLATFORM,
                    kind=Kind.MESSAGE,
                    native_id=repeats.next(made),
                    author=sender,
                    created_at=created_at,
                    text=text,
                    raw=row.raw,
                    stable=canonical(stable),
                    form="invitation",
                    recipients=(target,),
                    visibility=Visibility.PRIVATE,
                    member=member,
                    position=row.index,
                ),
            )

        yield from read_rows(member, ("From", "To", "Direction"), parse, stream, count)

    def _as_owner(self, person: Author) -> Author:
        if person.role is AuthorRole.AGENCY:
            return person
        return Author(None, person.handle, person.display_name, AuthorRole.AGENCY)


def readable_message(content: str) -> str:
    """The text of a message, which may be a piece of a web page (campaigns, formatted mail)."""
    if "<" in content and _MARKUP.search(content):
        body = parsed(content).body
        if body is not None:
            return whole(readable(body))
    return whole(unescaped(content))
