"""A process that kills itself (SIGKILL) after so many steps: changes on the disk and statements."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from typing import Any

_ACTS = ("fsync", "mkdir", "link", "rename", "replace", "unlink", "open", "chmod", "rmdir")


def run_and_die(steps: int, act: Callable[..., Any], *arguments: Any) -> bool:
    """Run `act` in a process of its own that dies after `steps` steps; whether it ended before."""
    child = multiprocessing.get_context("fork").Process(target=_armed, args=(steps, act, arguments))
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL), child.exitcode
    return child.exitcode == 0


def _armed(steps: int, act: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    left = steps

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(inner: Callable[..., Any]) -> Callable[..., Any]:
        def call(*values: Any, **named: Any) -> Any:
            step()
            done = inner(*values, **named)
            step()
            return done

        return call

    for name in _ACTS:
        setattr(os, name, counted(getattr(os, name)))
    connect = sqlite3.connect

    def connected(*values: Any, **named: Any) -> sqlite3.Connection:
        connection = connect(*values, **named)
        connection.set_trace_callback(step)
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]
    act(*arguments)
