"""Content ids (CID, version 1): the SHA-256 of a block, with the code of how it is written.

https://atproto.com/specs/data-model#link-and-cid-formats. As bytes a CID has 36, as text 59
characters.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import libipld

DAG_CBOR = b"\x01\x71\x12\x20"
RAW = b"\x01\x55\x12\x20"
LENGTH = 36
"""The bytes of a CID."""


def block_cid(content: bytes) -> bytes:
    """The CID of a DAG-CBOR block, as bytes."""
    return DAG_CBOR + sha256(content).digest()


def blob_cid(digest: bytes) -> str:
    """The CID of a file's bytes with that SHA-256, as text:
    https://atproto.com/specs/data-model#blob-type."""
    return text_of(RAW + digest)


def text_of(cid: bytes) -> str:
    """A CID as text. Raises ValueError where the bytes are none."""
    text: str = libipld.encode_cid(cid)
    return text


def is_cid(value: object) -> bool:
    """Whether a decoded value is a CID: DAG-CBOR's links come as their bytes."""
    return isinstance(value, bytes) and len(value) == LENGTH and value.startswith((DAG_CBOR, RAW))


def as_json(value: Any) -> Any:
    """A decoded DAG-CBOR value as the protocol writes it in JSON: links as ``{"$link"}``, bytes as
    ``{"$bytes"}`` (https://atproto.com/specs/data-model#json-representation)."""
    if isinstance(value, dict):
        return {key: as_json(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_json(part) for part in value]
    if isinstance(value, bytes):
        if is_cid(value):
            return {"$link": text_of(value)}
        encoded: str = libipld.encode_multibase("m", value)
        return {"$bytes": encoded[1:]}
    return value
