"""One fixed day for the demonstration city."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.servers.fixtures import appview

__all__ = ["appview", "now"]

NOW = dt.datetime(2026, 11, 20, 18, 0, tzinfo=dt.UTC)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """The day the demonstration takes for today."""
    monkeypatch.setenv("ARCHIVER_NOW", "2026-11-20T18:00:00Z")
    return NOW
