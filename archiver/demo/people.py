"""Invented people: residents of Alder Glen in any number, each the same for the same number."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from archiver.demo.dice import Dice, seed_of

# Share of the residents who write in each language, out of 100. English takes the rest.
LANGUAGE_SHARES: tuple[tuple[str, int], ...] = (
    ("es", 17),
    ("zh-Hant", 3),
    ("zh-Hans", 3),
    ("pa", 3),
    ("vi", 3),
    ("tl", 3),
    ("hmn", 2),
    ("ko", 2),
    ("ru", 2),
    ("hy", 2),
    ("fa", 2),
    ("ar", 2),
    ("ja", 1),
    ("th", 1),
    ("km", 1),
    ("lo", 1),
)
LANGUAGES: tuple[str, ...] = ("en", *(code for code, _ in LANGUAGE_SHARES))


def _language_table() -> tuple[str, ...]:
    table = [code for code, share in LANGUAGE_SHARES for _ in range(share)]
    return tuple(table + ["en"] * (100 - len(table)))


_BY_HUNDRED = _language_table()
_STREETS = ("Mill", "Orchard", "Quarry", "Juniper", "Depot", "Larch", "Foundry", "Persimmon")


@dataclass(frozen=True, slots=True)
class Resident:
    """One invented resident. `x_id` and `did` are their ids on the two platforms."""

    number: int
    name: str
    handle: str
    x_id: str
    did: str
    bluesky_handle: str
    language: str
    phone: str
    email: str
    address: str
    utility_account: str


@lru_cache(maxsize=1)
def _names() -> dict[str, list[str]]:
    folder = files("archiver.demo") / "phrases"
    return tomllib.loads((folder / "names.toml").read_text("utf-8"))


def phone(dice: Dice) -> str:
    """A telephone number from the range kept for fiction (555-0100 to 555-0199)."""
    return f"(559) 555-01{dice.below(100):02d}"


def plc_did(dice: Dice) -> str:
    """A did:plc identifier of the right shape."""
    letters = "abcdefghijklmnopqrstuvwxyz234567"
    return "did:plc:" + "".join(dice.pick(letters) for _ in range(24))


@lru_cache(maxsize=8192)
def resident(number: int, seed: int = 0) -> Resident:
    """The resident of that number: the same person for the same number and seed."""
    dice = Dice(seed_of(seed, "resident", number))
    given, family = dice.pick(_names()["given"]), dice.pick(_names()["family"])
    plain = (given + family).replace("-", "").lower()
    style = dice.below(4)
    if style == 0:
        handle = f"{given.lower()}_{dice.pick(_names()['hobbies'])}"[:12]
    elif style == 1:
        handle = plain[:11]
    else:
        handle = f"{given[0].lower()}{family.replace('-', '').lower()}"[:11]
    handle = f"{handle}{number % 1000}"
    # Accounts opened before 2016 have short numbers, later ones snowflakes.
    old = dice.chance(0.4)
    x_id = str(dice.between(200_000_000, 3_900_000_000) if old else 10**18 + dice.below(8 * 10**17))
    language = _BY_HUNDRED[number % 100] if number >= 100 else _BY_HUNDRED[(number * 37) % 100]
    return Resident(
        number=number,
        name=f"{given} {family}",
        handle=handle,
        x_id=x_id,
        did=plc_did(dice),
        bluesky_handle=f"{handle.replace('_', '-').lower()}.social.example.net",
        language=language,
        phone=phone(dice),
        email=f"{plain[:14]}{number % 1000}@example.com",
        address=f"{dice.between(100, 4899)} {dice.pick(_STREETS)} Street",
        utility_account=f"AG-{dice.between(10, 99)}-{dice.between(100000, 999999)}",
    )


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A fictional member of the city's staff, with the roles the desk knows."""

    login: str
    name: str
    title: str
    roles: tuple[str, ...]


STAFF: tuple[StaffMember, ...] = (
    StaffMember("odile", "Odile Farrow", "Deputy City Clerk", ("clerk", "private-records")),
    StaffMember("tamsin", "Tamsin Okoye", "Records Manager", ("records-manager",)),
    StaffMember("haldane", "P. Haldane", "City Attorney", ("attorney",)),
    StaffMember("maribel", "Maribel Quon", "Communications Manager", ("communications",)),
    StaffMember("ruben", "Ruben Achterberg", "Information Technology", ("administrator",)),
    StaffMember("vance", "Isidora Vance", "Mayor", ("custodian",)),
    StaffMember("winslow", "Winslow Tarr", "Internal Auditor", ("auditor",)),
)
