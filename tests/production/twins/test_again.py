"""The same release gives the same bytes, wherever and whenever it is written."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from archiver.production.media_files import MediaFolder
from archiver.production.packet import write_packet
from archiver.production.twins import write_twins


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_second_writing_gives_the_same_bytes(made, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    before = os.umask(0o077)
    try:
        packet = write_packet(
            made.release, tmp_path / "packet.pdf", MediaFolder(tmp_path / "media"), 1
        )
        write_twins(made.release, packet, tmp_path)
    finally:
        os.umask(before)
    assert fingerprint(tmp_path) == fingerprint(made.folder)
