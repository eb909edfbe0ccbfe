"""Slowing whoever tries many tokens, without keeping out who has the right one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_AT_ONCE, _SECONDS = 20, 60.0
_WAITING = 16


class Brake:
    """So many wrong tokens a minute are answered at once; each further one waits, a few at a time,
    and is written down no more. A right token never meets it."""

    def __init__(
        self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep, seconds: float = 1.0
    ) -> None:
        self._pause, self._pause_seconds = pause, seconds
        self._recent: list[float] = []
        self._waiting = 0

    async def wrong(self, now: float) -> bool:
        """Take note of a wrong token at a time; gives whether it is worth a line in the log."""
        self._recent = [each for each in self._recent if each > now - _SECONDS][-_AT_ONCE:]
        if len(self._recent) < _AT_ONCE:
            self._recent.append(now)
            return True
        if self._waiting < _WAITING:
            self._waiting += 1
            try:
                await self._pause(self._pause_seconds)
            finally:
                self._waiting -= 1
        return False
