"""archiver demo: a demonstration city, from nothing to a packet."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from shlex import quote

import click
from platformdirs import user_data_path

from archiver.archive.store import Archive
from archiver.cli.context import State, actor
from archiver.cli.naming import program
from archiver.cli.output import json_option, print_json, say, showing_progress
from archiver.config import Home
from archiver.demo.city import DEFAULT_RECORDS
from archiver.demo.run import DemoReport, Steps, city_feed, run_demo
from archiver.operations.disposing import execute_batch
from archiver.operations.home import create_home
from archiver.operations.import_entering import enter_made
from archiver.operations.nightly import run_nightly
from archiver.register.accounts import list_accounts
from archiver.register.office import open_office


@click.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Where the city lives, if --home does not say it: empty, or a demonstration made before.",
)
@click.option(
    "--records",
    type=click.IntRange(500, 10_000_000),
    default=DEFAULT_RECORDS,
    show_default=True,
    help="About how many; counts only the first time.",
)
@click.option("--seed", default=0, show_default=True)
@click.option("--no-serve", is_flag=True, help="Leave the desk off.")
@click.option("--port", type=click.IntRange(1, 65535), default=8001, show_default=True)
@json_option
@click.pass_obj
def demo(
    state: State,
    folder: Path | None,
    records: int,
    seed: int,
    no_serve: bool,
    port: int,
    as_json: bool,
) -> None:
    """Build the invented City of Alder Glen, run its nights, produce a packet, open the desk."""
    with showing_progress(quiet=state.quiet or as_json) as progress:
        report = run_demo(
            folder or _usual_folder(state),
            steps=Steps(create_home=create_home, nightly=run_nightly, dispose=execute_batch),
            records=records,
            seed=seed,
            progress=progress,
        )
        _enter_imports(report.home)
    if as_json:
        print_json(report)
    else:
        _say(report, port=None if no_serve else port)
    if not no_serve:
        # datasette is slow to load, and only this command and `serve` need it
        from archiver.desk.serve import serve

        with city_feed(report.home):
            serve(report.home, port=port)


def _enter_imports(home: Home) -> None:
    """Give each of its imports a page at the desk, as one by command has."""
    with closing(open_office(home)) as office, Archive.open(home, whole=True) as archive:
        for account in list_accounts(office):
            enter_made(office, archive, account, actor=actor())


def _usual_folder(state: State) -> Path:
    """The home that was named, where one was; a real city's is refused, not touched."""
    return Path(state.home) if state.home else user_data_path("archiver") / "demo-city"


def _say(report: DemoReport, *, port: int | None) -> None:
    verb = "was built" if report.first_time else f"has had its night {report.night}"
    say(f"The City of Alder Glen {verb}.\n")
    say(f"  archive   {report.home.path}")
    say(f"  packet    {report.packet}")
    if report.certificate is not None:
        say(f"  destroyed {report.certificate}   (its certificate)")
    say(f"  login     {report.login}")
    say(f"  password  {report.password}   (new each time, kept nowhere)")
    if port is None:
        say("\nOpen the desk with:\n")
        say(f"  {program()} --home {quote(str(report.home.path))} serve")
    else:
        say(f"\nThe desk is at http://127.0.0.1:{port} (Ctrl-C ends it).")
