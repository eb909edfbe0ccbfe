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
                    _short(file),
                    "" if file.declared is None else f"{file.declared:,}",
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
    for missing in report.missing:
        say(
            f"\n{missing.count:,} records of kind {missing.kind} from earlier imports are not in "
            "this download. That alone does not say they were deleted."
        )
    for line in report.warnings:
        say(f"note: {line}")
    for line in report.problems:
        say(f"LOOK AT: {line}")


def _short(file: FileReport) -> str:
    many = f" ({file.files:,} files)" if file.files > 1 else ""
    return file.member.removeprefix("data/") + many


def _read(file: FileReport) -> str:
    """How many were read, and of how many where the download says another number."""
    if file.declared is None or file.declared == file.read:
        return f"{file.read:,}"
    return f"{file.read:,} of {file.declared:,}"


def _some(count: int) -> str:
    return f"{count:,}" if count else ""
