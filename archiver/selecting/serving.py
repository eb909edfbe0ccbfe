"""The owner's own pages: served on their own machine, to the browser that knows the secret address,
until the file is made or the program is stopped."""

from __future__ import annotations

import secrets
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from markupsafe import Markup

from archiver import clock
from archiver.errors import ArchiverError
from archiver.selecting.choosing import Choice, Opened, Wanted
from archiver.selecting.markup import choosing_page, made_page, page, statement_page
from archiver.selecting.selection import write_selection
from archiver.selecting.statement import Statement

LONGEST_FORM = 1 << 20
_HEADERS = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; "
     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"),
    ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)  # fmt: skip

_Form = dict[str, list[str]]


@dataclass(slots=True)
class Session:
    """What the pages are about: the download, the picks, where the file goes. `made` is how many
    items it holds once it is written."""

    opened: Opened
    choice: Choice
    target: Path
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    made: int | None = None


def serve_choice(session: Session, port: int = 0) -> HTTPServer:
    """A server on the loopback for one owner. Run `serve_forever` on it; it ends by itself once
    the file is made. Raises OSError where the port is taken."""

    class Pages(_Pages):
        held = session

    return HTTPServer(("127.0.0.1", port), Pages)


def address(server: HTTPServer, session: Session) -> str:
    """What to open in the browser."""
    return f"http://127.0.0.1:{server.server_port}/{session.secret}/"


class _Pages(BaseHTTPRequestHandler):
    held: Session
    server: HTTPServer

    def do_GET(self) -> None:
        place = self._place()
        query = parse_qs(urlsplit(self.path).query)
        if place == "":
            self._answer(_choosing(self.held, query))
        elif place == "statement":
            self._answer(_stating(self.held, _statement(self.held, {}), []))
        elif place is not None:
            self._nothing()

    def do_POST(self) -> None:
        place = self._place()
        if place is None:
            return
        form = self._form()
        if place == "pick":
            self._go(_pick(self.held, form))
        elif place == "make":
            self._make(form)
        else:
            self._nothing()

    def _make(self, form: _Form) -> None:
        held = self.held
        statement = _statement(held, form)
        faults = statement.faults()
        if not faults:
            try:
                held.made = write_selection(held.target, held.opened, held.choice.picked, statement)
            except ArchiverError as error:
                faults = [str(error)]
        if faults:
            self._answer(_stating(held, statement, faults))
            return
        self._answer(made_page(str(held.target), held.made or 0))
        threading.Thread(target=self.server.shutdown, daemon=True).start()

    def _place(self) -> str | None:
        """What is asked for behind the secret; None, answered, where the secret is not given or
        the page was not called by this machine's own name."""
        parts = urlsplit(self.path).path.split("/")
        port = self.server.server_port
        known = len(parts) == 3 and secrets.compare_digest(
            parts[1].encode(), self.held.secret.encode()
        )
        origin = self.headers.get("Origin", "null")
        own = f"127.0.0.1:{port}"
        if known and self.headers.get("Host") == own and origin in ("null", f"http://{own}"):
            return parts[2]
        self._nothing()
        return None

    def _form(self) -> _Form:
        length = self.headers.get("Content-Length", "0")
        size = min(int(length), LONGEST_FORM) if length.isdecimal() else 0
        return parse_qs(self.rfile.read(size).decode("utf-8", "replace"), keep_blank_values=True)

    def _answer(self, body: bytes, status: int = 200) -> None:
        self.send_response(status)
        for name, value in _HEADERS:
            self.send_header(name, value)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _go(self, where: str) -> None:
        self.send_response(303)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _nothing(self) -> None:
        self._answer(page("Nothing here", Markup("<h1>Nothing here</h1>")), 404)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing of what the owner does is written anywhere."""


def _first(form: _Form, name: str) -> str:
    return form.get(name, [""])[0]


def _number(text: str) -> int:
    return max(1, int(text)) if text.isdecimal() and len(text) < 9 else 1


def _wanted(form: _Form) -> Wanted:
    return Wanted(*(_first(form, name) for name in ("words", "kind", "start", "end", "thread")))


def _choosing(held: Session, query: _Form) -> bytes:
    wanted, number = _wanted(query), _number(_first(query, "page"))
    found = held.choice.search(wanted, number)
    choice = held.choice
    return choosing_page(held.opened, wanted, number, found, choice.picked, choice.kinds())


def _pick(held: Session, form: _Form) -> str:
    """Take the boxes of a page over; where to go next."""
    shown = {_number(one) for one in form.get("shown", [])}
    held.choice.picked -= shown
    held.choice.picked |= {_number(one) for one in form.get("item", [])} & shown
    go, talk = _first(form, "go"), _first(form, "talk")
    if go == "statement":
        return "statement"
    if go == "all":
        return "./"
    if talk:
        return "./?" + urlencode({"thread": talk})
    kept = {name: _first(form, name) for name in ("words", "kind", "start", "end", "thread")}
    return "./?" + urlencode({**{k: v for k, v in kept.items() if v}, "page": str(_number(go))})


def _statement(held: Session, form: _Form) -> Statement:
    """What the form says; what it does not say yet is proposed."""
    searched = "; ".join(held.choice.searched)
    return Statement(
        name=_first(form, "name"),
        title=_first(form, "title"),
        department=_first(form, "department"),
        account=_first(form, "account") if "account" in form else held.opened.shown,
        searched=_first(form, "searched") if "searched" in form else searched,
        kept_back=_first(form, "kept_back").replace("\r", ""),
        facts=_first(form, "facts").replace("\r", ""),
        stated_on=clock.now_text()[:10],
    )


def _stating(held: Session, statement: Statement, faults: list[str]) -> bytes:
    entries = held.choice.entries(held.choice.picked)
    return statement_page(statement, entries, faults, str(held.target))
