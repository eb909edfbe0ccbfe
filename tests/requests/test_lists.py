"""Lists as of a date: collected whole, barred in parts on attested law, without any secret."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver.archive.store import Archive
from archiver.archive.writing import batch, begin_run, finish_run
from archiver.config import Home
from archiver.errors import BusyError, InputError, RuleError
from archiver.items import Kind, Relation, Subscriber
from archiver.policy.keyword_lists import add_keywords
from archiver.policy.versions import NewVersion, add_version
from archiver.register.accounts import add_account
from archiver.requests.book import Choice, Claim, Request
from archiver.requests.collecting.list_kinds import LIST_KINDS, SECRET_COLUMNS, _without_secrets
from archiver.requests.collecting.list_review import bar, decide_list, lift_bar
from archiver.requests.collecting.lists import (
    CollectedList,
    collect_list,
    list_by_id,
    list_rows,
    lists_of,
    released_table,
)
from archiver.retention.holds import holds_over_people
from archiver.retention.quarantine import QuarantineKind, put_in_quarantine

from .conftest import ACCOUNT

Files = dict[str, sqlite3.Connection]
Store = Callable[..., int]
NUMBER = "2026-0001"
ZONE = "America/Los_Angeles"
SECTION = "7927.410"


@pytest.fixture(autouse=True)
def registered(office: sqlite3.Connection) -> None:
    """The account of the archive stands in the register, with a pointer to its credential."""
    account = add_account(office, actor="of", platform="x", handle="Parks", department="Parks")
    assert account.id == ACCOUNT.id
    office.execute("UPDATE register_accounts SET credential = 'vault:SECRET-POINTER'")


@pytest.fixture
def blocked(archive: Archive) -> Callable[..., None]:
    """Takes a whole walk of the list of blocks at a moment."""

    def walked(at: str, *names: str) -> None:
        people = [
            Subscriber("x", Relation.BLOCK, f"id-{name}", name, name.title()) for name in names
        ]
        run = begin_run(archive, ACCOUNT, source="bluesky")
        with batch(archive, run) as writing:
            writing.people(Relation.BLOCK, people, observed_at=at, complete=True, first=True)
        finish_run(archive, run, outcome="complete", notes={})

    return walked


@pytest.fixture
def collect(
    office: sqlite3.Connection, files: Files, request_made: Request
) -> Callable[..., CollectedList]:
    """Collects a list of the account into request 2026-0001."""

    def collected(kind: str, **more: object) -> CollectedList:
        given: dict[str, object] = {"account_id": ACCOUNT.id, **more}
        return collect_list(
            office,
            files,
            NUMBER,
            kind,
            actor="of",
            time_zone=ZONE,
            **given,  # type: ignore[arg-type]
        )

    return collected


def handles(office: sqlite3.Connection, collected: CollectedList) -> list[str]:
    return [each.cells[1] for each in list_rows(office, collected.id)]


def test_a_block_list_is_collected_as_it_stood_at_a_moment(
    office: sqlite3.Connection,
    blocked: Callable[..., None],
    collect: Callable[..., CollectedList],
) -> None:
    blocked("2026-11-02T10:00:00Z", "ann", "bob")
    blocked("2026-11-09T10:00:00Z", "bob", "cyd")
    then = collect("blocks", as_of="2026-11-05T00:00:00Z")
    assert handles(office, then) == ["ann", "bob"]
    assert "2 Nov 2026" in then.about
    now = collect("blocks")
    assert handles(office, now) == ["bob", "cyd"]
    assert (now.title, now.file, now.rows) == ("Blocked of x:@AlderGlenParks", "private", 2)
    before = collect("blocks", as_of="2026-11-01T00:00:00Z")
    assert before.rows == 0
    assert "had not seen this list whole" in before.about


def test_collecting_a_list_holds_the_accounts_lists(
    office: sqlite3.Connection, store: Store, collect: Callable[..., CollectedList]
) -> None:
    store("1")
    collect("coverage")
    [hold] = holds_over_people(office, [ACCOUNT.id])[ACCOUNT.id]
    assert hold.title == "records request 2026-0001"


def test_removals_and_their_quarantined_records(
    office: sqlite3.Connection,
    archive: Archive,
    files: Files,
    store: Store,
    collect: Callable[..., CollectedList],
) -> None:
    first, second = store("1"), store("2")
    run = begin_run(archive, ACCOUNT, source="bluesky")
    with batch(archive, run) as writing:
        for native in ("1", "2"):
            writing.gone((Kind.COMMENT, native), at="2026-11-18T09:00:00Z", exchange=None)
    finish_run(archive, run, outcome="complete", notes={})
    collected = collect("removals")
    assert [row.cells[5] for row in list_rows(office, collected.id)] == ["1", "2"]
    put_in_quarantine(
        office, files, "archive", first, actor="ph", kind=QuarantineKind.SEALED, reason="Order"
    )
    assert [row.cells[5] for row in list_rows(office, collected.id)] == ["2"]
    assert second


def test_the_register_is_collected_without_its_credentials(
    office: sqlite3.Connection, collect: Callable[..., CollectedList]
) -> None:
    collected = collect("accounts", account_id=None)
    told = str([collected, *list_rows(office, collected.id)])
    assert "Parks" in told
    assert "SECRET-POINTER" not in told


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT credential FROM register_accounts",
        "SELECT * FROM register_accounts",
        "SELECT id FROM register_accounts WHERE credential LIKE 'vault%'",
        "SELECT count(*) FROM (SELECT service AS x FROM register_accounts)",
    ],
)
def test_no_statement_reads_a_credential_while_a_list_is_read(
    office: sqlite3.Connection, statement: str
) -> None:
    with _without_secrets(office), pytest.raises(sqlite3.DatabaseError, match="prohibited"):
        office.execute(statement)
    assert office.execute(statement).fetchall()
    assert ("register_accounts", "credential") in SECRET_COLUMNS


def test_every_row_has_a_cell_for_every_column_and_a_key_of_its_own(
    office: sqlite3.Connection,
    store: Store,
    blocked: Callable[..., None],
    collect: Callable[..., CollectedList],
    tmp_path: Path,
) -> None:
    store("1")
    blocked("2026-11-02T10:00:00Z", "ann")
    laid_down(office, tmp_path)
    for kind in LIST_KINDS.values():
        collected = collect(kind.name, account_id=ACCOUNT.id if kind.of_account else None)
        rows = list_rows(office, collected.id)
        assert all(len(row.cells) == len(collected.columns) for row in rows), kind.name
        assert len({row.key for row in rows}) == collected.rows == len(rows)
        assert rows or kind.file != "office" or kind.name == "policy-wording", kind.name


def laid_down(office: sqlite3.Connection, home: Path) -> None:
    """A policy in two versions, of the second the document alone, and a word list in two."""
    pdf = home / "policy.pdf"
    pdf.write_bytes(b"%PDF-1.7\n")
    for version, day, more in (
        ("1", "2024-01-01", {"wording": "Be civil.\n\nBe brief."}),
        ("2", "2026-11-10", {"file": pdf, "file_name": "Policy 2.pdf", "departments": ["Parks"]}),
    ):
        new = NewVersion("Comments", version, dt.date.fromisoformat(day), "Council", **more)  # type: ignore[arg-type]
        add_version(Home(home), office, new, actor="mq")
    for day, words in (("2026-11-01", ("casino", "=fools")), ("2026-11-12", ("casino", "賭場"))):
        add_keywords(office, ACCOUNT.id, words, actor="mq", stood_on=dt.date.fromisoformat(day))


def cells(office: sqlite3.Connection, collected: CollectedList) -> list[tuple[str, ...]]:
    return [each.cells for each in list_rows(office, collected.id)]


def test_policies_are_collected_as_they_were_in_force_at_the_end_of_a_day(
    office: sqlite3.Connection, collect: Callable[..., CollectedList], tmp_path: Path
) -> None:
    laid_down(office, tmp_path)
    # the end of 9 November in California, and the end of the 10th
    before, after = "2026-11-10T08:00:00Z", "2026-11-11T08:00:00Z"
    versions = collect("policies", account_id=None, as_of=before)
    [told] = cells(office, versions)
    assert told[1:5] == ("1", "all accounts", "1 Jan 2024", "10 Nov 2026")
    wording = collect("policy-wording", account_id=None, as_of=before)
    assert cells(office, wording) == [
        ("Comments", "1", "1", "Be civil."),
        ("Comments", "1", "2", "Be brief."),
    ]
    later = collect("policies", account_id=None, as_of=after)
    assert [(c[1], c[2], c[6]) for c in cells(office, later)] == [
        ("2", "Parks", "Policy 2.pdf"),
        ("1", "all accounts", ""),
    ]
    bare = collect("policy-wording", account_id=None, as_of=after)
    assert bare.rows == 0
    assert "Comments 2 only the published document" in bare.about


def test_a_keyword_list_is_collected_as_it_stood_with_what_changed(
    office: sqlite3.Connection, collect: Callable[..., CollectedList], tmp_path: Path
) -> None:
    laid_down(office, tmp_path)
    then = collect("keywords", as_of="2026-11-12T08:00:00Z")
    assert cells(office, then) == [("casino", "1 Nov 2026"), ("=fools", "1 Nov 2026")]
    now = collect("keywords")
    assert cells(office, now) == [("casino", "1 Nov 2026"), ("賭場", "12 Nov 2026")]
    assert (now.title, now.file) == ("Keyword list of x:@Parks", "archive")
    changes = cells(office, collect("keyword-changes"))
    assert changes[2:] == [
        ("12 Nov 2026", "added", "賭場"),
        ("12 Nov 2026", "removed", "=fools"),
    ]
    assert holds_over_people(office, [ACCOUNT.id]) == {}
    nothing = collect("keywords", as_of="2026-10-01T00:00:00Z")
    assert (nothing.rows, "was entered" in nothing.about) == (0, True)


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("subscribers", {}, "there is no list"),
        ("keywords", {"account_id": 77}, "no account 77"),
        ("blocks", {"account_id": 77}, "no account 77"),
        ("blocks", {"as_of": "2027-01-01T00:00:00Z"}, "moment that has passed"),
        ("accounts", {}, "of no one account"),
    ],
)
def test_what_cannot_be_collected_says_why(
    collect: Callable[..., CollectedList], kind: str, more: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        collect(kind, **more)


def test_who_may_not_see_private_records_collects_and_sees_no_private_list(
    office: sqlite3.Connection,
    files: Files,
    store: Store,
    request_made: Request,
    collect: Callable[..., CollectedList],
) -> None:
    store("1")
    public = {"archive": files["archive"]}
    with pytest.raises(InputError, match="is private"):
        collect_list(
            office, public, NUMBER, "blocks", actor="of", time_zone=ZONE, account_id=ACCOUNT.id
        )
    collect("blocks")
    kept = collect("coverage")
    assert lists_of(office, NUMBER, ("archive",)) == [kept]


def test_a_bar_covers_a_row_a_column_or_a_cell_and_is_lifted(
    office: sqlite3.Connection,
    blocked: Callable[..., None],
    collect: Callable[..., CollectedList],
    attest: Callable[[str], None],
) -> None:
    attest(SECTION)
    blocked("2026-11-02T10:00:00Z", "ann", "bob", "cyd")
    made = collect("blocks")
    claims = [Claim(SECTION)]
    bar(office, NUMBER, made.id, actor="of", claims=claims, row_n=1)
    bar(office, NUMBER, made.id, actor="of", claims=claims, column=2)
    made = bar(office, NUMBER, made.id, actor="of", claims=claims, row_n=3, column=1)
    table = released_table(made, list_rows(office, made.id))
    shown = [[cell.text is not None for cell in row] for row in table]
    assert shown == [[False] * 5, [True, True, False, True, True], [True, False, False, True, True]]
    assert table[0][0].sections == (SECTION,)
    for each in made.bars:
        made = lift_bar(office, NUMBER, made.id, each.id, actor="of")
    assert all(
        c.text is not None for r in released_table(made, list_rows(office, made.id)) for c in r
    )
    with pytest.raises(InputError, match="no bar"):
        lift_bar(office, NUMBER, made.id, 1, actor="of")


def test_a_bar_and_a_withholding_need_attested_law(
    office: sqlite3.Connection,
    blocked: Callable[..., None],
    collect: Callable[..., CollectedList],
    attest: Callable[[str], None],
) -> None:
    blocked("2026-11-02T10:00:00Z", "ann")
    made = collect("blocks")
    with pytest.raises(RuleError, match="at least one"):
        bar(office, NUMBER, made.id, actor="of", claims=[], row_n=1)
    with pytest.raises(RuleError, match="not attested"):
        bar(office, NUMBER, made.id, actor="of", claims=[Claim(SECTION)], row_n=1)
    with pytest.raises(RuleError, match="withholding names its exemption"):
        decide_list(office, NUMBER, made.id, "withhold", actor="of")
    with pytest.raises(InputError, match="no row 9"):
        bar(office, NUMBER, made.id, actor="of", claims=[Claim(SECTION)], row_n=9)
    attest(SECTION)
    made = decide_list(office, NUMBER, made.id, "withhold", actor="of", claims=[Claim(SECTION)])
    assert made.choice is Choice.WITHHOLD
    with pytest.raises(BusyError, match="nothing was overwritten"):
        decide_list(office, NUMBER, made.id, "release", actor="of", seen=0)
    assert list_by_id(office, NUMBER, made.id).choice is Choice.WITHHOLD


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE request_list_rows SET cells = '[]'",
        "DELETE FROM request_list_rows",
        "INSERT INTO request_list_rows VALUES (1, 99, 'k', '[]')",
        "DELETE FROM request_lists",
        "UPDATE request_lists SET digest = ''",
    ],
)
def test_a_collected_list_stays_as_it_is(
    office: sqlite3.Connection,
    blocked: Callable[..., None],
    collect: Callable[..., CollectedList],
    statement: str,
) -> None:
    blocked("2026-11-02T10:00:00Z", "ann")
    collect("blocks")
    with pytest.raises(sqlite3.IntegrityError):
        office.execute(statement)
