"""What hangs on a post of the demonstration city in Facebook's downloads, beside its pictures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from archiver.demo.meta_story import SaidPost


def link(said: SaidPost) -> str:
    """Where the link of a post leads."""
    return f"https://alderglen.example.com/{said.number}"


def life(said: SaidPost) -> str:
    """What a life event is called."""
    return f"Opened the library {said.number}"


def more(said: SaidPost) -> list[dict[str, Any]]:
    """What hangs on a post beside pictures."""
    start = said.at + 86_400
    if said.kind == "link":
        return [{"external_context": {"url": link(said)}}]
    if said.kind == "place":
        place = {"name": "City Hall", "coordinate": {"latitude": 36.7, "longitude": -119.7}}
        return [{"place": {**place, "address": "214 Orchard Street"}}]
    if said.kind == "event":
        name = f"Open house {said.number}"
        return [{"event": {"name": name, "start_timestamp": start, "end_timestamp": start + 7200}}]
    if said.kind == "life":
        return [{"life_event": {"title": life(said)}}]
    if said.kind == "poll":
        choices = [{"option": one, "voted": False} for one in ("Yes", "No")]
        return [{"poll": {"question": f"A new park {said.number}?", "options": choices}}]
    return []


def own_lines(more: Iterable[dict[str, Any]]) -> list[str]:
    """An event or a poll as a page shows it, in the words its reader has for it."""
    lines = []
    for one in more:
        if "event" in one:
            event = one["event"]
            told = [
                dt.datetime.fromtimestamp(event[f"{end}_timestamp"], dt.UTC).strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                )
                for end in ("start", "end")
            ]
            lines += [event["name"], " to ".join(told)]
        elif "poll" in one:
            lines += [
                one["poll"]["question"],
                *(choice["option"] for choice in one["poll"]["options"]),
            ]
    return lines
