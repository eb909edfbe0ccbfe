"""Lists of people as intervals."""

from __future__ import annotations

from collections.abc import Callable

from archiver.archive.writing import batch, begin_run
from archiver.items import Access, Exchange, Relation, Subscriber


def walk(rig, *names: str, at: str, pages: int = 1, **more: object) -> int:
    """Walk a list in pages; how many intervals changed."""
    people = [Subscriber("x", Relation.FOLLOWER, name, handle=f"@{name}") for name in names]
    size = max(1, -(-len(people) // pages))
    changed = 0
    for page in range(pages):
        with batch(rig.archive, rig.run) as opened:
            changed += opened.people(
                Relation.FOLLOWER,
                people[page * size : (page + 1) * size],
                observed_at=at,
                first=page == 0,
                complete=bool(more.get("complete", True)) and page == pages - 1,
                stated_count=more.get("stated"),  # type: ignore[arg-type]
                exchange=more.get("exchange"),  # type: ignore[arg-type]
            )
    return changed


def intervals(rig) -> list[tuple]:
    sql = "SELECT native_id, from_at, from_known, to_at FROM subscribers ORDER BY id"
    return rig.rows(sql, access=Access.PRIVATE)


DAY = "2026-08-{}T00:00:00Z".format


def test_who_came_and_who_went(rig) -> None:
    assert walk(rig, "a", "b", "c", at=DAY(10), pages=2) == 3
    rig.run = begin_run(rig.archive, rig.run.account, source="x-download")
    assert walk(rig, "b", "c", "d", at=DAY(11), pages=3) == 2
    assert walk(rig, "b", "c", "d", at=DAY(12)) == 0
    assert walk(rig, "a", "b", "d", at=DAY(13)) == 2
    assert intervals(rig) == [
        ("a", DAY(10), 0, DAY(11)),
        ("b", DAY(10), 0, None),
        ("c", DAY(10), 0, DAY(13)),
        ("d", DAY(11), 1, None),
        ("a", DAY(13), 1, None),
    ]
    assert rig.wrong() == []


def test_a_walk_that_did_not_reach_its_end_closes_nothing(rig) -> None:
    walk(rig, "a", "b", at=DAY(10))
    assert walk(rig, "a", at=DAY(11), complete=False) == 0
    assert all(row[3] is None for row in intervals(rig))


def test_a_walk_continued_by_another_process_closes_nothing(rig) -> None:
    walk(rig, "a", "b", at=DAY(10))
    with batch(rig.archive, rig.run) as opened:
        changed = opened.people(
            Relation.FOLLOWER, [], observed_at=DAY(11), complete=True, first=False
        )
    assert changed == 0
    assert all(row[3] is None for row in intervals(rig))


def test_a_quiet_night_writes_no_row(rig, exchange: Callable[..., Exchange]) -> None:
    walk(rig, "a", "b", at=DAY(10), stated=2, exchange=exchange())
    leaves = "SELECT count(*) FROM leaves"
    before = rig.one(leaves, access=Access.PRIVATE)
    walk(rig, "a", "b", at=DAY(11), stated=2, exchange=exchange())
    assert rig.one(leaves, access=Access.PRIVATE) == before


def test_counts_say_what_was_stated_and_what_was_walked(rig) -> None:
    walk(rig, "a", "b", at=DAY(10), stated=5)
    walk(rig, "a", at=DAY(11), complete=False, stated=6)
    sql = "SELECT stated, walked, complete FROM subscriber_counts ORDER BY id"
    assert rig.rows(sql, access=Access.PRIVATE) == [(5, 2, 1), (6, 1, 0)]


def test_lists_are_private_with_the_exchange_they_came_from(
    rig, exchange: Callable[..., Exchange]
) -> None:
    walk(rig, "a\ud800", at=DAY(10), exchange=exchange())
    for table in ("subscribers", "subscriber_counts", "exchanges"):
        assert rig.one(f"SELECT count(*) FROM {table}") == 0
        assert rig.one(f"SELECT count(*) FROM {table}", access=Access.PRIVATE) == 1
    assert rig.wrong() == []


def test_two_lists_do_not_mix(rig) -> None:
    walk(rig, "a", at=DAY(10))
    with batch(rig.archive, rig.run) as opened:
        opened.people(
            Relation.BLOCK,
            [Subscriber("x", Relation.BLOCK, "b")],
            observed_at=DAY(11),
            complete=True,
            first=True,
        )
    assert [row[3] for row in intervals(rig)] == [None, None]


def test_a_person_whose_id_no_platform_would_give_is_known_again(rig) -> None:
    names = ("a", "a\0b", "\0", "\ud800")
    assert walk(rig, *names, at="2026-08-15T00:00:00Z") == 4
    assert walk(rig, *names, at="2026-08-16T00:00:00Z") == 0
    assert rig.wrong() == []
