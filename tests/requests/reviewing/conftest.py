"""Four collected items of request 2026-0001: three comments and a message."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import pytest

from archiver.items import Kind, Visibility
from archiver.requests.book import Item, Request, add_items, items_of

NUMBER = "2026-0001"


@pytest.fixture
def items(
    office: sqlite3.Connection,
    files: dict[str, sqlite3.Connection],
    store: Callable[..., int],
    request_made: Request,
) -> list[Item]:
    """Items 1 to 3 are public comments, item 4 is a private message."""
    picked = [("archive", store(str(n), f"The lights are out, number {n}")) for n in (1, 2, 3)]
    message = store("4", "A word to the city", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    add_items(office, files, request_made.number, [*picked, ("private", message)], actor="of")
    return items_of(office, request_made.number)
