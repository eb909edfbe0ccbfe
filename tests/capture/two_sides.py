"""An account's records from two sides: what an interface gave, and what a download holds."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from archiver.archive.originals import StoredOriginal, store_original
from archiver.archive.pairs import Proposal, Standing, What, proposals
from archiver.archive.pairs_deciding import Decided, decide_pairs
from archiver.archive.reading import Record, record_by_native
from archiver.archive.runs import Run
from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.verify import verify
from archiver.archive.writing import AccountRef, batch, begin_run
from archiver.capture.proposing import propose_pairs
from archiver.config import Home
from archiver.exports.derived import derived_id
from archiver.items import Access, Author, AuthorRole, Exchange, Item, Kind
from tests.empty_home import empty_archive

ACCOUNT = AccountRef(
    *(1, "facebook", "AlderGlen", "City of Alder Glen", "City Manager", "Communications"),
    *("12", "official"),
)
OTHER_ACCOUNT = AccountRef(
    *(2, "facebook", "AlderGlenParks", "Alder Glen Parks", "Parks", "", "13", "official"),
)
CITY = Author("12", "AlderGlen", "City of Alder Glen", AuthorRole.AGENCY)
NAMED = Author(None, None, "City of Alder Glen", AuthorRole.AGENCY)
SEEN_AT = "2026-08-15T00:00:00Z"
MADE_AT = "2026-09-01T00:00:00Z"
WORDS = "Mill Street is closed on Saturday from eight to noon."
POSTED_AT = "2026-08-14T14:52:17Z"


def make_home(path: Path) -> Home:
    """A home with an empty archive."""
    home = Home(path)
    path.mkdir()
    home.settings_file.write_text('agency = "City of Alder Glen"\nschedule = "palm-desert"\n')
    empty_archive(home)
    return home


def given(native_id: str, text: str = WORDS, at: str = POSTED_AT, **changes: object) -> Item:
    """What an interface gives, with its id."""
    fields: dict[str, object] = {
        "platform": "facebook",
        "kind": Kind.POST,
        "native_id": native_id,
        "author": CITY,
        "created_at": at,
        "text": text,
    }
    fields.update(changes)
    stable = json.dumps({"id": native_id, "message": fields["text"]}, sort_keys=True).encode()
    return Item(raw=stable, stable=stable, **fields)  # type: ignore[arg-type]


def downloaded(text: str = WORDS, at: str = POSTED_AT, **changes: object) -> Item:
    """What a download holds: no id but the one made of what it says."""
    fields: dict[str, object] = {
        "kind": Kind.POST,
        "author": NAMED,
        "member": "posts/profile_posts_1.json",
        "position": 3,
    }
    fields.update(changes)
    kind, author = fields["kind"], fields["author"]
    assert isinstance(kind, Kind) and isinstance(author, Author)
    key = derived_id(kind, "", at, author.display_name or "", text)
    return given(key, text, at, **fields)


class TwoSides:
    """An archive with a run of each side open."""

    def __init__(self, archive: Archive, account: AccountRef = ACCOUNT) -> None:
        self.archive = archive
        self.account = account
        self._downloads = 0

    def gave(self, *items: Item, at: str = SEEN_AT) -> None:
        """Take in what the interface gave."""
        run = begin_run(self.archive, self.account, source="facebook")
        exchange = Exchange(
            *("GET", "https://graph.example.com/posts", at, (("Host", "graph.example.com"),)),
            *(b"", 200, "OK", (("Content-Type", "application/json"),)),
            json.dumps([json.loads(item.raw) for item in items]).encode(),
        )
        with batch(self.archive, run) as opened:
            opened.add(items, observed_at=at, exchange=exchange)

    def holds(self, *items: Item, at: str = MADE_AT, pair: bool = True) -> Run:
        """Take in a download, and propose what may be one."""
        run = begin_run(self.archive, self.account, source="facebook-download")
        original = self._original(run)
        with batch(self.archive, run) as opened:
            opened.add(items, observed_at=at, original=original)
        if pair:
            propose_pairs(self.archive, self.account.id, run.id)
        return run

    def _original(self, run: Run) -> StoredOriginal:
        self._downloads += 1
        path = self.archive.home.path.parent / f"download-{run.id}-{self._downloads}.zip"
        path.write_bytes(f"download {self.account.id} {run.id}".encode())
        return store_original(self.archive, run, path, access=Access.PRIVATE, name=path.name)

    def proposed(self, access: Access = Access.PUBLIC, **asked: object) -> list[Proposal]:
        """The open proposals."""
        return proposals(self.archive.file(access), limit=1_000, **asked)  # type: ignore[arg-type]

    def standing(self, state: Standing) -> list[Proposal]:
        """The proposals in one standing."""
        return proposals(self.archive.public, state=state)

    def decide(
        self, what: What, *numbers: int, access: Access = Access.PUBLIC, reason: str = "looked"
    ) -> Decided:
        """Decide as a clerk."""
        return decide_pairs(self.archive, access, numbers, what, actor="odile", reason=reason)

    def pair(self) -> Proposal:
        """Confirm the only proposal."""
        [proposal] = self.proposed()
        self.decide(What.CONFIRMED, proposal.id)
        return proposal

    def record(self, native_id: str, kind: str = "post", access: Access = Access.PUBLIC) -> Record:
        """A record by its native id."""
        found = record_by_native(self.archive.file(access), self.account.id, kind, native_id)
        assert found is not None
        return found

    def ids(self, items: Iterable[Item]) -> Sequence[int]:
        """The record ids of items."""
        return [self.record(item.native_id).id for item in items]

    def wrong(self) -> list[str]:
        """What verify finds, seal first."""
        seal(self.archive, now="2026-10-01T00:00:00Z")
        report = verify(self.archive.home)
        return [f"{found.where}: {found.what}" for found in report.findings]
