"""Whether a request's items can be produced, and which were produced already as they stand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from archiver.errors import RuleError
from archiver.requests.book import Choice, Item, ProductionItem, catalogue
from archiver.requests.redacting.bars import Draft, Redaction, citations_of
from archiver.requests.redacting.fields import label_of

_NAMED = 5


def refuse_unready(found: Sequence[ProductionItem], drafts: Sequence[Draft] = ()) -> None:
    """Raise RuleError where an item is undecided, not what was reviewed, or covered otherwise than
    decided, or where one that goes out has a bar among `drafts`; it names which.

    What is in quarantine may stand withheld or not responsive: nothing of it is read for that.
    """
    if not found:
        raise RuleError("nothing is collected for this request yet: add records, then decide")
    changed = [each for each in found if each.problem and not _left_out(each)]
    if changed:
        first = changed[0]
        more = f" (and {len(changed) - 1} more)" if len(changed) > 1 else ""
        raise RuleError(f"item {first.item.id}{more} cannot be produced: {first.problem}")
    undecided = [e.item.id for e in found if e.item.decision.choice is Choice.UNDECIDED]
    if undecided:
        raise RuleError(f"{_items(undecided, 'no decision yet')}: decide before producing")
    wrong = bars_unready([each.item for each in found], drafts)
    if wrong is not None:
        raise RuleError(wrong)


def bars_unready(items: Sequence[Item], drafts: Sequence[Draft]) -> str | None:
    """What is wrong with the bars of the items that go out, in one line that names them, or None:
    bars that do not fit the decision, and `drafts` that cannot be produced yet."""
    out = [item for item in items if item.decision.choice.goes_out]
    bare = [e.id for e in out if bool(e.redactions) is not (e.decision.choice is Choice.REDACT)]
    if bare:
        return (
            f"{_items(bare, 'bars that changed since the decision')}: decide again whether it is "
            "released in full or with redactions"
        )
    going = {item.id for item in out}
    return told([draft for draft in drafts if draft.item_id in going])


def told(drafts: Sequence[Draft]) -> str | None:
    """Draft bars in one line: on which items, and why the first is one; None without any."""
    if not drafts:
        return None
    first = drafts[0]
    ids = list(dict.fromkeys(draft.item_id for draft in drafts))
    return (
        f"{_items(ids, 'a draft redaction')}: {label_of(first.field)}, bar "
        f"{first.redaction_id}, {first.why}"
    )


def _items(ids: Sequence[int], have: str) -> str:
    named = ", ".join(str(each) for each in ids[:_NAMED]) + (" …" if len(ids) > _NAMED else "")
    verb = "item has" if len(ids) == 1 else "items have"
    return f"{len(ids)} {verb} {have} ({named})"


def _left_out(each: ProductionItem) -> bool:
    return each.quarantined and each.item.decision.choice in (
        Choice.WITHHOLD,
        Choice.NOT_RESPONSIVE,
        Choice.DUPLICATE,
    )


def fingerprint(item: Item) -> str:
    """What tells whether an item must be produced again: version, decision and bars."""
    sections = "|".join(sections_of(item))
    text = f"{item.decision.choice.value}|{item.leaf}|{sections}"
    if item.decision.choice.goes_out:
        text += "".join(f"\n{line}" for line in sorted(map(_bar_line, item.redactions)))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _bar_line(bar: Redaction) -> str:
    note = bar.note if bar.note_shown else ""
    return f"{bar.place}|{'|'.join(citations_of(bar.grounds))}|{note}"


def sections_of(item: Item) -> tuple[str, ...]:
    """The law a withheld item rests on, as it is cited."""
    cited: list[str] = []
    for basis in item.decision.exemptions:
        entry = catalogue().find(basis.section)
        cited.append(entry.citation)
        if basis.second_citation:
            cited.append(basis.second_citation)
    return tuple(dict.fromkeys(cited))
