"""archiver keywords: the word filters of accounts, as they stood on a day."""

from __future__ import annotations

from pathlib import Path

import click

from archiver import clock
from archiver.cli.context import State, actor
from archiver.cli.naming import day_of
from archiver.cli.output import json_option, print_json, print_table, say, say_under
from archiver.errors import UsageError
from archiver.policy.keyword_lists import (
    LARGEST_FILE,
    Words,
    add_keywords,
    filtering_accounts,
    keyword_list,
    take_back_list,
    words_in,
)
from archiver.policy.plain_text import read_text
from archiver.register.accounts import find_account


@click.group()
def keywords() -> None:
    """Words whose comments a platform hides for an account: each list with its day."""


@keywords.command()
@click.argument("account")
@click.argument(
    "file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False
)
@click.option("--on", "day", default=None, help="As it stood on, YYYY-MM-DD; today if not given.")
@click.option("--none", "none", is_flag=True, help="The account filters no word.")
@click.option("--note", default="")
@json_option
@click.pass_obj
def add(
    state: State,
    account: str,
    file: Path | None,
    day: str | None,
    none: bool,
    note: str,
    as_json: bool,
) -> None:
    """Enter ACCOUNT's list from FILE: one word or phrase a line, in UTF-8 or UTF-16."""
    if (file is None) != none:
        raise UsageError("give the file with the words, or --none: not both")
    given = words_in(read_text(file, file.name, LARGEST_FILE)) if file else Words(())
    zone = state.found_home.settings().time_zone
    with state.office() as office:
        made = add_keywords(
            office,
            find_account(office, account).id,
            given.words,
            actor=actor(),
            stood_on=day_of(day) if day else clock.local_day(clock.now_text(), zone),
            none=none,
            source=file.name if file else "",
            note=note,
        )
    if as_json:
        print_json(made)
        return
    again = f" {given.repeated:,} said twice." if given.repeated else ""
    say(
        f"List {made.id}: {len(made.words):,} words as of {made.stood_on}, "
        f"{len(made.added):,} added and {len(made.removed):,} removed.{again}"
    )


@keywords.command("list")
@json_option
@click.pass_obj
def list_(state: State, as_json: bool) -> None:
    """List the word lists of every account, the latest first."""
    with state.office() as office:
        found = filtering_accounts(office)
    if as_json:
        print_json([each for _, lists in found for each in lists])
        return
    print_table(
        ["id", "account", "as of", "words", "added", "removed", "by"],
        [
            (
                *(each.id, f"{account.platform}:{account.handle}", each.stood_on),
                len(each.words),
                *((len(each.added), len(each.removed)) if not each.taken_back else ("", "")),
                "taken back" if each.taken_back else each.recorded_by,
            )
            for account, lists in found
            for each in lists
        ],
    )
    if not found:
        say("No list is on file: `archiver keywords add` enters one.")


@keywords.command()
@click.argument("list_id", metavar="ID", type=int)
@click.option("--changes", is_flag=True, help="Only what differs from the list before.")
@json_option
@click.pass_obj
def show(state: State, list_id: int, changes: bool, as_json: bool) -> None:
    """Print list ID, one word a line."""
    with state.office() as office:
        found = keyword_list(office, list_id)
    if as_json:
        print_json(found)
        return
    if found.taken_back is not None:
        say_under("taken back: ", found.taken_back.reason)
    if changes:
        lines = [f"+ {word}" for word in found.added] + [f"- {word}" for word in found.removed]
    else:
        lines = list(found.words)
    for line in lines:
        say(line)


@keywords.command("take-back")
@click.argument("list_id", metavar="ID", type=int)
@click.option("--reason", required=True, help="What was wrong with the entry.")
@json_option
@click.pass_obj
def take_back(state: State, list_id: int, reason: str, as_json: bool) -> None:
    """Take back list ID, entered by mistake. It stays to be seen, with the reason."""
    with state.office() as office:
        found = take_back_list(office, list_id, actor=actor(), reason=reason)
    if as_json:
        print_json(found)
    else:
        say(f"Keyword list {found.id} is taken back.")
