"""Whose download it is, and the profile as the platform shows it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

from archiver.exports.counting import FileCount, Unit
from archiver.exports.documents import DocumentScanner, Path
from archiver.exports.faults import UnreadableError
from archiver.exports.guarding import ended
from archiver.exports.identity import Identity
from archiver.exports.meta.told import Account, mend, plain, profile_item, rows, table, text
from archiver.exports.pages import page as page_of
from archiver.exports.pages import shown_text
from archiver.exports.times import since_1970

_LIMIT = 4 << 20
_NUMBER = re.compile(r"[?&]id=(\d+)|/(\d{6,})/?$")
_SHOWN = ("about_me", "about", "bio", "description", "intro_bio", "mission", "category", "address")
_CONTACT = ("phone", "email", "website", "hours")
_LABELS = {
    "Name": "full_name",
    "Nombre": "full_name",
    "Nom": "full_name",
    "Username": "username",
    "Nombre de usuario": "username",
    "Nom d’utilisateur": "username",
    "Profile": "profile_uri",
    "Perfil": "profile_uri",
    "Profil": "profile_uri",
    "About me": "about_me",
    "About you": "about_me",
    "À propos de vous": "about_me",
}


def read_identity(stream: BinaryIO, *, page: bool) -> Identity:
    """Whose profile a file of profile information is. Nothing is said where it cannot be read."""
    values = _fields(stream, page=page)
    uri = text(values.get("profile_uri"))
    number = _NUMBER.search(uri)
    dashboard = next(rows(values.get("prodash_activity")), {})
    names = _names(values.get("previous_names")) + _names(values.get("other_names"))
    return Identity(
        next((one for one in number.groups() if one), None) if number else None,
        text(values.get("username")) or None,
        text(values.get("full_name")) or text(dashboard.get("page_name")) or None,
        since_1970(values.get("registration_timestamp")),
        tuple(names),
    )


def _fields(stream: BinaryIO, *, page: bool) -> dict[str, Any]:
    """The fields of a profile by their last name; the outer of two stands."""
    if page:
        return _page_fields(stream.read(_LIMIT))
    scanner = DocumentScanner(stream, lambda path: False)
    for _ in scanner:
        pass
    values: dict[str, Any] = {}
    for path, value in scanner.values.items():
        name = _own_name(path)
        if name:
            values.setdefault(name, mend(value, b"\\u00", FileCount("", "", None, 0, "")))
    return values


def _own_name(path: Path) -> str:
    """What a field of a profile is called, wherever it stands; "" for what is somebody else's."""
    if not path or len(path) > 3:
        return ""
    if path[-1] == "name":
        return "full_name" if len(path) <= 2 else ""
    return path[-1] if len(path) < 3 or path[-2] == "name" else ""


def _names(value: Any) -> list[str]:
    if not isinstance(value, list):
        return []
    found = [text(one) or text(table(one).get("name")) for one in value]
    return [one for one in found if one]


def _page_fields(raw: bytes) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for row in page_of(raw).css("tr"):
        cells = [shown_text(one).strip() for one in row.css("th, td")]
        if len(cells) == 2 and cells[0] in _LABELS:
            values.setdefault(_LABELS[cells[0]], cells[1])
    return values


class Profile:
    """Reads the profile: what the platform shows of it. The rest of the file (birthday, addresses
    to sign in, family) is left in the original."""

    def __init__(self, account: Account, identity: Identity, *, of_page: bool) -> None:
        self._account = account
        self._identity = identity
        self._of_page = of_page

    def read(self, stream: BinaryIO, count: FileCount, member: str, path: str) -> Iterator[Unit]:
        """The profile in a JSON file."""
        scanner = DocumentScanner(stream, lambda path: False)
        for _ in scanner:
            pass
        ended(scanner, count)
        fields = {
            name: mend(value, b"\\u00", count)
            for at, value in scanner.values.items()
            if (name := _own_name(at))
        }
        yield from self._item(fields, count, member)

    def read_page(
        self, stream: BinaryIO, count: FileCount, member: str, path: str
    ) -> Iterator[Unit]:
        """The profile in a page."""
        head = stream.read(_LIMIT)
        if b"<" not in head:
            raise UnreadableError("it is no web page")
        count.complete = b"</html>" in head[-1024:].lower()
        count.reason = "" if count.complete else "the file ends before its page does"
        yield from self._item(_page_fields(head), count, member)

    def _item(self, fields: Mapping[str, Any], count: FileCount, member: str) -> Iterator[Unit]:
        count.read += 1
        identity = self._identity
        shown = {name: _readable(fields.get(name)) for name in _SHOWN}
        if self._of_page:
            shown |= {name: _readable(fields.get(name)) for name in _CONTACT}
        shown |= {"websites": _readable(fields.get("websites"))}
        kept = {name: value for name, value in shown.items() if value}
        before = ", ".join(identity.earlier_handles)
        told = {
            "name": identity.display_name or "",
            "username": identity.handle or "",
            "earlier names": before,
            **kept,
        }
        told = {name: value for name, value in told.items() if value}
        if not told:
            raise UnreadableError("it holds no profile")
        native_id = identity.native_id or identity.handle or plain(identity.display_name or "")
        yield profile_item(self._account, native_id or "profile", told, member)


def _readable(value: Any) -> str:
    if isinstance(value, str):
        return value
    found = [text(one.get("address")) or text(one.get("value")) for one in rows(value)]
    if isinstance(value, list):
        found += [one for one in value if isinstance(one, str)]
    return ", ".join(one for one in found if one)
