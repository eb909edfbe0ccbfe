"""A process that shuts itself out of every file and connection it does not need (Linux Landlock).

Landlock is part of the kernel from 5.13 on and needs no rights. Where it is missing the process
goes on unconfined and says so: what it was not given it still does not have, it could only look for
it. The numbers are those of the kernel's ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVILEGES = 38
_DIE_WITH_PARENT = 1
_KILL = 9

_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_READ_ONE = _EXECUTE | _READ_FILE
_FILES_OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1}
_NEWEST = 3
_TCP_FROM, _TCP = 4, 3
_DEVICE_ORDERS_FROM, _DEVICE_ORDERS = 5, 1 << 15


def confine(read: Iterable[Path], write: Iterable[Path]) -> bool:
    """From here on this process opens only files below these places, and makes no TCP connection.

    `read` are folders or files that may be read, `write` folders in which anything may be done.
    Gives whether the kernel enforces it. Raises OSError where it should and refuses.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    version = kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION)
    if version < 1:
        return False
    files = _FILES_OF_VERSION[min(version, _NEWEST)]
    if version >= _DEVICE_ORDERS_FROM:
        files |= _DEVICE_ORDERS
    handled = struct.pack("=QQ", files, _TCP if version >= _TCP_FROM else 0)
    size = ctypes.c_size_t(16 if version >= _TCP_FROM else 8)
    rules = _checked(kernel.syscall(_CREATE_RULESET, handled, size, 0))
    try:
        for places, rights in ((read, _READ), (write, files)):
            for place in places:
                _allow(kernel, rules, place, rights)
        _checked(kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0))
        _checked(kernel.syscall(_RESTRICT_SELF, rules, 0))
    finally:
        os.close(rules)
    return True


def die_with_parent() -> None:
    """Have the kernel end this process when the one that started it ends, however it does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)


def _allow(kernel: ctypes.CDLL, rules: int, place: Path, rights: int) -> None:
    """Allow what is below a place; one that is not there needs no rule."""
    with _pointed_at(place) as handle:
        if handle is None:
            return
        if not place.is_dir():
            rights &= _READ_ONE
        beneath = struct.pack("=Qi", rights, handle)
        _checked(kernel.syscall(_ADD_RULE, rules, _PATH_BENEATH, beneath, 0))


@contextmanager
def _pointed_at(place: Path) -> Iterator[int | None]:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"the kernel would not confine the printing: {os.strerror(number)}")
    return int(result)
