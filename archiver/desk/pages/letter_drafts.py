"""The draft of a letter on the server: kept while it is typed, thrown away."""

from __future__ import annotations

import json

from archiver import clock
from archiver.desk.answers import Answer, Asked, Data, Redirect
from archiver.desk.numbers import whole
from archiver.desk.pages.letter_form import typed
from archiver.desk.pages.letters import keep_typed, require_whole
from archiver.desk.pages.requests import find_request
from archiver.desk.visits import Visit
from archiver.errors import BusyError
from archiver.requests.letters.drafts import Draft
from archiver.requests.letters.keeping import discard_draft
from archiver.requests.letters.kinds import kinds


def keep(visit: Visit, asked: Asked) -> Answer:
    """Keep what was typed so far, as a script asks now and then."""
    request = find_request(visit, asked.parts["number"])
    draft = typed(asked)
    try:
        kept = keep_typed(visit, asked, request, draft)
    except BusyError as wrong:
        return Data(json.dumps({"problem": str(wrong)}), 409)
    shown = clock.shown(kept.at, visit.desk.settings.time_zone)
    return Data(json.dumps({"kept": kept.id, "told": f"Kept as a draft, {shown}"}))


def discard(visit: Visit, asked: Asked) -> Answer:
    """Throw the draft away and begin anew."""
    request = find_request(visit, asked.parts["number"])
    kind, seen = kinds().find(asked.given("kind")), whole(asked.given("draft_seen")) or 0
    with visit.office() as office:
        require_whole(visit, office, request, Draft(kind.code))
        discard_draft(office, request.number, kind.code, actor=visit.person.login, seen=seen)
    return Redirect(f"/requests/{request.number}/letters/new?kind={kind.code}")
