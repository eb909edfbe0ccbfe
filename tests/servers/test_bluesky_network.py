"""The test servers themselves: on loopback only, and gone when they are no longer needed."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.servers.bluesky_network import Network, bluesky
from tests.servers.processes import answers

LISTENING = "0A"
LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}

pytestmark = pytest.mark.servers


def test_they_listen_on_loopback_only(pds: Network) -> None:
    ports = {urlsplit(address).port for address in (pds.pds, pds.plc)}
    found: dict[int, set[str]] = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, port = local.partition(":")
            if state == LISTENING and int(port, 16) in ports:
                found.setdefault(int(port, 16), set()).add(address)
    assert set(found) == ports
    assert set().union(*found.values()) <= LOOPBACK


def test_they_end_with_the_block() -> None:
    with bluesky("pds") as network:
        port = urlsplit(network.pds).port
        assert port is not None
        assert answers(port)
    assert not answers(port)
