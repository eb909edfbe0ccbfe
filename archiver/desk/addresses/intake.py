"""How requests come in: the form, the queue, what came with a request; setting up; attesting."""

from __future__ import annotations

from archiver.desk.pages import attesting, new_request, queue, request_intake, setting_up
from archiver.desk.routing import NUMBER, WHOLE, Route, route
from archiver.staff.roles import ATTEST, MANAGE_REQUESTS, TELL_INTAKE, VIEW_REQUESTS, VIEW_SETUP

_PLACE = r"(?P<place>\d{1,15})"

TABLE: tuple[Route, ...] = (
    route("/requests/new", get=(new_request.form, MANAGE_REQUESTS)),
    route("/requests/new/email", post=(new_request.drop_email, MANAGE_REQUESTS)),
    route("/requests/queue", get=(queue.show, TELL_INTAKE)),
    route(rf"/requests/queue/{_PLACE}", post=(queue.decide, TELL_INTAKE)),
    route(rf"/requests/queue/{_PLACE}/take-back", post=(queue.take_back, TELL_INTAKE)),
    route(rf"{NUMBER}/fields", post=(request_intake.set_fields, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/links", post=(request_intake.link, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/links/{_PLACE}/remove", post=(request_intake.unlink, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/numbers", post=(request_intake.add_number, MANAGE_REQUESTS)),
    route(
        rf"{NUMBER}/numbers/{_PLACE}/remove",
        post=(request_intake.remove_number, MANAGE_REQUESTS),
    ),
    route(rf"{NUMBER}/files", post=(request_intake.add_file, MANAGE_REQUESTS)),
    route(rf"{NUMBER}/files/{_PLACE}", get=(request_intake.file, VIEW_REQUESTS)),
    route("/setup", get=(setting_up.show, VIEW_SETUP)),
    route("/attest", get=(attesting.show, ATTEST, WHOLE), post=(attesting.attest, ATTEST, WHOLE)),
)
