"""A city that wants a reading room, with a volume that was released."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from archiver.production.ledger import Production
from archiver.production.releasing.handing_over import hand_over_by_hand
from archiver.production.releasing.staging import stage
from archiver.requests.letters.attesting import attest_template


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is the machine's."""
    monkeypatch.delenv("ARCHIVER_NOW", raising=False)


@pytest.fixture
def room(city: Any) -> Any:
    """The city, its reading room turned on and the cover letter attested."""
    file = city.home.settings_file
    file.write_text(file.read_text().replace("on = false", "on = true"))
    attest_template(
        city.office,
        "production-cover",
        "en",
        actor="ph",
        attorney="P. Haldane",
        on=dt.date(2026, 11, 2),
    )
    return city


@pytest.fixture
def released(room: Any) -> Callable[..., Production]:
    """Produce what is collected and decided for a request, and release it."""

    def release(number: str, *records: tuple[str, int]) -> Production:
        room.release(number, *room.collect(number, *records))
        made: Production = room.produce(number)
        staged = stage(
            room.home, room.office, number, [made.volume], channel="paper", actor="odile"
        )
        hand_over_by_hand(room.home, room.office, staged, actor="odile")
        return made

    return release
