"""The commit at a repository's root: whose it is, which revision, the tree, and the signature.

https://atproto.com/specs/repository#commit-objects,
https://atproto.com/specs/cryptography#ecdsa-signature-malleability.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import libipld
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from archiver.atproto.cids import LENGTH

VERSIONS = (2, 3)
_HALF = 32
_DID = re.compile(r"did:[a-z]{1,32}:[A-Za-z0-9._:%-]{1,2000}")
_ORDERS: dict[str, int] = {
    "secp256k1": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141,
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
}


@dataclass(frozen=True, slots=True)
class Commit:
    """A repository's commit. `rev` is its revision ("" in version 2, which had none), `data` the id
    of the tree's root, `signed` the bytes the signature is over."""

    did: str
    rev: str
    version: int
    data: bytes
    signature: bytes
    signed: bytes


def decoded_commit(content: bytes) -> Commit:
    """A commit's block. Raises ValueError, in one line, where it is none."""
    try:
        value = libipld.decode_dag_cbor(content)
        whole = libipld.encode_dag_cbor(value)
        commit = Commit(
            value["did"],
            value.get("rev", ""),
            value["version"],
            value["data"],
            value.pop("sig"),
            libipld.encode_dag_cbor(value),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError("its root is no commit of a repository") from None
    if whole != content:
        raise ValueError("its commit is not written as the protocol demands")
    if commit.version not in VERSIONS:
        raise ValueError(f"it is a repository of the unknown version {commit.version!r:.20}")
    texts = isinstance(commit.did, str) and isinstance(commit.rev, str)
    if not texts or not _DID.fullmatch(commit.did):
        raise ValueError("its commit does not name an account")
    links = isinstance(commit.data, bytes) and isinstance(commit.signature, bytes)
    if not links or len(commit.data) != LENGTH:
        raise ValueError("its commit names no tree or has no signature")
    return commit


def signature_fault(commit: Commit, key: ec.EllipticCurvePublicKey) -> str | None:
    """Why the commit's signature is not this key's; None where it is. That only one of the two
    forms of a signature is right (low S) is demanded since version 3."""
    if len(commit.signature) != 2 * _HALF:
        return "its signature has not the length of one"
    r = int.from_bytes(commit.signature[:_HALF], "big")
    s = int.from_bytes(commit.signature[_HALF:], "big")
    if commit.version == VERSIONS[-1] and s > _ORDERS[key.curve.name] // 2:
        return "its signature is in the form the protocol forbids (high S)"
    try:
        key.verify(encode_dss_signature(r, s), commit.signed, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return "its signature is not by the account's key"
    return None


def sign(unsigned: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The signature of a commit's bytes in the one form the protocol takes (low S)."""
    r, s = decode_dss_signature(key.sign(unsigned, ec.ECDSA(SHA256())))
    order = _ORDERS[key.curve.name]
    s = min(s, order - s)
    return r.to_bytes(_HALF, "big") + s.to_bytes(_HALF, "big")
