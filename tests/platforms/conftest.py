"""Fixtures of the platform tests: the real Bluesky servers."""

from tests.servers.fixtures import appview, pds

__all__ = ["appview", "pds"]
