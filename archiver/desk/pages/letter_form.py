"""The form of a letter: its fields as they are shown, and what was typed into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.desk.answers import Asked
from archiver.desk.numbers import whole
from archiver.requests.letters.drafts import Case, Draft
from archiver.requests.letters.kinds import Field, kinds
from archiver.requests.letters.values import ISSUED_AS, OUTCOMES

COST_ROWS = 4
_OUTCOMES = {"yes": "Yes, all of them", "part": "In part", "no": "No, none of them"}
_ISSUED = {"head": "The head of the agency", "designee": "A person designated by the head"}


@dataclass(frozen=True, slots=True)
class Input:
    """A field as the form shows it: its choices where it has any, and what stands in it."""

    field: Field
    value: str
    choices: tuple[tuple[str, str], ...]


def typed(asked: Asked) -> Draft:
    """The letter as the form holds it."""
    kind = kinds().find(asked.given("kind"))
    corrects = asked.given("corrects")
    fields = {
        field.name: asked.given(f"f_{field.name}").replace("\r\n", "\n") for field in kind.field
    }
    if "costs" in fields:
        rows = zip(
            asked.all_given("cost"),
            asked.all_given("quantity"),
            asked.all_given("price"),
            strict=False,
        )
        fields["costs"] = "\n".join(
            ":".join(part.replace("\n", " ").replace(":", " ") for part in row)
            for row in rows
            if any(part.strip() for part in row[1:])
        )
    return Draft(
        kind=kind.code,
        language=asked.given("language", "en"),
        fields=fields,
        free=asked.given("free").replace("\r\n", "\n"),
        signer_name=asked.given("signer_name"),
        signer_title=asked.given("signer_title"),
        address=asked.given("address").replace("\r\n", "\n"),
        supersedes=whole(corrects),
        reason=asked.given("reason").replace("\r\n", "\n"),
    )


def input_of(field: Field, draft: Draft, case: Case) -> Input:
    """A field with its choices and what stands in it."""
    choices: Sequence[tuple[str, str]] = ()
    if field.name == "circumstance":
        choices = [(each.code, each.text) for each in case.dates.circumstances]
    elif field.name == "outcome":
        choices = [(code, _OUTCOMES[code]) for code in OUTCOMES]
    elif field.name == "issued_as":
        choices = [(code, _ISSUED[code]) for code in ISSUED_AS]
    return Input(field, draft.fields.get(field.name, ""), tuple(choices))


def cost_rows(draft: Draft) -> list[tuple[str, str, str]]:
    """The rows of costs: kind, how many, price; a few of them empty."""
    typed = [line.split(":") for line in draft.given("costs").splitlines()]
    rows = [(parts[0], parts[1], parts[2]) for parts in typed if len(parts) == 3]
    return rows + [("", "", "")] * max(1, COST_ROWS - len(rows))
