"""Holds: the list, one hold with what its release would free, placing one, releasing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archiver.desk import words
from archiver.desk.answers import Answer, Asked, NotHere, Page, Redirect
from archiver.desk.custodians_shown import custodians_of_hold
from archiver.desk.numbers import whole
from archiver.desk.picks import MOST
from archiver.desk.searching import Wanted, read_wanted
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError, UsageError
from archiver.register.accounts import list_accounts
from archiver.retention.covering import Search
from archiver.retention.holds import Hold, HoldKind, hold_by_id
from archiver.retention.holds_reporting import HoldLine, hold_lines
from archiver.retention.placing import PlacementPreview, place_search_hold, placement_preview
from archiver.retention.releasing import (
    DueHold,
    due_for_release,
    release,
    release_due,
    release_preview,
)
from archiver.staff.roles import MANAGE_HOLDS

_KINDS = tuple(kind for kind in HoldKind if kind is not HoldKind.REQUEST)
"""A records request's own hold comes and goes with the request."""
_ABOUT = {
    HoldKind.LITIGATION: "A suit is pending or can be expected",
    HoldKind.CLAIM: "A claim was presented to the city",
    HoldKind.AUDIT: "An auditor or grantor examines it",
    HoldKind.SUBPOENA: "A subpoena or court order asks for it",
    HoldKind.ADMINISTRATIVE: "The city has its own reason",
}
Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Given:
    """What stands in the form of a new hold."""

    kind: str
    reference: str
    reason: str
    wanted: Wanted
    standing: bool
    whole: tuple[int, ...]
    picks: tuple[Key, ...]

    @property
    def searches(self) -> tuple[Search, ...]:
        """The one search of the form, where it looks for anything."""
        if self.wanted.empty:
            return ()
        return (Search(self.wanted.text, self.wanted.filters, self.standing),)

    @property
    def names_nothing(self) -> bool:
        """Whether nothing is named that could be held."""
        return not (self.searches or self.whole or self.picks)


def show(visit: Visit, asked: Asked) -> Answer:
    """Every open hold, the ones that may be released, and the released ones."""
    with visit.office() as office, visit.whole_archive() as archive:
        lines = hold_lines(office, archive, visit.desk.settings, include_released=True)
        due = due_for_release(office, visit.desk.settings)
    return Page("holds.html", _listed(lines, due, asked))


def _listed(
    lines: Sequence[HoldLine], due: Sequence[DueHold], asked: Asked, problem: str = ""
) -> Mapping[str, object]:
    return {
        "open": [line for line in lines if line.hold.released_at is None],
        "released": [line for line in reversed(lines) if line.hold.released_at is not None],
        "due": due,
        "placed": whole(asked.asked("placed")),
        "freed": whole(asked.asked("freed")),
        "problem": problem,
    }


def one(visit: Visit, asked: Asked, problem: str = "") -> Page:
    """One hold: what it covers, whom it asked, and what would become of it if it were released."""
    return _one(visit, asked, _hold(visit, asked), problem)


def _one(visit: Visit, asked: Asked, hold: Hold, problem: str = "") -> Page:
    preview = None
    with visit.office() as office, visit.whole_archive() as archive:
        lines = hold_lines(office, archive, visit.desk.settings, include_released=True)
        line = next(each for each in lines if each.hold.id == hold.id)
        custodians = (
            None
            if hold.kind == HoldKind.REQUEST
            else custodians_of_hold(visit, office, asked, hold)
        )
        if hold.released_at is None:
            try:
                preview = release_preview(office, archive, hold, visit.desk.settings)
            except ArchiverError as wrong:
                problem = problem or str(wrong)
    shown = {
        "line": line,
        "preview": preview,
        "problem": problem,
        "custodians": custodians,
        "asking": bool(asked.given("name")),
        "can_ask": visit.may(MANAGE_HOLDS),
        "is_request": hold.kind == HoldKind.REQUEST,
        "can_release": visit.may(MANAGE_HOLDS) and hold.released_at is None,
    }
    return Page("hold.html", shown, 422 if problem else 200)


def form(visit: Visit, asked: Asked) -> Answer:
    """The form of a new hold; with something named, what it would hold."""
    return _form(visit, _given(asked.query), preview=bool(asked.query))


def _form(visit: Visit, given: Given, *, preview: bool, problem: str = "") -> Page:
    found: PlacementPreview | None = None
    with visit.office() as office:
        accounts = list_accounts(office)
        if preview and not given.names_nothing:
            try:
                with visit.whole_archive() as archive:
                    found = placement_preview(
                        office,
                        archive,
                        visit.desk.settings,
                        searches=given.searches,
                        accounts=given.whole,
                        records=given.picks,
                    )
            except (InputError, UsageError) as wrong:
                problem = problem or str(wrong)
    shown = {
        "given": given,
        "kinds": [(kind, _ABOUT[kind]) for kind in _KINDS],
        "accounts": accounts,
        "record_kinds": list(words.KINDS.items()),
        "platforms": sorted({account.platform for account in accounts}),
        "found": found,
        "problem": problem,
    }
    return Page("hold_new.html", shown, 422 if problem else 200)


def place(visit: Visit, asked: Asked) -> Answer:
    """Place the hold, or show once more what it would hold where that was asked."""
    given = _given(asked.form)
    if asked.given("look"):
        return _form(visit, given, preview=True)
    try:
        if given.names_nothing:
            raise InputError("name what is to be held: words, filters, an account or records")
        with visit.office() as office, visit.whole_archive() as archive:
            placed = place_search_hold(
                office,
                archive,
                visit.desk.settings,
                actor=visit.person.login,
                kind=_kind(given.kind),
                reference=given.reference,
                reason=given.reason,
                searches=given.searches,
                accounts=given.whole,
                records=given.picks,
            )
    except ArchiverError as wrong:
        return _form(visit, given, preview=True, problem=str(wrong))
    return Redirect(f"/retention/holds?placed={placed.records}#h{placed.hold.id}")


def let_go(visit: Visit, asked: Asked) -> Answer:
    """Release a hold for the reason given."""
    hold = _hold(visit, asked)
    try:
        with visit.office() as office:
            release(
                office,
                hold,
                visit.desk.settings,
                actor=visit.person.login,
                reason=asked.given("reason"),
            )
    except ArchiverError as wrong:
        return _one(visit, asked, hold, str(wrong))
    return Redirect("/retention/holds?freed=1")


def let_go_due(visit: Visit, asked: Asked) -> Answer:
    """Release every hold of a closed request whose time has passed."""
    try:
        with visit.office() as office:
            freed = release_due(
                office,
                visit.desk.settings,
                actor=visit.person.login,
                reason=asked.given("reason"),
            )
    except ArchiverError as wrong:
        with visit.office() as office, visit.whole_archive() as archive:
            lines = hold_lines(office, archive, visit.desk.settings, include_released=True)
            due = due_for_release(office, visit.desk.settings)
        return Page("holds.html", _listed(lines, due, asked, str(wrong)), 422)
    return Redirect(f"/retention/holds?freed={len(freed)}")


def _hold(visit: Visit, asked: Asked) -> Hold:
    with visit.office() as office:
        try:
            return hold_by_id(office, int(asked.parts["hold"]))
        except InputError:
            raise NotHere from None


def _given(values: Mapping[str, list[str]]) -> Given:
    def first(name: str, default: str = "") -> str:
        return values.get(name, [default])[0]

    return Given(
        kind=first("hold-kind", HoldKind.LITIGATION.value),
        reference=first("reference")[:200],
        reason=first("reason")[:2_000],
        wanted=read_wanted(values),
        standing=bool(first("standing")),
        whole=tuple(
            number
            for value in values.get("whole", [])[:200]
            if (number := whole(value)) is not None
        ),
        picks=tuple(
            pick for value in values.get("pick", [])[:MOST] if (pick := _pick(value)) is not None
        ),
    )


def _pick(text: str) -> Key | None:
    file, _, digits = text.partition(":")
    number = whole(digits)
    if file not in ("archive", "private") or number is None:
        return None
    return file, number


def _kind(text: str) -> HoldKind:
    for kind in _KINDS:
        if kind.value == text:
            return kind
    raise InputError("choose what kind of hold it is")
