"""The charts of the measures, as numbers for an SVG; the tables beside them say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.requests.timing.measures import Measures

LEFT, RIGHT = 44.0, 712.0
BASE, TOP = 172.0, 30.0
_WIDEST = 56.0
_MOST = 24


@dataclass(frozen=True, slots=True)
class Pair:
    """A bar: a first count from the ground up (`height`), a second one on top of it."""

    x: float
    width: float
    y: float
    height: float
    top_y: float
    top_height: float
    name: str
    first: int
    second: int

    @property
    def middle(self) -> float:
        """Where its words stand."""
        return round(self.x + self.width / 2, 1)

    @property
    def total(self) -> int:
        """Both counts."""
        return self.first + self.second


@dataclass(frozen=True, slots=True)
class PairChart:
    """Bars, the lines of the scale (height, number), and the sentence that says what they show."""

    bars: tuple[Pair, ...]
    lines: tuple[tuple[float, int], ...]
    told: str


def on_time_chart(groups: Sequence[tuple[str, Measures]]) -> PairChart | None:
    """Determinations on time and not, of the last two dozen groups; None where none was due."""
    shown = groups[-_MOST:]
    pairs = [(name, each.on_time, each.late + each.overdue) for name, each in shown]
    good, all_of_them = sum(pair[1] for pair in pairs), sum(pair[1] + pair[2] for pair in pairs)
    if not all_of_them:
        return None
    span = f"from {shown[0][0]} to {shown[-1][0]}" if len(shown) > 1 else f"in {shown[0][0]}"
    told = f"{good:,} of {all_of_them:,} determinations on time, {span}."
    return pair_chart(pairs, told)


def age_chart(ages: Sequence[tuple[str, int]]) -> PairChart | None:
    """Open requests by age; None where none is open."""
    total = sum(count for _, count in ages)
    if not total:
        return None
    oldest = next(name for name, count in reversed(ages) if count)
    told = f"{total:,} open; the oldest are {oldest} old."
    return pair_chart([(name, count, 0) for name, count in ages], told)


def pair_chart(pairs: Sequence[tuple[str, int, int]], told: str) -> PairChart:
    """Named pairs of counts as bars. There is at least one pair with a count."""
    highest = max(first + second for _, first, second in pairs)
    step = (RIGHT - LEFT) / len(pairs)
    width = round(min(step * 0.72, _WIDEST), 1)
    scale = (BASE - TOP) / highest
    bars = []
    for place, (name, first, second) in enumerate(pairs):
        height, top = round(first * scale, 1), round(second * scale, 1)
        bars.append(
            Pair(
                x=round(LEFT + place * step + (step - width) / 2, 1),
                width=width,
                y=round(BASE - height, 1),
                height=height,
                top_y=round(BASE - height - top, 1),
                top_height=top,
                name=name,
                first=first,
                second=second,
            )
        )
    return PairChart(tuple(bars), ((BASE, 0), (TOP, highest)), told)
