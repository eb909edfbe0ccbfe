"""What officials forward, and what they ask before they delete."""

from __future__ import annotations

from archiver.desk.pages import consults, forwards
from archiver.desk.routing import Route, route
from archiver.staff.roles import CONSULT, FORWARD

_FORWARD = r"/forwards/(?P<forward>\d{1,15})"
_CONSULT = r"/consults/(?P<consult>\d{1,15})"

TABLE: tuple[Route, ...] = (
    route("/forwards", get=(forwards.listed, FORWARD), post=(forwards.hand_in, FORWARD)),
    route("/forwards/new", get=(forwards.form, FORWARD)),
    route(_FORWARD, get=(forwards.one, FORWARD), post=(forwards.act, FORWARD)),
    route(
        rf"{_FORWARD}/statements/(?P<statement>\d{{1,15}})\.pdf",
        get=(forwards.statement, FORWARD),
    ),
    route(
        rf"{_FORWARD}/acknowledgement\.(?P<form>pdf|eml)",
        get=(forwards.acknowledged, FORWARD),
    ),
    route("/consults", get=(consults.listed, CONSULT), post=(consults.ask, FORWARD)),
    route("/consults/new", get=(consults.form, FORWARD)),
    route(_CONSULT, get=(consults.one, CONSULT), post=(consults.act, CONSULT)),
)
