"""Fixtures of the platform tests: a real Bluesky server."""

from tests.servers.fixtures import pds

__all__ = ["pds"]
