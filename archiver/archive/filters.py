"""From a search as understood, and the filters ticked beside it, to what the index is asked.

Filters become tokens of the index. Where they contradict each other or the words, nothing is asked
and the reason is given: two long lists without overlap are the slowest search there is.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from archiver.archive import indexing
from archiver.archive.highlight import Needle
from archiver.archive.indexing import KINDS
from archiver.archive.query import Condition, Days, Either, Group, Node, Query, Words
from archiver.archive.vocabulary import STATE_WORDS
from archiver.errors import UsageError
from archiver.items import Kind


@dataclass(frozen=True, slots=True)
class Filters:
    """What is ticked beside the search box. Values of one field are alternatives; fields add up.

    `states` are names of `vocabulary.STATE_NAMES`; `author_role` is "agency" or "public";
    `language` a BCP 47 tag. Days are days of the agency's time zone, both included.
    """

    account_ids: Collection[int] = ()
    platforms: Collection[str] = ()
    kinds: Collection[str] = ()
    states: Collection[str] = ()
    start_day: dt.date | None = None
    end_day: dt.date | None = None
    author_role: str | None = None
    language: str | None = None
    has_media: bool | None = None


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as far as search needs it."""

    id: int
    platform: str
    handle: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the index is asked: `match` in FTS5's language (None: every record), and the days.

    `nothing` says why nothing can be found, or is empty.
    """

    match: str | None
    start: dt.date | None
    end: dt.date | None
    needles: tuple[Needle, ...]
    notes: tuple[str, ...]
    nothing: str = ""


_EVERYTHING: Literal["*"] = "*"
_NOTHING: Literal["-"] = "-"
_ANY_KIND = " OR ".join(f'"{indexing.kind_token(kind)}"' for kind in KINDS)


def known_accounts(files: Iterable[sqlite3.Connection]) -> dict[int, KnownAccount]:
    """The accounts mirrored in the files, by id."""
    found: dict[int, KnownAccount] = {}
    for connection in files:
        for row in connection.execute("SELECT id, platform, handle, display_name FROM accounts"):
            found[row[0]] = KnownAccount(*row)
    return found


def plan(
    query: Query,
    filters: Filters,
    accounts: dict[int, KnownAccount],
    only: Collection[int] | None = None,
) -> Plan:
    """Join words and filters into one index expression.

    `only` are the accounts whose records the files show, None: all. They are left out of the others
    whatever is asked; the index, asked for these alone, is quicker about it.
    Raises UsageError where a ticked filter has a value that does not exist.
    """
    made = _Planner(accounts, list(query.notes), only)
    match = made.match(query.root, filters)
    start = max((day for day in (query.start, filters.start_day) if day), default=None)
    end = min((day for day in (query.end, filters.end_day) if day), default=None)
    if start and end and end < start:
        made.why = made.why or f"The dates exclude each other: from {start} to {end}."
        match = _NOTHING
    return Plan(
        match=None if match in (_EVERYTHING, _NOTHING) else match,
        start=start,
        end=end,
        needles=query.needles,
        notes=tuple(dict.fromkeys(made.notes)),
        nothing=(made.why or "The search leaves out what it looks for.")
        if match == _NOTHING
        else "",
    )


class _Planner:
    def __init__(
        self,
        accounts: dict[int, KnownAccount],
        notes: list[str],
        only: Collection[int] | None,
    ) -> None:
        self.accounts = accounts
        self.only = only
        self.notes = notes
        self.why = ""

    def match(self, root: Group, filters: Filters) -> str:
        top = [node for node in root.every if isinstance(node, Condition)]
        rest = [node for node in root.every if not isinstance(node, Condition)]
        lists = self._lists(top, filters)
        if lists is None:
            return _NOTHING
        others = [node for node in top if node.field not in ("account", "platform", "kind")]
        others += self._ticked(filters)
        tokens = [_any("tokens", tokens) for tokens in lists if tokens]
        return self._group(Group((*rest, *others), root.none), tokens)

    def _ticked(self, filters: Filters) -> list[Condition]:
        ticked = [
            ("state", tuple(filters.states)),
            ("role", (filters.author_role,) if filters.author_role else ()),
            ("lang", (filters.language,) if filters.language else ()),
            ("has", ("media",) if filters.has_media else ()),
        ]
        return [Condition(field, values) for field, values in ticked if values]

    def _lists(self, top: Sequence[Condition], filters: Filters) -> list[list[str]] | None:
        """The token lists of account, platform and kind; None where they exclude each other."""
        platforms = self._common("platform", top, map(str.lower, filters.platforms))
        kinds = self._common("kind", top, filters.kinds)
        typed = [self._accounts_of(node.values) for node in top if node.field == "account"]
        chosen = [set(filters.account_ids)] if filters.account_ids else []
        account_sets = chosen + typed
        accounts = set.intersection(*account_sets) if account_sets else None
        if self.only is not None and accounts is not None:
            accounts &= set(self.only)
        if accounts is not None and platforms is not None:
            accounts = {number for number in accounts if self._platform(number) in platforms}
            platforms = None
            self.why = self.why or ("" if accounts else "The account is on another platform.")
        if self.only is not None and not self.only:
            self.why = "The archive holds no account whose records you may see."
            return None
        on = {account.platform.lower() for account in self.accounts.values()}
        if platforms is not None and platforms and not platforms & on:
            self.why = f"No account of the archive is on {', '.join(sorted(platforms))}."
            return None
        for name, values in (("account", accounts), ("platform", platforms), ("kind", kinds)):
            if values is not None and not values:
                self.why = self.why or f"The {name} filters exclude each other."
                return None
        lists = _token_lists(accounts, platforms, kinds)
        if self.only is not None and accounts is None:
            lists += _token_lists(set(self.only), None, None)
        return lists

    def _platform(self, account_id: int) -> str:
        known = self.accounts.get(account_id)
        return known.platform.lower() if known else ""

    def _common(
        self, field: str, top: Sequence[Condition], ticked: Iterable[str]
    ) -> set[str] | None:
        sets = [{value.lower() for value in node.values} for node in top if node.field == field]
        chosen = set(ticked)
        if chosen:
            sets.append(chosen)
        return set.intersection(*sets) if sets else None

    def _accounts_of(self, names: Iterable[str]) -> set[int]:
        found: set[int] = set()
        for name in names:
            numbers = self._accounts_named(name)
            if not numbers:
                self.notes.append(f"No account is called “{name}”.")
                self.why = f"No account is called “{name}”."
            found |= numbers
        return found

    def _accounts_named(self, name: str) -> set[int]:
        small = name.casefold().lstrip("@")
        exact = {
            account.id
            for account in self.accounts.values()
            if small
            in (
                account.handle.casefold().lstrip("@"),
                account.display_name.casefold(),
                f"{account.platform}:{account.handle.lstrip('@')}".casefold(),
                str(account.id),
            )
        }
        return exact or {
            account.id
            for account in self.accounts.values()
            if small in account.handle.casefold() or small in account.display_name.casefold()
        }

    def _compile(self, node: Node) -> str:
        match node:
            case Words():
                return f"{node.columns} : {node.match}"
            case Condition():
                tokens = self._tokens(node)
                return _any("tokens", tokens) if tokens else _NOTHING
            case Group():
                return self._group(node, [])
            case Either():
                return self._either(node)
            case Days():
                return _EVERYTHING

    def _group(self, group: Group, more: list[str]) -> str:
        yes = [part for node in group.every if (part := self._compile(node)) != _EVERYTHING]
        no = [part for node in group.none if (part := self._compile(node)) != _NOTHING]
        if _NOTHING in yes or _EVERYTHING in no or set(yes) & set(no):
            return _NOTHING
        yes = list(dict.fromkeys(yes + more))
        if not yes and not no:
            return _EVERYTHING
        wanted = " AND ".join(yes) if yes else f"tokens : ({_ANY_KIND})"
        if not no:
            return wanted if len(yes) == 1 else f"({wanted})"
        return f"(({wanted}) NOT ({' OR '.join(dict.fromkeys(no))}))"

    def _either(self, either: Either) -> str:
        parts = list(dict.fromkeys(self._compile(node) for node in either.items))
        if _EVERYTHING in parts:
            return _EVERYTHING
        there = [part for part in parts if part != _NOTHING]
        if not there:
            return _NOTHING
        return there[0] if len(there) == 1 else f"({' OR '.join(there)})"

    def _tokens(self, node: Condition) -> list[str]:
        match node.field:
            case "account":
                return [indexing.account_token(number) for number in self._accounts_of(node.values)]
            case "platform":
                return [indexing.platform_token(value) for value in node.values]
            case "kind":
                return [indexing.kind_token(_kind(value)) for value in node.values]
            case "state":
                return [indexing.state_token(_state(value)) for value in node.values]
            case "role":
                return [indexing.role_token(value) for value in node.values]
            case "lang":
                return [indexing.language_tokens(value)[-1] for value in node.values]
            case "has":
                return [indexing.state_token(indexing.State.MEDIA)]
            case _:
                return [indexing.form_token(value) for value in node.values]


def _any(column: str, tokens: Sequence[str]) -> str:
    if len(tokens) == 1:
        return f'{column} : "{tokens[0]}"'
    quoted = [f'"{token}"' for token in tokens]
    return f"{column} : ({' OR '.join(quoted)})"


def _kind(value: str) -> Kind:
    try:
        return Kind(value)
    except ValueError:
        raise UsageError(f"there is no kind {value!r}: use one of {', '.join(Kind)}") from None


def _state(value: str) -> indexing.State:
    if value not in STATE_WORDS:
        raise UsageError(f"there is no state {value!r}: use one of {', '.join(STATE_WORDS)}")
    return STATE_WORDS[value]


def _token_lists(
    accounts: set[int] | None, platforms: set[str] | None, kinds: set[str] | None
) -> list[list[str]]:
    lists: list[list[str]] = []
    if accounts is not None:
        lists.append([indexing.account_token(number) for number in sorted(accounts)])
    if platforms is not None and kinds is not None:
        lists.append(
            [
                indexing.platform_kind_token(platform, _kind(kind))
                for platform in sorted(platforms)
                for kind in sorted(kinds)
            ]
        )
    elif platforms is not None:
        lists.append([indexing.platform_token(platform) for platform in sorted(platforms)])
    elif kinds is not None:
        lists.append([indexing.kind_token(_kind(kind)) for kind in sorted(kinds)])
    return lists
