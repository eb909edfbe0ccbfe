"""An import's report as a person reads it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from archiver import clock
from archiver.capture.import_report import FileReport, ImportReport
from archiver.cli.output import counted, print_table, say
from archiver.exports.counting import CoverageLine

NAME_WIDTH = 38
"""Characters of a file's name in a table: beside it an 80 column terminal has room for counts."""
_COLUMNS = [
    *("file", "read", "stored", "versions", "known", "part of others"),
    *("people", "skipped", "failed"),
]
_MEDIA = "media"


def say_import(report: ImportReport, zone: str) -> None:
    """Print what was in the download, what became of it, and what to look at; days and times as
    they are in the agency's `zone`."""
    _say_total(report)
    if report.kinds:
        say("")
        print_table(
            ["kind", "new", "changed", "known", "destroyed", "from", "to"],
            [
                (
                    kind,
                    *map(_some, (one.stored, one.versions, one.duplicates, one.destroyed)),
                    _day(one.first, zone),
                    _day(one.last, zone),
                )
                for kind, one in report.kinds.items()
            ],
        )
    read = [file for file in report.files if file.state != "kept"]
    _say_read(report, read)
    say_left_out((_short(file), *each) for file in read for each in file.reasons.items())
    _say_kept([file for file in report.files if file.state == "kept"], report)
    say_coverage(report.coverage, zone, set(report.kinds))
    _say_reconciled(report)
    if report.missing:
        gone = ", ".join(counted(one.count, one.kind) for one in report.missing)
        say(
            f"\nEarlier imports brought what is not in this download: {gone}. That alone does not "
            "say it was deleted.\n"
        )
    for line in report.warnings:
        say(f"note: {line}")
    for line in (*report.problems, *report.unread):
        say(f"LOOK AT: {line}")


def _say_total(report: ImportReport) -> None:
    total = report.total
    if report.outcome == "unchanged":
        say(f"{report.path} was imported before: nothing was written.")
        return
    verb = "would be" if report.dry_run else "were"
    media = "" if report.dry_run else f", {counted(report.media_stored, 'media file')}"
    new = f"{counted(total.stored, 'new record')} and {counted(total.versions, 'new version')}"
    say(
        f"{new} {verb} stored for {report.account}; {total.duplicates:,} known before, "
        f"{counted(total.people, 'person', 'people')} on lists{media}."
    )


def _say_read(report: ImportReport, read: Sequence[FileReport]) -> None:
    if not read:
        return
    destroyed = report.total.destroyed
    say("")
    print_table(
        [*_COLUMNS, "destroyed"] if destroyed else _COLUMNS,
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
                *([_some(file.tally.destroyed)] if destroyed else ()),
            )
            for file in read
        ],
    )


def say_left_out(entries: Iterable[tuple[str, str, int]]) -> None:
    """Print what was left out of which file, why, and how much of it: (file, reason, count)."""
    told = [(file, f"{count:,}", reason) for file, reason, count in entries]
    if told:
        say("\nThis was left out, or could not be read:\n")
        print_table(["file", "entries", "why"], told)


def _say_kept(kept: Sequence[FileReport], report: ImportReport) -> None:
    media = sum(file.read for file in kept if file.data_type == _MEDIA)
    others = [file for file in kept if file.data_type != _MEDIA]
    if others:
        say("\nThis stays in the original only, not turned into records:\n")
        print_table(
            ["file", "holds", "why"],
            [
                (
                    _short(file),
                    _some(file.read if file.declared is None else file.declared),
                    file.reason,
                )
                for file in others
            ],
        )
    if media:
        alone = report.media_unmatched
        verb = "stays" if alone == 1 else "stay"
        say(
            f"\n{counted(media, 'media file')} in the download; "
            + (
                f"{alone:,} no record speaks of, which {verb} in the original."
                if alone
                else "records speak of all of them."
            )
        )


def say_coverage(lines: Sequence[CoverageLine], zone: str, held: Collection[str]) -> None:
    """Print for what time the download speaks, of each kind and list; those it speaks for in no way
    together, but for kinds of which it `held` records, which are told with the reason."""
    told = [line for line in lines if line.state != "none" or line.what in held]
    absent = [line.what for line in lines if line.state == "none" and line.what not in held]
    if told:
        say("\nWhat time it speaks for:\n")
        print_table(
            ["what", "from", "to", "how far", "why"],
            [
                (
                    line.what,
                    "" if line.state == "none" else _day(line.start, zone) or "the beginning",
                    "" if line.state == "none" else _day(line.end, zone),
                    line.state,
                    line.reason,
                )
                for line in told
            ],
        )
    if absent:
        say(f"It speaks for no: {', '.join(absent)}.")


def _say_reconciled(report: ImportReport) -> None:
    if not report.reconciled:
        return
    names = ("only_download", "only_interface", "both", "different", "proposed")
    say("\nCompared with what the platform's interface gave:\n")
    print_table(
        ["kind", "only here", "only there", "both", "differ", "perhaps the same"],
        [(one["kind"], *(_some(one[name]) for name in names)) for one in report.reconciled],
    )
    if any(one["proposed"] for one in report.reconciled):
        say("\nWhat is perhaps the same waits for a person: `archiver pairs list`.")


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


def _day(at: str | None, zone: str) -> str:
    if not at:
        return ""
    try:
        return clock.local_day(at, zone).isoformat()
    except (ValueError, OverflowError):
        # a source's own time may be none of this world's
        return at[:10]


def _some(count: int) -> str:
    return f"{count:,}" if count else ""
