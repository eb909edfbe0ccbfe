"""An import's report as a person reads it."""

from __future__ import annotations

from archiver.capture.import_report import FileReport, ImportReport
from archiver.cli.output import print_table, say

_COLUMNS = ["file", "read", "stored", "versions", "known", "people", "skipped", "failed"]


def say_import(report: ImportReport) -> None:
    """Print what was in the download, what became of it, and what to look at."""
    total = report.total
    if report.outcome == "unchanged":
        say(f"{report.path} was imported before: nothing was written.")
    else:
        verb = "would be" if report.dry_run else "were"
        say(
            f"{total.stored:,} new records and {total.versions:,} new versions {verb} stored for "
            f"{report.account}; {total.duplicates:,} were known, {total.people:,} people on lists, "
            f"{report.media_stored:,} media."
        )
    read = [file for file in report.files if file.state != "kept"]
    if read:
        say("")
        print_table(
            [*_COLUMNS, "destroyed"] if total.destroyed else _COLUMNS,
            [
                (
                    _short(file.member),
                    _read(file),
                    _some(file.tally.stored),
                    _some(file.tally.versions),
                    _some(file.tally.duplicates),
                    _some(file.tally.people),
                    _some(file.tally.skipped),
                    _some(file.tally.failed),
                    *([_some(file.tally.destroyed)] if total.destroyed else ()),
                )
                for file in read
            ],
        )
    kept = [file for file in report.files if file.state == "kept"]
    if kept:
        say(f"\n{len(kept)} files stay in the original only, not turned into records:\n")
        print_table(
            ["file", "holds", "why"],
            [
                (
                    _short(file.member),
                    "" if file.declared is None else f"{file.declared:,}",
                    file.reason,
                )
                for file in kept
            ],
        )
    for missing in report.missing:
        say(
            f"\n{missing.count:,} records of kind {missing.kind} from earlier imports are not in "
            "this download. That alone does not say they were deleted."
        )
    for line in report.warnings:
        say(f"note: {line}")
    for line in report.problems:
        say(f"LOOK AT: {line}")


def _short(member: str) -> str:
    return member.removeprefix("data/")


def _read(file: FileReport) -> str:
    """How many were read, and of how many where the download says another number."""
    if file.declared is None or file.declared == file.read:
        return f"{file.read:,}"
    return f"{file.read:,} of {file.declared:,}"


def _some(count: int) -> str:
    return f"{count:,}" if count else ""
