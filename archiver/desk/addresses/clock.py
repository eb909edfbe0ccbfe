"""The requests' time: the board, the measures, the calendar, and what moves a request's dates."""

from __future__ import annotations

from archiver.desk.pages import board, measures, request_time
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import MANAGE_REQUESTS, VIEW_REQUESTS

TABLE: tuple[Route, ...] = (
    route(r"/requests/calendar\.ics", get=(board.calendar, VIEW_REQUESTS)),
    route(r"/requests/measures", get=(measures.show, VIEW_REQUESTS, WHOLE)),
    route(r"/requests/measures\.csv", get=(measures.rows, VIEW_REQUESTS, WHOLE)),
    route(r"/requests/report", get=(measures.report, VIEW_REQUESTS, WHOLE)),
    route(rf"{NUMBER}/extend", post=(request_time.extend, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/estimate", post=(request_time.estimate, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/clarify", post=(request_time.clarify, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/determined", post=(request_time.determined, MANAGE_REQUESTS, WHOLE)),
    route(rf"{NUMBER}/take-back", post=(request_time.take_back_step, MANAGE_REQUESTS, WHOLE)),
    route(rf"{NUMBER}/time", post=(request_time.spend, MANAGE_REQUESTS)),
)
