"""Importing a platform's data download: the original first, then everything in it, batch by batch.

A kill at any moment is mended by the next import of the same file: it goes on where the last batch
was committed. The same file twice writes nothing but the row of its run.
"""

from __future__ import annotations

import gc
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

import msgspec

from archiver.archive.files import find_original
from archiver.archive.originals import StoredOriginal, store_original
from archiver.archive.store import Archive
from archiver.archive.writing import (
    AccountRef,
    Run,
    batch,
    begin_run,
    finish_run,
    read_cursor,
)
from archiver.capture.import_coverage import coverage
from archiver.capture.import_missing import imported_before, missing
from archiver.capture.import_packing import pack
from archiver.capture.import_report import (
    ImportReport,
    Tally,
    file_reports,
    met_again,
    oddities,
    problems,
)
from archiver.capture.import_writing import PageWriter, preview, preview_people
from archiver.errors import (
    ArchiverError,
    InputError,
    RuleError,
    StorageError,
)
from archiver.exports.reader import DownloadReader, open_download
from archiver.exports.x.download import READER_VERSION, XDownload, recognise
from archiver.items import Access, Kind, Relation
from archiver.locks import held
from archiver.progress import Progress
from archiver.register.accounts import CLASSES, Account

SOURCE = "x-download"
HASH_STEP = 1 << 20
QUIET_PAGES = 16
"""After how many pages that bring nothing the place is noted: noting it costs a wait for the disk,
and reading a page anew that brings nothing is harmless."""
COLLECT_AFTER = 50_000
"""So many new objects before Python looks for cycles among the young ones."""

_T = TypeVar("_T", "Position", "Done")


class Position(msgspec.Struct):
    """How far an import got: the units that were committed, what became of them and what there is
    to look at, the time the download stands for, and how many had been destroyed under which
    number."""

    ordinal: int = 0
    observed_at: str = ""
    media: int = 0
    tallies: dict[str, tuple[int, ...]] = msgspec.field(default_factory=dict)
    problems: list[str] = []
    reader: int = READER_VERSION
    destroyed: dict[str, int] = {}


class Done(msgspec.Struct):
    """That a file was imported whole: when, by which run, how much was in it, and by which state
    of the reader: a later one may read more out of it."""

    at: str
    run: int
    units: int
    reader: int = READER_VERSION


@dataclass(slots=True)
class _Import:
    """One import under way."""

    archive: Archive
    account: Account
    path: Path
    progress: Progress | None
    report: ImportReport
    tallies: dict[str, Tally] = field(default_factory=dict)

    def tell(self, what: str, done: int, total: int | None) -> None:
        if self.progress is not None:
            self.progress(what, done, total)


def import_download(
    archive: Archive,
    account: Account,
    path: Path,
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Import a download of `account`, a zip or the unpacked folder.

    `progress` is told (what, done, total or None). With `dry_run` nothing is written: the report
    tells what would be. Raises InputError where the file is no download, damaged beyond reading,
    protected, or another account's; RuleError where the account may not be captured; BusyError
    where this account is being imported already; StorageError where the home cannot be written.
    What was committed before an error stays, and the next import of the file goes on from there.
    """
    _check_rule(account)
    report = ImportReport(
        f"{account.platform}:@{account.handle}", str(path), account.platform, dry_run=dry_run
    )
    work = _Import(archive, account, path, progress, report)
    reader = open_download(path)
    download = _recognised(reader, account)
    report.warnings += check_account(download, account, path)
    if dry_run:
        _rehearse(work, reader, download)
        return report
    with _one_at_a_time(archive, account), _rare_collections():
        if path.is_dir():
            with _packed(archive, account, reader) as packed:
                _import_zip(work, packed, f"{path.name or 'download'}.zip")
        else:
            _import_zip(work, path, path.name)
    return report


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


def _check_rule(account: Account) -> None:
    if account.account_class not in CLASSES:
        raise RuleError(
            f"{account.platform}:@{account.handle} is registered as {account.account_class}: "
            "only the city's own accounts are imported whole"
        )


def _recognised(reader: DownloadReader, account: Account) -> XDownload:
    platform = recognise(reader)
    if platform is None:
        inner = sum(name.lower().endswith(".zip") for name in reader.members)
        hint = (
            f"it holds {inner} more zip: unpack it once and import each zip in it"
            if inner
            else "give the zip that X sent, as it is"
        )
        raise InputError(f"{reader.path} is no download this program knows: {hint}")
    if platform != account.platform:
        raise InputError(
            f"{reader.path} is a download of {platform}, but {account.handle} is registered "
            f"for {account.platform}: name the account it belongs to"
        )
    return XDownload(reader)


def check_account(download: XDownload, account: Account, path: Path) -> list[str]:
    """Refuse another account's download; what is worth knowing otherwise.

    Raises InputError naming both accounts by their public names and ids.
    """
    identity = download.identity
    handle = account.handle.casefold()
    known = [one.casefold() for one in (identity.handle, *identity.earlier_handles) if one]
    whose = f"@{identity.handle or '?'} (id {identity.native_id or '?'})"
    if account.native_id and identity.native_id:
        if account.native_id != identity.native_id:
            raise InputError(
                f"{path} is the download of {whose}, not of @{account.handle} "
                f"(id {account.native_id}): name the account it belongs to"
            )
    elif handle not in known:
        raise InputError(
            f"{path} is the download of {whose}, not of @{account.handle}: "
            "name the account it belongs to"
        )
    told = []
    if account.native_id is None and identity.native_id is not None:
        told.append(
            f"the register holds no id for @{account.handle}; the download says "
            f"{identity.native_id}: `archiver accounts change` adds it, and it outlives a change "
            "of name"
        )
    if known and handle != known[0]:
        told.append(f"the account was called @{identity.handle} when the download was made")
    return told


def _import_zip(work: _Import, path: Path, name: str) -> None:
    archive, account, report = work.archive, work.account, work.report
    work.tell("reading the file", 0, None)
    report.sha256 = digest = _digest(path)
    done = _known(archive, account, f"{SOURCE} done {digest}", Done)
    run = begin_run(archive, account_ref(account), source=SOURCE)
    report.run = run.id
    try:
        if done is not None:
            _nothing_new(work, run, done)
            return
        original = store_original(archive, run, path, access=Access.PRIVATE, name=name)
        kept = find_original(
            archive.home, Access.PRIVATE, original.sha256, Path(name).suffix.lower()
        )
        report.sha256 = original.sha256
        reader = open_download(kept or path)
        download = XDownload(reader)
        check_account(download, account, work.path)
        _import_all(work, run, original, reader, download)
    except StorageError:
        raise
    except (ArchiverError, OSError) as error:
        finish_run(archive, run, outcome="failed", notes={"error": type(error).__name__})
        raise


def _nothing_new(work: _Import, run: Run, done: Done) -> None:
    report = work.report
    report.outcome = "unchanged"
    report.warnings.append(
        f"this very file was imported on {done.at} (run {done.run}); "
        f"all {done.units:,} things in it are known: nothing to do"
    )
    notes = {"outcome": "unchanged", "sha256": report.sha256, "run": done.run}
    finish_run(work.archive, run, outcome="complete", notes=notes)


def _import_all(
    work: _Import,
    run: Run,
    original: StoredOriginal,
    reader: DownloadReader,
    download: XDownload,
) -> None:
    archive, account, report = work.archive, work.account, work.report
    cursor = f"{SOURCE} at {original.sha256}"
    position = _known(archive, account, cursor, Position)
    report.resumed = position is not None
    position = position or Position(observed_at=download.generated_at)
    work.tallies = {name: Tally(*one) for name, one in position.tallies.items()}
    report.generated_at = position.observed_at
    writer = PageWriter(
        archive, run, download, original, position.observed_at, work.tallies, position.media
    )
    writer.problems += position.problems
    writer.destroyed.update(position.destroyed)
    expected = sum(
        download.manifest.counts.get(file.member) or 0 for file in download.files if file.kind
    )
    for number, page in enumerate(download.walk(str(position.ordinal))):
        media = writer.take_media(page)
        with batch(archive, run) as opened:
            brought = writer.write(opened, page, media)
            if (brought or number % QUIET_PAGES == 0) and not writer.in_lists:
                position = _position(page.resume, position.observed_at, writer)
                opened.cursor(cursor, msgspec.json.encode(position).decode())
        done = int(page.resume or 0)
        work.tell("importing", done, max(done, expected) if expected else None)
    _finish(work, run, reader, download, writer, cursor)


def _finish(
    work: _Import,
    run: Run,
    reader: DownloadReader,
    download: XDownload,
    writer: PageWriter,
    cursor: str,
) -> None:
    """The last batch: lists closed, coverage stated, the file marked as imported."""
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
    whole = not reader.broken and not download.manifest.partial
    if whole and imported_before(archive, work.account.id, run.id):
        report.missing = missing(archive, work.account.id, observed_at, download.seen)
    with batch(archive, run) as opened:
        writer.close_lists(opened, report.files)
        for line in report.coverage:
            what = Relation(line.what) if line.what in set(Relation) else Kind(line.what)
            opened.cover(what, start=line.start, end=line.end, state=line.state, reason=line.reason)
        done = Done(run.started_at, run.id, sum(file.units for file in report.files))
        opened.cursor(f"{SOURCE} done {report.sha256}", msgspec.json.encode(done).decode())
        opened.cursor(cursor, None)
    total = report.total
    notes = {
        "sha256": report.sha256,
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
    }
    finish_run(archive, run, outcome=report.outcome, notes=notes)


def _tell_destroyed(report: ImportReport, destroyed: Mapping[str, int]) -> None:
    report.destroyed = dict(destroyed)
    report.warnings += met_again(destroyed)


def _describe(work: _Import, reader: DownloadReader, download: XDownload, at: str) -> None:
    """Fill the report from what the walk counted."""
    report = work.report
    counts = download.inventory()
    report.files = file_reports(counts, work.tallies)
    report.coverage = coverage(download, at, report.files, reader.broken is not None)
    report.warnings += [*download.warnings, *oddities(counts)]
    report.problems += problems(report.files, counts)
    if reader.broken:
        report.problems.append(reader.broken)
    report.media_unmatched = download.unmatched_media
    report.outcome = "partial" if report.problems else "complete"


def _rehearse(work: _Import, reader: DownloadReader, download: XDownload) -> None:
    """Go through everything and write nothing."""
    work.report.generated_at = download.generated_at
    destroyed: Counter[str] = Counter()
    for page in download.walk():
        preview(work.archive, work.account.id, page, work.tallies, destroyed)
        work.tell("looking through", int(page.resume or 0), None)
    preview_people(list(download.counts.values()), work.tallies)
    _describe(work, reader, download, download.generated_at)
    _tell_destroyed(work.report, destroyed)


def _position(resume: str | None, observed_at: str, writer: PageWriter) -> Position:
    tallies: dict[str, tuple[int, ...]] = {
        name: (
            tally.stored,
            tally.versions,
            tally.duplicates,
            tally.people,
            tally.skipped,
            tally.failed,
            tally.destroyed,
        )
        for name, tally in writer.tallies.items()
    }
    return Position(
        *(int(resume or 0), observed_at, writer.media_stored, tallies, list(writer.problems)),
        destroyed=dict(writer.destroyed),
    )


def _known(archive: Archive, account: Account, name: str, kind: type[_T]) -> _T | None:
    """What a cursor holds, unless another state of the reader wrote it."""
    text = read_cursor(archive, account.id, name)
    found = None if text is None else msgspec.json.decode(text, type=kind)
    return found if found is not None and found.reader == READER_VERSION else None


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


def _digest(path: Path) -> str:
    digest = sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(HASH_STEP):
                digest.update(chunk)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from None
    return digest.hexdigest()


@contextmanager
def _packed(archive: Archive, account: Account, reader: DownloadReader) -> Iterator[Path]:
    """The folder as one zip, for as long as it is needed; what a killed import left is cleared."""
    folder = archive.home.path / f".import-{account.id}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error.strerror}") from None
    try:
        target = folder / "download.zip"
        pack(reader, target)
        yield target
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _one_at_a_time(archive: Archive, account: Account) -> AbstractContextManager[None]:
    return held(
        archive.home.path / f".import-{account.id}.lock",
        lambda by: (
            f"a download of @{account.handle} is being imported already{by}: wait for it to end"
        ),
    )
