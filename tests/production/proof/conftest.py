"""One sealed volume for all tests of this folder; a test that changes it takes a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.production.conftest import NOW
from tests.production.proof.sealed_packet import SealedPacket, make_packet


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SealedPacket]:
    """The volume; nobody writes to it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARCHIVER_NOW", NOW)
        packet = make_packet(tmp_path_factory.mktemp("sealed"))
    yield packet
    packet.authority.close()


@pytest.fixture
def packet(made: SealedPacket, tmp_path: Path) -> SealedPacket:
    """A copy of the volume, its zip and its proof, to be changed."""
    shutil.copytree(made.folder, tmp_path / made.folder.name)
    proof, packed = (Path(shutil.copy(path, tmp_path)) for path in (made.proof, made.zip))
    return replace(made, folder=tmp_path / made.folder.name, proof=proof, zip=packed)
