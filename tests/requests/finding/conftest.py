"""Redactions as another part of the book keeps them, for tests of what they cover."""

from __future__ import annotations

import sqlite3

import pytest


@pytest.fixture
def bars(office: sqlite3.Connection) -> sqlite3.Connection:
    """office.db with the columns of redactions that suggestions are held against."""
    office.executescript(
        """
        CREATE TABLE IF NOT EXISTS request_redactions (
            id INTEGER PRIMARY KEY, item_id INTEGER, field TEXT, kind TEXT, start INTEGER,
            "end" INTEGER, note_shown INTEGER, at TEXT, actor TEXT
        );
        CREATE TABLE IF NOT EXISTS redaction_removals (
            id INTEGER PRIMARY KEY, redaction_id INTEGER, at TEXT, actor TEXT
        );
        """
    )
    return office
