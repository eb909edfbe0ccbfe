"""The exemptions a withholding can rest on, and the conditions the law ties to each.

The catalogue is data (schedules/exemptions); the texts in it are this project's own short
descriptions, not the statute. An exemption can be used only after the city attorney attested its
entry, by name and date, in exactly this wording.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import msgspec

from archiver.config import shipped
from archiver.database import rows
from archiver.decoding import converter
from archiver.errors import InputError, RuleError
from archiver.register.attestations import Attestation, attest, attested, wording_digest

ATTESTATION_KIND = "exemption"
MARKS = {
    "S": "statute text read",
    "C": "stated by secondary sources",
    "K": "from memory, to be verified",
    "?": "sources conflict or the outcome is unknown",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """An exemption as a person claims it for an item. `balancing` weighs the two public interests
    in words, `second_citation` names the other law, `review_on` the day to look again."""

    section: str
    balancing: str | None = None
    second_citation: str | None = None
    review_on: dt.date | None = None


class Exemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of the catalogue; `former` is its number before 2023, an alias only."""

    section: str
    title: str
    text: str
    source: str
    mark: str
    former: str = ""
    typical: str = ""
    mandatory: bool = False
    needs_balancing: bool = False
    needs_second_citation: bool = False
    time_limited: bool = False
    portal_only: bool = False
    usable: bool = True

    @property
    def citation(self) -> str:
        """How a page and a packet cite it."""
        return self.section if self.section.startswith("Cal.") else f"Gov. Code § {self.section}"

    @property
    def digest(self) -> str:
        """SHA-256 of the entry's wording: what an attestation binds to."""
        return wording_digest(msgspec.to_builtins(self))

    def check(self, claim: Claim) -> None:
        """Raise RuleError where the claim lacks what this exemption demands."""
        if not self.usable:
            raise RuleError(f"{self.citation} ({self.title}) is no ground for withholding")
        if self.portal_only:
            raise RuleError(
                f"{self.citation} limits what is posted on the internet, not what a requester is "
                "given: name another exemption, or release"
            )
        if self.needs_balancing and not (claim.balancing or "").strip():
            raise RuleError(
                f"{self.citation} needs its balancing text: why, on these facts, the public "
                "interest in withholding clearly outweighs that in disclosure"
            )
        if self.needs_second_citation and not (claim.second_citation or "").strip():
            raise RuleError(
                f"{self.citation} only points to another law: name it as the second citation "
                "(for example Evid. Code § 954)"
            )
        if self.time_limited and claim.review_on is None:
            raise RuleError(
                f"{self.citation} ends with its occasion: give the day on which to look again"
            )


class Catalogue(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A catalogue of exemptions for one state's law."""

    id: str
    title: str
    retrieved_on: dt.date
    checked_by: str
    note: str
    exemption: list[Exemption]

    def find(self, section: str) -> Exemption:
        """The entry of that section, also where written with “§” or “Gov. Code”.

        Raises InputError where there is none; a number from before 2023 is answered with the
        present one.
        """
        wanted = section.replace("Gov. Code", "").replace("GC", "").replace("§", "").strip()
        by_section = {entry.section: entry for entry in self.exemption}
        for name in (section.strip(), wanted):
            if name in by_section:
                return by_section[name]
        renumbered = [entry.section for entry in self.exemption if entry.former == wanted]
        if renumbered:
            raise InputError(
                f"§ {wanted} was renumbered in 2023: use § {' or § '.join(renumbered)}"
            )
        raise InputError(f"no exemption of that number in the catalogue {self.id}")


@lru_cache(maxsize=8)
def catalogue(name: str = "california") -> Catalogue:
    """The catalogue of that name in schedules/exemptions.

    Raises InputError, naming the file and what is wrong, where it cannot be used.
    """
    path = shipped("schedules") / "exemptions" / f"{name}.toml"
    return read_catalogue(path)


_as_catalogue = converter(Catalogue)


def read_catalogue(path: Path) -> Catalogue:
    """Read and check a catalogue. Raises InputError naming the file and the entry."""
    try:
        found = _as_catalogue(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name} is no catalogue of exemptions: {error}") from None
    seen: set[str] = set()
    for entry in found.exemption:
        if entry.section in seen:
            raise InputError(f"{path.name}: § {entry.section} stands in it twice")
        seen.add(entry.section)
        if entry.mark not in MARKS:
            raise InputError(f"{path.name}: § {entry.section} has no mark of {', '.join(MARKS)}")
        if not (entry.title and entry.text and entry.source):
            raise InputError(f"{path.name}: § {entry.section} lacks title, text or source")
    return found


def attest_exemption(
    conn: sqlite3.Connection,
    section: str,
    *,
    actor: str,
    attorney: str,
    on: dt.date,
    note: str | None = None,
    law: Catalogue | None = None,
) -> Attestation:
    """Record the city attorney's attestation of an entry in its present wording.

    Raises InputError where there is no such entry, RuleError where no attorney is named.
    """
    entry = (law or catalogue()).find(section)
    return attest(
        conn,
        actor=actor,
        kind=ATTESTATION_KIND,
        subject=entry.section,
        digest=entry.digest,
        attorney=attorney,
        on=on,
        note=note,
    )


def attestation_of(conn: sqlite3.Connection, exemption: Exemption) -> Attestation | None:
    """The attestation in force for an entry in its present wording, or None."""
    return attested(conn, ATTESTATION_KIND, exemption.section, exemption.digest)


def stands(
    conn: sqlite3.Connection, section: str, digest: str, law: Catalogue | None = None
) -> bool:
    """Whether the attorney stands by an exemption in the wording it was named with, and the
    catalogue has no other for it."""
    try:
        entry = (law or catalogue()).find(section)
    except InputError:
        return False
    return entry.digest == digest and attestation_of(conn, entry) is not None


def wordings_attested(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Each section with the digest of a wording the attorney ever stood by: nothing can rest on
    another."""
    found = rows(
        conn,
        "SELECT DISTINCT subject, digest FROM attestations WHERE kind = ? AND NOT withdrawn",
        ATTESTATION_KIND,
    )
    return [(each["subject"], each["digest"]) for each in found]


def usable_exemptions(
    conn: sqlite3.Connection, law: Catalogue | None = None
) -> Mapping[Exemption, Attestation | None]:
    """Every entry a withholding could rest on, with its attestation where it has one."""
    return {
        entry: attestation_of(conn, entry)
        for entry in (law or catalogue()).exemption
        if entry.usable and not entry.portal_only
    }
