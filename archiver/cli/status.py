"""archiver status: how the archive stands."""

from __future__ import annotations

import click

from archiver import clock
from archiver.cli.context import State
from archiver.cli.output import json_option, print_json, say, say_under
from archiver.operations.status import HomeStatus, Night, home_status


@click.command()
@json_option
@click.pass_obj
def status(state: State, as_json: bool) -> int:
    """Say how the archive stands: records, accounts, the last night.

    Ends with 1 when no night has finished for too long, so that a monitor can call it.
    """
    home = state.found_home
    found = home_status(home)
    if as_json:
        print_json(found.as_json())
    else:
        _say(found, home.settings().time_zone)
    return 1 if found.stale else 0


def _say(found: HomeStatus, zone: str) -> None:
    night = found.last_night
    say(found.agency)
    say(f"  records       {found.records:,} open, {found.private_records:,} restricted")
    say(f"  accounts      {found.accounts_active} active, {found.accounts_closed} closed")
    if night is None or night.finished_at is None:
        say("  last night    never: add the crontab line that `archiver init` printed")
    else:
        ago = f"{found.hours_since_night:.0f} hours ago"
        if found.hours_since_night is not None and found.hours_since_night < 1:
            ago = "within the hour"
        say(f"  last night    {night.outcome}, {clock.shown(night.finished_at, zone)} ({ago})")
        _say_problems(night)
    if found.interrupted is not None:
        say(f"  interrupted   {clock.shown(found.interrupted.started_at, zone)}")
        _say_problems(found.interrupted)
    sealed = clock.shown(found.sealed_at, zone) if found.sealed_at else "never"
    say(f"  last seal     {sealed}")
    _say_backups(found, zone)
    for number in found.executions_begun:
        say(f"  executing     {number}, not ended yet: the worker or the night goes on")
    if found.volumes_waiting or found.links_open:
        say(f"  releases      {found.volumes_waiting} volumes wait, {found.links_open} links work")
    if found.volumes_undated:
        many = "volume waits" if found.volumes_undated == 1 else "volumes wait"
        say(f"  undated       {found.volumes_undated} {many} without a time stamp, see its request")
    if found.jobs_open:
        say(f"  jobs waiting  {found.jobs_open}")
    if found.stale and night is not None:
        say("\nSTALE: no night has finished for too long. Run `archiver nightly` and see logs/.")


def _say_backups(found: HomeStatus, zone: str) -> None:
    made, tested = found.last_backup, found.last_restore_test
    old = "  (too long ago)"
    if made is None:
        say("  last backup   never: archiver backup TARGET")
    else:
        say(f"  last backup   {clock.shown(made.at, zone)}{old if found.backup_old else ''}")
    if tested is None:
        say("  restore test  never: archiver restore BACKUP SCRATCH --test")
    else:
        late = old if found.restore_test_old and tested.outcome == "passed" else ""
        say(f"  restore test  {tested.outcome}, {clock.shown(tested.at, zone)}{late}")


def _say_problems(night: Night) -> None:
    problems = night.summary.get("problems")
    for problem in problems if isinstance(problems, list | tuple) else ():
        say_under(" " * 16, str(problem))
