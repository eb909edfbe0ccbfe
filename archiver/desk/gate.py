"""The gate in front of Datasette: nothing answers but the desk's own addresses.

Stock Datasette (database and table pages, its JSON, its settings) stays unreachable for everybody,
whatever its own permissions say. People who are not signed in reach the sign-in page and the
stylesheet, and learn from the answer neither which addresses nor which records exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote, urlsplit

from archiver.desk.desk import Desk
from archiver.desk.frame import problem_html
from archiver.desk.routes import STATIC, find
from archiver.desk.routing import Route
from archiver.desk.visits import Visit, identify

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_HEADERS: Mapping[bytes, bytes] = {
    b"content-security-policy": CONTENT_SECURITY_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
    b"x-robots-tag": b"noindex, nofollow",
}
_TLS_HEADER = (b"strict-transport-security", b"max-age=31536000")


class Gate:
    """ASGI middleware around the whole of Datasette."""

    def __init__(self, app: App, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it here."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        path = _path(scope)
        static = STATIC.match(path) is not None
        guarded = self._guarded(send, static=static)
        headers = {name.lower(): value for name, value in scope.get("headers") or []}
        host = headers.get(b"host", b"").decode("latin-1")
        if self._desk.hosts is not None and _host_name(host) not in self._desk.hosts:
            await _text(guarded, 421, "this desk is not reached by that name")
            return
        if static and scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, guarded)
            return
        vouched = ""
        if self._desk.sign_on is not None:
            vouched, scope = self._desk.sign_on.read(scope)
        visit = await self._visit(headers.get(b"cookie", b"").decode("latin-1"), vouched)
        found = find(path)
        refusal = self._refusal(scope, headers, host, visit, found[0] if found else None)
        if refusal is not None:
            await self._refuse(scope, guarded, visit, path, refusal)
            return
        known = {"archiver.visit": visit, "archiver.vouched": vouched, "actor": None}
        await self._app({**scope, **known}, receive, guarded)

    async def _visit(self, cookie: str, vouched: str) -> Visit | None:
        if not cookie:
            return None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._desk.threads, identify, self._desk, cookie, vouched)

    def _refusal(
        self,
        scope: Scope,
        headers: Mapping[bytes, bytes],
        host: str,
        visit: Visit | None,
        route: Route | None,
    ) -> int | None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        if method not in ("GET", "HEAD", "OPTIONS") and not _same_site(headers, host):
            return 403
        if visit is None:
            return None if route is not None and method in route.open else 401
        if route is None:
            return 404
        return None if method in route.acts or method in route.open else 405

    async def _refuse(
        self, scope: Scope, send: Send, visit: Visit | None, path: str, status: int
    ) -> None:
        if status == 401:
            program = path.endswith(".json") or scope["method"] not in ("GET", "HEAD")
            if program:
                await _text(send, 403, "sign in first")
                return
            query = (scope.get("query_string") or b"").decode("latin-1")
            wanted = path + (f"?{query}" if query else "")
            target = "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='')}"
            await _send(send, 302, b"", [(b"location", target.encode("latin-1"))])
            return
        loop = asyncio.get_running_loop()
        text = await loop.run_in_executor(
            self._desk.threads, problem_html, self._desk, visit, status
        )
        kind = [(b"content-type", b"text/html; charset=utf-8")]
        await _send(send, status, text.encode(), kind)

    def _guarded(self, send: Send, *, static: bool) -> Send:
        """Put the protecting headers on whatever goes out."""

        async def guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (name, value)
                    for name, value in message.get("headers", [])
                    if static or name.lower() not in (b"cache-control", b"vary")
                ]
                headers += _HEADERS.items()
                if not static:
                    headers.append((b"cache-control", b"no-store"))
                if self._desk.secure:
                    headers.append(_TLS_HEADER)
                message = {**message, "headers": headers}
            await send(message)

        return guarded


def _path(scope: Scope) -> str:
    raw = scope.get("raw_path")
    path = raw.decode("ascii", "replace") if raw else str(scope["path"])
    return path.partition("?")[0]


def _host_name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _same_site(headers: Mapping[bytes, bytes], host: str) -> bool:
    """Whether a writing request comes from the desk's own pages, as far as the browser says."""
    fetched_from = headers.get(b"sec-fetch-site")
    if fetched_from is not None:
        return fetched_from in (b"same-origin", b"none")
    origin = headers.get(b"origin")
    if origin is None:
        return True  # no browser of today; the form's own key still has to fit
    try:
        return urlsplit(origin.decode("latin-1")).netloc.lower() == host.lower()
    except ValueError:
        return False


async def _text(send: Send, status: int, text: str) -> None:
    await _send(send, status, text.encode(), [(b"content-type", b"text/plain; charset=utf-8")])


async def _send(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
