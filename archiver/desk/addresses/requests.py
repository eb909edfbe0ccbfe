"""The requests: the list, one request, its review and its productions."""

from __future__ import annotations

from archiver.desk.pages import board, collect, new_request, previewing, producing, request
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import DECIDE, MANAGE_REQUESTS, PRODUCE, VIEW_REQUESTS

TABLE: tuple[Route, ...] = (
    route("/collect", post=(collect.collect, MANAGE_REQUESTS)),
    route(
        "/requests",
        get=(board.show, VIEW_REQUESTS),
        post=(new_request.create, MANAGE_REQUESTS),
    ),
    route(NUMBER, get=(request.show, VIEW_REQUESTS)),
    route(rf"{NUMBER}/scope", post=(request.rescope, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/close", post=(request.close, MANAGE_REQUESTS, WHOLE)),
    route(rf"{NUMBER}/decide", post=(request.decide_items, DECIDE)),
    route(rf"{NUMBER}/produce", post=(producing.produce, PRODUCE, WHOLE)),
    route(rf"{NUMBER}/job\.json", get=(producing.progress, VIEW_REQUESTS, WHOLE)),
    route(
        rf"{NUMBER}/preview",
        get=(previewing.show, VIEW_REQUESTS, WHOLE),
        post=(previewing.make, PRODUCE, WHOLE),
    ),
    route(rf"{NUMBER}/preview/job\.json", get=(previewing.progress, VIEW_REQUESTS, WHOLE)),
    route(
        rf"{NUMBER}/preview/(?P<volume>VOL\d{{3,6}})/page-(?P<page>\d{{1,5}})\.png",
        get=(previewing.page, VIEW_REQUESTS, WHOLE),
    ),
    route(
        rf"{NUMBER}/preview/(?P<volume>VOL\d{{3,6}})/packet\.pdf",
        get=(previewing.packet, VIEW_REQUESTS, WHOLE),
    ),
    route(
        rf"{NUMBER}/productions/(?P<beside>VOL\d{{3,6}}\.(zip|proof\.json))",
        get=(producing.beside, VIEW_REQUESTS, WHOLE),
    ),
    route(
        rf"{NUMBER}/productions/(?P<volume>VOL\d{{3,6}})/(?P<path>[!-~]{{1,400}})",
        get=(producing.file, VIEW_REQUESTS, WHOLE),
    ),
)
