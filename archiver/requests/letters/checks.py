"""Whether a letter says what the law wants of its kind, and whether this kind is the right one.

Sources: Gov. Code §§ 7921.300, 7922.000, 7922.530, 7922.535, 7922.540, 7922.600. What is missing is
named, one sentence each; a letter that lacks anything cannot be frozen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from archiver.clock import shown_day
from archiver.errors import ArchiverError
from archiver.requests.letters.costs import read_costs
from archiver.requests.letters.drafts import Case, Draft
from archiver.requests.letters.face import tidy
from archiver.requests.letters.kinds import Requirement, kinds
from archiver.requests.letters.linting import PHRASES
from archiver.requests.letters.values import (
    ISSUED_AS,
    OUTCOMES,
    people_of,
    read_day,
    read_time,
    whole,
)
from archiver.requests.letters.words import counted

_AMOUNT = "$"


def lacks(case: Case, draft: Draft, values: Mapping[str, str]) -> list[str]:
    """What keeps a letter from being frozen, before its text is looked at. Empty: nothing."""
    found = list(_CHECKS.get(draft.kind, _nothing)(case, draft))
    if not (draft.signer_name.strip() and draft.signer_title.strip()):
        found.append("the name and the title of who signs")
    found += _empty(case, draft, values)
    typed = "\n".join([*draft.fields.values(), draft.free])
    reason = kinds().asks_purpose(tidy(typed))
    if reason:
        found.append(f"what you wrote {reason}: take that sentence out")
    return list(dict.fromkeys(found))


def _empty(case: Case, draft: Draft, values: Mapping[str, str]) -> Iterator[str]:
    """Required fields with nothing in them, and contents that are missing for another reason."""
    kind = kinds().find(draft.kind)
    left = {each.name for each in kind.field if each.required and not draft.given(each.name)}
    for field in kind.field:
        if field.name in left:
            sources = [each.source for each in kind.requires if field.name in _fed_by(each)]
            yield f"“{field.label}” is empty" + (f" ({sources[0]})" if sources else "")
    for name in missing(case, draft, values):
        need = next(each for each in kind.requires if each.variable == name)
        if not left.intersection(_fed_by(need)):
            yield f"{need.text} ({need.source})"


def missing(case: Case, draft: Draft, values: Mapping[str, str]) -> list[str]:
    """The variables this letter has to print that hold nothing."""
    return [
        name
        for name in needed(case, draft)
        if not values.get(name) and not (draft.language != "en" and name in PHRASES)
    ]


_FED_BY = {
    "reasons": ("circumstance", "detail", "reasons"),
    "dispatch": ("dispatch_by",),
    "issued_by": ("issued_as",),
    "cost_lines": ("costs",),
    "cost_total": ("costs",),
}
"""The fields a variable is made from, where they are called otherwise."""


def _fed_by(need: Requirement) -> tuple[str, ...]:
    return _FED_BY.get(need.variable, (need.variable,))


def warnings(case: Case, draft: Draft) -> list[str]:
    """What a person should mind although the letter can be frozen."""
    dates = case.dates
    if draft.kind == "extension" and dates.safe < case.today <= dates.outside:
        return [
            f"The safe date was {shown_day(dates.safe)}. The notice is in time only until "
            f"{shown_day(dates.outside)} (Code Civ. Proc. § 12a): ask the city attorney."
        ]
    if draft.kind == "closing" and case.facts.waiting:
        numbers = ", ".join(map(str, case.facts.waiting))
        several = len(case.facts.waiting) > 1
        return [
            f"{'Volumes' if several else 'Volume'} {numbers} {'were' if several else 'was'} made "
            "and never released: release what is owed before you close."
        ]
    return []


def needed(case: Case, draft: Draft) -> list[str]:
    """The variables this letter has to print, of those its kind names."""
    needs = [each.variable for each in kinds().find(draft.kind).requires]
    denying = case.facts.denies
    if draft.kind == "determination":
        outcome = draft.given("outcome")
        if outcome == "no":
            needs.remove("available")
        denying = denying and outcome != "yes"
    elif draft.kind == "production-cover":
        if not case.facts.remaining:
            needs.remove("next")
    elif draft.kind == "denial":
        denying = True
    return needs if denying else [name for name in needs if name not in _DENYING]


_DENYING = ("responsible", "exemptions")


def unprinted(case: Case, draft: Draft, values: Mapping[str, str], text: str) -> list[str]:
    """What the merged text leaves out although the law wants it: a condition in the template may
    hide it."""
    flat = " ".join(text.split())
    return [
        f"the template leaves out {need.text} ({need.source})"
        for need in kinds().find(draft.kind).requires
        if need.variable in needed(case, draft)
        and values.get(need.variable)
        and " ".join(values[need.variable].split()) not in flat
    ]


def _nothing(case: Case, draft: Draft) -> Iterator[str]:
    return iter(())


def _extension(case: Case, draft: Draft) -> Iterator[str]:
    dates = case.dates
    if case.facts.extensions - case.extension_corrected > 0:
        yield "this request was extended already; the law allows it once (Gov. Code § 7922.535(b))"
    if case.today > dates.outside:
        yield (
            f"the time to extend ended on {shown_day(dates.outside)}: the notice has to go out "
            "within the ten days (Gov. Code § 7922.535(b))"
        )
    code = draft.given("circumstance")
    if code and code not in {each.code for each in dates.circumstances}:
        yield "a circumstance that the law lists (Gov. Code § 7922.535(c))"
    if draft.given("issued_as") and draft.given("issued_as") not in ISSUED_AS:
        yield "whether the head of the agency or a designee gives the notice"
    dispatch = read_day(draft.given("dispatch_by"))
    if dispatch is None:
        return
    if dispatch > dates.latest:
        yield (
            f"a date of dispatch within the limit: {shown_day(dates.latest)} is the last one "
            "(fourteen days, Gov. Code § 7922.535(b))"
        )
    if dispatch <= dates.safe or dispatch < case.today:
        yield f"a date of dispatch after {shown_day(max(dates.safe, case.today))}"
    if dates.extended and (dates.extended.until, dates.extended.circumstance) != (dispatch, code):
        yield (
            f"the extension as it was written down: until {shown_day(dates.extended.until)}, for "
            f"“{dates.extended.circumstance}”"
        )


def _determination(case: Case, draft: Draft) -> Iterator[str]:
    facts, outcome = case.facts, draft.given("outcome")
    if outcome and outcome not in OUTCOMES:
        yield "whether the records are disclosable: yes, part or no"
    if outcome in ("yes", "part") and whole(facts):
        yield (
            "everything that was found is withheld, so nothing is released: write a denial "
            "(Gov. Code § 7922.540)"
        )
    if outcome == "yes" and facts.denies and not whole(facts):
        yield "records are withheld or covered: the answer is “in part”"
    if outcome == "no" and facts.released:
        yield f"{counted(facts.released, 'record')} are released: the answer is “in part” or “yes”"
    if outcome == "no" and not facts.withheld:
        yield "nothing is withheld: if nothing was found, write “No records”"
    if outcome in ("yes", "part"):
        yield from _ahead(case, draft, "available")
    if outcome != "yes" and facts.denies:
        yield from _people(case, draft)


def _denial(case: Case, draft: Draft) -> Iterator[str]:
    if not case.facts.denies:
        yield "nothing is withheld or covered in this request, so there is nothing to deny"
        return
    yield from _people(case, draft)


def _no_records(case: Case, draft: Draft) -> Iterator[str]:
    facts = case.facts
    if facts.released or facts.withheld:
        found = counted(facts.released + facts.withheld, "record")
        yield f"{found} were found that answer the request: write a determination or a denial"
    if facts.undecided:
        yield f"{counted(facts.undecided, 'record')} have no decision yet"
    if not facts.searches:
        yield "no search is logged for this request: search the archive first"


def _fees(case: Case, draft: Draft) -> Iterator[str]:
    try:
        read_costs(draft.given("costs"))
    except ArchiverError as wrong:
        yield str(wrong)
    if _AMOUNT in draft.free:
        yield "costs stand in the lines alone: take the amount out of your own paragraph"


def _cover(case: Case, draft: Draft) -> Iterator[str]:
    facts = case.facts
    if facts.volume is None:
        yield "nothing has been produced yet: press Produce first"
        return
    if facts.volume.withheld and not facts.volume.released:
        yield (
            f"volume {facts.volume.number} releases no record: what is wanted is a denial "
            "(Gov. Code § 7922.540)"
        )
    if facts.remaining:
        yield from _ahead(case, draft, "next")
    if facts.denies:
        yield from _people(case, draft)


def _closing(case: Case, draft: Draft) -> Iterator[str]:
    if case.facts.denies and not case.facts.denied_in_writing:
        yield (
            "records are withheld and no letter has said so yet: a denial is given in writing "
            "first (Gov. Code § 7922.540(a))"
        )


def _ahead(case: Case, draft: Draft, name: str) -> Iterator[str]:
    day, time = draft.given(f"{name}_on"), draft.given(f"{name}_at")
    if day and not time:
        yield "the time of day: the law wants the estimated date and time (Gov. Code § 7922.535(a))"
    if (day and read_day(day) is None) or (time and read_time(time) is None):
        yield "a day as 2026-12-01 and a time as 16:00"
    elif (found := read_day(day)) and found < case.today:
        yield "an estimated date that lies ahead"


def _people(case: Case, draft: Draft) -> Iterator[str]:
    """Everyone who withheld or covered something, by name and title or position (§ 7922.540(b))."""
    named = people_of(draft)
    for person in named:
        name, _, title = person.partition(",")
        if not name.strip() or not title.strip():
            yield f"the title or position of {person} (Gov. Code § 7922.540(b))"
    told = "\n".join(named).casefold()
    for login, known in case.deciders.items():
        name = known.partition(",")[0].strip()
        if known != login and name.casefold() not in told:
            yield f"{name} decided to withhold, and has to be named as responsible"
    if len(named) < len(case.deciders):
        yield (
            f"{counted(len(case.deciders), 'person', 'persons')} decided to withhold; name each "
            "(Gov. Code § 7922.540(b))"
        )


_CHECKS: dict[str, Callable[[Case, Draft], Iterator[str]]] = {
    "extension": _extension,
    "determination": _determination,
    "denial": _denial,
    "no-records": _no_records,
    "fees": _fees,
    "production-cover": _cover,
    "closing": _closing,
}
