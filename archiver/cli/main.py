"""The `archiver` command itself: options every command shares, errors, exit codes."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Sequence
from typing import NoReturn

import click

from archiver import __version__
from archiver.cli.accounts import accounts
from archiver.cli.context import State
from archiver.cli.demo import demo
from archiver.cli.house import doctor, init, serve, status, verify
from archiver.cli.intake import import_download, ingest, nightly
from archiver.cli.production import produce
from archiver.cli.records import record, search
from archiver.cli.requests import requests
from archiver.cli.retention import retention
from archiver.cli.staff import staff
from archiver.database import translated
from archiver.errors import ArchiverError

EXIT_CODES = """\b
Exit codes:
  0   done
  1   something is wrong; the message says what to do next
  2   the command's words are off
  3   the archive home is missing, unreadable or read-only
  4   another run holds the lock
  5   a file that was given cannot be used
  6   a platform refused, limited or did not answer
  7   the archive does not verify
  8   the policy or the law does not allow it
  9   disk full or not writable; nothing was lost
  10  done in part; the report names what is missing
  70  a fault of the program itself
"""


@click.group(epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="archiver")
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    envvar="ARCHIVER_HOME",
    help="The archive home; ARCHIVER_HOME does the same.",
)
@click.option("--quiet", is_flag=True, help="No progress bars.")
@click.pass_context
def cli(context: click.Context, home: str | None, quiet: bool) -> None:
    """Keep a city's social-media records, and answer Public Records Act requests from them."""
    context.obj = State(home=home, quiet=quiet)


for command in (
    init,
    doctor,
    status,
    accounts,
    import_download,
    ingest,
    nightly,
    search,
    record,
    retention,
    requests,
    produce,
    verify,
    serve,
    staff,
    demo,
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command. An error is one line on standard error and an exit code, never a traceback."""
    try:
        result = cli.main(
            args=list(arguments) if arguments is not None else None,
            prog_name="archiver",
            standalone_mode=False,
        )
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped; what was finished is kept", 130)
    except ArchiverError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except sqlite3.Error as error:
        known = translated(error, None)
        if isinstance(known, ArchiverError):
            _fail(str(known), known.exit_code)
        _fault(error)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{where}", 9 if error.errno in (28, 30, 13) else 1)
    except Exception as error:
        _fault(error)
    sys.exit(result if isinstance(result, int) else 0)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"archiver: {message}", err=True)
    sys.exit(code)


def _fault(error: Exception) -> NoReturn:
    if os.environ.get("ARCHIVER_DEBUG"):
        raise error
    _fail(
        f"a fault of the program ({type(error).__name__}): nothing committed is lost; "
        "set ARCHIVER_DEBUG=1, repeat, and send what it prints to your support",
        70,
    )
