"""The same repository through the interface and as a file is one set of records, not two."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import httpx
import libipld
import pytest

from archiver import clock
from archiver.archive.store import Archive, create_archive
from archiver.atproto.cars import indexed
from archiver.atproto.cids import as_json
from archiver.atproto.commits import decoded_commit
from archiver.atproto.trees import Leaf, walked
from archiver.capture.import_report import ImportReport
from archiver.capture.imports import import_download
from archiver.capture.walks import capture_account
from archiver.config import Home
from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_fake import running_fake
from archiver.demo.bluesky_repository import did_document, owner, records_of, write_repository
from archiver.demo.bluesky_story import bluesky_state
from archiver.items import Kind, Relation
from archiver.platforms.bluesky import BlueskySource
from archiver.register.accounts import Account
from tests.capture.bluesky_city import City, registered
from tests.servers.bluesky_network import Network

WHO = BLUESKY_ACCOUNTS[0]


def imported(home: Home, account: Account, *paths: Path) -> ImportReport:
    with Archive.open(home, write=True) as archive:
        return import_download(archive, account, list(paths))


def test_what_was_captured_and_is_imported_afterwards_brings_nothing_new(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home")
    create_archive(home)
    world = bluesky_state(5, records=400)
    passwords = {WHO.native_id: "secret"}
    with running_fake(world, passwords) as url, Archive.open(home, write=True) as archive:
        source = BlueskySource(url, WHO.handle, lambda: "secret", appview=url)
        account = registered(WHO.handle, url)
        capture_account(archive, account, source, sleep=lambda _: None)
        source.close()
        own = archive.public.execute(
            "SELECT count(*) FROM records WHERE author_role = 'agency'"
        ).fetchone()[0]
    folder = tmp_path / "download"
    folder.mkdir()
    whose = owner(WHO.native_id, WHO.handle)
    held = records_of(world, WHO.native_id)
    write_repository(folder / "repo.car", whose, held, revised=clock.now())
    (folder / "did.json").write_bytes(did_document(whose))
    found = imported(home, account, folder)
    assert (found.total.stored, found.total.versions, found.total.failed) == (0, 0, 0)
    lists = {Relation.FOLLOWING: "app.bsky.graph.follow", Relation.BLOCK: "app.bsky.graph.block"}
    people = sum(path.partition("/")[0] in lists.values() for path, _ in held)
    assert found.total.duplicates == len(held) - people - found.total.skipped
    assert found.total.duplicates <= own
    assert found.total.people == people
    with Archive.open(home) as archive:
        (kept,) = archive.private.execute("SELECT count(*) FROM originals").fetchone()
        sources = {row[0] for row in archive.public.execute("SELECT source FROM runs")}
    assert kept == 1
    assert sources == {"bluesky-api", "bluesky-download"}


def test_what_was_imported_and_is_captured_afterwards_brings_nothing_new_either(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path / "home")
    create_archive(home)
    world = bluesky_state(5, records=400)
    folder = tmp_path / "download"
    folder.mkdir()
    whose = owner(WHO.native_id, WHO.handle)
    write_repository(
        folder / "repo.car",
        whose,
        records_of(world, WHO.native_id),
        revised=clock.now() - dt.timedelta(hours=1),
    )
    (folder / "did.json").write_bytes(did_document(whose))
    account = registered(WHO.handle, "")
    first = imported(home, account, folder)
    assert first.total.stored > 50
    versions = _versions(home)
    with running_fake(world, {WHO.native_id: "secret"}) as url:
        source = BlueskySource(url, WHO.handle, lambda: "secret", appview=url)
        with Archive.open(home, write=True) as archive:
            capture_account(archive, account, source, sleep=lambda _: None)
        source.close()
    assert {key: count for key, count in _versions(home).items() if key in versions} == versions


def _versions(home: Home) -> dict[str, int]:
    with Archive.open(home) as archive:
        return dict(archive.public.execute("SELECT native_id, version_count FROM records"))


@pytest.mark.servers
def test_the_repository_a_real_server_gives_is_read_whole_and_verified(
    city: City, pds: Network, tmp_path: Path
) -> None:
    person = city.person
    first = person.create("app.bsky.feed.post", {"text": "The pool opens on Saturday."})
    answered = {"uri": first["uri"], "cid": first["cid"]}
    for number in range(40):
        reply = {"root": answered, "parent": answered}
        person.create("app.bsky.feed.post", {"text": f"Update {number} 🏊", "reply": reply})
    person.create("app.bsky.feed.like", {"subject": answered})
    person.create("app.bsky.feed.repost", {"subject": answered})
    other = pds.person("resident")
    person.create("app.bsky.graph.follow", {"subject": other.did})
    person.create("app.bsky.actor.profile", {"displayName": "Alder Glen"}, rkey="self")
    city.capture()
    folder = tmp_path / "download"
    folder.mkdir()
    query = {"did": person.did}
    answer = httpx.get(f"{pds.pds}/xrpc/com.atproto.sync.getRepo", params=query, timeout=30)
    (folder / "repo.car").write_bytes(answer.content)
    document = httpx.get(f"{pds.plc}/{person.did}", timeout=30)
    (folder / "did.json").write_bytes(document.content)
    found = imported(city.home, city.account(), folder)
    assert any("signature is by the key" in line for line in found.warnings)
    assert not any("belong to no record" in line for line in found.warnings)
    assert found.outcome == "complete"
    assert (found.total.stored, found.total.versions, found.total.failed) == (0, 0, 0)
    assert found.total.duplicates == 44
    assert (found.total.people, found.total.skipped) == (0, 1)
    assert any("is older than the one the archive holds" in line for line in found.warnings)
    assert len(city.native_ids(Kind.POST)) == 42


@pytest.mark.servers
def test_the_tree_is_written_as_a_real_server_writes_it(
    city: City, pds: Network, tmp_path: Path
) -> None:
    """The same records give the same root of the tree, whoever builds it."""
    for number in range(60):
        city.person.create("app.bsky.feed.post", {"text": f"Update {number}"})
    query = {"did": city.person.did}
    answer = httpx.get(f"{pds.pds}/xrpc/com.atproto.sync.getRepo", params=query, timeout=30)
    theirs = indexed(io.BytesIO(answer.content))
    commit = decoded_commit(theirs.get(theirs.root)[1])
    held = [
        (leaf.path, as_json(libipld.decode_dag_cbor(theirs.get(leaf.cid)[1])))
        for leaf in walked(theirs, commit.data)
        if isinstance(leaf, Leaf)
    ]
    path = tmp_path / "ours.car"
    write_repository(path, owner(city.person.did, "x.test"), held, revised=dt.datetime.now(dt.UTC))
    with path.open("rb") as file:
        ours = indexed(file)
        assert decoded_commit(ours.get(ours.root)[1]).data == commit.data
