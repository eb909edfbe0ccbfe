"""The words of Alder Glen: templates with slots, kept as TOML beside this file.

A template names slots in braces. A slot is drawn when it is first met and then stays the same, so
that a post, the comments below it and the city's answer speak of the same park.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from archiver.demo.dice import Dice
from archiver.demo.people import Resident

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAYS_ES = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_MONTHS_ES = (
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
)


@dataclass(frozen=True, slots=True)
class Topic:
    """One thing the city writes about, with what residents say to it and what it answers."""

    name: str
    departments: tuple[str, ...]
    weight: int
    scene: str
    posts: tuple[str, ...]
    long: tuple[str, ...]
    replies: tuple[str, ...]
    comments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Talk:
    """A private conversation: (from the city?, template) in order. Groups have names."""

    lines: tuple[tuple[bool, str], ...]
    topic: str = ""
    name: str = ""
    renamed: str = ""


@lru_cache(maxsize=4)
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))


def _names(name: str) -> list[str]:
    values: list[str] = _table("places")[name]
    return values


def hotline(department: str) -> str:
    """The department's telephone number (fiction)."""
    numbers: dict[str, str] = _table("places")["hotlines"]
    return numbers[department]


def hashtags(department: str) -> tuple[str, ...]:
    """What the department likes to put behind a hash sign."""
    tags: dict[str, list[str]] = _table("places")["hashtags"]
    return (*tags["all"], *tags.get(department, ()))


@lru_cache(maxsize=1)
def topics() -> tuple[Topic, ...]:
    """Every topic."""
    return tuple(
        Topic(
            name=entry["name"],
            departments=tuple(entry["departments"]),
            weight=entry["weight"],
            scene=entry["scene"],
            posts=tuple(entry["posts"]),
            long=tuple(entry.get("long", ())),
            replies=tuple(entry["replies"]),
            comments=tuple(entry["comments"]),
        )
        for entry in _table("topics")["topic"]
    )


@lru_cache(maxsize=16)
def topics_of(department: str) -> tuple[Topic, ...]:
    """The topics of a department, each as often as it comes up."""
    chosen: list[Topic] = []
    for topic in topics():
        share = topic.departments.count(department)
        chosen += [topic] * (topic.weight * share)
    return tuple(chosen)


@lru_cache(maxsize=16)
def long_topics_of(department: str) -> tuple[Topic, ...]:
    """The topics of a department (of any, where it has none) that have a long form."""
    own = tuple(topic for topic in topics_of(department) if topic.long)
    return own or tuple(topic for topic in topics() if topic.long)


@lru_cache(maxsize=32)
def comments_in(language: str) -> tuple[str, ...]:
    """Comments written in a language other than English."""
    return tuple(_table("languages")[language]["comments"])


@lru_cache(maxsize=32)
def messages_in(language: str) -> tuple[str, ...]:
    """Private messages written in a language other than English."""
    return tuple(_table("languages")[language]["messages"])


def _talk(entry: dict[str, Any]) -> Talk:
    lines = tuple((line[0] == "c", line[3:]) for line in entry["lines"])
    return Talk(lines, entry.get("topic", ""), entry.get("name", ""), entry.get("renamed", ""))


@lru_cache(maxsize=1)
def talks() -> tuple[Talk, ...]:
    """Conversations between one resident and the city."""
    return tuple(_talk(entry) for entry in _table("messages")["talk"])


@lru_cache(maxsize=1)
def groups() -> tuple[Talk, ...]:
    """Conversations of a group with the city in it."""
    return tuple(_talk(entry) for entry in _table("messages")["group"])


class Slots(dict[str, str]):
    """What fills the braces: drawn on first use, then kept.

    `moment` is the time of writing (the dates named lie a little after it).
    """

    def __init__(
        self, dice: Dice, moment: dt.datetime, department: str, person: Resident | None = None
    ) -> None:
        super().__init__()
        self.dice = dice
        self.moment = moment
        self["hotline"] = hotline(department)
        if person is not None:
            self.about(person)

    def about(self, person: Resident) -> Slots:
        """Speak of this resident from here on."""
        self["name"] = person.name.split()[0]
        self["phone"] = person.phone
        self["email"] = person.email
        self["address"] = person.address
        self["utility"] = person.utility_account
        return self

    def __missing__(self, name: str) -> str:
        value = _MAKERS[name](self)
        self[name] = value
        return value

    def fill(self, template: str) -> str:
        """The template with every slot filled."""
        return template.format_map(self)

    def coming_day(self) -> dt.date:
        """The day the text speaks of, one to twenty days ahead."""
        ahead = int(self["ahead"])
        return self.moment.date() + dt.timedelta(days=ahead)


def _from(list_name: str) -> Callable[[Slots], str]:
    return lambda slots: slots.dice.pick(_names(list_name))


def _other_street(slots: Slots) -> str:
    return slots.dice.pick([name for name in _names("streets") if name != slots["street"]])


def _number(low: int, high: int) -> Callable[[Slots], str]:
    return lambda slots: str(slots.dice.between(low, high))


def _date(slots: Slots) -> str:
    day = slots.coming_day()
    return f"{_MONTHS[day.month - 1]} {day.day}"


def _date_es(slots: Slots) -> str:
    day = slots.coming_day()
    return f"{day.day} de {_MONTHS_ES[day.month - 1]}"


def _date_zh(slots: Slots) -> str:
    day = slots.coming_day()
    return f"{day.month}月{day.day}日"


def _date_num(slots: Slots) -> str:
    day = slots.coming_day()
    return f"{day.day}/{day.month}"


_MAKERS: dict[str, Callable[[Slots], str]] = {
    "park": _from("parks"),
    "street": _from("streets"),
    "street2": _other_street,
    "cross": _from("crosses"),
    "branch": _from("branches"),
    "room": _from("rooms"),
    "time": _from("times"),
    "hours": _from("hours"),
    "plants": _from("plants"),
    "dog": _from("dogs"),
    "official": _from("officials"),
    "ahead": _number(1, 20),
    "n": _number(2, 48),
    "dollars": _number(3, 48),
    "percent": _number(15, 60),
    "aqi": _number(152, 318),
    "weekday": lambda slots: _DAYS[slots.coming_day().weekday()],
    "weekday_es": lambda slots: _DAYS_ES[slots.coming_day().weekday()],
    "date": _date,
    "date_es": _date_es,
    "date_zh": _date_zh,
    "date_num": _date_num,
}
