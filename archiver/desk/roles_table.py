"""Which role reaches which address: the table of DESIGN §7 rule 7, drawn from the routes."""

from __future__ import annotations

import re
from collections.abc import Callable

from archiver.desk.routes import ROUTES
from archiver.desk.routing import Route
from archiver.staff.roles import ROLES, Role

_PART = re.compile(r"\(\?P<(\w+)>")
Reaches = Callable[[Role, str, Route], bool]
"""Whether somebody of the role is answered there with that method."""


def roles_table(reaches: Reaches | None = None) -> str:
    """The table as Markdown: an address and a method a line, a role a column.

    `reaches` tells what was found by trying; without it the table says what the routes say.
    """
    tried = reaches or _by_permission
    lines = [
        "# Who reaches what at the desk",
        "",
        "Made by `archiver staff roles --table`; a test compares it with what a walk of every",
        "address in every role finds. “yes” is an answer, an empty place a refusal. Which records",
        "a page then shows is another question: private ones to who may see private records.",
        "",
        "| Address | Method | Permission | " + " | ".join(ROLES) + " |",
        "|---|---|---|" + "---|" * len(ROLES),
    ]
    for route in ROUTES:
        for method in ("GET", "POST"):
            act = route.acts.get(method)
            if act is None:
                if method in route.open:
                    lines.append(_line(route, method, "not signed in", ["yes"] * len(ROLES)))
                continue
            cells = ["yes" if tried(role, method, route) else "" for role in ROLES.values()]
            lines.append(_line(route, method, act.permission or "signed in", cells))
    return "\n".join(lines) + "\n"


def readable(pattern: str) -> str:
    """The address of a pattern, its parts by name: ``/requests/{number}/scope``."""
    text = pattern.removesuffix(r"\Z")
    while match := _PART.search(text):
        depth, end = 1, match.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(text[end], 0)
            end += 1
        text = f"{text[: match.start()]}{{{match.group(1)}}}{text[end:]}"
    return text.replace("\\", "")


def _line(route: Route, method: str, permission: str, cells: list[str]) -> str:
    address = readable(route.pattern.pattern)
    return f"| `{address}` | {method} | {permission} | " + " | ".join(cells) + " |"


def _by_permission(role: Role, method: str, route: Route) -> bool:
    permission = route.acts[method].permission
    return permission is None or permission in role.permissions
