"""The city's own pattern of utility accounts: a small language that cannot be slow."""

from __future__ import annotations

import pytest

from archiver.config import Requests


@pytest.mark.parametrize(
    "written", [r"\d{4}-\d{5}-\d{2}", r"[A-Z]{2}\d{6,8}", r"WTR-?\d{7}|SWR\d{7}", r"\d{3}\.\d{4}"]
)
def test_patterns_as_cities_write_accounts_are_taken(written: str) -> None:
    assert Requests(utility_account_pattern=written).utility_account_pattern == written


@pytest.mark.parametrize(
    "written",
    [
        *("(a+)+b", r"\d+", r"\d*", ".*", r"(\d{4})", "[A-Z", "a{5,2}", "", "|", "a|", r"\w{4}"),
        *("a?" * 7, "a{0,3}", "x" * 61, r"\d{999}", "(?=a)a", r"\1", "^a$", "[^a]b", "[z-a]"),
    ],
)
def test_patterns_that_could_be_slow_or_fit_everything_are_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"utility_account_pattern of \[requests\]"):
        Requests(utility_account_pattern=written)
