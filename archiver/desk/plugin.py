"""The Datasette plugin behind the desk.

An entry point is loaded into every Datasette of the environment, so everything here does nothing in
a Datasette that `archiver serve` did not build, and loads nothing of the desk there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pluggy

hookimpl = pluggy.HookimplMarker("datasette")


def _desk(datasette: Any) -> Any:
    return getattr(datasette, "archiver_desk", None)


@hookimpl
def register_routes(datasette: Any) -> list[tuple[str, Callable[..., Any]]]:
    """The desk's own addresses. They come before Datasette's, so that ``/`` is the desk."""
    desk = _desk(datasette)
    if desk is None:
        return []
    from archiver.desk.dispatch import datasette_routes

    return datasette_routes(desk)


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """Put the gate in front: nothing but the desk's own addresses answers."""
    desk = _desk(datasette)
    if desk is None:
        return lambda app: app
    from archiver.desk.gate import Gate

    return lambda app: Gate(app, desk)


@hookimpl
def actor_from_request(datasette: Any, request: Any) -> dict[str, Any] | None:
    """The signed-in member of staff, for whatever in Datasette asks who is there."""
    visit = request.scope.get("archiver.visit") if _desk(datasette) is not None else None
    if visit is None:
        return None
    return {"id": visit.person.login, "roles": list(visit.person.roles)}


@hookimpl
def prepare_connection(conn: Any, database: str, datasette: Any) -> None:
    """A second lock on the evidence files: even an open connection cannot write."""
    if _desk(datasette) is not None:
        conn.execute("PRAGMA query_only = ON")
