"""What an account of the demonstration city says on Meta's platforms, before it is laid out as any
of their downloads. Everything is told by its number, so that any amount is written in a straight
line and the same arguments tell the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.demo.dice import Dice, seed_of
from archiver.demo.people import resident

_WORDS = (
    "Orchard Street is closed between Mill and Depot until Friday. Please use Quarry Road.",
    "Council meets Tuesday at 6 pm. Agenda: https://alderglen.example.com/agenda",
    "¡Atención! La piscina abre el sábado a las 10. Entrada gratis para niños 🏊🏽‍♀️",
    "Boil-water notice lifted for the Juniper district — thank you for your patience ❤️",
    "Coffee with the Mayor at Café Persimmon, 9 am & bring your questions <in person>.",
    "מרכז הקהילה פתוח היום עד 20:00",
    "市役所は月曜日に休みです",
    "Line one of a notice\nline two of it\n\nand what it is about",
)
_ASKED = (
    "Is the park open on Sunday?",
    "Why was my comment hidden?",
    "Gracias por su ayuda, señora Peña 🙏🏽",
    "My street light has been out for three weeks…",
    "👍",
    "Ok",
    "Can I get a copy of the permit for 214 Orchard Street?",
)
_ANSWERED = (
    "Thank you for writing. We have passed it to Public Works.",
    "Yes, from 8 am to dusk.",
    "We do not delete comments. Please see the posting rules.",
    "👍",
    "Ok",
)
TIME = int(dt.datetime(2026, 8, 3, 17, 0, tzinfo=dt.UTC).timestamp())
MADE_AT = dt.datetime(2026, 11, 2, 18, 30, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class MetaAccount:
    """An account of the city on one of Meta's platforms."""

    name: str = "City of Alder Glen"
    handle: str = "cityofalderglen"
    number: str = "100064812345678"
    before: str = "Alder Glen City Hall"


@dataclass(frozen=True, slots=True)
class SaidPost:
    """A post: `kind` is text, photo, video, link, event, place, life or poll; `at` seconds since
    1970; `media` the numbers of its pictures."""

    number: int
    at: int
    text: str
    kind: str
    media: tuple[int, ...] = ()
    edited: int | None = None


@dataclass(frozen=True, slots=True)
class SaidMessage:
    """A message: `kind` is text, photo, link, call, unsent, sticker or renamed."""

    number: int
    at: int
    sender: str
    text: str
    kind: str = "text"
    reaction: str = ""
    media: int = 0


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation: with whom, in which folder, how many messages."""

    number: int
    person: str
    box: str
    messages: int


_KINDS = ("text", "photo", "link", "text", "video", "place", "event", "life", "poll", "text")
_BOXES = ("inbox", "archived_threads", "filtered_threads", "message_requests", "e2ee_cutover")


def post(number: int, seed: int = 0, *, first: int = 0) -> SaidPost:
    """The post of that number; a higher number is later. `first` is the number of the one that was
    said first."""
    dice = Dice(seed_of(seed, "post", number))
    kind = _KINDS[number % len(_KINDS)]
    words = _WORDS[number % len(_WORDS)]
    at = TIME + (number - first) * 3600 + dice.below(3000)
    media: tuple[int, ...] = ()
    if kind in ("photo", "video"):
        count = 1 + (number % 3 if kind == "photo" else 0)
        media = tuple(10_000_000 + number * 10 + one for one in range(count))
    edited = at + 1800 if number % 7 == 3 else None
    return SaidPost(number, at, f"{words} #{number}", kind, media, edited)


def posts(count: int, seed: int = 0) -> Iterator[SaidPost]:
    """Posts, the newest first."""
    return (post(number, seed) for number in range(count - 1, -1, -1))


def comments(count: int, seed: int = 0) -> Iterator[SaidMessage]:
    """Comments the account wrote, the newest first."""
    for number in range(count - 1, -1, -1):
        at = TIME + number * 1700 + Dice(seed_of(seed, "comment", number)).below(1500)
        person = resident(number % 400, seed).name
        yield SaidMessage(number, at, person, _ANSWERED[number % len(_ANSWERED)])


def talks(count: int, messages: int, seed: int = 0) -> list[Talk]:
    """Conversations that hold that many messages together."""
    each = max(1, messages // max(count, 1))
    return [
        Talk(
            number,
            resident(number, seed).name,
            _BOXES[number % len(_BOXES)],
            each if number else messages - each * (count - 1),
        )
        for number in range(count)
    ]


def said_in(talk: Talk, account: MetaAccount, seed: int = 0) -> Iterator[SaidMessage]:
    """The messages of a conversation, the newest first. Now and then the same word is said twice
    within one minute."""
    kinds = {5: "photo", 11: "link", 17: "call", 23: "unsent", 29: "sticker", 31: "renamed"}
    for number in range(talk.messages - 1, -1, -1):
        dice = Dice(seed_of(seed, "talk", talk.number, number))
        own = number % 3 == 2
        kind = kinds.get(number % 37, "text")
        words = (_ANSWERED if own else _ASKED)[(number // 2) % 5]
        yield SaidMessage(
            number,
            TIME + talk.number * 86_400 + number // 2 * 60 + (number % 2) * 20 + dice.below(9),
            account.name if own else talk.person,
            words if kind == "text" else "",
            kind,
            "❤" if number % 13 == 4 else "",
            20_000_000 + talk.number * 100_000 + number if kind == "photo" else 0,
        )


def followers(count: int, seed: int = 0) -> Iterator[tuple[str, str, int]]:
    """Those who follow: name, handle and since when."""
    for number in range(count):
        person = resident(number, seed)
        yield person.name, person.handle.lower(), TIME + number * 977
