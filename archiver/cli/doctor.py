"""archiver doctor: what is missing, what that means, what to do."""

from __future__ import annotations

import click

from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, say, say_under
from archiver.config import find_home
from archiver.errors import HomeError
from archiver.operations.doctor import Check, examine

MARKS = {"ok": "ok", "warning": "warning", "problem": "PROBLEM"}
NAME_WIDTH = 29


@click.command()
@json_option
@click.pass_obj
def doctor(state: State, as_json: bool) -> int:
    """Say what this machine and this home lack, and what to do about it.

    Ends with 1 where there is a problem. Without a home it looks at the machine alone.
    """
    home = None
    if state.home is not None:
        try:
            home = find_home(state.home)
        except HomeError as error:
            checks = [*examine(None), Check("archive home", "problem", str(error))]
        else:
            checks = examine(home)
    else:
        checks = examine(None)
    if as_json:
        print_json([check.as_json() for check in checks])
    else:
        _say(checks)
        if state.home is None:
            say("No archive home was looked at: give --home FOLDER or set ARCHIVER_HOME.")
    return 1 if any(check.state == "problem" for check in checks) else 0


def _say(checks: list[Check]) -> None:
    for check in checks:
        lead = f"{MARKS[check.state]:<9}{check.name:<{NAME_WIDTH}}  "
        if len(check.name) > NAME_WIDTH:
            say(lead)
            lead = " " * 9
        say_under(lead, check.found)
        if check.advice:
            say_under(" " * 9 + "-> ", check.advice)
    problems = sum(check.state == "problem" for check in checks)
    warnings = sum(check.state == "warning" for check in checks)
    if problems or warnings:
        say(f"\n{_counted(problems, 'problem')}, {_counted(warnings, 'warning')}.")
    else:
        say("\nNothing is missing.")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
