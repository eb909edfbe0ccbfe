"""From ticked records into a request."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Redirect
from archiver.desk.pages.requests import new_form
from archiver.desk.picks import add_picks, read_picks
from archiver.desk.visits import Visit


def collect(visit: Visit, asked: Asked) -> Answer:
    """Add what was ticked to an open request, or begin a new one with it.

    Raises NotHere where a ticked record is none this person may know of, RuleError where the
    request is closed.
    """
    search = asked.given("search")
    picks = read_picks(visit, asked.all_given("pick"))
    if not picks:
        return Redirect(f"/search?{search}&nothing=1" if search else "/search")
    families = bool(asked.given("families"))
    number = asked.given("to")
    if number == "new":
        return new_form(visit, picks, families=families, search=search)
    report = add_picks(visit, number, picks, families=families, search=search)
    return Redirect(f"/requests/{number}?added={report.added}")
