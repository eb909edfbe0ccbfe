"""A city with a volume that may go out, and a door with real processes in front of its links."""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from archiver.production.ledger import Production
from archiver.requests.letters.attesting import attest_template
from tests.production.doors import Doors


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is the machine's: a link's own process knows no other."""
    monkeypatch.delenv("ARCHIVER_NOW", raising=False)


@pytest.fixture
def fit(city: Any) -> Callable[..., Production]:
    """Produce a volume that may go out, of a new request or with more records of one."""
    attest_template(
        city.office,
        "production-cover",
        "en",
        actor="ph",
        attorney="P. Haldane",
        on=dt.date(2026, 11, 2),
    )
    count = 0

    def produce(number: str | None = None, *texts: str) -> Production:
        nonlocal count
        wanted = number or city.ask()
        for text in texts or ("The lights at the skate park are out",):
            count += 1
            [*_, item] = city.collect(wanted, city.store(f"r{count}", text))
            city.release(wanted, item)
        made: Production = city.produce(wanted)
        return made

    return produce


@pytest.fixture
def door(city: Any) -> Iterator[Doors]:
    """The door of the city's links, not started yet."""
    folder = city.home.path / "delivery"
    folder.mkdir(exist_ok=True)
    made = Doors(folder)
    yield made
    made.stop(signal.SIGKILL)
