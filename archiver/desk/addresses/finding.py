"""What a request's words hold: records that say the same, names of minors."""

from __future__ import annotations

from archiver.desk.pages import minors, similar
from archiver.desk.routing import NUMBER, Route, route
from archiver.staff.roles import DECIDE, VIEW_REQUESTS

TABLE: tuple[Route, ...] = (
    route(rf"{NUMBER}/similar", get=(similar.show, VIEW_REQUESTS), post=(similar.mark, DECIDE)),
    route(rf"{NUMBER}/minors", get=(minors.show, DECIDE), post=(minors.add, DECIDE)),
    route(rf"{NUMBER}/minors/(?P<minor>\d{{1,15}})/remove", post=(minors.remove, DECIDE)),
)
