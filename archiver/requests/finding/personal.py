"""Find personal data in a text or in an item's fields. Nothing here changes anything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from archiver.requests.finding.addresses import addresses
from archiver.requests.finding.births import births
from archiver.requests.finding.folding import fold
from archiver.requests.finding.found import FieldFound, Found, PersonalKind
from archiver.requests.finding.identity import identity_numbers
from archiver.requests.finding.mail import mail_addresses
from archiver.requests.finding.minors import MinorName, minors
from archiver.requests.finding.money import money_numbers, tokens_fitting
from archiver.requests.finding.patterns import pattern
from archiver.requests.finding.sections import likely_section
from archiver.requests.finding.telephones import telephones

FINDER = "1"
"""Goes up whenever a finder changes: what was found by an earlier one is looked for again."""

_RANK = {kind: place for place, kind in enumerate(PersonalKind)}
_NUMBERS = frozenset(PersonalKind) - {
    PersonalKind.EMAIL,
    PersonalKind.ADDRESS,
    PersonalKind.MINOR,
}
_LINK = pattern(r"(?:https?://|www\.)[^\s<>\"]{1,4096}+", any_case=True)
_DIALS = pattern(r"(?:wa\.me/|phone=|tel=|mobile=)\+?$", any_case=True)
_IDENTIFIERS = ("author.id", "url", "link:")


def find_personal(
    text: str,
    *,
    names: Sequence[MinorName] = (),
    utility_account: re.Pattern[str] | None = None,
) -> list[Found]:
    """Personal data in a text, in the order it stands there, none overlapping another.

    `names` are those of minors the clerk marked (`minors.minor_name`); `utility_account` is the
    city's own pattern. Offsets count code points of `text`. The time grows with the length of the
    text and with nothing a resident can write into it.
    """
    folded = fold(text)
    found = [*mail_addresses(folded.text)]
    if any(map(str.isdigit, folded.text)):
        found += _numbers(folded.text, utility_account)
    else:
        found += identity_numbers(folded.text)
    placed = []
    for each in found:
        start, end = folded.span(each.start, each.end)
        placed.append(replace(each, start=start, end=end))
    placed += minors(folded, names)
    return [replace(each, likely_section=likely_section(each.kind)) for each in _disjoint(placed)]


def find_in_fields(
    fields: Iterable[tuple[str, str]],
    *,
    names: Sequence[MinorName] = (),
    utility_account: re.Pattern[str] | None = None,
) -> list[FieldFound]:
    """Personal data in an item's fields, given as (name, value): text, names, handles, addresses,
    alt texts, earlier versions. In a platform's own identifiers and addresses plain digits are
    nothing a person wrote: there only e-mail, names, and numbers that are dialled are looked for.
    """
    found = []
    for name, value in fields:
        ids = name.startswith(_IDENTIFIERS) or (name.startswith("recipient:") and value.isdigit())
        for each in find_personal(value, names=names, utility_account=utility_account):
            if not ids or _plain_in_an_identifier(value, each):
                found.append(FieldFound(name, each))
    return found


def find_names_in_fields(
    fields: Iterable[tuple[str, str]], names: Sequence[MinorName]
) -> list[FieldFound]:
    """Names of minors in an item's fields, and nothing else: for a request whose records were
    looked at for the rest already."""
    section = likely_section(PersonalKind.MINOR)
    return [
        FieldFound(field, replace(each, likely_section=section))
        for field, value in fields
        for each in _disjoint(minors(fold(value), names))
    ]


def _numbers(text: str, utility_account: re.Pattern[str] | None) -> Iterator[Found]:
    links = [match.span() for match in _LINK.finditer(text)]
    for finder in (telephones, identity_numbers, money_numbers, births, addresses):
        yield from _outside(links, sorted(finder(text), key=_start), text)
    if utility_account is not None:
        yield from _outside(links, tokens_fitting(text, utility_account), text)


def _start(found: Found) -> int:
    return found.start


def _outside(
    links: Sequence[tuple[int, int]], found: Iterable[Found], text: str
) -> Iterator[Found]:
    """What does not lie in a link, whose digits are a platform's; what a link dials is kept."""
    at = 0
    for each in found:
        while at < len(links) and links[at][1] <= each.start:
            at += 1
        inside = at < len(links) and links[at][0] <= each.start
        if not inside or _dialled(text, each):
            yield each


def _dialled(text: str, found: Found) -> bool:
    before = text[max(0, found.start - 8) : found.start]
    return found.kind is PersonalKind.TELEPHONE and _DIALS.search(before) is not None


def _plain_in_an_identifier(value: str, found: Found) -> bool:
    if found.kind in {PersonalKind.EMAIL, PersonalKind.MINOR}:
        return True
    dialled = value[: found.start].lower().endswith(("tel:", "sms:", "tel:+", "sms:+"))
    plus = value[found.start : found.start + 1] == "+"
    return found.kind is PersonalKind.TELEPHONE and (plus or dialled or _dialled(value, found))


def _disjoint(found: Iterable[Found]) -> list[Found]:
    """One reading for each stretch. Of two readings of a number the more specific stands; of other
    findings the longer one that covers both; where they only touch, both, one beside the other."""
    kept: list[Found] = []
    for each in sorted(found, key=lambda one: (one.start, -one.end, _RANK[one.kind])):
        if not kept or kept[-1].end <= each.start:
            kept.append(each)
            continue
        last = kept[-1]
        if last.kind in _NUMBERS and each.kind in _NUMBERS:
            if _RANK[each.kind] < _RANK[last.kind]:
                kept[-1] = each
        elif each.end > last.end:
            kept.append(replace(each, start=last.end))
    return kept
