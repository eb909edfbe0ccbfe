"""What an address of the desk is: its pattern, what answers it, and who may ask."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from archiver.desk.answers import Handler, OpenHandler

NUMBER = r"/requests/(?P<number>[A-Za-z0-9][A-Za-z0-9._-]{0,39})"
RECORD = r"(?P<file>archive|private)/(?P<id>\d{1,18})"
WHOLE: Final = True
"""Written behind an act's permission: it needs every record, and is refused to who is limited to
departments."""
Given = tuple[Handler, str | None] | tuple[Handler, str | None, bool]


@dataclass(frozen=True, slots=True)
class Act:
    """What answers a method, and the permission it takes; None: being signed in is enough. `whole`
    says that it needs every record."""

    handler: Handler
    permission: str | None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Route:
    """An address. `open` answers people who are not signed in; nothing else does. `early` answers
    also who has yet to set up the second factor that the city requires."""

    pattern: re.Pattern[str]
    acts: Mapping[str, Act]
    open: Mapping[str, OpenHandler]
    early: bool = False


def route(
    pattern: str,
    *,
    get: Given | None = None,
    post: Given | None = None,
    open_get: OpenHandler | None = None,
    open_post: OpenHandler | None = None,
    early: bool = False,
) -> Route:
    """An address with what answers its methods."""
    acts = {
        method: Act(*given) for method, given in (("GET", get), ("POST", post)) if given is not None
    }
    opened = {
        method: given
        for method, given in (("GET", open_get), ("POST", open_post))
        if given is not None
    }
    compiled = re.compile(pattern + r"\Z")
    return Route(compiled, MappingProxyType(acts), MappingProxyType(opened), early)
