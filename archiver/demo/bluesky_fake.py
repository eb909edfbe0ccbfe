"""A make-believe Bluesky server on loopback, for the demonstration and for tests.

It answers the XRPC calls an archive makes, in the official shapes, from a `World`. It never
listens beyond this machine and changes nothing by itself.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec

from archiver.demo.bluesky_calls import OPEN, READS
from archiver.demo.bluesky_service import Manners, Query, Refused, Service, one
from archiver.demo.bluesky_world import World

_JSON = "application/json; charset=utf-8"


class _Handler(BaseHTTPRequestHandler):
    """HTTP around the service."""

    protocol_version = "HTTP/1.1"
    server_version = "make-believe"
    # Headers and body leave in one piece: two small ones would each wait for the other side.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    service: Service

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: the demonstration has its own progress."""

    def do_GET(self) -> None:
        """Answer a read."""
        self._answer(self._read)

    def do_POST(self) -> None:
        """Answer a sign-in."""
        self._answer(self._procedure)

    def _answer(self, work: Callable[[str, Query], tuple[str, bytes]]) -> None:
        parts = urlsplit(self.path)
        method = parts.path.removeprefix("/xrpc/")
        limits = self.service.count(method)
        over = limits.pop("over")
        try:
            if over:
                raise Refused(429, "RateLimitExceeded", "Rate Limit Exceeded")
            if method in self.service.manners.failing:
                status = self.service.manners.failing[method]
                raise Refused(status, "UpstreamFailure", "Upstream server is not reachable")
            media_type, content = work(method, parse_qs(parts.query, keep_blank_values=True))
            status = 200
        except Refused as refused:
            status, media_type = refused.status, _JSON
            told = {"error": refused.name, "message": refused.message}
            content = msgspec.json.encode(told)
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        for name, value in limits.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _read(self, method: str, query: Query) -> tuple[str, bytes]:
        if method == "com.atproto.sync.getBlob":
            self.service.repo(query, "did")
            blob = self.service.world.blobs.get(one(query, "cid"))
            if blob is None:
                raise Refused(400, "InvalidRequest", "Blob not found")
            return blob.media_type, blob.content
        reader = READS.get(method)
        if reader is None:
            raise Refused(501, "MethodNotImplemented", "Method Not Implemented")
        told = self.headers.get("Authorization", "")
        viewer = self.service.session(told) if told or method not in OPEN else ""
        answer = reader(self.service, query, viewer)
        return _JSON, msgspec.json.encode(answer)

    def _procedure(self, method: str, query: Query) -> tuple[str, bytes]:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if method == "com.atproto.server.createSession":
            try:
                asked = msgspec.json.decode(body)
            except msgspec.DecodeError:
                raise Refused(400, "InvalidRequest", "Input is not JSON") from None
            answer = self.service.create_session(asked)
        elif method == "com.atproto.server.refreshSession":
            answer = self.service.refresh_session(self.headers.get("Authorization", ""))
        else:
            raise Refused(501, "MethodNotImplemented", "Method Not Implemented")
        return _JSON, msgspec.json.encode(answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A second demonstration may follow at once on the same port.
    allow_reuse_address = True


@contextmanager
def running_fake(
    world: World, passwords: Mapping[str, str], *, manners: Manners | None = None
) -> Iterator[str]:
    """Serve the world on 127.0.0.1 while the block runs; gives the base address.

    `passwords` are by DID. It listens on `world.port` where that is free, so that an address in
    the register stays right, and else on another; no port (0) is taken for good the first time.
    """
    service = Service(world, passwords, manners or Manners())
    handler = type("Handler", (_Handler,), {"service": service})
    try:
        server = _Server(("127.0.0.1", world.port), handler)
    except OSError:
        server = _Server(("127.0.0.1", 0), handler)
    port = server.server_address[1]
    world.port = world.port or port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.daemon = True
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
