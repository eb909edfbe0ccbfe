"""What a page is asked, and what it answers: plain values, so that pages know no web server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from archiver.desk.desk import Desk
from archiver.desk.visits import Visit
from archiver.errors import InputError


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form: where it lies until the answer is made, and its name there."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `parts` come from the address, `query` from behind the ``?``, `form` and `files`
    from the body. Every name of those may come several times. `agent` is what the browser calls
    itself, `token` the session it came with (empty: none that stands), `vouched` the login the
    city's proxy vouches for, `body` the bytes that came where they are no form."""

    method: str
    path: str
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, list[str]] = field(default_factory=dict)
    form: Mapping[str, list[str]] = field(default_factory=dict)
    files: Mapping[str, list[Upload]] = field(default_factory=dict)
    query_string: str = ""
    byte_range: str = ""
    agent: str = ""
    token: str = ""
    vouched: str = ""
    body: bytes = b""

    def asked(self, name: str, default: str = "") -> str:
        """The first value of that name behind the ``?``."""
        return self.query.get(name, [default])[0]

    def given(self, name: str, default: str = "") -> str:
        """The first value of that name in the form."""
        return self.form.get(name, [default])[0]

    def all_given(self, name: str) -> list[str]:
        """Every value of that name in the form."""
        return self.form.get(name, [])

    def file(self, name: str) -> Upload | None:
        """The first file of that name in the form, or None. Raises InputError as `all_files`."""
        found = self.all_files(name)
        return found[0] if found else None

    def all_files(self, name: str) -> list[Upload]:
        """Every file of that name in the form. Raises InputError where one is empty: what a person
        chose is not left out in silence."""
        found = self.files.get(name, [])
        for upload in found:
            if not upload.path.stat().st_size:
                raise InputError(
                    f"{upload.name} is empty (0 bytes): choose the file again, or leave it out"
                )
        return found


@dataclass(frozen=True, slots=True)
class Page:
    """A template and what it shows."""

    template: str
    shown: Mapping[str, object]
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Go elsewhere on the desk; `cookie` is a Set-Cookie value."""

    to: str
    cookie: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """An answer for a program: `text` is JSON, or of another `media_type`."""

    text: str
    status: int = 200
    media_type: str = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Bytes:
    """A file. `name` is what it is saved as; `inline` shows it instead of saving it."""

    path: Path
    media_type: str
    name: str
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """A file made for this answer and kept nowhere."""

    content: bytes
    media_type: str
    name: str
    inline: bool = False


Answer = Page | Redirect | Data | Bytes | Made
OpenHandler = Callable[[Desk, Asked], Answer]
Handler = Callable[[Visit, Asked], Answer]


class NotHere(Exception):
    """There is no such page, record or file, or this person may not know that there is."""


class NotAllowed(Exception):
    """The person's roles do not allow it."""
