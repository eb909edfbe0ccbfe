"""Clusters of a request's items: each item stays its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from archiver.items import Kind, Visibility
from archiver.requests.book import Request, add_items, items_of
from archiver.requests.clustering.clusters import clusters_of
from archiver.retention.quarantine import put_in_quarantine

Files = dict[str, sqlite3.Connection]
Store = Callable[..., int]
SKATE = "The lights at the skate park have been out since May and nobody answers"


def test_clusters_have_the_oldest_leader_a_reason_and_every_item_once(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    later = store("2", SKATE, created_at="2026-11-17T10:00:00Z")
    oldest = store("1", SKATE + "!", created_at="2026-11-10T10:00:00Z")
    near = store("3", SKATE.replace("May", "June"), created_at="2026-11-18T10:00:00Z")
    other = store("4", "Thanks for the new trees", created_at="2026-11-18T11:00:00Z")
    liked = [store(each, "agree", kind=Kind.REACTION) for each in ("5", "6")]
    picked = [("archive", each) for each in (later, oldest, near, other, *liked)]
    add_items(office, files, request_made.number, picked, actor="of")
    [cluster] = clusters_of(office, files, request_made.number)
    assert (cluster.leader.record_id, cluster.size) == (oldest, 3)
    assert [(each.item.record_id, each.reason) for each in cluster.members] == [
        (later, "the same words"),
        (near, "92 % of the words the same"),
    ]
    kept = [item.id for item in items_of(office, request_made.number) if item.record_id != other]
    assert clusters_of(office, files, request_made.number, item_ids=kept[:1]) == []


def test_two_versions_of_one_record_are_named_as_such(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    picked = [("archive", store("1", SKATE))]
    add_items(office, files, request_made.number, picked, actor="of")
    store("1", SKATE + " me", observed_at="2026-11-18T10:00:00Z")
    add_items(office, files, request_made.number, picked, actor="of")
    [cluster] = clusters_of(office, files, request_made.number)
    [member] = cluster.members
    assert member.reason == "another version of the same record: 96 % of the words the same"


def test_nothing_is_compared_that_may_not_be_seen(
    office: sqlite3.Connection, files: Files, store: Store, request_made: Request
) -> None:
    public = [store("1", SKATE), store("2", SKATE)]
    private = store("3", SKATE, kind=Kind.MESSAGE, visibility=Visibility.PRIVATE)
    picked = [*(("archive", each) for each in public), ("private", private)]
    add_items(office, files, request_made.number, picked, actor="of")
    [whole] = clusters_of(office, files, request_made.number)
    assert whole.size == 3
    [cluster] = clusters_of(office, {"archive": files["archive"]}, request_made.number)
    assert {cluster.leader.record_id, cluster.members[0].item.record_id} == set(public)
    put_in_quarantine(
        office,
        files,
        *("archive", public[0]),
        actor="of",
        kind="court-sealed",
        reason="Sealed by the court.",
    )
    assert clusters_of(office, {"archive": files["archive"]}, request_made.number) == []
