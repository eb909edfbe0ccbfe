"""The searches saved to a request, what they froze, its lists, and taking an addition back."""

from __future__ import annotations

from archiver.desk.pages import collecting, lists
from archiver.desk.routing import NUMBER, Route, route
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS, VIEW_REQUESTS

_FROZEN = rf"{NUMBER}/frozen/(?P<run>\d{{1,15}})"

TABLE: tuple[Route, ...] = (
    route(rf"{NUMBER}/searches", post=(collecting.save, MANAGE_REQUESTS)),
    route(
        rf"{NUMBER}/searches/(?P<search>\d{{1,15}})/freeze",
        post=(collecting.freeze, MANAGE_REQUESTS),
    ),
    route(_FROZEN, get=(collecting.show, VIEW_REQUESTS)),
    route(rf"{_FROZEN}\.csv", get=(collecting.rows_csv, VIEW_REQUESTS)),
    route(rf"{_FROZEN}/collect", post=(collecting.collect, MANAGE_REQUESTS)),
    route(
        rf"{NUMBER}/lists",
        get=(lists.show, VIEW_REQUESTS),
        post=(lists.collect, MANAGE_REQUESTS),
    ),
    route(
        rf"{NUMBER}/lists/(?P<list>\d{{1,15}})",
        get=(lists.one, VIEW_REQUESTS),
        post=(lists.work, DECIDE),
    ),
    route(rf"{NUMBER}/undo-addition", post=(collecting.undo, MANAGE_REQUESTS)),
)
