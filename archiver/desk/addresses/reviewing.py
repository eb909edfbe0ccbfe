"""Reviewing: one item after another, many at once, the reviewer's and the attorney's pages."""

from __future__ import annotations

from archiver.desk.pages import (
    assigned,
    attorney,
    bulk,
    everywhere,
    marking,
    review,
    review_steps,
)
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import (
    ANSWER_PRIVILEGED,
    DECIDE,
    MANAGE_REQUESTS,
    REVIEW_ASSIGNED,
    VIEW_PRIVILEGED,
    VIEW_REQUESTS,
)

_ITEM = r"(?P<item>\d{1,15})"
_REVIEW = rf"{NUMBER}/review/{_ITEM}"

TABLE: tuple[Route, ...] = (
    route("/assigned", get=(assigned.listed, REVIEW_ASSIGNED)),
    route(
        rf"/assigned/{_ITEM}",
        get=(assigned.one, REVIEW_ASSIGNED),
        post=(assigned.tell, REVIEW_ASSIGNED),
    ),
    route(
        rf"/assigned/{_ITEM}/media/(?P<position>\d{{1,6}})",
        get=(assigned.picture, REVIEW_ASSIGNED),
    ),
    route("/attorney", get=(attorney.show, VIEW_PRIVILEGED)),
    route("/attorney/answer", post=(attorney.reply, ANSWER_PRIVILEGED)),
    route("/attorney/sign-off", post=(attorney.sign, ANSWER_PRIVILEGED, WHOLE)),
    route(rf"{NUMBER}/review", get=(review.begin, VIEW_REQUESTS)),
    route(_REVIEW, get=(review.show, VIEW_REQUESTS), post=(review.save, DECIDE)),
    route(rf"{_REVIEW}/undo", post=(review.take_back, DECIDE)),
    route(rf"{_REVIEW}/bars", post=(marking.change, DECIDE)),
    route(rf"{_REVIEW}/note", post=(review_steps.note_item, DECIDE)),
    route(rf"{_REVIEW}/instalment", post=(review_steps.move_item, DECIDE)),
    route(rf"{_REVIEW}/confirm", post=(review_steps.confirm_item, DECIDE)),
    route(
        rf"{_REVIEW}/media/(?P<position>\d{{1,6}})",
        get=(review.picture, VIEW_REQUESTS),
    ),
    route(
        rf"{NUMBER}/bulk",
        get=(bulk.look, DECIDE),
        post=(bulk.look, DECIDE),
    ),
    route(rf"{NUMBER}/bulk/decide", post=(bulk.act, DECIDE)),
    route(
        rf"{NUMBER}/everywhere",
        get=(everywhere.look, DECIDE),
        post=(everywhere.act, DECIDE),
    ),
    route(rf"{NUMBER}/instalments", post=(review_steps.plan_instalment, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/assign", post=(review_steps.assign_items, MANAGE_REQUESTS)),
)
