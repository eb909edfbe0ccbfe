"""Rate headers, and the moment until which they ask to wait."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.platforms.budget import LONGEST_HOLD, hold_until

NOW = dt.datetime(2026, 11, 20, 12, 0, tzinfo=dt.UTC)
UNIX = int(NOW.timestamp())


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {}, None),
        (200, {"RateLimit-Remaining": "12", "RateLimit-Reset": str(UNIX + 60)}, None),
        (200, {"RateLimit-Remaining": "0", "RateLimit-Reset": str(UNIX + 60)}, 61),
        (429, {"ratelimit-remaining": "0", "ratelimit-reset": str(UNIX + 60)}, 61),
        (429, {"RateLimit-Reset": "30"}, 31),
        (429, {"Retry-After": "17"}, 17),
        (429, {"Retry-After": "Fri, 20 Nov 2026 12:02:00 GMT"}, 120),
        (503, {"Retry-After": "17"}, 17),
        (429, {}, 300),
        (429, {"Retry-After": "soon"}, 300),
        (429, {"Retry-After": "0"}, 1),
        (429, {"RateLimit-Reset": str(UNIX - 60)}, 1),
        (429, {"Retry-After": "99999999"}, LONGEST_HOLD.total_seconds()),
    ],
)
def test_the_wait_is_what_the_headers_ask_for(
    status: int, headers: dict[str, str], seconds: float | None
) -> None:
    until = hold_until(status, headers, NOW)
    assert (None if until is None else (until - NOW).total_seconds()) == seconds


@given(
    status=st.sampled_from([200, 429, 503]),
    headers=st.dictionaries(
        st.sampled_from(["Retry-After", "RateLimit-Reset", "RateLimit-Remaining"]), st.text()
    ),
)
def test_no_header_is_so_odd_that_it_breaks(status: int, headers: dict[str, str]) -> None:
    until = hold_until(status, headers, NOW)
    assert until is None or NOW < until <= NOW + LONGEST_HOLD
