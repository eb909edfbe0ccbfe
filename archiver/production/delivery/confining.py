"""Giving up what a process of one link needs not: files, connections, signals, new privileges.

Where the kernel has Landlock (Linux 5.13 and later), the process can from then on read its own
folder and nothing else of any file system, and neither bind nor connect by TCP; what it has open
already it keeps. See the kernel's documentation, userspace-api/landlock.rst.
"""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Mapping
from pathlib import Path

from archiver.production.delivery.fetches import MOST_BYTES

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_WHICH_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_WRITE = 1 << 1 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 14
"""Writing to files, taking them away, making folders and files, cutting files short."""
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights over files each version of Landlock knows."""
_BIND_AND_CONNECT, _SIGNALS_AND_ABSTRACT_SOCKETS = 0b11, 0b11
_SET_DUMPABLE, _SET_NO_NEW_PRIVS = 4, 38
_OPEN_FILES = 512


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def confine(folder: Path, writable: Path | None = None) -> bool:
    """Give up everything but reading `folder`, and writing `writable` where there is one; gives
    whether the kernel could shut off the files.

    What can be given up everywhere is: core files, new privileges, being looked into by other
    programs, more than a few open files, and writing more than a log may hold.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_SET_DUMPABLE, 0, 0, 0, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NOFILE, _OPEN_FILES)
    if writable is None:
        _limit(resource.RLIMIT_FSIZE, MOST_BYTES + (1 << 20))
    version = int(libc.syscall(_CREATE_RULESET, None, 0, _WHICH_VERSION))
    allowed = {folder: _READ_FILE | _READ_DIR}
    if writable is not None:
        allowed[writable] = _READ_FILE | _READ_DIR | _WRITE
    return version > 0 and _shut(libc, version, allowed)


def can_shut() -> bool:
    """Whether this kernel can shut a process off from all files but its own."""
    return bool(ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, _WHICH_VERSION) > 0)


def _shut(libc: ctypes.CDLL, version: int, allowed: Mapping[Path, int]) -> bool:
    rights = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    wanted = _Ruleset(
        rights,
        _BIND_AND_CONNECT if version >= 4 else 0,
        _SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0,
    )
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(wanted), size, 0)
    if ruleset < 0:
        return False
    try:
        added = [_allow(libc, ruleset, path, bits & rights) for path, bits in allowed.items()]
        return bool(all(added) and libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, folder: Path, bits: int) -> bool:
    parent = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = _PathBeneath(bits, parent)
        added = libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
        return bool(added == 0)
    finally:
        os.close(parent)


def _limit(what: int, most: int) -> None:
    _, hard = resource.getrlimit(what)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(what, (allowed, allowed))
