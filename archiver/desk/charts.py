"""Small bar charts, drawn as numbers for an SVG; each comes with its list in words."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 232.0
BASE = 76.0
TOP = 14.0
_MOST_MONTHS = 24
_LETTERS = "JFMAMJJASOND"


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar: its place, what stands under it, and the days it stands for."""

    x: float
    y: float
    width: float
    height: float
    letter: str
    name: str
    count: int
    first: dt.date
    last: dt.date

    @property
    def middle(self) -> float:
        """Where its letter stands."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars and the sentence that says what they show."""

    title: str
    bars: tuple[Bar, ...]

    @property
    def highest(self) -> Bar:
        """The bar that is labelled."""
        return max(self.bars, key=lambda bar: bar.count)


def months_chart(months: Sequence[tuple[str, int]]) -> Chart | None:
    """Hits by month (("2026-08", 61), …), or by year where they span more than two years.

    None where there is nothing to draw. Months before the year 1 cannot come.
    """
    if not months:
        return None
    counts = dict(months)
    first, last = _number(min(counts)), _number(max(counts))
    if last - first < _MOST_MONTHS:
        first = min(first, last - 11)
        spans = [_month(number) for number in range(max(first, 12), last + 1)]
        values = [counts.get(f"{start:%Y-%m}".zfill(7), 0) for start, _ in spans]
        names = [f"{start:%B} {start.year}" for start, _ in spans]
        every = 1 if len(spans) <= 12 else 3
        letters = [
            _LETTERS[start.month - 1] if place % every == 0 else ""
            for place, (start, _) in enumerate(spans)
        ]
    else:
        years = range(first // 12, last // 12 + 1)
        spans = [(dt.date(year, 1, 1), dt.date(year, 12, 31)) for year in years]
        values = [
            sum(count for month, count in counts.items() if int(month[:4]) == year)
            for year in years
        ]
        names = [str(year) for year in years]
        every = -(-len(years) // 8)
        letters = [
            f"’{year % 100:02d}" if place % every == 0 else "" for place, year in enumerate(years)
        ]
    return _drawn(spans, values, names, letters)


def _drawn(
    spans: Sequence[tuple[dt.date, dt.date]],
    values: Sequence[int],
    names: Sequence[str],
    letters: Sequence[str],
) -> Chart:
    step = WIDTH / len(values)
    width = round(max(step - max(1.0, step * 0.22), 1.0), 1)
    highest = max(values) or 1
    bars = []
    for place, value in enumerate(values):
        height = round((BASE - TOP) * value / highest, 1) if value else 0.0
        height = max(height, 2.0) if value else 0.0
        bars.append(
            Bar(
                x=round(place * step + 0.5, 1),
                y=round(BASE - height, 1),
                width=width,
                height=height,
                letter=letters[place],
                name=names[place],
                count=value,
                first=spans[place][0],
                last=spans[place][1],
            )
        )
    top = max(bars, key=lambda bar: bar.count)
    title = (
        f"Matches from {names[0]} to {names[-1]}. Most are in {top.name}, {top.count:,}."
        if len(bars) > 1
        else f"Matches in {names[0]}: {top.count:,}."
    )
    return Chart(title, tuple(bars))


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def _month(number: int) -> tuple[dt.date, dt.date]:
    year, month = divmod(number, 12)
    days = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, 1), dt.date(year, month + 1, days)
