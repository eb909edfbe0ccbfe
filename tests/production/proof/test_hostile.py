"""Whatever somebody else writes into a packet or its proof gets an answer, never a fault."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.archive.keys import fingerprint
from archiver.errors import InputError
from archiver.production.proof.reading import read_proof
from archiver.production.verify import verify_packet

FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just("0" * 64),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def places(value: object, way: tuple = ()) -> list[tuple]:
    """The way to every value of a document."""
    found = [way] if way else []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs if isinstance(value, dict | list) else ():
        found += places(inner, (*way, key)) if isinstance(inner, dict | list) else [(*way, key)]
    return found


def changed(value: object, way: tuple, to: object) -> object:
    """A document with another value at the end of a way; None takes it out of an object."""
    key, *rest = way
    made = dict(value) if isinstance(value, dict) else list(value)
    if not rest and to is None and isinstance(made, dict):
        del made[key]
    else:
        made[key] = changed(made[key], tuple(rest), to) if rest else to
    return made


def signed_by_somebody(path: Path, evidence: list[bytes]) -> None:
    """The proof over other evidence, whole and signed, by a key that is not the city's."""
    secret = Ed25519PrivateKey.from_private_bytes(bytes(32))
    public = secret.public_key()
    said = replace(
        read_proof(path).statement,
        evidence=sha256(b"".join(evidence)).hexdigest(),
        key=fingerprint(public),
    )
    message = said.message()
    ending = {
        "signed": message.decode(),
        "signature": secret.sign(message).hex(),
        "key": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        "time_stamp": None,
    }
    body = b"".join(evidence) + json.dumps(ending, separators=(",", ":")).encode()[1:-1] + b",\n"
    path.write_bytes(body + b'"sha256":"%s"}\n' % sha256(body).hexdigest().encode())


def answered(packet) -> list[str]:
    """What the check says; it may refuse in one line, and do nothing else."""
    try:
        (check,) = verify_packet(packet.folder)
    except InputError as error:
        assert "\n" not in str(error)
        return [str(error)]
    return list(check.findings)


@FEW
@given(data=st.data(), to=JSON)
def test_a_proof_that_somebody_else_signed(packet, data, to) -> None:
    before = packet.proof.read_bytes()
    lines = before.splitlines(keepends=True)[:-2]
    entries = [at for at, line in enumerate(lines) if line.startswith(b"{") and at]
    at = data.draw(st.sampled_from(entries))
    entry = json.loads(lines[at].rstrip(b",\n"))
    way = data.draw(st.sampled_from(places(entry)))
    comma = b",\n" if lines[at].endswith(b",\n") else b"\n"
    lines[at] = json.dumps(changed(entry, way, to), separators=(",", ":")).encode() + comma
    try:
        signed_by_somebody(packet.proof, lines)
        answered(packet)
    finally:
        packet.proof.write_bytes(before)


@FEW
@given(data=st.data(), to=JSON, name=st.sampled_from(["manifest.json", "data/records.jsonl"]))
def test_a_manifest_or_a_data_file_that_says_anything(packet, data, to, name) -> None:
    path = packet.folder / name
    before = path.read_bytes()
    first, *rest = [before] if name == "manifest.json" else before.splitlines(keepends=True)
    document = json.loads(first)
    way = data.draw(st.sampled_from(places(document)))
    text = json.dumps(changed(document, way, to))
    try:
        path.write_bytes(text.encode() + b"\n" + b"".join(rest))
        assert answered(packet)
    finally:
        path.write_bytes(before)


@pytest.mark.parametrize("text", ["[" * 100_000, '{"format": ' + "1" * 5_000 + "}", "null", "\0"])
def test_a_manifest_that_is_none(packet, text) -> None:
    (packet.folder / "manifest.json").write_text(text)
    with pytest.raises(InputError, match=r"manifest.json is"):
        verify_packet(packet.folder)
