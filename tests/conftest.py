"""What every room's tests share: one invented city, Alder Glen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from archiver.config import Home
from tests.empty_home import empty_home

AGENCY = "City of Alder Glen"

# a busy machine is no fault of what is tested
settings.register_profile("untimed", settings(), deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _no_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's own settings never reach a test."""
    for name in [name for name in os.environ if name.startswith("ARCHIVER_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A new archive home of the City of Alder Glen."""
    return empty_home(tmp_path / "home")
