"""Reading a proof file: whether it is whole, who signed it, and what it says, line by line.

Nothing is believed that was not hashed first, and no more than a line is held at a time, but for
the seals.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from archiver.archive.keys import fingerprint, is_signed
from archiver.decoding import decoder
from archiver.errors import InputError
from archiver.production.proof.form import (
    ENTRIES,
    FORMAT,
    HEAD,
    Ending,
    KeyEntry,
    RecordEntry,
    SealEntry,
    Statement,
    WithheldEntry,
    from_base64,
    from_hex,
    stamped_digest,
)

LONGEST_LINE = 64 * 1024 * 1024
_SIGNED = b'"signed":'
_CHECKSUM = b'"sha256":'
_DECODERS: dict[type[Any], Callable[[bytes], Any]] = {
    kind: decoder(kind) for kind in ENTRIES.values()
}
E = TypeVar("E", KeyEntry, SealEntry, RecordEntry, WithheldEntry)


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof file that is whole: what was signed, and whether by the key it names.

    `problems` are in one line each; `digest` is what its time stamp is over.
    """

    path: Path
    statement: Statement
    key: str
    token: bytes | None
    digest: bytes
    problems: tuple[str, ...]

    def entries(self, kind: type[E]) -> Iterator[E]:
        """The entries of a kind, in order. Raises InputError where one cannot be read."""
        section = next(name for name, found in ENTRIES.items() if found is kind)
        decode: Callable[[bytes], E] = _DECODERS[kind]
        inside = False
        with self.path.open("rb") as file:
            for line in _lines(self.path, file):
                if inside and line == b"],\n":
                    return
                if inside and line != b"\n":
                    try:
                        yield decode(line.removesuffix(b"\n").removesuffix(b","))
                    except msgspec.MsgspecError:
                        raise _damaged(self.path) from None
                elif line.rstrip(b"\n") == b'"%s":[' % section.encode():
                    inside = True


_read_ending = decoder(Ending)


def read_proof(path: Path) -> Proof:
    """Open a proof file. Raises InputError where it is not whole, or no proof file."""
    evidence, whole = sha256(), sha256()
    ending: list[bytes] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(path, file)):
                if number == 0 and line != b'{"format":%s,\n' % json.dumps(FORMAT).encode():
                    raise InputError(f"{path} is no proof file of this program, or is damaged")
                if ending or line.startswith(_SIGNED):
                    ending.append(line)
                else:
                    evidence.update(line)
                if not line.startswith(_CHECKSUM):
                    whole.update(line)
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or 'no such file'}") from None
    if len(ending) != 2:
        raise _damaged(path)
    try:
        end = _read_ending(b"{" + b"".join(ending))
        if end.sha256 != whole.hexdigest() or ending[1] != _CHECKSUM + b'"%s"}\n' % (
            end.sha256.encode()
        ):
            raise _damaged(path)
        message = end.signed.encode("ascii")
        statement = _statement(message)
        key = _public_key(end.key)
        signature = from_hex(end.signature, 64)
        token = None if end.time_stamp is None else from_base64(end.time_stamp)
    except (ValueError, TypeError, KeyError, msgspec.MsgspecError):
        raise _damaged(path) from None
    problems = []
    if fingerprint(key) != statement.key:
        problems.append("it names another key than it shows")
    if not is_signed(key, signature, message):
        problems.append("the city's signature is not over what it says")
    if statement.evidence != evidence.hexdigest():
        problems.append("what it says of the records was changed after it was signed")
    digest = stamped_digest(message, signature)
    return Proof(path, statement, fingerprint(key), token, digest, tuple(problems))


def _statement(message: bytes) -> Statement:
    """The statement of a message that is written in the one way this program writes it."""
    said = json.loads(message.removeprefix(HEAD))
    statement = Statement(**{each.name: said[each.name] for each in fields(Statement)})
    if statement.message() != message:
        raise ValueError("not as it is written here")
    return statement


def _public_key(pem: str) -> Ed25519PublicKey:
    key = load_pem_public_key(pem.encode("ascii"))
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("no Ed25519 key")
    if key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo) != pem.encode("ascii"):
        raise ValueError("not as a key is written")
    return key


def seal_keys(proof: Proof) -> dict[str, Ed25519PublicKey]:
    """The public keys of the seals, by fingerprint. Raises InputError where one is none."""
    found = {}
    for entry in proof.entries(KeyEntry):
        try:
            key = _public_key(entry.pem)
        except ValueError:
            raise _damaged(proof.path) from None
        found[fingerprint(key)] = key
    return found


def _lines(path: Path, file: BinaryIO) -> Iterator[bytes]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise _damaged(path)
        yield line


def _damaged(path: Path) -> InputError:
    return InputError(f"{path} is damaged: ask the city for it again")
