"""Importing a platform's data download: the original first, then everything in it, batch by batch.

A kill at any moment is mended by the next import of the same file: it goes on where the last batch
was committed. The same file twice writes nothing but the row of its run.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

from archiver.archive.store import Archive
from archiver.archive.writing import AccountRef, Run, batch, begin_run, finish_run
from archiver.capture.import_cursors import Done, Position, done_name, encoded, known, place_name
from archiver.capture.import_files import (
    as_files,
    could_be_known,
    digest_of_set,
    each_once,
    keep,
    scratch_in,
    stamps_of,
)
from archiver.capture.import_identity import (
    check_anew,
    check_beside,
    check_identity,
    check_parts,
    check_rule,
    downloads_in,
    of_account,
)
from archiver.capture.import_missing import imported_before, missing
from archiver.capture.import_report import (
    ImportReport,
    Tallies,
    Tally,
    file_reports,
    met_again,
    oddities,
    problems,
)
from archiver.capture.import_work import Work, position_of, starts_of
from archiver.capture.import_writing import Originals, PageWriter, preview, preview_people
from archiver.capture.proposing import propose_pairs
from archiver.capture.reconciling import reconcile
from archiver.errors import ArchiverError, StorageError
from archiver.exports.ahead import walk_ahead
from archiver.exports.formats import Download
from archiver.exports.reader import DownloadReader, open_download
from archiver.items import Kind, Relation
from archiver.locks import held
from archiver.progress import Progress
from archiver.register.accounts import Account

QUIET_PAGES = 16
"""After how many pages that bring nothing the place is noted: noting it costs a wait for the disk,
and reading a page anew that brings nothing is harmless."""
COLLECT_AFTER = 50_000
"""So many new objects before Python looks for cycles among the young ones."""


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let Python look for cycles among its objects less often: an import makes very many objects
    and hardly a cycle, and the looking costs a sixth of it."""
    usual = gc.get_threshold()
    gc.set_threshold(COLLECT_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


@_rare_collections()
def import_download(
    archive: Archive,
    account: Account,
    paths: Path | Sequence[Path],
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
    attested: str = "",
    registered: Sequence[Account] = (),
) -> ImportReport:
    """Import a download of `account`: one file or unpacked folder, or the parts of a set.

    `progress` is told (what, done, total or None). With `dry_run` nothing is written: the report
    tells what would be. `attested` is a person's sentence that the download is of that account,
    for downloads that do not say so. `registered` are the accounts of the register: a file that
    holds the download of an account that is none of them is refused, for it would be kept whole.
    Raises InputError where the file is no download, damaged beyond reading, protected, or another
    account's; RuleError where the account may not be captured; BusyError where this account is
    being imported already; StorageError where the home cannot be written. What was committed before
    an error stays, and the next import of the file goes on from there.
    """
    check_rule(account)
    given = [paths] if isinstance(paths, Path) else list(paths)
    stamps = stamps_of(given)
    with open_download(*given, scratch=scratch_in(archive.home)) as reader:
        downloads = downloads_in(reader)
        found = of_account(reader, downloads, account)
        download = found.open(reader)
        report = ImportReport(
            f"{account.platform}:@{account.handle}",
            ", ".join(map(str, given)),
            account.platform,
            dry_run=dry_run,
        )
        report.warnings += check_identity(download, account, given, attested)
        check_beside(reader, downloads, found, account, registered)
        check_parts(reader, download.identity, account, scratch_in(archive.home))
        report.warnings += reader.notes
        work = Work(
            archive,
            account,
            given,
            listed=reader,
            stamps=stamps,
            found=found,
            download=download,
            attested=attested,
            registered=registered,
            progress=progress,
            report=report,
            shared=sum(one.format.platform == account.platform for one in downloads) > 1,
        )
        if dry_run:
            _check_given(work)
            _rehearse(work, reader, download)
            return report
    with _one_at_a_time(archive, account), as_files(archive, account, given) as files:
        _import_files(work, files)
    return report


def _import_files(work: Work, files: Sequence[tuple[Path, str]]) -> None:
    archive, account, report, source = work.archive, work.account, work.report, work.format.source
    work.tell("reading the file", 0, None)
    done = None
    if could_be_known(archive, [path for path, _ in files]):
        files, digests = each_once(files)
        report.sha256 = digest_of_set(digests)
        _check_anew(work, report.sha256)
        name = done_name(source, report.sha256)
        done = known(archive, account.id, name, Done, work.format.version)
    run = begin_run(archive, account_ref(account), source=source)
    report.run = run.id
    try:
        if done is not None:
            _nothing_new(work, run, done)
            return
        originals, kept = keep(archive, run, files)
        work.files = [original.sha256 for original in originals]
        report.sha256 = digest_of_set(sorted(set(work.files)))
        with work.of_copies(files, kept) as (reader, download):
            check_identity(download, account, work.paths, work.attested)
            by_path = dict(zip(kept, originals, strict=True))
            ordered = [by_path[part] for part in reader.parts]
            _import_all(work, run, Originals(ordered, reader.part_of), reader, download)
    except StorageError:
        raise
    except (ArchiverError, OSError) as error:
        finish_run(archive, run, outcome="failed", notes={"error": type(error).__name__})
        raise


def _nothing_new(work: Work, run: Run, done: Done) -> None:
    report = work.report
    report.outcome = "unchanged"
    at = done.at[:16].replace("T", " ")
    report.warnings.append(
        f"this very file was imported on {at} UTC (run {done.run}); "
        f"all {done.units:,} things in it are known: nothing to do"
    )
    notes = {"outcome": "unchanged", "sha256": report.sha256, "run": done.run}
    finish_run(work.archive, run, outcome="complete", notes=notes)


def _import_all(
    work: Work,
    run: Run,
    originals: Originals,
    reader: DownloadReader,
    download: Download,
) -> None:
    archive, account, report = work.archive, work.account, work.report
    version = work.format.version
    cursor = place_name(work.format.source, report.sha256 or "")
    position = known(archive, account.id, cursor, Position, version)
    report.resumed = position is not None
    position = position or Position(version, observed_at=download.generated_at)
    _begin_for_one(work, run, cursor, position)
    files = {name: Tally(*one) for name, one in position.tallies.items()}
    work.tallies = Tallies(files, position.kinds, position.reasons)
    report.generated_at = position.observed_at
    writer = PageWriter(
        archive,
        run,
        download,
        originals,
        position.observed_at,
        work.tallies,
        position.media,
    )
    writer.problems += position.problems
    writer.destroyed.update(position.destroyed)
    expected = download.expected
    with closing(walk_ahead(download, str(position.ordinal))) as pages:
        for number, page in enumerate(pages):
            media = writer.take_media(page)
            with batch(archive, run) as opened:
                brought = writer.write(opened, page, media)
                if (brought or number % QUIET_PAGES == 0) and not writer.in_lists:
                    position = position_of(version, page.resume, position.observed_at, writer)
                    opened.cursor(cursor, encoded(position))
            done = int(page.resume or 0)
            work.tell("importing", done, max(done, expected) if expected else None)
    _finish(work, run, reader, download, writer, cursor)


def _begin_for_one(work: Work, run: Run, cursor: str, position: Position) -> None:
    """Note that this file is being imported for this account, unless another was quicker: two that
    look at the same moment find nothing yet, and the lock is one of an account. Raises InputError.
    """
    with batch(work.archive, run) as opened:
        _check_anew(work, work.report.sha256 or "")
        opened.cursor(cursor, encoded(position))


def _check_anew(work: Work, digest: str) -> None:
    if not work.shared:
        check_anew(
            *(work.archive, work.download.identity, work.account, work.paths[0]),
            *(work.format.source, digest),
        )


def _finish(
    work: Work,
    run: Run,
    reader: DownloadReader,
    download: Download,
    writer: PageWriter,
    cursor: str,
) -> None:
    """The last batch: lists closed, coverage stated, the file marked as imported and the run closed
    with its report, all at once: whoever is killed before goes on, and tells the whole."""
    archive, report = work.archive, work.report
    observed_at = report.generated_at
    writer.count_people(list(download.counts.values()))
    _describe(work, reader, download, observed_at)
    report.problems += writer.problems
    report.warnings += writer.warnings
    _tell_destroyed(report, writer.destroyed)
    report.media_stored = writer.media_stored
    if writer.problems:
        report.outcome = "partial"
    source = work.format.source
    whole = not reader.broken and not download.partial
    if whole and imported_before(archive, work.account.id, source, run.id):
        report.missing = missing(
            archive, work.account.id, source, observed_at, download.seen, report.coverage
        )
    kinds = [kind for kind in Kind if kind.value in report.kinds]
    propose_pairs(archive, work.account.id, run.id)
    starts = starts_of(report.coverage)
    found = reconcile(archive, work.account.id, run.id, download.seen, observed_at, kinds, starts)
    report.reconciled = [one.as_json() for one in found]
    total = report.total
    notes = {
        "sha256": report.sha256,
        "files": work.files,
        "generated_at": observed_at,
        "stored": total.stored,
        "versions": total.versions,
        "duplicates": total.duplicates,
        "people": total.people,
        "skipped": total.skipped,
        "failed": total.failed,
        "destroyed": report.destroyed,
        "media": report.media_stored,
        "missing": {one.kind: one.count for one in report.missing},
        "problems": report.problems[:100],
        "report": report.kept(),
    }
    if work.attested:
        notes["attested"] = work.attested
    with batch(archive, run) as opened:
        writer.close_lists(opened, report.files)
        for line in report.coverage:
            what = Relation(line.what) if line.what in set(Relation) else Kind(line.what)
            opened.cover(what, start=line.start, end=line.end, state=line.state, reason=line.reason)
        units = sum(file.units for file in report.files)
        done = Done(run.started_at, run.id, units, work.format.version)
        opened.cursor(done_name(source, report.sha256 or ""), encoded(done))
        opened.cursor(cursor, None)
        opened.finish(outcome=report.outcome, notes=notes)


def _tell_destroyed(report: ImportReport, destroyed: Mapping[str, int]) -> None:
    report.destroyed = dict(destroyed)
    report.warnings += met_again(destroyed)


def _describe(work: Work, reader: DownloadReader, download: Download, at: str) -> None:
    """Fill the report from what the walk counted."""
    report = work.report
    counts = download.inventory()
    report.kinds = work.tallies.kinds
    report.files = file_reports(counts, work.tallies)
    faulty = {file.member: file.fault for file in report.files if file.fault}
    report.unread = work.tallies.unread
    if report.resumed and any(file.tally.failed for file in report.files):
        report.warnings.append(
            "it goes on where it was stopped: what could not be read before that is told one by "
            "one by a rehearsal (--dry-run)"
        )
    report.coverage = download.coverage(at, faulty, reader.broken is not None)
    told = [line for line in download.warnings if line != reader.broken]
    report.warnings += [*told, *oddities(counts)]
    report.problems += problems(report.files, counts)
    if reader.broken:
        report.problems.append(reader.broken)
    report.media_unmatched = download.unmatched_media
    report.outcome = "partial" if report.problems else "complete"


def _check_given(work: Work) -> None:
    """Refuse in a rehearsal what the import would, where what was given is files: a folder is known
    by what it is packed to."""
    files = [(path, path.name) for path in work.paths]
    plain = all(path.is_file() for path in work.paths)
    if plain and not work.shared and could_be_known(work.archive, work.paths):
        _check_anew(work, digest_of_set(each_once(files)[1]))


def _rehearse(work: Work, reader: DownloadReader, download: Download) -> None:
    """Go through everything and write nothing."""
    work.report.generated_at = download.generated_at
    destroyed: Counter[str] = Counter()
    with closing(walk_ahead(download)) as pages:
        for page in pages:
            preview(work.archive, work.account.id, download, page, work.tallies, destroyed)
            work.tell("looking through", int(page.resume or 0), None)
    preview_people(list(download.counts.values()), work.tallies)
    _describe(work, reader, download, download.generated_at)
    _tell_destroyed(work.report, destroyed)


def account_ref(account: Account) -> AccountRef:
    """What the archive keeps of a registered account."""
    return AccountRef(
        account.id,
        account.platform,
        account.handle,
        account.display_name,
        account.department,
        account.division,
        account.native_id,
        account.account_class,
    )


def _one_at_a_time(archive: Archive, account: Account) -> AbstractContextManager[None]:
    return held(
        archive.home.path / f".import-{account.id}.lock",
        lambda by: (
            f"a download of @{account.handle} is being imported already{by}: wait for it to end"
        ),
    )
