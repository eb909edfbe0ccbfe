"""A series in the words of a table: how long it keeps, and what it is about."""

from __future__ import annotations

from collections.abc import Mapping

from archiver.retention.schedules import Conditions, Cutoff, Series

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


def conditions_words(when: Conditions) -> str:
    """What a series is about: its conditions, or everything."""
    said = [
        f"{_NAMES.get(name, name.replace('_', ' '))}: {' or '.join(str(each) for each in value)}"
        for name in when.__struct_fields__
        if isinstance(value := getattr(when, name), list)
    ]
    for name in ("removed", "hidden"):
        value = getattr(when, name)
        if value is not None:
            said.append(name if value else f"not {name}")
    return "; ".join(said) or "everything"


_NAMES: Mapping[str, str] = {"direction": "written by the", "content_state": "content"}
