"""office.db as somebody limited to departments sees it.

Views of the temporary schema stand in front of its tables, as `archive.veil` puts them in front of
the evidence: whatever statement a page asks, it is answered from what this person may know of, and
a page that forgets the limit has forgotten nothing. A table that is not named here is empty to
them. What is written goes to the tables themselves: statements that write, and the few that number
what they write, name them with their schema (``main.request_items``).

An item's account stands in its family; other records are looked up in the evidence files, attached
for reading. A statement without the schema that writes to a table with a view in front of it is
refused by SQLite, and never goes to the wrong place.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from types import MappingProxyType

from archiver.archive.limits import of_record
from archiver.archive.sight import Sight
from archiver.config import Home
from archiver.database import connect
from archiver.operations.import_steps import IMPORT_JOB, LOOK_JOB
from archiver.operations.mailing import SEND_JOB
from archiver.requests.letters.kinds import kinds

_IMPORT_OF_JOB = "json_extract(jobs.arguments, '$.import')"
OPEN = frozenset(
    {
        "_sqlite_migrations",
        "attestations",
        "backups",
        "backups_removed",
        "bulk_decisions",
        "hold_cursors",
        "holds",
        "intake_cursors",
        "personal_finds",
        "personal_scans",
        "request_clarifications",
        "request_dates",
        "request_determinations",
        "request_estimates",
        "request_events",
        "request_extensions",
        "request_instalments",
        "request_minors",
        "request_references",
        "request_relations",
        "request_reminders",
        "request_scopes",
        "request_steps_taken_back",
        "request_time",
        "requests",
        "restore_tests",
        "retention_events",
        "schedule_adoptions",
        "schedule_drafts",
    }
)
"""Tables that hold nothing of a record: what was asked and done, by whom and when. What the details
of a step count is told to nobody who may not know of all of it (`Sight.whole`)."""

HIDDEN = frozenset(
    {
        "audit",
        "bates_pages",
        "delivery_fetches",
        "delivery_link_ends",
        "delivery_links",
        "disposition_approvals",
        "disposition_events",
        "disposition_exchanges",
        "disposition_items",
        "disposition_slices",
        "disposition_withdrawals",
        "dispositions",
        "forwarding_officials",
        "hold_searches",
        "posting_answers",
        "posting_approvals",
        "posting_takedowns",
        "postings",
        "production_items",
        "production_replacements",
        "production_starts",
        "production_undated",
        "productions",
        "reading_room_builds",
        "release_copies",
        "release_steps",
        "release_volumes",
        "releases",
        "replayed",
        "request_list_productions",
        "retention_clock",
    }
)
"""Tables that are of the whole, and empty to who is limited: what they tell is refused to them."""

_ITEM = MappingProxyType(
    {
        "attorney_questions": "item_id",
        "instalment_moves": "item_id",
        "item_bars": "item_id",
        "item_assignments": "item_id",
        "item_notes": "item_id",
        "item_recommendations": "item_id",
        "item_releases": "item_id",
        "media_seen": "item_id",
        "request_decisions": "item_id",
        "request_item_moves": "item_id",
        "request_redactions": "item_id",
        "request_standing": "item_id",
        "request_suggestion_answers": "item_id",
    }
)
"""Tables that speak of items of requests, and the column that says of which."""
_OF = MappingProxyType(
    {
        "attorney_answers": ("question_id", "attorney_questions"),
        "attorney_signoffs": ("decision_id", "request_decisions"),
        "custodian_answers": ("ask_id", "custodian_asks"),
        "custodian_reminders": ("ask_id", "custodian_asks"),
        "custodian_steps": ("ask_id", "custodian_asks"),
        "deletion_consult_steps": ("consult_id", "deletion_consults"),
        "decision_confirmations": ("decision_id", "request_decisions"),
        "decision_exemptions": ("decision_id", "request_decisions"),
        "forward_statements": ("forward_id", "forwards"),
        "forward_steps": ("forward_id", "forwards"),
        "frozen_results": ("run_id", "search_runs"),
        "import_files": ("import_id", "imports"),
        "handed_in_records": ("file_id", "handed_in_files"),
        "handed_in_taken": ("file_id", "handed_in_files"),
        "intake_decisions": ("candidate_id", "intake_candidates"),
        "intake_decisions_taken_back": ("decision_id", "intake_decisions"),
        "letter_sendings": ("letter_id", "request_letters"),
        "item_release_bars": ("release_id", "item_releases"),
        "quarantine_pictures": ("step_id", "quarantine_steps"),
        "redaction_groundings": ("redaction_id", "request_redactions"),
        "redaction_grounds": ("grounding_id", "redaction_groundings"),
        "redaction_removals": ("redaction_id", "request_redactions"),
        "request_list_rows": ("list_id", "request_lists"),
        "request_list_steps": ("list_id", "request_lists"),
        "search_runs": ("log_id", "request_searches"),
    }
)
"""Tables whose rows belong to a row of another: they are seen where that is seen."""
_RECORD = frozenset(
    {
        "deletion_consult_records",
        "hold_items",
        "intake_candidates",
        "quarantine_steps",
        "request_sources",
    }
)
"""Tables that name a record by file and id."""
_ACCOUNT = MappingProxyType(
    {
        "custodian_asks": "account_id",
        "deletion_consults": "account_id",
        "forwards": "account_id",
        "handed_in_files": "account_id",
        "hold_accounts": "account_id",
        "keyword_lists": "account_id",
        "register_accounts": "id",
        "register_handles": "account_id",
        "request_lists": "account_id",
        "retention_marked": "account_id",
    }
)
"""Tables that speak of accounts, and the column that says of which."""


def connect_limited(home: Home, *, private: bool) -> sqlite3.Connection:
    """office.db with the evidence files beside it, for `limit`; private.db only for who may see it.

    Raises HomeError where a file is missing or is no database.
    """
    connection = connect(home.office_db)
    connection.execute("PRAGMA temp_store = MEMORY")
    files = {"archive": home.archive_db} | ({"private": home.private_db} if private else {})
    for name, path in files.items():
        connection.execute(f"ATTACH ? AS {name}", (f"{path.resolve().as_uri()}?mode=ro",))
    return connection


def limit(connection: sqlite3.Connection, sight: Sight) -> None:
    """Let a connection of `connect_limited` show what somebody limited to departments may know.

    Costs the reading of a row where it shows just that already. Call it outside a transaction.
    """
    fitted = (",".join(map(str, sorted(sight.accounts or ()))), "\n".join(sight.departments))
    there = "SELECT 1 FROM temp.sqlite_master WHERE name = 'fitted'"
    if connection.execute(there).fetchone():
        found = connection.execute("SELECT accounts, departments FROM temp.fitted").fetchone()
        if found is not None and tuple(found) == fitted:
            return
    connection.execute("DROP TABLE IF EXISTS temp.fitted")
    for (name,) in map(tuple, _named(connection, "temp.sqlite_master", "view")):
        connection.execute(f"DROP VIEW temp.{name}")
    for table, sql in _views(connection, sight):
        connection.execute(f"CREATE TEMP VIEW {table} AS {sql}")
    # the last step: what was interrupted before it is fitted again before it is lent
    connection.execute("CREATE TEMP TABLE fitted (accounts TEXT, departments TEXT)")
    connection.execute("INSERT INTO temp.fitted VALUES (?, ?)", fitted)


def _views(connection: sqlite3.Connection, sight: Sight) -> Iterator[tuple[str, str]]:
    for (table,) in map(tuple, _named(connection, "main.sqlite_master", "table")):
        if table in OPEN or table.startswith("sqlite_"):
            continue
        columns = _night(sight) if table == "nightly_runs" else "*"
        yield table, f"SELECT {columns} FROM main.{table} WHERE {_condition(table, sight)}"


def _named(connection: sqlite3.Connection, schema: str, kind: str) -> list[sqlite3.Row]:
    return connection.execute(f"SELECT name FROM {schema} WHERE type = ?", (kind,)).fetchall()


def _condition(table: str, sight: Sight) -> str:
    """What holds of the rows of a table that this person may know of, in SQL."""
    accounts = sight.accounts or frozenset()
    these = f"({', '.join(map(str, sorted(accounts)))})"
    if table in _ITEM:
        return _exists("request_items", f"{table}.{_ITEM[table]}")
    if table in _OF:
        column, other = _OF[table]
        return _exists(other, f"{table}.{column}")
    if table in _RECORD:
        return _of_records(table, sight)
    if table in _ACCOUNT:
        return f"{table}.{_ACCOUNT[table]} IN {these}"
    return {
        "request_items": _family("request_items", these),
        # one item of it unseen is enough: a part of an addition is none
        "request_additions": (
            "NOT EXISTS (SELECT 1 FROM main.request_items AS other WHERE other.id BETWEEN"
            " request_additions.first_item AND request_additions.last_item"
            f" AND NOT {_family('other', these)})"
            " AND NOT EXISTS (SELECT 1 FROM main.request_item_moves AS moved"
            " JOIN main.request_items AS other ON other.id = moved.item_id"
            f" WHERE moved.addition_id = request_additions.id AND NOT {_family('other', these)})"
        ),
        "request_searches": _within("request_searches", these),
        "saved_search_versions": _within("saved_search_versions", these),
        # its words in one version are its words: all of them may be known of, or none
        "saved_searches": (
            "NOT EXISTS (SELECT 1 FROM main.saved_search_versions AS other"
            f" WHERE other.search_id = saved_searches.id AND NOT ({_within('other', these)}))"
        ),
        "request_files": (
            "request_files.department = ''"
            f" OR request_files.department COLLATE NOCASE IN {_texts(sight.departments)}"
        ),
        "handed_in_repeats": (
            f"{_exists('handed_in_records', 'handed_in_repeats.made_id')}"
            f" AND {_of_records('handed_in_repeats', sight)}"
        ),
        # before it is known whose it is, whoever is limited alike may know of it
        "imports": (
            f"imports.account_id IN {these} OR (imports.account_id IS NULL"
            f" AND imports.departments = {_text(chr(10).join(sight.departments))})"
        ),
        "jobs": (
            f"jobs.kind = '{SEND_JOB}' OR (jobs.kind IN ('{LOOK_JOB}', '{IMPORT_JOB}')"
            f" AND {_exists('imports', _IMPORT_OF_JOB)})"
        ),
        "nightly_runs": "1",
        "letter_drafts": f"letter_drafts.kind NOT IN {_texts(_counting())}",
        "policy_versions": (
            "(policy_versions.departments = '[]' AND policy_versions.accounts = '[]')"
            " OR EXISTS (SELECT 1 FROM json_each(policy_versions.accounts)"
            f" WHERE value IN {these})"
            " OR EXISTS (SELECT 1 FROM json_each(policy_versions.departments)"
            f" WHERE value COLLATE NOCASE IN {_texts(sight.departments)})"
        ),
        "policy_entries_taken_back": (
            "CASE policy_entries_taken_back.kind WHEN 'policy version'"
            f" THEN {_exists('policy_versions', 'policy_entries_taken_back.entry_id')}"
            f" ELSE {_exists('keyword_lists', 'policy_entries_taken_back.entry_id')} END"
        ),
        "request_letters": f"request_letters.kind NOT IN {_texts(_counting())}",
    }.get(table, "0")


def _of_records(table: str, sight: Sight) -> str:
    accounts = sight.accounts or frozenset()
    files = " ".join(
        f"WHEN '{file}' THEN {of_record(f'{table}.record_id', accounts, file)}"
        for file in sight.files
    )
    return f"CASE {table}.file {files} ELSE 0 END"


def _exists(table: str, column: str) -> str:
    return f"EXISTS (SELECT 1 FROM temp.{table} AS seen WHERE seen.id = {column})"


def _within(table: str, these: str) -> str:
    """A search by somebody who may look through more tells of more, by its count and its words."""
    return (
        f"{table}.sight IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
        f" json_each({table}.sight, '$.accounts') AS looked WHERE looked.value NOT IN {these})"
    )


def _family(table: str, these: str) -> str:
    family = f"{table}.family"
    return f"CAST(substr({family}, 1, instr({family}, ':') - 1) AS INTEGER) IN {these}"


def _counting() -> list[str]:
    """The kinds of letters whose text tells of all of a request's records."""
    return [kind.code for kind in kinds().kind if kind.counts]


def _texts(names: Iterable[str]) -> str:
    return "(" + ", ".join(map(_text, names)) + ")"


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"


def _night(sight: Sight) -> str:
    """A night as far as it went over these accounts: what another's cost it is not told."""
    these = f"({', '.join(map(str, sorted(sight.accounts or ())))})"
    seen = (
        "SELECT each.value AS line FROM json_each(main.nightly_runs.summary, '$.accounts') AS each"
        " WHERE json_extract(each.value, '$.account') IN (SELECT platform || ':@' || handle"
        f" FROM main.register_accounts WHERE id IN {these})"
    )
    wrong = f"SELECT 1 FROM ({seen}) WHERE json_extract(line, '$.outcome') IN ('failed', 'partial')"
    return (
        "id, started_at, finished_at,"
        f" CASE WHEN outcome = 'partial' AND NOT EXISTS ({wrong}) THEN 'complete'"
        " ELSE outcome END AS outcome,"
        f" json_object('accounts', (SELECT json_group_array(json(line)) FROM ({seen}))) AS summary"
    )
