"""A network that misbehaves between us and a real server."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

import httpx

Fault = Callable[[httpx.Request, int], httpx.Response | None]


class Interfering(httpx.BaseTransport):
    """Hands requests on to the real server, except where `fault` answers or raises instead. It is
    told how many requests matching `matching` came before this one."""

    def __init__(self, matching: str, fault: Fault) -> None:
        self._inner = httpx.HTTPTransport()
        self._matching = matching
        self._fault = fault
        self.met = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self._matching in str(request.url):
            self.met += 1
            answer = self._fault(request, self.met - 1)
            if answer is not None:
                return answer
        return self._inner.handle_request(request)

    def close(self) -> None:
        self._inner.close()


def breaking_off(at: int) -> Fault:
    """The connection breaks at that request and ever after."""

    def fault(request: httpx.Request, before: int) -> httpx.Response | None:
        if before >= at:
            raise httpx.ReadTimeout("injected", request=request)
        return None

    return fault


def answering(
    at: int,
    status: int,
    body: object = None,
    *,
    headers: Mapping[str, str] | None = None,
    times: int = 1,
) -> Fault:
    """The server answers that at those requests: bytes as they are, anything else as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def fault(request: httpx.Request, before: int) -> httpx.Response | None:
        if at <= before < at + times:
            stream = httpx.ByteStream(content)
            return httpx.Response(status, headers=dict(headers or {}), stream=stream)
        return None

    return fault
