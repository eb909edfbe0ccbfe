"""What an account's DID document says: the handle, and the key that signs the repository.

https://atproto.com/specs/did#did-documents. Keys are multibase texts, with the curve named in the
key itself (`Multikey`) or, in older documents, by the type of the entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import libipld
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from archiver.decoding import converter, decoder

SIGNING_KEY = "#atproto"
_HANDLE = "at://"
_DID_KEY = "did:key:"
_MARKS: tuple[tuple[bytes, type[ec.EllipticCurve]], ...] = (
    (b"\xe7\x01", ec.SECP256K1),
    (b"\x80\x24", ec.SECP256R1),
)
_OLDER: dict[str, type[ec.EllipticCurve]] = {
    "EcdsaSecp256k1VerificationKey2019": ec.SECP256K1,
    "EcdsaSecp256r1VerificationKey2019": ec.SECP256R1,
}


class _Method(msgspec.Struct):
    id: str = ""
    type: str = ""
    publicKeyMultibase: str = ""


class _Document(msgspec.Struct):
    id: str
    alsoKnownAs: list[Any] = []
    verificationMethod: list[Any] = []


@dataclass(frozen=True, slots=True)
class DidDocument:
    """A document: whose it is, the handle it names, and the key that signs the repository, None
    where it names none that is understood."""

    did: str
    handle: str | None
    key: ec.EllipticCurvePublicKey | None


_read_document = decoder(_Document)


def read_document(content: bytes) -> DidDocument | None:
    """A DID document; None where the bytes are none."""
    try:
        document = _read_document(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not document.id.startswith("did:"):
        return None
    names = [one for one in document.alsoKnownAs if isinstance(one, str)]
    handle = next((one.removeprefix(_HANDLE) for one in names if one.startswith(_HANDLE)), None)
    return DidDocument(document.id, handle, _signing_key(document))


_as_method = converter(_Method)


def _signing_key(document: _Document) -> ec.EllipticCurvePublicKey | None:
    for one in document.verificationMethod:
        try:
            method = _as_method(one)
            if method.id in (SIGNING_KEY, f"{document.id}{SIGNING_KEY}"):
                return public_key(method.publicKeyMultibase, _OLDER.get(method.type))
        except (msgspec.ValidationError, ValueError):
            continue
    return None


def public_key(text: str, curve: type[ec.EllipticCurve] | None = None) -> ec.EllipticCurvePublicKey:
    """A key from a did:key or a multibase text; `curve` where the text does not name it.

    Raises ValueError where it is no key of the two curves the protocol has.
    """
    _, encoded = libipld.decode_multibase(text.removeprefix(_DID_KEY))
    if curve is None:
        for mark, named in _MARKS:
            if encoded.startswith(mark):
                return ec.EllipticCurvePublicKey.from_encoded_point(named(), encoded[len(mark) :])
        raise ValueError("the key is of no curve the protocol has")
    return ec.EllipticCurvePublicKey.from_encoded_point(curve(), encoded)


def multikey(key: ec.EllipticCurvePublicKey) -> str:
    """A key as a document names it (`publicKeyMultibase` of a `Multikey`)."""
    mark = next(mark for mark, named in _MARKS if isinstance(key.curve, named))
    point = key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    text: str = libipld.encode_multibase("z", mark + point)
    return text
