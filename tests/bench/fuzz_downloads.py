"""Feeds every parser what nobody would send: files of synthetic downloads in every layout, the
containers they come in and what officials forward, changed by atheris in ways that reach code not
reached before. What counts as a finding: an exception other than the program's own, an input that
takes longer than twenty seconds or a gigabyte, units that do not add up.

    python tests/bench/fuzz_downloads.py --seconds 3600 [--only facebook] [--corpus FOLDER]

Each parser gets an equal share of the time in a process of its own; a finding is printed with the
input that made it, and the process goes on to the next parser. With a folder for the corpus, the
inputs that reached new code stay there, and the next run goes on from them.
"""

from __future__ import annotations

import argparse
import io
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import atheris

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["archiver.exports", "archiver.requests"]):
    from archiver.errors import ArchiverError
    from archiver.exports.counting import KEPT
    from archiver.exports.known import recognise
    from archiver.exports.reader import Limits, Member, Refused, open_download
    from archiver.items import Author
    from archiver.requests.custodians.unpacking import HandedPath, read_parts
    from archiver.requests.receiving.rich_text import words_of_rich_text

from tests.bench.download_writers import WRITERS  # noqa: E402
from tests.bench.other_layouts import OTHER_LAYOUTS, files_of  # noqa: E402
from tests.exports.containers import CONTAINERS, FILES  # noqa: E402
from tests.exports.x_downloads import full_download  # noqa: E402
from tests.requests.custodians.conftest import mail, picture  # noqa: E402
from tests.requests.rich_texts import HEAD, unpacked  # noqa: E402
from tests.requests.test_outlook import letter  # noqa: E402

ENTRIES = 12
LARGEST_SEED = 200_000


class InMemory:
    """The place of a file that lies in memory, and so in no file of the disk."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def open(self) -> BinaryIO:
        return io.BytesIO(self._body)

    def region(self) -> None:
        return None


class MemoryReader:
    """A download whose files lie in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.path = Path("fuzzed")
        self.parts = [self.path]
        self.names = [self.path.name]
        self.members = {
            name: Member(name, len(body), 0, InMemory(body)) for name, body in files.items()
        }
        self.refused: list[Refused] = []
        self.broken: str | None = None
        self.litter = 0
        self.notes: list[str] = []
        self._files = files

    def part_of(self, name: str) -> int:
        return 0

    def open(self, name: str) -> BinaryIO:
        return io.BytesIO(self._files[name])

    def __enter__(self) -> MemoryReader:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return None


def walk(files: dict[str, bytes]) -> None:
    """Walk every download that is recognised, and count. What it gives must come whole through the
    pipe of a second process."""
    reader = MemoryReader(files)
    try:
        for found in recognise(reader):
            download = found.open(reader)
            given = 0
            for page in download.walk():
                if pickle.loads(pickle.dumps(page)) != page:
                    raise AssertionError("a page changed on its way")
                given += len(page.items) + len(page.subscribers) + len(page.skipped)
            counts = download.inventory()
            units = sum(one.units - one.joined for one in counts if one.state != KEPT)
            if units != given:
                raise AssertionError(f"{units} units were counted, {given} were given")
            download.coverage(download.generated_at, {}, False)
            told = found.open(reader)
            told.take_walked(pickle.loads(pickle.dumps(download.walked())))
            if told.inventory() != counts:
                raise AssertionError("what the walk left changed on its way")
    except ArchiverError:
        return


def open_and_read(path: Path) -> None:
    """Open a file as the container of a download, and read all that is in it."""
    limits = Limits()
    try:
        with open_download(path, scratch=path.parent, limits=limits) as reader:
            for name in reader.members:
                with reader.open(name) as stream:
                    while stream.read(1 << 20):
                        continue
    except ArchiverError:
        return


def take_forwarded(path: Path) -> None:
    """Read a file as one an official forwards."""
    try:
        for part in read_parts(HandedPath(1, path, path.name, Author("ana"))):
            if not part.item.native_id.startswith("file-1"):
                raise AssertionError(part.item.native_id)
    except ArchiverError:
        return


def forwarded() -> dict[str, bytes]:
    """What officials forward, in every form it comes in."""
    enclosed = ((picture(), "image/png", "gate.png"), (mail(), "message/rfc822", "inner.eml"))
    plain, outer = mail(enclosed=enclosed), letter()
    outer.inner.append(letter())
    page = b"<html><body><p>The lights are <b>out</b>.</p></body></html>"
    return {
        "a.eml": plain,
        "b.mbox": b"From x Mon Nov 16 08:30:00 2026\n" + plain + b"\nFrom x 2026\n" + mail(),
        "c.msg": outer.msg(),
        "winmail.dat": outer.tnef(),
        "d.html": page,
        "e.txt": "Señora Peña called.".encode("cp1252"),
    }


def rich_texts() -> dict[str, bytes]:
    """Rich text as Outlook has it once it is unpacked: words, and a web page wrapped in it."""
    page = "\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 a\\'e9\\uc2\\u8364 EU\\par}"
    return {
        "words.rtf": f"{HEAD}{{\\f1 \\'cf}}\\par{{\\pict\\bin3 }}}}}}}}".encode(),
        "page.rtf": f"{HEAD}{page}}}".encode(),
    }


def take_words(path: Path) -> None:
    """Take the words out of unpacked rich text: no change of packed text would pass its check."""
    words = words_of_rich_text(unpacked(path.read_bytes()))
    if words is not None:
        words.encode("utf-8")


FILES_ALONE = {
    "containers": (lambda: {name: make(FILES) for name, make in CONTAINERS.items()}, open_and_read),
    "forwarded": (forwarded, take_forwarded),
    "rich-text": (rich_texts, take_words),
}
"""Parsers that are given a file, not a member of a download: their seeds, and what reads one."""
NAMES = sorted((*WRITERS, *OTHER_LAYOUTS, *FILES_ALONE))


def seeds_of(name: str, folder: Path) -> tuple[dict[str, bytes], Callable[[str, bytes], None]]:
    """The files to begin with, and what is done with another content of one of them."""
    if name in FILES_ALONE:
        make, read = FILES_ALONE[name]
        place = folder / "given"
        place.mkdir()

        def alone(member: str, body: bytes) -> None:
            path = place / member
            path.write_bytes(body)
            read(path)

        return make(), alone
    files = full_download() if name == "x" else files_of(name, folder / "made", ENTRIES)
    return files, lambda member, body: walk({**files, member: body})


def fuzz(name: str, seconds: int, kept: Path | None) -> None:
    """Change one file after the other, the corpus in a folder that is kept or in one of its own.
    Ends the process."""
    with tempfile.TemporaryDirectory() as folder:
        files, take = seeds_of(name, Path(folder))
        names = sorted(member for member, body in files.items() if len(body) <= LARGEST_SEED)
        corpus = Path(kept or folder, f"corpus-{name}")
        corpus.mkdir(parents=True, exist_ok=True)
        for at, member in enumerate(names):
            (corpus / str(at)).write_bytes(at.to_bytes(2, "big") + files[member])

        def one(data: bytes) -> None:
            if len(data) > 2:
                member = names[int.from_bytes(data[:2], "big") % len(names)]
                take(member, data[2:])

        words = [sys.argv[0], f"-max_total_time={seconds}", "-timeout=20", "-rss_limit_mb=1024"]
        words += [f"-artifact_prefix={tempfile.gettempdir()}/fuzzed-{name}-", "-verbosity=1"]
        words += ["-print_final_stats=1", f"-max_len={LARGEST_SEED}", str(corpus)]
        atheris.Setup(words, one)
        atheris.Fuzz()


def main() -> None:
    """Read the words, share out the time, say what was found."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--seconds", type=int, default=60)
    words.add_argument("--only", choices=NAMES, action="append")
    words.add_argument("--corpus", type=Path)
    words.add_argument("--one", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.one:
        fuzz(given.one, given.seconds, given.corpus)
        return
    names = given.only or NAMES
    share = max(1, given.seconds // len(names))
    for name in names:
        command = [sys.executable, __file__, "--one", name, "--seconds", str(share)]
        command += ["--corpus", str(given.corpus)] if given.corpus else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
        print(f"{name}: {runs[0].split()[-1] if runs else 'no count'} inputs in {share} s")
        if done.returncode:
            print("\n".join((done.stdout + done.stderr).splitlines()[-60:]))


if __name__ == "__main__":
    main()
