"""A volume of an archive with several seals, one of them dated from outside, and its proof.

What is covered or withheld in it is told here, so that a test can look for it everywhere.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path

import msgspec
from PIL import Image

from archiver.archive.seals import seal, seals, stamp_seal
from archiver.archive.stamping import stamp
from archiver.archive.store import Archive
from archiver.config import Home, Seals
from archiver.items import Author, AuthorRole, Kind, Visibility
from archiver.operations.home import settings_text
from archiver.requests.book import Claim, decide
from archiver.requests.redacting.redactions import Mark, add_redaction
from tests.operations.time_authority import Authority
from tests.production.conftest import RESIDENT, City, found_city

PHONE = "555-0142"
HIDDEN = Author("id-quirina", "quirina_x", "Quirina Xantopolous", AuthorRole.PUBLIC)
WITHHELD = "Zwiebelkuchen recipe"
SECRETS = (PHONE, "quirina_x", "Xantopolous", "id-quirina", "Zwiebelkuchen", "w-77", "lake.png")
"""Words of what is covered, withheld, or was never shown to a reviewer."""


@dataclass(frozen=True)
class SealedPacket:
    """Where a volume, its zip and its proof lie, in which home, and who dates its seals."""

    home: Home
    folder: Path
    proof: Path
    zip: Path
    authority: Authority | None


def fill(city: City, folder: Path) -> str:
    """Store, seal, decide; gives the request's number. The last record is not sealed."""
    folder.mkdir(exist_ok=True)
    picture = folder / "lake.png"
    Image.new("RGB", (32, 20), (60, 120, 160)).save(picture)
    city.store("1", "The lamps are out", raw=b"1", stable=b"1")
    seal(city.archive, now="2026-11-17T11:00:00Z")
    one = city.store(
        "1",
        "The lights at the skate park are out 🧨",
        raw=b"2",
        stable=b"2",
        observed_at="2026-11-18T10:00:00Z",
        url="https://x.example/jfrost/status/1",
        links=("https://alderglen.example/lights",),
    )
    two = city.store("2", f"Call me at {PHONE} please", parent_id="1", root_id="1", author=HIDDEN)
    other = city.store("w-77", WITHHELD, parent_id="1", root_id="1", author=HIDDEN)
    four = city.store("4", "I agree", parent_id="w-77", root_id="1")
    seal(city.archive, now="2026-11-18T11:00:00Z")
    five = city.store(
        "5",
        "Thank you\tfor calling",
        kind=Kind.MESSAGE,
        visibility=Visibility.PRIVATE,
        author=RESIDENT,
        recipients=(Author("12", None, None, AuthorRole.AGENCY),),
        created_at="2026-11-17T10:00:00Z",
    )
    six = city.store("6", "A picture of the lake", pictures=((picture, "A lake"),))
    seal(city.archive, now="2026-11-19T11:00:00Z")
    seven = city.store("7", "Just now", created_at="2026-11-19T12:00:00Z")
    number = city.ask()
    items = city.collect(number, one, two, other, four, five, six, seven)
    city.attest("7927.410")
    files = {"archive": city.archive.public, "private": city.archive.private}
    at = len("Call me at ")
    for mark in (
        Mark("text", at, at + len(PHONE)),
        Mark("author.name"),
        Mark("author.handle"),
        Mark("author.id"),
    ):
        claims = [Claim("7927.410")]
        add_redaction(city.office, files, number, items[1], mark, actor="of", claims=claims)
    decide(city.office, number, [items[1]], "redact", actor="of")
    city.withhold(number, items[2])
    city.release(number, *(items[place] for place in (0, 3, 4, 5, 6)))
    return number


def make_packet(folder: Path, *, dated: bool = True) -> SealedPacket:
    """Make a city in a folder and produce its volume; with `dated` an authority dates the second
    seal and the manifest."""
    city = found_city(folder / "city")
    authority = None
    try:
        number = fill(city, folder / "in")
        if dated:
            authority = Authority(folder / "authority")
            set_authority(city.home, authority)
            newest = list(seals(city.archive.public))[1]
            token = stamp(newest.digest(), city.home.settings(), base=city.home.path)
            stamp_seal(city.archive, newest.n, token)
        made = city.produce(number).folder
    finally:
        city.close()
    proof = made.with_name("VOL001.proof.json")
    return SealedPacket(city.home, made, proof, zipped(made), authority)


def set_authority(home: Home, authority: Authority) -> None:
    """Write the authority into a home's settings."""
    seals = Seals(authority.address, str(authority.root))
    settings = msgspec.structs.replace(home.settings(), seals=seals)
    home.settings_file.write_text(settings_text(settings), "utf-8")


def zipped(folder: Path) -> Path:
    """The folder as a zip beside it, as it goes to a requester."""
    path = folder.with_name(f"{folder.name}.zip")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                info = zipfile.ZipInfo(f"{folder.name}/{file.relative_to(folder).as_posix()}")
                info.compress_type = zipfile.ZIP_DEFLATED
                made.writestr(info, file.read_bytes())
    return path


def destroy_record(home: Home, native_id: str) -> None:
    """Destroy a comment, salt and all, as a disposition does."""
    from archiver.archive.destroying import destroy
    from archiver.items import Access
    from tests.archive.doomed_town import UNDER, doomed

    with Archive.open(home, write=True) as archive, archive.writer():
        found = doomed(archive, Access.PUBLIC, "comment", native_id)
        destroy(archive, Access.PUBLIC, [found], UNDER, now="2026-11-25T10:00:00Z")
