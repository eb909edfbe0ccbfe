"""Fixtures of the capture tests: the real Bluesky servers, and a city on them."""

from __future__ import annotations

import pytest

from archiver.config import Home
from tests.capture.bluesky_city import City
from tests.servers.bluesky_network import Network
from tests.servers.fixtures import appview, limited_pds, pds

__all__ = ["appview", "city", "limited_pds", "pds", "seen_city"]


@pytest.fixture
def city(pds: Network, home: Home) -> City:
    """A city whose server has no AppView."""
    person = pds.person("city")
    return City(pds, person, home, person.app_password())


@pytest.fixture
def seen_city(appview: Network, home: Home) -> City:
    """A city whose server has an AppView."""
    person = appview.person("city")
    return City(appview, person, home, person.app_password())
