"""Asking custodians and what they hand in: the clerk's side, and the custodian's own tasks."""

from __future__ import annotations

from archiver.desk.pages import custodians, tasks
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import ANSWER_ASKS, MANAGE_HOLDS, MANAGE_REQUESTS, VIEW_REQUESTS

_ASK = rf"{NUMBER}/custodians/(?P<ask>\d{{1,15}})"
_TASK = r"/tasks/(?P<ask>\d{1,15})"
_ANSWER = r"(?P<answer>\d{1,15})"
_HOLD = r"/retention/holds/(?P<hold>\d{1,15})"
_HOLD_ASK = rf"{_HOLD}/custodians/(?P<ask>\d{{1,15}})"

TABLE: tuple[Route, ...] = (
    route(rf"{NUMBER}/custodians", post=(custodians.ask, MANAGE_REQUESTS)),
    route(_ASK, get=(custodians.show, VIEW_REQUESTS), post=(custodians.act, MANAGE_REQUESTS)),
    route(rf"{_ASK}/answer", post=(custodians.enter_answer, MANAGE_REQUESTS)),
    route(rf"{_ASK}/ask\.(?P<form>pdf|eml)", get=(custodians.message, MANAGE_REQUESTS)),
    route(
        rf"{_ASK}/declarations/{_ANSWER}\.pdf",
        get=(custodians.declaration, MANAGE_REQUESTS),
    ),
    route(rf"{NUMBER}/department-files", post=(custodians.review_files, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/take-in", post=(custodians.take_in, MANAGE_REQUESTS)),
    route(rf"{_HOLD}/custodians", post=(custodians.ask_about_hold, MANAGE_HOLDS, WHOLE)),
    route(rf"{_HOLD}/take-in", post=(custodians.take_in_for_hold, MANAGE_HOLDS, WHOLE)),
    route(
        _HOLD_ASK,
        get=(custodians.show, MANAGE_HOLDS, WHOLE),
        post=(custodians.act, MANAGE_HOLDS, WHOLE),
    ),
    route(rf"{_HOLD_ASK}/answer", post=(custodians.enter_answer, MANAGE_HOLDS, WHOLE)),
    route(rf"{_HOLD_ASK}/ask\.(?P<form>pdf|eml)", get=(custodians.message, MANAGE_HOLDS, WHOLE)),
    route(
        rf"{_HOLD_ASK}/declarations/{_ANSWER}\.pdf",
        get=(custodians.declaration, MANAGE_HOLDS, WHOLE),
    ),
    route("/tasks", get=(tasks.listed, ANSWER_ASKS)),
    route(_TASK, get=(tasks.one, ANSWER_ASKS), post=(tasks.tell, ANSWER_ASKS)),
    route(
        rf"{_TASK}/declarations/{_ANSWER}\.pdf",
        get=(tasks.declaration, ANSWER_ASKS),
    ),
)
