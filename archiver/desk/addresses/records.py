"""What is in the archive: today, search, records, pictures, coverage, quarantine."""

from __future__ import annotations

from archiver.desk.pages import coverage, media, pairs, quarantine, record, search, today
from archiver.desk.routing import RECORD, Route, route
from archiver.staff.roles import PAIR_RECORDS, QUARANTINE, SEARCH, VIEW_QUARANTINE, VIEW_STATUS

TABLE: tuple[Route, ...] = (
    route("/", get=(today.show, None)),
    route("/search", get=(search.show, SEARCH)),
    route(r"/search\.json", get=(search.as_json, SEARCH)),
    route(rf"/record/{RECORD}", get=(record.show, SEARCH)),
    route(rf"/media/{RECORD}/(?P<position>\d{{1,6}})", get=(media.show, SEARCH)),
    route(rf"/record/{RECORD}/quarantine", post=(quarantine.place, QUARANTINE)),
    route("/quarantine", get=(quarantine.listed, VIEW_QUARANTINE)),
    route("/quarantine/placed", get=(quarantine.placed, QUARANTINE)),
    route(rf"/quarantine/{RECORD}", get=(quarantine.one, VIEW_QUARANTINE)),
    route(rf"/quarantine/{RECORD}/lift", post=(quarantine.let_out, VIEW_QUARANTINE)),
    route(
        rf"/quarantine/{RECORD}/pictures/(?P<position>\d{{1,6}})",
        get=(quarantine.picture, VIEW_QUARANTINE),
    ),
    route("/coverage", get=(coverage.show, VIEW_STATUS)),
    route("/pairs", get=(pairs.show, PAIR_RECORDS), post=(pairs.decide, PAIR_RECORDS)),
    route("/pairs/alike", post=(pairs.decide_alike, PAIR_RECORDS)),
    route(r"/pairs/job/(?P<job>\d{1,15})\.json", get=(pairs.deciding, PAIR_RECORDS)),
    route(r"/pairs/run/(?P<run>\d{1,15})", get=(pairs.reconciled, PAIR_RECORDS)),
)
