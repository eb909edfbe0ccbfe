"""A volume's proof: what it shows, what it finds, and what it never gives away."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.archive.keys import make_keys, tombstone_key
from archiver.archive.leaves import GROUPS
from archiver.archive.seals import seal
from archiver.archive.store import Archive
from archiver.archive.timestamps import check_token, read_certificates
from archiver.errors import InputError, IntegrityError
from archiver.items import Author, Kind, Visibility
from archiver.production.back import COMMANDS
from archiver.production.proof.form import RecordEntry, withheld_commitment
from archiver.production.proof.reading import read_proof
from archiver.production.verify import verify_packet, verify_volumes
from archiver.requests.book import Claim, decide
from archiver.requests.redacting.redactions import Mark, add_redaction
from tests.archive.test_verify import tamper
from tests.production.proof.sealed_packet import SECRETS, destroy_record, make_packet, zipped

KEPT = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def pageless(findings: Iterable[str]) -> list[str]:
    """Findings without the page a record stands on, which the layout decides."""
    return [re.sub(r" \(page [^)]*\)", "", each) for each in findings]


def evidence(path: Path) -> dict:
    return json.loads(path.read_bytes())


def entry_of(proof: dict, number: int, *, earlier: bool = False) -> dict:
    (found,) = (
        one for one in proof["records"] if (one["number"], one["earlier"]) == (number, earlier)
    )
    return found


def opened(entry: dict) -> set[str]:
    return {group for group, held in entry["groups"].items() if held != "closed"}


def test_a_volume_is_proven_from_its_files_to_the_seals(made) -> None:
    (check,) = verify_packet(made.folder)
    assert check.findings == ()
    assert (check.proven.request, check.proven.volume) == ("2026-0001", 1)
    assert (check.proven.records, check.proven.sealed, check.proven.anchored) == (7, 6, 4)
    assert check.proven.sealed_at == "2026-11-19T11:00:00Z"
    assert check.proven.dated and check.proven.anchored_at and check.proven.compared
    assert check.proven.withheld == 1


def test_the_proof_lies_beside_the_volume_and_nothing_in_it_names_the_proof(made) -> None:
    name = made.proof.name.encode()
    digest = sha256(made.proof.read_bytes()).hexdigest().encode()
    for path in made.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert name not in data and digest not in data, path


def test_what_goes_out_uncovered_is_opened_and_nothing_else(made) -> None:
    proof = evidence(made.proof)
    every = {"text", "author", "place", "details", "media"}
    assert opened(entry_of(proof, 1)) == every
    assert opened(entry_of(proof, 1, earlier=True)) == every - {"details"}
    covered, below_withheld, message, picture = (entry_of(proof, n) for n in (2, 3, 5, 4))
    assert opened(covered) == {"media"}
    assert opened(below_withheld) == every - {"place"}
    assert opened(message) == every
    assert opened(picture) == every - {"media"}
    assert all(entry["groups"]["raw"] == "closed" for entry in proof["records"])
    unsealed = entry_of(proof, 6)
    assert unsealed["sealed"] is None and opened(unsealed) == every


def test_nothing_covered_withheld_or_unreviewed_is_in_the_proof(made) -> None:
    text = made.proof.read_text("ascii")
    said = json.dumps(evidence(made.proof), ensure_ascii=False)
    for secret in SECRETS:
        assert secret not in text and secret not in said, secret


def test_no_salt_and_no_key_of_a_closed_group_is_in_the_proof(made) -> None:
    text = made.proof.read_text("ascii")
    with Archive.open(made.home) as archive:
        for file in (archive.public, archive.private):
            for (salt,) in file.execute("SELECT salt FROM versions"):
                assert salt.hex() not in text
    proof = evidence(made.proof)
    given_away = {
        held["key"]
        for one in proof["records"]
        for held in one["groups"].values()
        if held != "closed"
    }
    with Archive.open(made.home) as archive:
        salts = [
            row[0]
            for file in (archive.public, archive.private)
            for row in file.execute("SELECT salt FROM versions")
        ]
    for salt in salts:
        for place, group in enumerate(GROUPS, 1):
            key = sha256(salt + bytes([place])).hexdigest()
            assert (key in text) == (key in given_away), group


def test_a_short_secret_cannot_be_guessed_from_all_the_file_holds(made) -> None:
    proof = evidence(made.proof)
    covered = entry_of(proof, 2)
    closed = {
        covered["commitments"][group]
        for group, held in covered["groups"].items()
        if held == "closed"
    }
    closed |= {one["commitment"] for one in proof["withheld"]}
    known = [
        b"",
        *(
            bytes.fromhex(held["key"])
            for one in proof["records"]
            for held in one["groups"].values()
            if held != "closed"
        ),
    ]
    known += [bytes.fromhex(one["leaf"]) for one in proof["records"]]
    known += [bytes.fromhex(made_of) for made_of in covered["commitments"].values()]
    guesses = [f"Call me at 555-{number:04d} please".encode() for number in range(300)]
    for key in known:
        for guess in guesses:
            assert sha256(key + guess).hexdigest() not in closed


def test_a_withheld_record_is_a_sheet_and_a_commitment_only_the_city_can_open(made) -> None:
    proof = evidence(made.proof)
    (sheet,) = proof["withheld"]
    assert set(sheet) == {"sheet", "commitment"} and sheet["sheet"] == 1
    with Archive.open(made.home) as archive:
        (leaf,) = archive.public.execute(
            """
            SELECT l.hash FROM versions AS v JOIN leaves AS l ON l.seq = v.leaf
            JOIN records AS r ON r.version_id = v.id WHERE r.native_id = 'w-77'
            """
        ).fetchone()
    secret = tombstone_key(made.home.keys)
    assert sheet["commitment"] == withheld_commitment(secret, leaf, "2026-0001", 1, 1).hex()
    assert sheet["commitment"] != withheld_commitment(secret, leaf, "2026-0001", 2, 1).hex()
    assert all(one["leaf"] != leaf.hex() for one in proof["records"])
    assert secret.hex() not in made.proof.read_text("ascii")


def test_a_volume_is_proven_the_same_twice_but_for_its_date(made, tmp_path) -> None:
    again = make_packet(tmp_path, dated=False)
    first, second = (read_proof(path).statement for path in (made.proof, again.proof))
    assert first.key == second.key and first.made_at == second.made_at
    assert evidence(again.proof)["time_stamp"] is None
    (check,) = verify_packet(again.folder)
    assert check.ok and check.proven.anchored == 0 and check.proven.dated is None


@pytest.mark.parametrize("which", ["folder", "zip"])
def test_a_flipped_byte_in_any_kind_of_file_is_named(packet, which) -> None:
    target = packet.folder if which == "folder" else packet.zip
    for path in sorted(packet.folder.rglob("*")):
        if not path.is_file() or path.name == "manifest.json":
            continue
        before = path.read_bytes()
        flip(path, len(before) // 2)
        if which == "zip":
            zipped(packet.folder)
        (check,) = verify_packet(target)
        name = path.relative_to(packet.folder).as_posix()
        assert f"{name} was changed since it was produced" in check.findings
        path.write_bytes(before)


@KEPT
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_bit_of_the_proof_counts(packet, where, bit) -> None:
    before = packet.proof.read_bytes()
    try:
        flip(packet.proof, int(where * len(before)), bit)
        (check,) = verify_packet(packet.folder)
        assert check.findings and all("VOL001.proof.json" in one for one in check.findings)
    finally:
        packet.proof.write_bytes(before)


@KEPT
@given(where=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_any_bit_of_the_manifest_counts(packet, where, bit) -> None:
    path = packet.folder / "manifest.json"
    before = path.read_bytes()
    try:
        flip(path, int(where * len(before)), bit)
        try:
            (check,) = verify_packet(packet.folder)
        except InputError as error:
            assert "manifest.json" in str(error)
        else:
            assert "manifest.json is not the one the proof was made for" in check.findings
    finally:
        path.write_bytes(before)


def flip(path: Path, at: int, bit: int = 0) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1 << bit
    path.write_bytes(data)


def resealed(packet, change) -> None:
    """Change the evidence of a proof as somebody would who cannot sign, hashes put right."""
    lines = packet.proof.read_bytes().splitlines(keepends=True)
    changed = [change(line) for line in lines[:-1]]
    assert changed != lines[:-1]
    whole = sha256(b"".join(changed)).hexdigest()
    packet.proof.write_bytes(b"".join(changed) + b'"sha256":"%s"}\n' % whole.encode())


def test_words_put_into_a_record_are_found_even_with_every_hash_put_right(packet) -> None:
    resealed(packet, lambda line: line.replace(b"skate park", b"water park"))
    data = packet.folder / "data" / "records.jsonl"
    data.write_text(data.read_text("utf-8").replace("skate park", "water park"), "utf-8")
    (check,) = verify_packet(packet.folder)
    assert "record 1: its text is not what the city committed to" in pageless(check.findings)
    assert any("changed after it was signed" in one for one in check.findings)


def test_words_of_the_data_file_alone_are_compared_with_what_was_sealed(packet) -> None:
    data = packet.folder / "data" / "records.jsonl"
    data.write_text(data.read_text("utf-8").replace("I agree", "I object"), "utf-8")
    (check,) = verify_packet(packet.folder)
    assert check.findings[0] == "data/records.jsonl was changed since it was produced"
    named = "record 3: text in the data file is not what the city sealed"
    assert named in pageless(check.findings)


def test_a_record_left_out_of_the_data_file_is_missed(packet) -> None:
    data = packet.folder / "data" / "records.jsonl"
    data.write_text("".join(data.read_text("utf-8").splitlines(keepends=True)[1:]), "utf-8")
    (check,) = verify_packet(packet.folder)
    assert any("another record in its place" in one for one in check.findings)


def test_a_text_that_is_not_covered_cannot_be_kept_closed(packet) -> None:
    proof = evidence(packet.proof)
    held = proof["records"][0]["groups"]["text"]
    said = json.dumps(held, sort_keys=True, separators=(",", ":")).encode()
    resealed(packet, lambda line: line.replace(b'"text":' + said, b'"text":"closed"'))
    (check,) = verify_packet(packet.folder)
    named = "record 1: its text is not covered, yet the proof keeps it closed"
    assert named in pageless(check.findings)


def test_a_leaf_moved_in_its_tree_leads_nowhere(packet) -> None:
    resealed(packet, lambda line: line.replace(b'"index":', b'"index":1', 1))
    (check,) = verify_packet(packet.folder)
    assert any("does not lead to seal" in one for one in check.findings)


def test_a_record_destroyed_later_stays_proven(made, tmp_path) -> None:
    fresh = make_packet(tmp_path, dated=False)
    destroy_record(fresh.home, "1")
    (check,) = verify_packet(fresh.folder)
    assert check.ok and check.proven.sealed == 6


def test_an_archive_that_does_not_verify_proves_nothing(new_city, tmp_path) -> None:
    city = new_city(tmp_path / "city")
    try:
        number = city.ask()
        city.release(number, *city.collect(number, city.store("1")))
        seal(city.archive, now="2026-11-18T11:00:00Z")
        tamper(city.home.archive_db, "UPDATE leaves SET hash = zeroblob(32) WHERE kind = 'run'")
        with pytest.raises(IntegrityError, match="seal 1 does not match"):
            city.produce(number)
        assert not list(city.home.productions.glob("*/VOL*"))
        assert [path.name for path in city.home.productions.iterdir()] == [".making.lock"]
    finally:
        city.close()


def test_seals_of_a_key_that_was_replaced_are_proven_too(new_city, tmp_path) -> None:
    city = new_city(tmp_path / "city")
    try:
        number = city.ask()
        first = city.store("1")
        seal(city.archive, now="2026-11-18T11:00:00Z")
        keys = city.home.keys
        (keys / "seal.pub").rename(keys / "seal-2026.pub")
        (keys / "seal.key").unlink()
        make_keys(keys)
        second = city.store("2")
        seal(city.archive, now="2026-11-19T11:00:00Z")
        city.release(number, *city.collect(number, first, second))
        made = city.produce(number)
        (check,) = verify_volumes(city.home, city.office)
        assert check.ok and check.proven.sealed == 2
        assert len(evidence(made.folder.with_name("VOL001.proof.json"))["keys"]) == 2
        for path in keys.glob("*.pub"):
            path.rename(keys / f"{path.name}.away")
        (check,) = verify_volumes(city.home, city.office)
        assert check.findings == ("VOL001.proof.json: it is signed by no key of this home",)
    finally:
        city.close()


def test_another_key_is_noticed(made) -> None:
    key = read_proof(made.proof).key
    spelled = ":".join(key[at : at + 2] for at in range(0, 64, 2)).upper()
    (check,) = verify_packet(made.folder, key=spelled)
    assert check.ok
    (check,) = verify_packet(made.folder, key="0" * 64)
    assert check.findings == (
        "VOL001.proof.json: it is signed by another key than the one you gave",
    )
    with pytest.raises(InputError, match="64 hexadecimal digits"):
        verify_packet(made.folder, key="abc")


def test_without_a_proof_only_the_files_are_checked(packet) -> None:
    packet.proof.unlink()
    (check,) = verify_packet(packet.folder)
    assert check.ok and check.proven is None
    with pytest.raises(InputError, match="no key can be compared"):
        verify_packet(packet.folder, key="0" * 64)


def test_the_time_stamps_are_the_authoritys(made) -> None:
    proof = read_proof(made.proof)
    roots = read_certificates(made.authority.root)
    assert check_token(proof.token, proof.digest, roots).trusted
    (check,) = verify_packet(made.folder, certificates=roots)
    assert check.ok


def test_openssl_agrees_with_the_time_stamp(made, tmp_path) -> None:
    proof = read_proof(made.proof)
    (tmp_path / "digest").write_bytes(proof.digest)
    (tmp_path / "token.tsr").write_bytes(proof.token)
    checked = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-data", "digest", "-in", "token.tsr"),
            *("-CAfile", str(made.authority.root)),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in checked.stdout + checked.stderr


def test_the_commands_of_the_packet_check_it_by_hand(packet) -> None:
    script = "\n".join(command.replace("PROOF", str(packet.proof)) for command in COMMANDS)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=packet.folder,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    verified, manifest, said_manifest, proof, said_proof = done.stdout.splitlines()
    assert verified == "Signature Verified Successfully"
    assert manifest.split()[0] == said_manifest and proof.split()[0] == said_proof


def test_the_proof_is_read_a_line_at_a_time(made) -> None:
    entries = list(read_proof(made.proof).entries(RecordEntry))
    assert [(one.number, one.earlier) for one in entries[:3]] == [(1, False), (1, True), (2, False)]


FIELDS = (
    "text",
    "author.name",
    "author.handle",
    "author.id",
    "url",
    "link:1",
    "link:2",
    "recipient:1",
    "version:1.text",
)
OF_GROUP = {
    "text": {"text"},
    "author": {"author.name", "author.handle", "author.id", "recipient:1"},
    "place": {"author.id", "url"},
    "details": {"url", "link:1", "link:2"},
}


@settings(
    max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(covered=st.sets(st.sampled_from(FIELDS), min_size=1))
def test_whatever_is_covered_stays_closed_and_unsaid(new_city, tmp_path_factory, covered) -> None:
    words = {name: f"secret-{place}-{name[:3]}" for place, name in enumerate(FIELDS)}
    author = Author(words["author.id"], words["author.handle"], words["author.name"])
    told = {
        "kind": Kind.MESSAGE,
        "visibility": Visibility.PRIVATE,
        "author": author,
        "recipients": (Author(words["recipient:1"]),),
        "url": words["url"],
        "links": (words["link:1"], words["link:2"]),
    }
    city = new_city(tmp_path_factory.mktemp("covered") / "city")
    try:
        city.store("m-1", words["version:1.text"], raw=b"1", stable=b"1", **told)
        later = {"observed_at": "2026-11-18T10:00:00Z", "raw": b"2", "stable": b"2"}
        record = city.store("m-1", words["text"], **later, **told)
        seal(city.archive, now="2026-11-18T11:00:00Z")
        number = city.ask()
        (item,) = city.collect(number, record)
        city.attest("7927.410")
        files = {"archive": city.archive.public, "private": city.archive.private}
        for name in sorted(covered):
            claims = [Claim("7927.410")]
            add_redaction(city.office, files, number, item, Mark(name), actor="of", claims=claims)
        decide(city.office, number, [item], "redact", actor="of")
        folder = city.produce(number).folder
        proof = folder.with_name("VOL001.proof.json")
        (check,) = verify_packet(folder)
        assert check.ok
    finally:
        city.close()
    text = proof.read_text("ascii")
    for name in FIELDS:
        assert (words[name] in text) <= (name not in covered), name
    main, *before = evidence(proof)["records"]
    for group, fields in OF_GROUP.items():
        hidden = bool(fields & covered) or (group == "details" and "text" in covered)
        assert (group in opened(main)) == (not hidden), group
    for entry in before:
        assert ("text" in opened(entry)) == ("version:1.text" not in covered)
        assert not opened(entry) & {g for g in ("author", "place") if OF_GROUP[g] & covered}
