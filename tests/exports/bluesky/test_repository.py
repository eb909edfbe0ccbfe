"""Reading a repository: every record once, the signature, and each thing that can be wrong."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections import Counter
from pathlib import Path

import libipld
import msgspec
import pytest

from archiver.archive.store import Archive
from archiver.atproto.cids import block_cid
from archiver.capture.imports import import_download
from archiver.demo.accounts import BLUESKY_ACCOUNTS
from archiver.demo.bluesky_repository import did_document, owner, write_repository
from archiver.demo.bluesky_world import linked
from archiver.errors import InputError
from archiver.items import AuthorRole, Extent, Kind, Relation
from tests.capture.import_home import new_home
from tests.exports.bluesky.repositories import ACCOUNT, NOW, WHO, Walked, imported, written

WHOSE = owner(WHO.native_id, WHO.handle)


def test_every_record_ends_as_one_thing_and_as_many_as_were_written(tmp_path: Path) -> None:
    made = written(tmp_path / "d", posts=300, messages=40, pictures=6)
    found = Walked(tmp_path / "d")
    forms = Counter(item.form for item in found.items if item.kind is not Kind.MESSAGE)
    told = made.records
    assert forms["repost"] == told["app.bsky.feed.repost"]
    assert forms["like"] == told["app.bsky.feed.like"]
    assert forms["post"] + forms["reply"] + forms["quote"] == told["app.bsky.feed.post"]
    assert forms["reply rule"] == told["app.bsky.feed.threadgate"]
    assert forms["quote rule"] == told["app.bsky.feed.postgate"]
    assert forms["profile"] == 1
    lists = Counter(person.relation for person in found.people)
    assert lists[Relation.FOLLOWING] == told["app.bsky.graph.follow"]
    assert lists[Relation.BLOCK] == told["app.bsky.graph.block"]
    assert not found.failed
    assert found.adds_up()
    strange = {"app.bsky.feed.generator", "chat.bsky.actor.declaration"}
    assert {one.detail.split()[0] for one in found.skipped if "stays in" in one.detail} == strange
    assert made.messages == sum(item.kind is Kind.MESSAGE for item in found.items)


def test_a_record_proves_itself_by_its_block_in_the_original(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    content = made.repository.read_bytes()
    for item in Walked(made.repository).items:
        raw = msgspec.json.decode(item.raw)
        block = libipld.encode_dag_cbor(linked(raw["value"]))
        assert item.position is not None
        assert item.member == "repo.car"
        assert content[item.position : item.position + len(block)] == block
        assert raw["cid"] == libipld.encode_cid(block_cid(block))
        assert raw["uri"] == item.native_id


def test_whose_it_is_comes_from_the_commit_and_the_document(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    found = Walked(tmp_path / "d")
    assert found.download.identity.native_id == WHO.native_id
    assert found.download.identity.handle == WHO.handle
    assert found.items[0].author.role is AuthorRole.AGENCY
    assert found.download.generated_at == made.revised.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert any("signature is by the key that did.json names" in note for note in found.notes)


def test_without_a_document_the_signature_is_said_not_to_be_checked(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    found = Walked(made.repository)
    assert any(note.startswith("signature not checked") for note in found.notes)
    assert found.download.identity.handle is None
    assert found.counts["repo.car"].complete
    assert not any(item.kind is Kind.PROFILE for item in found.items)
    assert any("the handle is not known" in one.detail for one in found.skipped)
    report = imported(tmp_path, made.repository)
    profile = next(line for line in report.coverage if line.what == "profile")
    assert profile.state == "none"


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_it_is_the_same_from_a_zip(tmp_path: Path, packed: int) -> None:
    written(tmp_path / "d", pictures=4)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", packed) as archive:
        for path in (tmp_path / "d").rglob("*"):
            if path.is_file():
                archive.write(path, path.relative_to(tmp_path / "d"))
    assert Walked(tmp_path / "a.zip").items == Walked(tmp_path / "d").items


def test_blobs_beside_it_are_taken_in_and_others_named_as_not_held(tmp_path: Path) -> None:
    made = written(tmp_path / "d", pictures=6)
    assert made.blobs > 2
    gone = next((tmp_path / "d" / "blobs").iterdir())
    gone.unlink()
    refs = {ref.key: ref for item in Walked(tmp_path / "d").items for ref in item.media}
    held = [ref for ref in refs.values() if ref.available]
    missing = [ref for ref in refs.values() if not ref.available]
    assert len(held) == made.blobs - 1
    assert [ref.key for ref in missing] == [f"{WHO.native_id}/{gone.stem}"]
    assert all(ref.alt_text for ref in refs.values())
    report = imported(tmp_path, tmp_path / "d")
    assert report.media_stored == made.blobs - 1


def test_a_forged_signature_is_a_problem_of_the_report(tmp_path: Path) -> None:
    written(tmp_path / "d")
    other = owner(WHO.native_id, WHO.handle + ".other")
    wrong = type(other)(other.did, other.handle, owner("did:plc:other", "x").key)
    (tmp_path / "d" / "did.json").write_bytes(did_document(wrong))
    report = imported(tmp_path, tmp_path / "d")
    assert report.outcome == "partial"
    assert any("not by the account's key" in problem for problem in report.problems)
    states = {line.what: line.state for line in report.coverage}
    assert states["post"] == states["following"] == "partial"


def test_the_document_of_somebody_else_is_not_taken_for_the_accounts(tmp_path: Path) -> None:
    written(tmp_path / "d")
    (tmp_path / "d" / "did.json").write_bytes(did_document(owner("did:plc:stranger", "x.test")))
    assert any(note.startswith("signature not checked") for note in Walked(tmp_path / "d").notes)


def test_a_record_whose_block_was_changed_is_failed_and_the_rest_goes_on(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    whole = Walked(made.repository)
    victim = next(item for item in whole.items if item.form == "post")
    content = bytearray(made.repository.read_bytes())
    assert victim.position is not None
    content[victim.position + 9] ^= 1
    made.repository.write_bytes(content)
    found = Walked(made.repository)
    assert [one.detail for one in found.failed] == [
        f"{victim.native_id.removeprefix(f'at://{WHO.native_id}/')}: "
        "its bytes are not what its id says"
    ]
    assert len(found.items) == len(whole.items) - 1
    assert not found.counts["repo.car"].complete
    assert "bytes that are not what their id says" in found.counts["repo.car"].reason
    assert found.adds_up()


def test_blocks_that_belong_to_no_record_are_counted(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    foreign = libipld.encode_dag_cbor({"text": "slipped in"})
    with made.repository.open("ab") as file:
        file.write(bytes([36 + len(foreign)]) + block_cid(foreign) + foreign)
    found = Walked(made.repository)
    assert any(note.startswith("1 blocks of the repository belong to no") for note in found.notes)
    assert not any("slipped in" in item.text for item in found.items)


def test_a_repository_without_its_root_is_refused_in_one_line(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    made.repository.write_bytes(made.repository.read_bytes()[:80])
    with pytest.raises(InputError, match=r"repo\.car does not hold the root it names") as told:
        Walked(made.repository)
    assert "\n" not in str(told.value)


def test_two_repositories_in_one_folder_are_refused(tmp_path: Path) -> None:
    made = written(tmp_path / "d")
    (tmp_path / "d" / "other.car").write_bytes(made.repository.read_bytes())
    with pytest.raises(InputError, match="2 repository files"):
        Walked(tmp_path / "d")


def test_another_accounts_repository_is_refused(tmp_path: Path) -> None:
    written(tmp_path / "d")
    stranger = BLUESKY_ACCOUNTS[1]
    account = type(ACCOUNT)(
        **{
            name: getattr(ACCOUNT, name)
            for name in ACCOUNT.__dataclass_fields__
            if name not in ("native_id", "handle")
        },
        native_id=stranger.native_id,
        handle=stranger.handle,
    )
    with pytest.raises(InputError, match="not of @city"):
        imported(tmp_path, tmp_path / "d", account=account)


def test_records_that_are_not_as_they_should_be_cost_themselves_alone(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    odd = [
        ("app.bsky.feed.post/3aaaaaaaaaa2a", {"text": 5, "embed": {"images": 7}, "langs": "en"}),
        (
            "app.bsky.feed.post/3aaaaaaaaaa2b",
            {"createdAt": "last week", "facets": [{"features": 1}]},
        ),
        ("app.bsky.graph.follow/3aaaaaaaaaa2a", {"subject": 5}),
        ("app.bsky.graph.follow/3aaaaaaaaaa2b", {"subject": "did:plc:somebody"}),
        ("app.bsky.graph.follow/3aaaaaaaaaa2c", {"subject": "did:plc:somebody"}),
        ("org.example.own/self", {"bytes": b"\x00\x01"}),
    ]
    write_repository(path, WHOSE, odd, revised=NOW)
    found = Walked(path)
    assert [item.text for item in found.items] == ["", ""]
    assert [one.detail for one in found.failed] == [
        "app.bsky.graph.follow/3aaaaaaaaaa2a: it is not readable"
    ]
    assert [person.native_id for person in found.people] == ["did:plc:somebody"]
    follows = found.counts["repo.car (app.bsky.graph.follow)"]
    assert (follows.read, follows.units, follows.joined, follows.complete) == (2, 2, 1, False)
    assert found.adds_up()


def test_somebody_followed_twice_stands_once_on_the_list(tmp_path: Path) -> None:
    path = tmp_path / "repo.car"
    follows = [
        (f"app.bsky.graph.follow/3aaaaaaaaaa2{letter}", {"subject": "did:plc:somebody"})
        for letter in "abc"
    ]
    write_repository(path, WHOSE, follows, revised=NOW)
    for dry_run in (True, False):
        home = new_home(tmp_path / f"home {dry_run}")
        with Archive.open(home, write=True) as archive:
            report = import_download(archive, ACCOUNT, [path], dry_run=dry_run)
        assert (report.total.people, report.outcome, report.problems) == (1, "complete", [])


def test_a_list_that_is_not_whole_closes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "one" / "repo.car"
    path.parent.mkdir()
    follows = [
        (f"app.bsky.graph.follow/3aaaaaaaaa{n:02}a", {"subject": f"did:plc:p{n}"})
        for n in range(22, 28)
    ]
    write_repository(path, WHOSE, follows, revised=NOW - dt.timedelta(days=9))
    first = imported(tmp_path, path)
    assert first.total.people == 6
    broken = [*follows[:3], (follows[3][0], {"subject": None})]
    write_repository(path, WHOSE, broken, revised=NOW)
    second = imported(tmp_path, path)
    assert second.outcome == "partial"


def test_what_it_covers_is_said_with_reasons(tmp_path: Path) -> None:
    written(tmp_path / "d")
    lines = {line.what: line for line in imported(tmp_path, tmp_path / "d").coverage}
    assert lines["post"].state == "complete"
    assert lines["following"].state == "complete"
    assert lines["comment"].state == "none"
    assert "nothing of other people" in lines["comment"].reason
    assert lines["reaction"].state == "partial"
    assert lines["message"].state == "none"
    assert lines["follower"].state == Extent.NONE


def test_the_same_repository_twice_and_a_later_one_bring_only_what_is_new(tmp_path: Path) -> None:
    made = written(tmp_path / "d", posts=80)
    first = imported(tmp_path, tmp_path / "d")
    assert first.outcome == "complete"
    again = imported(tmp_path, made.repository)
    assert (again.total.stored, again.total.versions) == (0, 0)
    values = {"text": "One more", "createdAt": "2026-11-21T10:00:00.000Z"}
    later = tmp_path / "later.car"
    write_repository(later, WHOSE, [("app.bsky.feed.post/3zzzzzzzzzz2a", values)], revised=NOW)
    third = imported(tmp_path, later)
    assert third.total.stored == 1
