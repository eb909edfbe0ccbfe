"""From ticked records into a request."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Redirect
from archiver.desk.pages.new_request import new_form
from archiver.desk.pages.requests import find_request
from archiver.desk.picks import add_picks, all_found, read_picks
from archiver.desk.searching import read_address
from archiver.desk.visits import Visit


def collect(visit: Visit, asked: Asked) -> Answer:
    """Add what was ticked, or all a search finds, to an open request, or begin one with it.

    Raises NotHere where there is no such request or a ticked record is none this person may know
    of, RuleError where the request is closed.
    """
    wanted = read_address(asked.given("search"))
    search = "" if wanted.empty else wanted.address()
    everything = bool(asked.given("all")) and bool(search)
    picks = all_found(visit, wanted) if everything else read_picks(visit, asked.all_given("pick"))
    if not picks:
        return Redirect(f"/search?{wanted.address(nothing=1)}")
    families = bool(asked.given("families"))
    number = asked.given("to")
    if number == "new":
        return new_form(visit, picks, families=families, search=search)
    request = find_request(visit, number)
    report = add_picks(visit, request.number, picks, families=families, search=search)
    return Redirect(f"/requests/{request.number}?added={report.added}")
