"""The servers themselves, for the tests of how they are started."""

from tests.servers.fixtures import pds

__all__ = ["pds"]
