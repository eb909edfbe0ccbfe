"""The releases of a request: what went out, its links, and taking it back."""

from __future__ import annotations

from archiver.desk.pages import releases
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import PRODUCE, VIEW_REQUESTS

_RELEASES = rf"{NUMBER}/releases"
_RELEASE = rf"{_RELEASES}/(?P<release>\d{{1,9}})"

TABLE: tuple[Route, ...] = (
    route(
        _RELEASES,
        get=(releases.show, VIEW_REQUESTS, WHOLE),
        post=(releases.make, PRODUCE, WHOLE),
    ),
    route(rf"{_RELEASE}/link", post=(releases.link, PRODUCE, WHOLE)),
    route(rf"{_RELEASE}/hand-over", post=(releases.hand_over, PRODUCE, WHOLE)),
    route(rf"{_RELEASE}/withdraw", post=(releases.take_back, PRODUCE, WHOLE)),
    route(rf"{_RELEASE}/supersede", post=(releases.replace, PRODUCE, WHOLE)),
    route(rf"{_RELEASE}/links/(?P<link>\d{{1,9}})/end", post=(releases.end, PRODUCE, WHOLE)),
    route(
        rf"{_RELEASE}/files/(?P<packed>VOL\d{{3,6}}\.(?:zip|proof\.json))",
        get=(releases.file, VIEW_REQUESTS, WHOLE),
    ),
)
