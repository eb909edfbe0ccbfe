"""The values of a letter's variables: what a template prints."""

from __future__ import annotations

import datetime as dt

from archiver.errors import ArchiverError, InputError
from archiver.requests.letters.costs import dollars, read_costs, total_of
from archiver.requests.letters.drafts import Case, Draft
from archiver.requests.letters.facts import Facts, Reliance
from archiver.requests.letters.kinds import kinds
from archiver.requests.letters.linting import known_variables
from archiver.requests.letters.words import block, counted, date_in, line, listed, moment_in

ASKED_SHOWN = 600
"""Characters of the request's own words that a letter repeats."""
OUTCOMES = {
    "yes": "The city holds records that answer your request, and will disclose them.",
    "part": "The city holds records that answer your request. It will disclose them in part; the "
    "rest is exempt from disclosure.",
    "no": "The records the city holds that answer your request are exempt from disclosure, and "
    "none of them can be disclosed.",
}
ISSUED_AS = {
    "head": "the head of the agency",
    "designee": "designated by the head of the agency",
}
_ISSUED_AS_ES = {
    "head": "titular de la agencia",
    "designee": "por designación del titular de la agencia",
}
_NOBODY = {"es": "solicitante"}


def values_of(case: Case, draft: Draft) -> dict[str, str]:
    """Every variable a text of this kind may print. What is not known or not given is empty."""
    kind = kinds().find(draft.kind)
    found = dict.fromkeys(known_variables(kind), "")
    found |= {
        each.name: line(draft.given(each.name))
        if each.type == "line"
        else block(draft.given(each.name))
        for each in kind.field
        if each.type in ("line", "text")
    }
    found |= _common(case, draft)
    further = {
        "clarification": lambda: {"archive": case.archive},
        "extension": lambda: _extension(case, draft),
        "determination": lambda: _determination(case, draft),
        "denial": lambda: _denial(case, draft),
        "fees": lambda: _fees(draft),
        "production-cover": lambda: _cover(case, draft),
    }.get(draft.kind)
    return found | (further() if further else {})


def signer_of(draft: Draft) -> str:
    """Name and title of who signs, on one line."""
    return ", ".join(filter(None, (line(draft.signer_name, 120), line(draft.signer_title, 120))))


def read_day(text: str) -> dt.date | None:
    """A typed day, or None where there is none or it is no day."""
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def read_time(text: str) -> dt.time | None:
    """A typed time of day (HH:MM), or None where there is none or it is no time."""
    try:
        found = dt.time.fromisoformat(text) if text else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo is None else None


def people_of(draft: Draft) -> list[str]:
    """The persons named as responsible, each as ``Name, Title``."""
    typed = (line(each) for each in block(draft.given("responsible")).split("\n"))
    return [each for each in typed if each]


def _common(case: Case, draft: Draft) -> dict[str, str]:
    request, language = case.request, draft.language
    return {
        "agency": line(case.settings.agency),
        "number": request.number,
        "received": date_in(case.dates.received_on, language),
        "channel": request.channel,
        "requester": line(request.requester or "") or _NOBODY.get(language, "requester"),
        "asked": line(request.scope.strip() or request.verbatim[: ASKED_SHOWN * 20], ASKED_SHOWN),
        "today": date_in(case.today, language),
        "work_by": date_in(case.dates.work_by, language),
        "signer": signer_of(draft),
        "free": block(draft.free),
    }


def _extension(case: Case, draft: Draft) -> dict[str, str]:
    code, detail = draft.given("circumstance"), block(draft.given("detail"))
    texts = {each.code: each.text for each in case.dates.circumstances}
    told = [texts.get(code, "")] if draft.language == "en" else []
    dispatch = read_day(draft.given("dispatch_by"))
    words = _ISSUED_AS_ES if draft.language == "es" else ISSUED_AS
    issued = words.get(draft.given("issued_as"), "")
    signer = signer_of(draft)
    return {
        "circumstance": code if code in texts else "",
        "detail": detail,
        "reasons": "\n\n".join(filter(None, [*told, detail])) if detail and code in texts else "",
        "dispatch": date_in(dispatch, draft.language) if dispatch else "",
        "issued_by": f"{signer}, {issued}" if signer and issued else "",
    }


def _determination(case: Case, draft: Draft) -> dict[str, str]:
    outcome = draft.given("outcome")
    withholding = _withholding(case, draft) if outcome != "yes" else {}
    return {
        "outcome": OUTCOMES.get(outcome, "") if draft.language == "en" else "",
        "outcome_code": outcome if outcome in OUTCOMES else "",
        "available": "" if outcome == "no" else _moment(case, draft, "available"),
        **withholding,
    }


def _denial(case: Case, draft: Draft) -> dict[str, str]:
    facts = case.facts
    extent = "whole" if whole(facts) else "part"
    return {
        "extent": f"in {extent}",
        "extent_code": extent,
        "withheld": _withheld(facts),
        "withheld_count": str(facts.withheld),
        **_withholding(case, draft),
    }


def whole(facts: Facts) -> bool:
    """Whether everything that was found is withheld."""
    return facts.withheld > 0 and facts.released == 0 and facts.undecided == 0


def _withheld(facts: Facts) -> str:
    told = []
    if facts.withheld:
        verb = "is" if facts.withheld == 1 else "are"
        told.append(f"{counted(facts.withheld, 'record')} {verb} withheld in full.")
    if facts.redacted:
        told.append(
            f"{counted(facts.redacted, 'record')} {'is' if facts.redacted == 1 else 'are'} "
            "released with exempt passages covered."
        )
    whole_ones = facts.released - facts.redacted
    if whole_ones:
        verb = "is" if whole_ones == 1 else "are"
        told.append(f"{counted(whole_ones, 'record')} {verb} released in full.")
    if facts.undecided:
        verb = "is" if facts.undecided == 1 else "are"
        told.append(f"{counted(facts.undecided, 'record')} {verb} still being reviewed.")
    return " ".join(told)


def _fees(draft: Draft) -> dict[str, str]:
    try:
        lines = read_costs(draft.given("costs"))
    except ArchiverError:
        return {}
    if not lines:
        return {}
    return {
        "cost_lines": listed([each.words for each in lines]),
        "cost_total": dollars(total_of(lines)),
    }


def _cover(case: Case, draft: Draft) -> dict[str, str]:
    volume, remaining = case.facts.volume, case.facts.remaining
    found = {
        "remaining": _remaining(remaining) if draft.language == "en" else "",
        "remaining_count": str(remaining),
        "next": _moment(case, draft, "next") if remaining else "",
    }
    if case.facts.denies:
        found |= _withholding(case, draft)
    if volume is None:
        return found
    told = [f"{counted(volume.released, 'record')} released"]
    if volume.withheld:
        told.append(f"{counted(volume.withheld, 'record')} withheld")
    pages = f"{counted(volume.pages, 'page')}, numbered {volume.first_page} to {volume.last_page}"
    words = f"This is volume {volume.number}: {', '.join(told)}, on {pages}."
    return found | {
        "volume": words if draft.language == "en" else "",
        "volume_number": str(volume.number),
        "volume_pages": str(volume.pages),
        "volume_first": volume.first_page,
        "volume_last": volume.last_page,
    }


def _remaining(number: int) -> str:
    if number == 0:
        return "No records remain: with this volume you have everything that answers your request."
    verb = "is" if number == 1 else "are"
    return f"{counted(number, 'record')} {verb} still to come."


def _withholding(case: Case, draft: Draft) -> dict[str, str]:
    return {
        "exemptions": listed([_reliance(each) for each in case.facts.relied_on]),
        "responsible": listed(people_of(draft)),
    }


def _reliance(one: Reliance) -> str:
    """An exemption as the letter cites it, with the facts the balance rests on (§ 7922.000)."""
    title = f" ({one.title})" if one.title else ""
    others = "; ".join(line(each) for each in one.second_citations)
    second = f", with {others}" if others else ""
    weighed = " ".join(line(each, 2_000) for each in one.balancing)
    return f"{one.citation}{title}{second}" + (f": {weighed}" if weighed else "")


def _moment(case: Case, draft: Draft, name: str) -> str:
    day, time = read_day(draft.given(f"{name}_on")), read_time(draft.given(f"{name}_at"))
    if day is None or time is None:
        return ""
    try:
        return moment_in(day, time, case.settings.time_zone, draft.language)
    except OverflowError:
        raise InputError(f"{day} lies beyond the calendar") from None
