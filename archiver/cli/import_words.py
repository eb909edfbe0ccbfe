"""An import's report as a person reads it."""

from __future__ import annotations

from archiver.capture.import_report import ImportReport
from archiver.cli.output import print_table, say


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
            [
                "file",
                "declared",
                "read",
                "stored",
                "versions",
                "known",
                "people",
                "skipped",
                "failed",
            ],
            [
                (
                    file.member,
                    "" if file.declared is None else f"{file.declared:,}",
                    f"{file.read:,}",
                    f"{file.tally.stored:,}",
                    f"{file.tally.versions:,}",
                    f"{file.tally.duplicates:,}",
                    f"{file.tally.people:,}",
                    f"{file.tally.skipped:,}",
                    f"{file.tally.failed:,}",
                )
                for file in read
            ],
        )
    kept = [file for file in report.files if file.state == "kept"]
    if kept:
        stay = "file stays" if len(kept) == 1 else "files stay"
        say(f"\n{len(kept)} {stay} in the original only, not turned into records:")
        print_table(
            ["file", "holds", "why"],
            [(file.member, f"{file.read:,}", file.reason) for file in kept],
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
