"""From ticked records, or all that a search finds, into a request."""

from __future__ import annotations

from archiver.desk.answers import Answer, Asked, Page, Redirect
from archiver.desk.pages.collecting import read_how
from archiver.desk.pages.new_request import new_form
from archiver.desk.pages.requests import find_request
from archiver.desk.picks import Key, all_found, all_keys, log_address, read_picks
from archiver.desk.searching import Wanted, read_address
from archiver.desk.visits import Visit
from archiver.requests.book import Request
from archiver.requests.collecting.adding import How, add_records, preview
from archiver.requests.collecting.families import ALONG_WORDS, Along


def collect(visit: Visit, asked: Asked) -> Answer:
    """Add what was ticked, or all a search finds, to an open request, or begin one with it; count
    first where that was asked.

    Raises NotHere where there is no such request or a ticked record is none this person may know
    of, RuleError where the request is closed.
    """
    wanted = read_address(asked.given("search"))
    search = "" if wanted.empty else wanted.address()
    everything = bool(asked.given("all")) and bool(search)
    if not everything and not asked.all_given("pick"):
        return Redirect(f"/search?{wanted.address(nothing=1)}")
    if asked.given("to") == "new":
        picks = (
            all_found(visit, wanted) if everything else read_picks(visit, asked.all_given("pick"))
        )
        families = _how(asked).along is Along.THREAD
        return new_form(visit, picks, families=families, search=search)
    request = find_request(visit, asked.given("to"))
    keys = (
        all_keys(visit, wanted)
        if everything
        else [pick.key for pick in read_picks(visit, asked.all_given("pick"))]
    )
    if asked.given("act") == "count":
        return _count(visit, asked, request, keys, wanted, everything=everything)
    with visit.evidence() as files, visit.office() as office:
        logged = log_address(visit, files, office, request.number, search) if search else None
        report = add_records(
            office,
            files,
            request.number,
            keys,
            _how(asked),
            actor=visit.person.login,
            search_id=logged,
        )
    return Redirect(f"/requests/{request.number}?added={report.added}")


def _count(
    visit: Visit,
    asked: Asked,
    request: Request,
    keys: list[Key],
    wanted: Wanted,
    *,
    everything: bool,
) -> Page:
    how = _how(asked)
    with visit.evidence() as files, visit.office() as office:
        counted = preview(office, files, request.number, keys, how)
    return Page(
        "collect_count.html",
        {
            "request": request,
            "picked": len(keys),
            "picks": [] if everything else [f"{file}:{number}" for file, number in keys],
            "everything": everything,
            "search": wanted.address(),
            "how": how,
            "along_words": ALONG_WORDS,
            "counted": counted,
        },
    )


def _how(asked: Asked) -> How:
    """What comes along: chosen from the list, or by the tick of the form for a new request."""
    return read_how(asked.form, Along.THREAD if asked.given("families") else Along.NOTHING)
