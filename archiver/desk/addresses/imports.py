"""Importing a platform's data download: sending it, looking at it, confirming, the report."""

from __future__ import annotations

from archiver.desk.pages import import_files, imports
from archiver.desk.routing import WHOLE, Route, route
from archiver.staff.roles import IMPORT, WITHDRAW_IMPORTS

_IMPORT = r"/import/(?P<import>\d{1,15})"

TABLE: tuple[Route, ...] = (
    route("/import", get=(imports.listed, IMPORT), post=(import_files.send_whole, IMPORT)),
    route("/import/begin", post=(import_files.begin, IMPORT)),
    route(_IMPORT, get=(imports.one, IMPORT)),
    route(rf"{_IMPORT}/job\.json", get=(imports.progress, IMPORT)),
    route(rf"{_IMPORT}/files/(?P<place>\d{{1,15}})", post=(import_files.piece, IMPORT)),
    route(rf"{_IMPORT}/files/(?P<place>\d{{1,15}})/leave", post=(import_files.leave, IMPORT)),
    route(rf"{_IMPORT}/look", post=(imports.look, IMPORT)),
    route(rf"{_IMPORT}/confirm", post=(imports.confirm, IMPORT)),
    route(rf"{_IMPORT}/again", post=(imports.again, IMPORT)),
    route(rf"{_IMPORT}/remove", post=(imports.remove, IMPORT)),
    route(rf"{_IMPORT}/withdraw", post=(imports.withdraw, WITHDRAW_IMPORTS, WHOLE)),
    route(rf"{_IMPORT}/report\.(?P<shape>csv|json)", get=(imports.report, IMPORT)),
)
