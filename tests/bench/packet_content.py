"""The same records for every way of making a packet: plain values, no library.

Conversations of a post and up to eight comments; each record has a text of about 200 letters (some
Spanish, some Vietnamese) and eight facts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

_TEXT = """
city council public meeting road closure update water park police fire library summer program budget
vote election permit street sidewalk tree pool recreation community event thank you please report
issue neighbor traffic safety school kids weekend free open closed hours phone contact info comment
response account message photo video link share post follow official department staff director mayor
señor niño año información también más días Nguyễn phố đường được nước
"""
WORDS = _TEXT.split()
INDEX = ("No.", "Date and time", "Account", "Kind", "Author", "Page")
COMMENTS = (0, 1, 2, 3, 3, 4, 8)
STATES = ("on the platform when last looked for", "no longer on the platform")
ACCOUNTS = ("AlderGlenParks", "AlderGlenPD", "AlderGlenLibrary", "CityOfAlderGlen")


@dataclass(frozen=True, slots=True)
class Said:
    """A record: the place of the post it answers among all records, or None where it is one."""

    number: int
    post: int | None
    author: str
    handle: str
    moment: str
    text: str
    account: str
    captured: str
    state: str
    address: str
    links: tuple[str, str, str]
    native_id: str

    @property
    def standing(self) -> str:
        """The line under the author."""
        if self.post is None:
            return f"Post · {self.moment}"
        return f"Reply · {self.moment} · in answer to record {self.post + 1}"

    @property
    def title(self) -> str:
        """Its number, author and handle."""
        return f"{self.number + 1}. {self.author} @{self.handle}"

    @property
    def row(self) -> tuple[str, ...]:
        """Its row in the index; the page is a stand-in, only ours points to the real one."""
        kind = "Post" if self.post is None else "Reply"
        page = f"AG-{self.number // 3 + 1:06d}"
        return (str(self.number + 1), self.moment, f"X, {self.account}", kind, self.author, page)

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Its eight facts, label and value."""
        return (
            ("Account", f"{self.account} (@{self.account}), Parks and Recreation"),
            ("Captured", f"{self.captured}, from X, asked on 15 Aug 2026 (exchange 88)"),
            ("Status", self.state),
            ("Address", self.address),
            *(("Leads to", link) for link in self.links),
            ("Id", self.native_id),
        )


def records(count: int) -> Iterator[Said]:
    """That many records, conversation by conversation."""
    rng = random.Random(7)
    post, left = None, 0
    for number in range(count):
        if left == 0:
            post, left = number, rng.choice(COMMENTS) + 1
        left -= 1
        yield _record(rng, number, post if post != number else None)


def _record(rng: random.Random, number: int, post: int | None) -> Said:
    account = rng.choice(ACCOUNTS)
    who = rng.randint(1, 99_999)
    native = str(10**18 + number * 7919)
    day = f"2026-{rng.randint(1, 10):02d}-{rng.randint(1, 28):02d}"
    time = f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
    length = max(20, int(rng.expovariate(1 / 200))) if post is None else rng.randint(20, 180)
    return Said(
        number,
        post,
        account if post is None else f"Resident {who}",
        account if post is None else f"user{who}",
        f"{day}T{time}Z",
        _text(rng, length),
        account,
        f"2026-11-{rng.randint(1, 28):02d}T10:00:00Z",
        rng.choice(STATES),
        f"https://social.example/{account}/status/{native}",
        (
            f"https://example.org/agenda/{number}",
            f"https://example.org/news/{rng.randint(1, 999)}",
            f"https://example.org/map#{rng.randint(1, 99_999)}",
        ),
        native,
    )


def _text(rng: random.Random, length: int) -> str:
    words: list[str] = []
    reached = 0
    while reached < length:
        words.append(rng.choice(WORDS))
        reached += len(words[-1]) + 1
    said = " ".join(words)
    return f"{said[:1].upper()}{said[1:]}."
