"""A process that has confined itself reaches only what it was given."""

from __future__ import annotations

import multiprocessing
import os
import socket
from pathlib import Path

import pytest

from archiver.confining import can_confine, confine


def _confined(read: Path, write: Path, told) -> None:
    """In a process of its own: what it may still do once it has confined itself."""
    enforced = confine([read], [write], open_files=64)
    found = {"is enforced": str(enforced)}
    for name, act in {
        "read what it was given": lambda: (read / "given").read_bytes(),
        "write where it may": lambda: (write / "made").write_bytes(b"1"),
        "change what it was given": lambda: (read / "given").write_bytes(b"1"),
        "read the rest": lambda: (read.parent / "secret").read_bytes(),
        "list the rest": lambda: list(read.parent.iterdir()),
        "read the rest by another way": lambda: (read / ".." / "secret").read_bytes(),
        "put a link to the rest": lambda: os.link(read.parent / "secret", write / "link"),
        "call out": lambda: socket.create_connection(("127.0.0.1", 9), timeout=1),
    }.items():
        try:
            act()
            found[name] = "done"
        except OSError as error:
            found[name] = type(error).__name__
    told.send(found)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    given, made = tmp_path / "given", tmp_path / "made"
    for folder in (given, made):
        folder.mkdir()
    (given / "given").write_bytes(b"0")
    (tmp_path / "secret").write_bytes(b"Zwiebelkuchen")
    return given, made


def test_a_confined_process_reaches_only_what_it_was_given(places) -> None:
    ours, theirs = multiprocessing.Pipe()
    fork = multiprocessing.get_context("fork")
    one = fork.Process(target=_confined, args=(*places, theirs))
    one.start()
    found = ours.recv()
    one.join()
    assert found.pop("is enforced") == str(can_confine())
    assert found.pop("read what it was given") == "done"
    assert found.pop("write where it may") == "done"
    if can_confine():
        assert set(found.values()) <= {"PermissionError", "OSError"}, found
