"""A batch lists what may go today, and says what stood in the way of the rest."""

from __future__ import annotations

import datetime as dt

import pytest

from archiver.errors import InputError, RuleError
from archiver.items import Kind, Visibility
from archiver.retention.dispositions.batches import (
    check_list,
    get_batch,
    items_of,
    keep,
    list_batches,
    list_digest,
    series_lines,
    withdraw,
)
from archiver.retention.dispositions.building import build, preview
from archiver.retention.dispositions.outside import Outside
from archiver.retention.dispositions.walking import Wanted


def test_only_what_has_passed_its_period_is_listed(town) -> None:
    old = town.store("1")
    town.store("2", created_at="2026-03-01T18:00:00Z")
    batch = town.build()
    assert batch.number == "D-2026-01"
    assert [item.key for item in items_of(town.office, batch)] == [old]
    assert batch.state == "open"
    assert batch.waiting == batch.items == 1


def test_the_list_is_frozen_under_one_hash_and_cannot_grow(town) -> None:
    town.store("1")
    batch = town.build()
    items = list(items_of(town.office, batch))
    assert batch.digest == list_digest(items)
    with pytest.raises(Exception, match="a frozen list does not grow"):
        town.office.execute(
            "INSERT INTO disposition_items SELECT batch_id, 99, file, kind, 99, leaf, versions, "
            "leaves, account_id, series, cutoff_on, retain_until, rule, NULL, NULL, NULL "
            "FROM disposition_items"
        )
    with pytest.raises(Exception, match="as it was frozen"):
        town.office.execute("UPDATE disposition_items SET ref = 7")
    with pytest.raises(Exception, match="never deleted"):
        town.office.execute("DELETE FROM disposition_items")


def test_a_list_changed_behind_the_triggers_is_noticed(town) -> None:
    town.store("1")
    batch = town.build()
    check_list(town.office, batch)
    town.office.execute("DROP TRIGGER disposition_items_as_frozen")
    town.office.execute("UPDATE disposition_items SET ref = ref + 1")
    with pytest.raises(RuleError, match="not the one that was frozen"):
        check_list(town.office, batch)


def test_what_a_hold_keeps_is_counted_by_hold_and_left_out(town) -> None:
    held, free = town.store("1"), town.store("2")
    town.hold(held)
    batch = town.build()
    assert [item.key for item in items_of(town.office, batch)] == [free]
    assert batch.left_out.held == 1
    assert [(each.title, each.holdings) for each in batch.left_out.by_hold] == [("claim 26-019", 1)]


def test_a_record_is_in_one_open_batch_only(town) -> None:
    town.store("1")
    first = town.build()
    with pytest.raises(RuleError, match=r"nothing is eligible.*another open batch"):
        town.build()
    withdraw(town.office, first.number, actor="of", reason="the council wants another list")
    assert town.build().number == "D-2026-02"
    assert [each.state for each in list_batches(town.office)] == ["open", "withdrawn"]


def test_nothing_eligible_is_refused_with_what_stood_in_the_way(town) -> None:
    with pytest.raises(RuleError, match="nothing is eligible today"):
        town.build()
    town.hold(town.store("1"))
    with pytest.raises(RuleError, match="1 under claim 26-019"):
        town.build()


def test_a_permanent_series_is_never_eligible(town) -> None:
    town.store("1", form="broadcast", created_at="1999-03-01T18:00:00Z")
    with pytest.raises(RuleError, match="nothing is eligible"):
        town.build()


def test_an_unattested_series_lets_nothing_go(town) -> None:
    town.store("1", kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    with pytest.raises(RuleError, match="AG-13 is not attested"):
        town.build()


def test_series_accounts_and_a_day_limit_the_batch(town) -> None:
    parks = town.store("1")
    water = town.store("2", account=2)
    later = town.store("3", created_at="2024-09-01T18:00:00Z")
    assert _keys(town, Wanted(accounts=(2,))) == {water}
    assert _keys(town, Wanted(series=("AG-11",))) == {parks, water, later}
    assert _keys(town, Wanted(series=("AG-19",))) == set()
    assert _keys(town, Wanted(until=dt.date(2026, 6, 1))) == {parks, water}
    with pytest.raises(InputError, match="no series AG-99"):
        _keys(town, Wanted(series=("AG-99",)))


def test_counts_per_series_and_the_range_of_cutoffs(town) -> None:
    town.store("1")
    town.store("2", created_at="2024-05-05T18:00:00Z")
    line = series_lines(town.office, town.build())[0]
    assert (line.series, line.kind, line.holdings) == ("AG-11", "record", 2)
    assert (line.first_cutoff, line.last_cutoff) == ("2024-03-01", "2024-05-05")


def test_a_person_takes_things_out_with_a_reason_and_never_puts_them_back(town) -> None:
    first, second = town.store("1"), town.store("2")
    batch = town.build()
    with pytest.raises(RuleError, match="takes a reason"):
        keep(town.office, batch.number, [("archive", "record", first[1])], actor="of", reason=" ")
    keys = [("archive", "record", first[1])]
    assert keep(town.office, batch.number, keys, actor="of", reason="of historic value") == 1
    assert keep(town.office, batch.number, keys, actor="of", reason="again") == 0
    assert town.outcomes(batch.number) == {first[1]: "kept", second[1]: None}
    with pytest.raises(InputError, match="not on the list"):
        keep(town.office, batch.number, [("archive", "record", 5)], actor="of", reason="x")
    with pytest.raises(Exception, match="written once"):
        town.office.execute("UPDATE disposition_items SET outcome = NULL, outcome_at = NULL")


def test_an_interval_of_a_list_goes_when_it_has_long_ended(town) -> None:
    town.people(
        ("2022-01-01T10:00:00Z", ("ana", "bo")),
        ("2023-01-01T10:00:00Z", ("bo",)),
        ("2026-06-01T10:00:00Z", ()),
    )
    items = list(items_of(town.office, town.build()))
    assert [(item.file, item.kind, item.cutoff_on) for item in items] == [
        ("private", "subscriber", "2023-01-01")
    ]


def test_a_dry_run_writes_nothing(town) -> None:
    town.store("1")
    town.mark()
    seen = preview(town.office, town.archive, town.settings, town.accounts)
    assert len(seen.items) == 1
    assert list_batches(town.office) == []


def test_a_mark_that_is_not_what_the_schedule_says_lets_nothing_go(town) -> None:
    town.store("1", created_at="2025-03-01T18:00:00Z")
    town.mark()
    town.archive.public.execute("UPDATE records SET retain_until = '2020-01-01'")
    with pytest.raises(RuleError, match="mark is not what"):
        build(town.office, town.archive, town.settings, town.accounts, actor="of")


def test_numbers_count_on_within_the_year(town, monkeypatch) -> None:
    town.store("1")
    town.store("2", account=2)
    assert town.build(Wanted(accounts=(1,))).number == "D-2026-01"
    assert town.build(Wanted(accounts=(2,))).number == "D-2026-02"
    assert get_batch(town.office, "d-2026-02").items == 1
    with pytest.raises(InputError, match="no batch D-2026-09"):
        get_batch(town.office, "D-2026-09")


def _keys(town, wanted: Wanted) -> set[tuple[str, int]]:
    town.mark()
    seen = preview(town.office, town.archive, town.settings, town.accounts, wanted)
    return {item.key for item in seen.items}


def test_a_number_the_ledger_knows_is_not_given_again(town) -> None:
    town.store("1")
    town.outside = Outside(numbers=lambda: {"D-2026-01", "D-2026-02"})
    assert town.build().number == "D-2026-03"
