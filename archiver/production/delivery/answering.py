"""What one link answers: its page, a download that may be resumed, or that there is nothing here.

A mail program that looks at links before people do fetches the page and uses up nothing: a download
begins with the page's button, which gives a ticket for one file. The ticket's address may be asked
for again, in parts, for a day.
"""

from __future__ import annotations

import asyncio
import hmac
import os
import re
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from archiver.production.delivery import fetches, pages
from archiver.production.delivery.braking import Brake
from archiver.production.delivery.fetches import Fetch, FetchLog
from archiver.production.delivery.links import OPEN, STATION, WITHDRAWN, Clock, Link, Offered
from archiver.production.delivery.spans import Span, span_of

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

_PATH = re.compile(
    r"/d/(?P<id>[a-z2-7]{16})/(?P<token>[A-Za-z0-9_-]{43})(?:"
    r"|/(?P<get>get)|/view/(?P<view>[A-Za-z0-9._-]{1,120})"
    r"|/(?P<n>\d{1,6})-(?P<until>\d{1,12})-(?P<mac>[A-Za-z0-9_-]{43})/(?P<name>[A-Za-z0-9._-]{1,120})"
    r")\Z",
    re.ASCII,
)
_TYPES = {".pdf": b"application/pdf", ".zip": b"application/zip", ".json": b"application/json"}
_TICKET_SECONDS = 24 * 3600
_TIMES_OVER = 5
"""So often the bytes of a file are sent for one ticket, resumed parts counted."""
_FORM_BYTES = 4096
_CHUNK = 256 * 1024
_WRONG_PASSPHRASES, _HOUR = 10, 3600


class Answering:
    """The program of one link (ASGI). `folder` is an open descriptor of its folder."""

    def __init__(self, link: Link, folder: int, log: FetchLog, clock: Clock) -> None:
        self._link, self._folder, self._log, self._clock = link, folder, log, clock
        self._brake = Brake()
        self._sent: dict[tuple[str, int], int] = {}
        self._hashing = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        method = scope["method"]
        found = _PATH.match((scope.get("raw_path") or b"").decode("latin-1"))
        if found is None or not await self._is_for_us(found):
            await _nothing(send, head=method == "HEAD")
            return
        try:
            await self._answer(found, method, scope, receive, send)
        except OSError:
            # what cannot be written down is not handed out
            await _text(send, 503, "This cannot be answered at the moment. Try again later.\n")

    async def _is_for_us(self, found: re.Match[str]) -> bool:
        """Whether the token is right and the link open. A wrong token is written down, and slowed
        where there are many."""
        link = self._link
        right = hmac.compare_digest(found["id"], link.public_id) & link.is_token(found["token"])
        if right:
            return self._is_open()
        if await self._brake.wrong(self._clock.now()):
            with suppress(OSError):
                self._log.add(Fetch(self._second(), fetches.WRONG))
        return False

    async def _answer(
        self, found: re.Match[str], method: str, scope: Scope, receive: Receive, send: Send
    ) -> None:
        reading = method in ("GET", "HEAD")
        if found["get"] and method == "POST" and self._link.kind != STATION:
            await self._allow(found, receive, send)
        elif found["view"] and reading and (file := self._viewed(found["view"])):
            await self._hand_out(file, 0, scope, receive, send)
        elif found["mac"] and reading and (file := self._vouched(found)):
            await self._hand_out(file, int(found["n"]), scope, receive, send)
        elif not (found["get"] or found["view"] or found["mac"]) and reading:
            if method == "GET":
                self._log.add(Fetch(self._second(), fetches.PAGE))
            await self._page(found, send, head=method == "HEAD")
        else:
            await _nothing(send, head=method == "HEAD")

    async def _page(
        self, found: re.Match[str], send: Send, *, head: bool = False, problem: str = ""
    ) -> None:
        body = pages.offer(self._link, _own(found), self._left(), problem)
        kind: Headers = [(b"content-type", b"text/html; charset=utf-8")]
        await _send(send, 422 if problem else 200, kind, body, head=head)

    async def _allow(self, found: re.Match[str], receive: Receive, send: Send) -> None:
        """Give a ticket for one file, and lead to its address."""
        form = parse_qs(await _body(receive), max_num_fields=8, errors="replace")
        file = self._link.file(form.get("file", [""])[0])
        if file is None or file.inline:
            await _nothing(send)
            return
        problem = await self._refusal(form.get("passphrase", [""])[0])
        if problem:
            await self._page(found, send, problem=problem)
            return
        n = self._log.take_ticket(file.name, self._link.most, self._second())
        if n is None:
            told = f"No download of {file.name} is left. Ask the office for a new link."
            await self._page(found, send, problem=told)
            return
        ticket = self._link.ticket(file.name, n, self._second() + _TICKET_SECONDS)
        to = f"{_own(found)}/{ticket}/{file.name}".encode()
        await _send(send, 303, [(b"location", to)], b"")

    async def _refusal(self, passphrase: str) -> str:
        """Why a passphrase is refused, or nothing."""
        if not self._link.passphrase:
            return ""
        async with self._hashing:
            since = self._second() - _HOUR
            wrong = sum(e.what == fetches.PASSPHRASE and e.at > since for e in self._log.lines())
            if wrong >= _WRONG_PASSPHRASES:
                return "Too many wrong passphrases. Wait an hour, or ask the office for a new link."
            if await asyncio.to_thread(self._link.is_passphrase, passphrase):
                return ""
            self._log.add(Fetch(self._second(), fetches.PASSPHRASE))
        return "That is not the passphrase. It was given to you apart from the link."

    def _viewed(self, name: str) -> Offered | None:
        file = self._link.file(name)
        return file if file is not None and file.inline else None

    def _vouched(self, found: re.Match[str]) -> Offered | None:
        """The file a ticket is for; None where the ticket is wrong, old or used up."""
        file, n, until = self._link.file(found["name"]), int(found["n"]), int(found["until"])
        if file is None or file.inline:
            return None
        given = f"{found['n']}-{found['until']}-{found['mac']}"
        right = hmac.compare_digest(given, self._link.ticket(file.name, n, until))
        used = self._sent.get((file.name, n), 0) >= _TIMES_OVER * max(file.size, 1)
        return file if right and not used and self._second() < until else None

    async def _hand_out(
        self, file: Offered, n: int, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Send a file, or the part of it that was asked for, and write down how far it went."""
        headers = dict(scope.get("headers") or [])
        wanted = span_of(headers, file.size, file.sha256)
        common: Headers = [
            (b"content-type", _TYPES.get(_ending(file.name), b"application/octet-stream")),
            (b"content-disposition", _disposition(file)),
            (b"accept-ranges", b"bytes"),
            (b"etag", f'"{file.sha256}"'.encode()),
        ]
        if wanted is None:
            ranged = (b"content-range", b"bytes */%d" % file.size)
            await _send(send, 416, [*common, ranged], b"")
            return
        if wanted.status == 206:
            common.append((b"content-range", b"bytes %s/%d" % (wanted.told, file.size)))
        common.append((b"content-length", b"%d" % wanted.length))
        handle = os.open(file.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._folder)
        try:
            if os.fstat(handle).st_size != file.size:
                raise OSError(5, "the file is not what was released")
            await _start(send, wanted.status, common)
            if scope["method"] == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return
            await self._stream(file, n, handle, wanted, receive, send)
        finally:
            os.close(handle)

    async def _stream(
        self, file: Offered, n: int, handle: int, wanted: Span, receive: Receive, send: Send
    ) -> None:
        gone = asyncio.ensure_future(_gone(receive))
        at, sent = wanted.first, 0
        try:
            while sent < wanted.length and not gone.done() and not self._is_withdrawn():
                size = min(_CHUNK, wanted.length - sent)
                piece = await asyncio.to_thread(os.pread, handle, size, at + sent)
                if not piece:
                    break
                sent += len(piece)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            done = sent == wanted.length and not gone.done()
            if done:
                await send({"type": "http.response.body", "body": b""})
            # otherwise the connection is broken off, so that nobody takes the part for the whole
        finally:
            gone.cancel()
            whole = fetches.WHOLE if wanted.length == file.size else fetches.PART
            outcome = whole if sent == wanted.length and not self._is_withdrawn() else fetches.CUT
            self._sent[file.name, n] = self._sent.get((file.name, n), 0) + sent
            with suppress(OSError):
                self._log.add(Fetch(self._second(), fetches.SENT, file.name, n, sent, outcome))

    def _left(self) -> dict[str, int]:
        if not self._link.most:
            return {}
        taken = [each.file for each in self._log.lines() if each.what == fetches.TICKET]
        return {e.name: max(0, self._link.most - taken.count(e.name)) for e in self._link.files}

    def _is_open(self) -> bool:
        return self._clock.now() < self._link.expires_at and self._there(OPEN)

    def _is_withdrawn(self) -> bool:
        """Whether a download that runs must stop. One that began before the link's last moment may
        end; one whose folder was taken away may not."""
        return self._there(WITHDRAWN) or os.fstat(self._folder).st_nlink == 0

    def _there(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._folder, follow_symlinks=False)
        except OSError:
            return False
        return True

    def _second(self) -> int:
        return int(self._clock.now())


def _own(found: re.Match[str]) -> str:
    return f"/d/{found['id']}/{found['token']}"


def _ending(name: str) -> str:
    return Path(name).suffix.lower()


def _disposition(file: Offered) -> bytes:
    return f'{"inline" if file.inline else "attachment"}; filename="{file.name}"'.encode()


async def _gone(receive: Receive) -> None:
    """Wait until whoever asked has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(receive: Receive) -> str:
    data = b""
    while len(data) <= _FORM_BYTES:
        message = await receive()
        data += message.get("body", b"")
        if message["type"] != "http.request" or not message.get("more_body"):
            break
    return data[:_FORM_BYTES].decode("latin-1")


async def _start(send: Send, status: int, headers: Headers) -> None:
    whole = [*headers, *pages.HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": whole})


async def _send(
    send: Send, status: int, headers: Headers, body: bytes, *, head: bool = False
) -> None:
    await _start(send, status, [*headers, (b"content-length", b"%d" % len(body))])
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _nothing(send: Send, *, head: bool = False) -> None:
    headers, body = pages.nothing_here()
    await send({"type": "http.response.start", "status": 404, "headers": list(headers)})
    await send({"type": "http.response.body", "body": b"" if head else body})


async def _text(send: Send, status: int, text: str) -> None:
    kind: Headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await _send(send, status, kind, text.encode())
