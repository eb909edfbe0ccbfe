"""An import's report as a person reads it."""

from __future__ import annotations

from archiver.capture.import_report import FileReport, ImportReport
from archiver.cli.output import print_table, say

NAME_WIDTH = 38
"""Characters of a file's name in a table: beside it an 80 column terminal has room for counts."""
_COLUMNS = [
    *("file", "read", "stored", "versions", "known", "part of others"),
    *("people", "skipped", "failed"),
]


def say_import(report: ImportReport) -> None:
    """Print what was in the download, what became of it, and what to look at."""
    total = report.total
    if report.outcome == "unchanged":
        say(f"{report.path} was imported before: nothing was written.")
    else:
        verb = "would be" if report.dry_run else "were"
        say(
            f"{total.stored:,} new records and {total.versions:,} new versions {verb} stored for "
            f"{report.account}; {total.duplicates:,} were known, {total.people:,} people on lists"
            + ("." if report.dry_run else f", {report.media_stored:,} media.")
        )
    if report.kinds:
        say("")
        print_table(
            ["kind", "new", "changed", "known", "destroyed", "from", "to"],
            [
                (
                    kind,
                    *map(_some, (one.stored, one.versions, one.duplicates, one.destroyed)),
                    (one.first or "")[:10],
                    (one.last or "")[:10],
                )
                for kind, one in report.kinds.items()
            ],
        )
    read = [file for file in report.files if file.state != "kept"]
    if read:
        say("")
        print_table(
            [*_COLUMNS, "destroyed"] if total.destroyed else _COLUMNS,
            [
                (
                    _short(file),
                    _read(file),
                    _some(file.tally.stored),
                    _some(file.tally.versions),
                    _some(file.tally.duplicates),
                    _some(file.joined),
                    _some(file.tally.people),
                    _some(file.tally.skipped),
                    _some(file.tally.failed),
                    *([_some(file.tally.destroyed)] if total.destroyed else ()),
                )
                for file in read
            ],
        )
    left_out = [(file, *each) for file in read for each in file.reasons.items()]
    if left_out:
        say("\nThis was left out, or could not be read:\n")
        print_table(
            ["file", "entries", "why"],
            [(_short(file), f"{count:,}", reason) for file, reason, count in left_out],
        )
    kept = [file for file in report.files if file.state == "kept"]
    if kept:
        say("\nThis stays in the original only, not turned into records:\n")
        print_table(
            ["file", "holds", "why"],
            [
                (
                    _short(file),
                    _some(file.read if file.declared is None else file.declared),
                    file.reason,
                )
                for file in kept
            ],
        )
    if report.reconciled:
        say("\nCompared with what the platform's interface gave:\n")
        print_table(
            ["kind", "only here", "only there", "both", "differ", "perhaps the same"],
            [
                (
                    one["kind"],
                    *(
                        _some(one[name])
                        for name in (
                            "only_download",
                            "only_interface",
                            "both",
                            "different",
                            "proposed",
                        )
                    ),
                )
                for one in report.reconciled
            ],
        )
        if any(one["proposed"] for one in report.reconciled):
            say("\nWhat is perhaps the same waits for a person: `archiver pairs list`.")
    if report.missing:
        gone = ", ".join(_counted(one.count, one.kind) for one in report.missing)
        say(
            f"\nEarlier imports brought what is not in this download: {gone}. That alone does not "
            "say it was deleted.\n"
        )
    for line in report.warnings:
        say(f"note: {line}")
    for line in report.problems:
        say(f"LOOK AT: {line}")


def _short(file: FileReport) -> str:
    many = f" ({file.files:,} files)" if file.files > 1 else ""
    return short_name(file.member) + many


def short_name(member: str) -> str:
    """A file of a download as a table has room for it: as many of its last folders as fit."""
    name = member.removeprefix("data/")
    if len(name) <= NAME_WIDTH:
        return name
    end = name[1 - NAME_WIDTH :]
    cut = end.find("/", 0, -1)
    return f"…{end[cut:] if cut >= 0 else end}"


def _read(file: FileReport) -> str:
    """How many were read, and of how many where the download says another number."""
    if file.declared is None or file.declared == file.read:
        return f"{file.read:,}"
    return f"{file.read:,} of {file.declared:,}"


def _some(count: int) -> str:
    return f"{count:,}" if count else ""


def _counted(count: int, kind: str) -> str:
    return f"{count:,} {kind}" if count == 1 else f"{count:,} {kind}s"
