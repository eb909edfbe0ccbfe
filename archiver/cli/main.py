"""The `archiver` command itself: options every command shares, errors, exit codes."""

from __future__ import annotations

import difflib
import importlib
import io
import os
import signal
import sqlite3
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

import click

from archiver import __version__
from archiver.cli.context import State
from archiver.cli.output import Declined
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
  130 stopped by Ctrl-C or a signal; what was finished is kept
"""

COMMANDS = {
    "init": ("init.init", "Make a new archive home and print the crontab line."),
    "doctor": ("doctor.doctor", "Say what this machine and this home lack."),
    "status": ("status.status", "Say how the archive stands: records, accounts, nights."),
    "accounts": ("accounts.accounts", "The register of official accounts."),
    "import": ("importing.import_download", "Import a platform's data download."),
    "imports": ("imports.imports", "What was imported; withdraw one that was a mistake."),
    "select": ("select.select", "Pick what concerns the city out of a personal download."),
    "pairs": ("pairs.pairs", "Which records of a download and an interface are one."),
    "ingest": ("intake.ingest", "Capture now what the platforms' interfaces give."),
    "nightly": ("intake.nightly", "Capture, mark retention, seal, report. For cron."),
    "search": ("records.search", "Search text, names and descriptions of pictures."),
    "record": ("records.record", "One record: its text, versions, evidence; export."),
    "policy": ("policy.policy", "Versions of the city's policies for its accounts."),
    "keywords": ("keywords.keywords", "Word filters of the accounts, as they stood."),
    "retention": ("retention.retention", "How long records are kept, and why."),
    "schedules": ("schedules.schedules", "Retention schedules: check, draft, compare, adopt."),
    "holds": ("holds.holds", "What may not be destroyed: place, preview, release."),
    "dispositions": ("dispositions.dispositions", "Destroy or transfer, only by decision."),
    "removals": ("removals.removals", "Take out what is no record, or by court order."),
    "quarantine": ("quarantine.quarantine", "What nobody is shown until it is decided about."),
    "requests": ("requests.requests", "Public Records Act requests: intake to decision."),
    "custodians": ("custodians.custodians", "Who is asked to search, and what they return."),
    "forward": ("forward.forward", "Hand in what an official received on an own account."),
    "forwards": ("forwards.forwards", "What officials forwarded, stated and were told."),
    "consults": ("consults.consults", "What officials ask before they delete, and the answer."),
    "calendar": ("calendar.calendar", "The closed days that decide dates: show, check."),
    "letters": ("letters.letters", "Letters to requesters: texts, writing, sending."),
    "pages": ("production.pages", "Say what stands on which page of a request's volumes."),
    "preview": ("production.preview", "See the packet before it is produced."),
    "produce": ("production.produce", "Make the packet that answers a request."),
    "release": ("releasing.release", "What went out: by link, drive, paper; withdraw it."),
    "publish": ("publishing.publish", "The public reading room, where the city wants one."),
    "deliver": ("delivering.deliver", "Serve links to releases, each by a process of its own."),
    "seals": ("seals.seals", "The chain of seals, and their time stamps from outside."),
    "verify": ("verify.verify", "Recompute every hash, root and signature."),
    "backup": ("backup.backup", "Copy the whole home while it runs; check a backup."),
    "restore": ("backup.restore", "Make a home of a backup, or try whether it would be one."),
    "serve": ("serve.serve", "Start the clerks' desk in the browser."),
    "staff": ("staff.staff", "Who signs in at the desk, and their roles."),
    "audit": ("audit.audit", "Who did, searched and looked at what; export."),
    "demo": ("demo.demo", "Build an invented city to try everything on."),
}
"""Every command, in the order a city meets them: where it is written, and what it is for. It is
loaded only when it is called: all of them together take a second on a slow machine."""

PERMISSIONS_WITHHELD = 0o027
"""What this program writes, people outside its own group never read."""


class Commands(click.Group):
    """The group of all commands, each loaded when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order a city meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(".")
        found: click.Command = getattr(importlib.import_module(f"archiver.cli.{module}"), name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, purpose) for name, (_, purpose) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command the words call; where there is none, the nearest name is said."""
        word = args[0]
        if word not in COMMANDS and not word.startswith("-"):
            near = difflib.get_close_matches(word, COMMANDS, n=1)
            meant = f" Did you mean `archiver {near[0]}`?" if near else ""
            raise click.UsageError(f"There is no command {word!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=Commands,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="archiver")
@click.option(
    "--home",
    metavar="FOLDER",
    envvar="ARCHIVER_HOME",
    help="The archive home; ARCHIVER_HOME does the same.",
)
@click.option("--quiet", is_flag=True, help="No progress bars; only what is wrong.")
@click.pass_context
def cli(context: click.Context, home: str | None, quiet: bool) -> None:
    """Keep a city's social-media records, and answer Public Records Act requests from them."""
    context.obj = State(home=home, quiet=quiet)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run a command. An error is one line on standard error and an exit code, never a traceback."""
    os.umask(PERMISSIONS_WITHHELD)
    _accept_any_characters()
    words = [_text(word) for word in (sys.argv[1:] if arguments is None else arguments)]
    try:
        with _ending_in_good_order(), cli.make_context("archiver", words) as context:
            result = cli.invoke(context)
            sys.stdout.flush()
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as error:
        _fail_for_words(error)
    except Declined:
        _fail("stopped; nothing was done", 130)
    except (click.Abort, KeyboardInterrupt):
        _fail("stopped; what was finished is kept", 130)
    except ArchiverError as error:
        _fail(str(error), error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except sqlite3.Error as error:
        _fail_for_database(error)
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        _fail(f"{error.strerror or error}{where}", 9 if error.errno in (28, 30, 13) else 1)
    except Exception as error:
        _fault(error)
    sys.exit(result if isinstance(result, int) else 0)


def _accept_any_characters() -> None:
    """A terminal that knows few characters (LANG=C) gets the others escaped; bytes that are no
    text come in as the replacement character."""
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
    ):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=errors)


def _text(word: str) -> str:
    """A word from the shell as text. Bytes that are no UTF-8 are replaced, except where they name
    a file: file names may hold any bytes."""
    try:
        word.encode("utf-8")
    except UnicodeEncodeError:
        if not os.path.lexists(os.fsencode(word)):
            return os.fsencode(word).decode("utf-8", "replace")
    return word


@contextmanager
def _ending_in_good_order() -> Iterator[None]:
    """Let a service manager's stop and a closed terminal end a command the way Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {}
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:  # nohup ignores SIGHUP, and shall
            before[number] = signal.signal(number, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _fail(message: str, code: int) -> NoReturn:
    click.echo(f"archiver: {' '.join(message.split())}", err=True)
    sys.exit(code)


def _fail_for_words(error: click.ClickException) -> NoReturn:
    context = error.ctx if isinstance(error, click.UsageError) else None
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        sys.exit(error.exit_code)
    help_at = f" See `{context.command_path} --help`." if context else ""
    message = error.format_message().rstrip(".")
    _fail(message + ("" if message.endswith("?") else ".") + help_at, error.exit_code)


def _fail_for_database(error: sqlite3.Error) -> NoReturn:
    # sqlite-utils is slow to load, and most commands end without an error
    from archiver.database import translated

    known = translated(error, None)
    if isinstance(known, ArchiverError):
        _fail(str(known), known.exit_code)
    _fault(error)


def _fault(error: Exception) -> NoReturn:
    if os.environ.get("ARCHIVER_DEBUG"):
        raise error
    _fail(
        f"a fault of the program ({type(error).__name__}): nothing committed is lost; "
        "set ARCHIVER_DEBUG=1, repeat, and send what it prints to your support",
        70,
    )
