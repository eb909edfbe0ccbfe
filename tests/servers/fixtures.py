"""The servers as pytest fixtures: started once for all tests that use them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.bluesky_network import Network, bluesky


@pytest.fixture(scope="session")
def pds() -> Iterator[Network]:
    """A Bluesky server without an AppView."""
    with bluesky("pds") as network:
        yield network


@pytest.fixture(scope="session")
def limited_pds() -> Iterator[Network]:
    """A Bluesky server that limits how often it is asked."""
    with bluesky("limited") as network:
        yield network


@pytest.fixture(scope="session")
def appview() -> Iterator[Network]:
    """A Bluesky server with its AppView."""
    with bluesky("appview") as network:
        yield network
