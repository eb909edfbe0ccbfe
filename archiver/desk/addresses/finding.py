"""What a request's words hold: repeats, personal data, names of minors."""

from __future__ import annotations

from archiver.desk.pages import minors, personal, similar
from archiver.desk.routing import NUMBER, Route, route
from archiver.staff.roles import DECIDE, VIEW_REQUESTS

TABLE: tuple[Route, ...] = (
    route(rf"{NUMBER}/similar", get=(similar.show, VIEW_REQUESTS), post=(similar.mark, DECIDE)),
    route(
        rf"{NUMBER}/personal",
        get=(personal.show, VIEW_REQUESTS),
        post=(personal.reject, DECIDE),
    ),
    route(rf"{NUMBER}/minors", get=(minors.show, DECIDE), post=(minors.add, DECIDE)),
    route(rf"{NUMBER}/minors/(?P<minor>\d{{1,15}})/remove", post=(minors.remove, DECIDE)),
)
