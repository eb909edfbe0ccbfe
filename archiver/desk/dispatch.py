"""From a request that passed the gate to a page's answer, and from the answer to bytes."""

from __future__ import annotations

import asyncio
import hmac
import logging
import secrets
import traceback
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from archiver.desk._compat import Response
from archiver.desk.answers import (
    Answer,
    Asked,
    Bytes,
    Data,
    Made,
    NotAllowed,
    NotHere,
    Page,
    Redirect,
    Upload,
)
from archiver.desk.desk import Desk
from archiver.desk.frame import page_html, problem_html
from archiver.desk.routes import ROUTES
from archiver.desk.routing import Route
from archiver.desk.sending import FileResponse, disposition
from archiver.desk.uploads import LARGEST, MOST_FILES, read_multipart
from archiver.desk.visits import NeedsWhole, Visit
from archiver.errors import ArchiverError, BusyError
from archiver.operations.uploading import PIECE

LOG = logging.getLogger("archiver.desk")
FORM_BYTES = 1024 * 1024
FORM_FIELDS = 3_000
PIECE_TYPE = "application/octet-stream"
"""How a piece of a file comes: bytes and no form, with the form's key in a header."""
_NOT_OURS = "this form is from an older page or another site: open the page again and repeat it"
_ENROL_FIRST = "set up your second factor first: the city requires one of your role (/me)"


def datasette_routes(desk: Desk) -> list[tuple[str, Callable[..., Any]]]:
    """The desk's addresses as Datasette wants them."""
    return [(route.pattern.pattern, _view(desk, route)) for route in ROUTES]


def _view(desk: Desk, route: Route) -> Callable[[Any], Awaitable[Any]]:
    async def view(request: Any) -> Any:
        visit: Visit | None = request.scope.get("archiver.visit")
        try:
            asked = await _asked(request)
        except Exception:
            # Anything that escaped from here would be printed with the session's token beside it.
            told = (
                f"That form is too large or cannot be read: at most {MOST_FILES} files and "
                f"{LARGEST >> 20} MB go together. Go back and send fewer at a time."
            )
            return _html(problem_html(desk, visit, 400, told), 400)
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(desk.threads, _answer, desk, route, visit, asked)
        finally:
            for uploads in asked.files.values():
                for upload in uploads:
                    upload.path.unlink(missing_ok=True)

    return view


async def _asked(request: Any) -> Asked:
    method = "GET" if request.method == "HEAD" else request.method
    visit: Visit | None = request.scope.get("archiver.visit")
    form: Mapping[str, list[str]] = {}
    files: Mapping[str, list[Upload]] = {}
    piece = b""
    if method == "POST":
        # who is not signed in has no file to give
        if _is_multipart(request) and visit is not None:
            form, files = await read_multipart(request)
        elif _type_of(request) == PIECE_TYPE and visit is not None:
            piece = await request.post_body(max_bytes=PIECE)
            form = {"form_key": [request.headers.get("x-form-key") or ""]}
        else:
            body = await request.post_body(max_bytes=FORM_BYTES)
            form = _values(body.decode("utf-8", "replace"))
    return Asked(
        method=method,
        path=request.path,
        parts={name: value for name, value in request.url_vars.items() if value is not None},
        query=_values(request.query_string),
        form=form,
        files=files,
        query_string=request.query_string,
        byte_range=request.headers.get("range") or "",
        agent=request.headers.get("user-agent") or "",
        token="" if visit is None else visit.token,
        vouched=request.scope.get("archiver.vouched") or "",
        body=piece,
    )


def _is_multipart(request: Any) -> bool:
    return _type_of(request).startswith("multipart/form-data")


def _type_of(request: Any) -> str:
    return str(request.headers.get("content-type") or "").lower()


def _values(text: str) -> dict[str, list[str]]:
    found = parse_qs(text, keep_blank_values=True, errors="replace", max_num_fields=FORM_FIELDS)
    return {name: [value.replace("\0", "") for value in values] for name, values in found.items()}


def _answer(desk: Desk, route: Route, visit: Visit | None, asked: Asked) -> Any:
    """Run the page; whatever goes wrong becomes one line and never a traceback on a screen."""
    try:
        return _sent(desk, visit, asked, _run(desk, route, visit, asked))
    except NotHere:
        return _html(problem_html(desk, visit, 404), 404)
    except (NotAllowed, NeedsWhole) as refused:
        return _html(problem_html(desk, visit, 403, str(refused)), 403)
    except BusyError as error:
        return _html(problem_html(desk, visit, 503, str(error)), 503)
    except ArchiverError as error:
        return _html(problem_html(desk, visit, 400, str(error)), 400)
    except Exception as error:
        mark = secrets.token_hex(4)
        # The error's own text is left out: it may hold a resident's words or a password.
        places = "".join(traceback.format_tb(error.__traceback__))
        name = type(error).__name__
        LOG.error("problem %s, %s at %s %s\n%s", mark, name, asked.method, asked.path, places)
        told = f"The desk could not do that. IT finds it in the log under {mark}."
        return _html(problem_html(desk, visit, 500, told), 500)


def _run(desk: Desk, route: Route, visit: Visit | None, asked: Asked) -> Answer:
    act = route.acts.get(asked.method)
    if visit is not None and act is not None:
        if act.permission is not None and not visit.may(act.permission):
            raise NotAllowed
        if asked.method == "POST" and not hmac.compare_digest(
            asked.given("form_key").encode(), visit.form_key.encode()
        ):
            raise NotAllowed(_NOT_OURS)
        if visit.must_enrol and not route.early:
            if asked.method == "GET" and not asked.path.endswith(".json"):
                return Redirect("/me/second-factor")
            raise NotAllowed(_ENROL_FIRST)
        if act.whole:
            visit.need_whole()
        return act.handler(visit, asked)
    opened = route.open.get(asked.method)
    if opened is None:
        raise NotHere
    return opened(desk, asked)


def _sent(desk: Desk, visit: Visit | None, asked: Asked, answer: Answer) -> Any:
    if isinstance(answer, Page):
        return _html(page_html(desk, visit, asked, answer), answer.status)
    if isinstance(answer, Redirect):
        headers = {"location": answer.to}
        if answer.cookie is not None:
            headers["set-cookie"] = answer.cookie
        return Response("", status=303, headers=headers)
    if isinstance(answer, Data):
        return Response(answer.text, status=answer.status, content_type=answer.media_type)
    if isinstance(answer, Made):
        header = {"content-disposition": disposition(answer.name, inline=answer.inline)}
        return Response(answer.content, headers=header, content_type=answer.media_type)
    if isinstance(answer, Bytes):
        return FileResponse(answer, asked.byte_range)
    raise TypeError(type(answer))


def _html(text: str, status: int) -> Any:
    return Response(text, status=status, content_type="text/html; charset=utf-8")
