"""How long a series keeps, in the words of a table: ``2 years from removal``."""

from __future__ import annotations

from collections.abc import Mapping

from archiver.retention.schedules import Cutoff, Series

_FROM: Mapping[Cutoff, str] = {
    Cutoff.CREATED: "its creation or last edit",
    Cutoff.REMOVED: "its removal",
    Cutoff.SUPERSEDED: "the day it was superseded",
    Cutoff.ACCOUNT_CLOSED: "the day its account was closed",
}


def series_words(series: Series) -> str:
    """The period of a series with the event it runs from, in words."""
    if series.period.permanent:
        return "Permanent"
    event = _FROM.get(series.cutoff, f"the end of “{series.event}”")
    if series.year_end:
        event = f"the end of the {series.year_end} year of {event}"
    return f"{series.period.words} from {event}"
