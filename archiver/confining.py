"""A process that shuts itself out of what it does not need: files, connections, signals, rights.

Where the kernel has Landlock (Linux 5.13 and later, no rights needed) a confined process can open
only what it was given; what it has open already it keeps. Where it has not, the process goes on and
says so: what it was not given it still does not have, it could only look for it. See the kernel's
documentation, ``userspace-api/landlock.rst``; the numbers are those of ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_RIGHTS_OF_VERSION = {1: 13, 2: 14, 3: 15, 4: 15}
_MOST_RIGHTS = 16
"""How many rights over files each version of Landlock knows; newer ones know no more."""
_NETWORK_FROM, _BIND_AND_CONNECT = 4, 0b11
_SCOPE_FROM, _SOCKETS_AND_SIGNALS = 6, 0b11
_DIE_WITH_PARENT, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_KILL = 9


def confine(
    read: Iterable[Path],
    write: Iterable[Path] = (),
    *,
    largest_file: int | None = None,
    open_files: int | None = None,
) -> bool:
    """From here on this process opens only what is below these places, and connects to nothing.

    `read` are folders or files it may read, `write` folders in which it may do anything; a place
    that is not there is passed over. `largest_file` (bytes) and `open_files` limit what it can
    write and hold. It leaves no core file, gains no right and is not looked into by others. Gives
    whether the kernel shuts off the files. Raises OSError where the kernel could and refuses.
    """
    kernel = ctypes.CDLL(None, use_errno=True)
    kernel.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    kernel.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    _limit(resource.RLIMIT_CORE, 0)
    if largest_file is not None:
        _limit(resource.RLIMIT_FSIZE, largest_file)
    if open_files is not None:
        _limit(resource.RLIMIT_NOFILE, open_files)
    version = _version(kernel)
    if version < 1:
        return False
    rights = (1 << _RIGHTS_OF_VERSION.get(version, _MOST_RIGHTS)) - 1
    ruleset = _ruleset(kernel, version, rights)
    try:
        for places, allowed in ((read, _READ_FILE | _READ_FOLDER), (write, rights)):
            for place in places:
                _allow(kernel, ruleset, place, allowed)
        _checked(kernel.syscall(_RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def can_confine() -> bool:
    """Whether this kernel can shut a process off from all files but its own."""
    return _version(ctypes.CDLL(None, use_errno=True)) > 0


def die_with_parent() -> None:
    """Have the kernel end this process when the one that started it ends, however it does."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_DIE_WITH_PARENT, _KILL, 0, 0, 0)


def _version(kernel: ctypes.CDLL) -> int:
    return int(kernel.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))


def _ruleset(kernel: ctypes.CDLL, version: int, rights: int) -> int:
    fields = [rights]
    if version >= _NETWORK_FROM:
        fields.append(_BIND_AND_CONNECT)
    if version >= _SCOPE_FROM:
        fields.append(_SOCKETS_AND_SIGNALS)
    wanted = struct.pack(f"={len(fields)}Q", *fields)
    return _checked(kernel.syscall(_CREATE_RULESET, wanted, ctypes.c_size_t(len(wanted)), 0))


def _allow(kernel: ctypes.CDLL, ruleset: int, place: Path, rights: int) -> None:
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not place.is_dir():
            rights &= _READ_FILE
        beneath = struct.pack("=Qi", rights, handle)
        _checked(kernel.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, beneath, 0))
    finally:
        os.close(handle)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"the kernel would not confine a process: {os.strerror(number)}")
    return int(result)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, allowed))
