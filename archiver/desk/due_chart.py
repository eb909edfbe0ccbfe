"""The chart of what becomes eligible by month, as numbers for an SVG; its table says the same."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.retention.reporting import Month

_LEFT, _RIGHT = 48.0, 715.0
_BASE, _TOP = 180.0, 34.0
_WIDTH = 34.0


@dataclass(frozen=True, slots=True)
class DueBar:
    """A month: its bar of what is free (`y`, `height`) and, on it, of what is held."""

    x: float
    y: float
    height: float
    held_y: float
    held_height: float
    letter: str
    name: str
    year: str
    eligible: int
    held: int

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return self.x + _WIDTH / 2


@dataclass(frozen=True, slots=True)
class DueChart:
    """Twelve bars, the lines of the scale (height, number), and the sentence that says it."""

    bars: tuple[DueBar, ...]
    lines: tuple[tuple[float, int], ...]
    told: str


def due_chart(months: Sequence[Month]) -> DueChart:
    """The months of a retention report as bars; `eligible` of a month counts the held ones too."""
    top = _round_up(max((each.eligible for each in months), default=0))
    step = (_RIGHT - _LEFT) / max(len(months), 1)
    scale = (_BASE - _TOP) / top
    bars = []
    for place, each in enumerate(months):
        day = dt.date.fromisoformat(f"{each.month}-01")
        held = min(each.held, each.eligible)
        free_height = round((each.eligible - held) * scale, 1)
        held_height = round(held * scale, 1)
        bars.append(
            DueBar(
                x=round(_LEFT + place * step, 1),
                y=round(_BASE - free_height, 1),
                height=free_height,
                held_y=round(_BASE - free_height - held_height, 1),
                held_height=held_height,
                letter=f"{day:%b}",
                name=f"{day:%b} {day.year}",
                year=str(day.year) if place == 0 or day.month == 1 else "",
                eligible=each.eligible,
                held=held,
            )
        )
    lines = tuple((round(_BASE - top * part * scale, 1), int(top * part)) for part in (0, 0.5, 1))
    return DueChart(tuple(bars), lines, _told(months))


def _round_up(count: int) -> int:
    """The next number a scale can end with: 2, 4, 10, 20, 40, 100 …"""
    if count <= 2:
        return 2
    power = int(10 ** math.floor(math.log10(count)))
    return next(step * power for step in (1, 2, 4, 10) if step * power >= count)


def _told(months: Sequence[Month]) -> str:
    if not any(each.eligible for each in months):
        return "Nothing becomes eligible in the next twelve months."
    most = max(months, key=lambda each: each.eligible)
    day = dt.date.fromisoformat(f"{most.month}-01")
    held = f"{most.held:,} {'is' if most.held == 1 else 'are'} on hold"
    return f"{day:%B} {day.year} is highest with {most.eligible:,}, of which {held}."
