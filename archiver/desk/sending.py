"""Sending files: streamed, in parts where a player asks for parts, and never as a web page."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO
from urllib.parse import quote

from archiver.desk.answers import Bytes

_CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})\Z")
Send = Callable[[dict[str, Any]], Awaitable[None]]


class FileResponse:
    """A file as an answer; Datasette calls `asgi_send`."""

    def __init__(self, answer: Bytes, byte_range: str) -> None:
        self._answer = answer
        self._range = byte_range
        self._set_cookie_headers: list[str] = []

    async def asgi_send(self, send: Send) -> None:
        """Send the whole file, the part asked for, or 416 where there is no such part."""
        try:
            file = self._answer.path.open("rb")
        except OSError:
            await _start(send, 404, [])
            await send({"type": "http.response.body", "body": b""})
            return
        with file:
            await self._send(send, file, os.fstat(file.fileno()).st_size)

    async def _send(self, send: Send, file: BinaryIO, size: int) -> None:
        wanted = _span(self._range, size)
        if wanted is None:
            await _start(send, 416, [("content-range", f"bytes */{size}")])
            await send({"type": "http.response.body", "body": b""})
            return
        first, last, status = wanted
        headers = [
            ("content-type", self._answer.media_type),
            ("content-length", str(last - first + 1)),
            ("content-disposition", disposition(self._answer.name, inline=self._answer.inline)),
            ("accept-ranges", "bytes"),
        ]
        if status == 206:
            headers.append(("content-range", f"bytes {first}-{last}/{size}"))
        await _start(send, status, headers)
        await _stream(send, file, first, last - first + 1)


async def _start(send: Send, status: int, headers: list[tuple[str, str]]) -> None:
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _stream(send: Send, file: BinaryIO, first: int, left: int) -> None:
    file.seek(first)
    while left > 0:
        piece = await asyncio.to_thread(file.read, min(_CHUNK, left))
        if not piece:
            break
        left -= len(piece)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _span(asked: str, size: int) -> tuple[int, int, int] | None:
    """First byte, last byte and status for a Range header (RFC 9110 §14.2); None: no such part."""
    match = _RANGE.match(asked.strip())
    if match is None or size == 0 or match.group(1) == match.group(2) == "":
        return 0, size - 1, 200
    if match.group(1) == "":
        length = int(match.group(2))
        return None if length == 0 else (max(0, size - length), size - 1, 206)
    first = int(match.group(1))
    last = min(int(match.group(2) or size - 1), size - 1)
    return None if first >= size or last < first else (first, last, 206)


def disposition(name: str, *, inline: bool) -> str:
    """The header that shows a file in the browser, or saves it under its name."""
    kind = "inline" if inline else "attachment"
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._") or "file"
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
