"""What is wrong with the text of a letter, line by line, before the city attorney reads it."""

from __future__ import annotations

from archiver.requests.letters.kinds import Kind, kinds
from archiver.requests.letters.sandbox import SUBJECT, Fault, faults, variables
from archiver.requests.letters.templates import Template

COMMON = frozenset(
    {
        *("agency", "number", "received", "channel", "requester", "asked", "today", "work_by"),
        *("signer", "free"),
    }
)
"""Variables of every letter."""
PHRASES = {
    "outcome": "outcome_code",
    "extent": "extent_code",
    "remaining": "remaining_count",
    "volume": "volume_number",
    "withheld": "withheld_count",
}
"""Sentences that are made here, in English; in another language the text makes its own, from the
code or the number given beside each."""
_FURTHER = {
    "extension": {"circumstance"},
    "determination": {"outcome_code"},
    "denial": {"extent_code", "withheld", "withheld_count"},
    "production-cover": {
        *("remaining_count", "volume_number", "volume_pages", "volume_first", "volume_last"),
    },
}


def known_variables(kind: Kind) -> frozenset[str]:
    """What a text of this kind may print."""
    typed = {field.name for field in kind.field if field.type in ("line", "text")}
    needed = {need.variable for need in kind.requires}
    return COMMON | typed | needed | _FURTHER.get(kind.code, set())


def lint(template: Template) -> list[Fault]:
    """Every fault of a text, by line: forbidden constructs, unknown variables, contents the law
    wants that it does not print, and questions it must not ask.

    Raises InputError where its kind is not known.
    """
    kind = kinds().find(template.kind)
    found = faults(template.text)
    if found:
        return found
    if not template.subject:
        found.append(Fault(1, f"the first line is the subject: begin it with “{SUBJECT}”"))
    known, used = known_variables(kind), variables(template.text)
    found += [
        Fault(use.line, f"there is no variable {name!r}; use {', '.join(sorted(known))}")
        for name, use in used.items()
        if name not in known
    ]
    printed = {name for name, use in used.items() if use.printed}
    if template.language != "en":
        printed |= {name for name, code in PHRASES.items() if code in used}
    last = template.text.count("\n") + 1
    found += [
        Fault(last, f"it never prints {need.variable!r}: {need.text} ({need.source})")
        for need in kind.requires
        if need.variable not in printed
    ]
    if "free" not in printed:
        found.append(Fault(last, "it never prints 'free', the clerk's own paragraph"))
    if kind.code == "extension" and template.language != "en" and "circumstance" not in used:
        found.append(
            Fault(last, "it does not ask for 'circumstance' and so names none in its language")
        )
    for number, line in enumerate(template.text.split("\n"), 1):
        reason = kinds().asks_purpose(line)
        if reason:
            found.append(Fault(number, f"it {reason}"))
    return sorted(found, key=lambda each: each.line)
