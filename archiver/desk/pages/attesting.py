"""The city attorney attests the starter set in one sitting, with every text in full on the page."""

from __future__ import annotations

import datetime as dt

from archiver import clock
from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.scope_form import read_day
from archiver.desk.visits import Visit
from archiver.errors import ArchiverError, InputError
from archiver.requests.exemptions import ATTESTATION_KIND as EXEMPTION
from archiver.requests.forwards.wording import ATTESTATION_KIND as WORDING
from archiver.requests.letters.attesting import ATTESTATION_KIND as LETTER
from archiver.requests.starter_set import attest_starter_set, starter_set
from archiver.retention.attesting import ATTESTATION_KIND as SERIES


def show(visit: Visit, asked: Asked) -> Answer:
    """Everything that waits, with its wording, source and mark."""
    return _page(visit, asked)


def attest(visit: Visit, asked: Asked) -> Answer:
    """Attest what is ticked: one act, an attestation for each text."""
    try:
        on = read_day(asked.given("on"), "the day")
        if on is None:
            raise InputError("give the day on which it is attested")
        with visit.office() as office:
            made = attest_starter_set(
                office,
                visit.desk.settings,
                visit.desk.home.path,
                asked.all_given("text"),
                actor=visit.person.login,
                attorney=asked.given("attorney"),
                on=on,
                note=asked.given("note").strip() or None,
            )
    except ArchiverError as wrong:
        return _page(visit, asked, str(wrong))
    return Redirect(f"/attest?made={len(made)}")


def _page(visit: Visit, asked: Asked, problem: str = "") -> Page:
    with visit.office() as office:
        found = starter_set(office, visit.desk.settings, visit.desk.home.path)
    person = visit.person
    given = {
        "attorney": ", ".join(filter(None, (person.name, person.title))),
        "on": _today(visit).isoformat(),
        "note": "",
    }
    if problem:
        given = {name: asked.given(name) for name in given}
        ticked = set(asked.all_given("text"))
    else:
        ticked = {each.key for each in found if not each.doubtful}
    made = asked.asked("made")
    return Page(
        "attest.html",
        {
            "sets": [
                ("Exemptions", [each for each in found if each.kind == EXEMPTION]),
                ("Series of the schedule", [each for each in found if each.kind == SERIES]),
                ("Letters", [each for each in found if each.kind == LETTER]),
                ("Forwarded", [each for each in found if each.kind == WORDING]),
            ],
            "count": len(found),
            "doubtful": sum(each.doubtful for each in found),
            "ticked": ticked,
            "given": given,
            "today": _today(visit),
            "made": int(made) if made.isdecimal() and len(made) < 6 else None,
            "problem": problem,
        },
        422 if problem else 200,
    )


def _today(visit: Visit) -> dt.date:
    return clock.local_day(clock.now_text(), visit.desk.settings.time_zone)
