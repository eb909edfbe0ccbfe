"""Which exemptions a kind of personal data may fall under (data in schedules/finding)."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import lru_cache

import msgspec

from archiver.config import shipped
from archiver.decoding import converter
from archiver.errors import InputError
from archiver.requests.exemptions import MARKS, catalogue
from archiver.requests.finding.found import PersonalKind


class LikelyGround(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The exemptions to offer for a kind, the likeliest first, with the reason and its mark."""

    kind: PersonalKind
    sections: list[str]
    why: str
    source: str
    mark: str


class LikelyGrounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The table for one state's law; `exemptions` names the catalogue its sections stand in."""

    id: str
    title: str
    retrieved_on: dt.date
    exemptions: str
    note: str
    kind: list[LikelyGround]


_as_likely_grounds = converter(LikelyGrounds)


@lru_cache(maxsize=1)
def likely_grounds() -> dict[PersonalKind, LikelyGround]:
    """What to offer for each kind, California's law.

    Raises InputError where the shipped table cannot be used or leaves a kind out.
    """
    path = shipped("schedules") / "finding" / "california.toml"
    try:
        table = _as_likely_grounds(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise InputError(f"{path.name} is no table of likely grounds: {error}") from None
    law = catalogue(table.exemptions)
    for each in table.kind:
        for section in each.sections:
            law.find(section)
        if each.mark not in MARKS or not each.sections:
            raise InputError(f"{path.name}: {each.kind} lacks a section or a mark")
    found = {each.kind: each for each in table.kind}
    missing = [kind.value for kind in PersonalKind if kind not in found]
    if missing:
        raise InputError(f"{path.name} says nothing of {', '.join(missing)}")
    return found


def likely_section(kind: PersonalKind) -> str:
    """The section to offer first for a kind; never applied by itself."""
    return likely_grounds()[kind].sections[0]
