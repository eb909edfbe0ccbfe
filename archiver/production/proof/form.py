"""The proof file: what it holds and how its bytes are laid out.

It is one JSON document of ASCII characters with a fixed order of lines, so that a few words of
shell can take it apart:

    {"format":"archiver production proof, version 1",
    "keys":[        the public keys of the seals, one a line
    ],
    "seals":[       the chain of seals, from the first that is needed to the newest time stamp
    ],
    "records":[     every produced record, and every earlier version printed with one
    ],
    "withheld":[    the withheld records: a sheet's number and a salted commitment
    ],
    "signed":"…","signature":"…","key":"…","time_stamp":"…",
    "sha256":"…"}

All lines before the one that begins with ``"signed"`` are the evidence. The message in ``signed``
is the line "archiver production proof" and a JSON object with sorted keys: the SHA-256 of the
evidence and of manifest.json, agency, request, volume and the fingerprint of the city's key. The
signature is Ed25519 over that message. The time stamp (RFC 3161) is over SHA-256 of message and
signature together. The last line holds SHA-256 of all lines before it: it proves nothing, and finds
every slip of a disk or a mail program.
"""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass
from hashlib import sha256

import msgspec

FORMAT = "archiver production proof, version 1"
ENDING = ".proof.json"
HEAD = b"archiver production proof\n"
SEAL_HEAD = "archiver seal\n"
SECTIONS = ("keys", "seals", "records", "withheld")
CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Statement:
    """What the city signs of a volume. Hashes and the fingerprint are in hexadecimal."""

    agency: str
    evidence: str
    key: str
    made_at: str
    manifest: str
    request: str
    volume: int

    def message(self) -> bytes:
        """The bytes that are signed."""
        return HEAD + _compact(asdict(self))


class KeyEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A public key that signed seals: its fingerprint, and the key in PEM form."""

    fingerprint: str
    pem: str


class SealEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A seal: its number and time, the text that is signed, the signature (hex), and the time
    stamp's token (base64) or None."""

    n: int
    sealed_at: str
    signed: str
    signature: str
    time_stamp: str | None


class Sealed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a leaf stands: under which seal, at which place of how many leaves, and the path of
    hashes (hex) from it to the seal's root (RFC 6962)."""

    seal: int
    index: int
    size: int
    path: list[str]


class Opened(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field group that is proven: its key (hex) and its content to the byte (UTF-8)."""

    key: str
    content: str


class RecordEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A produced record's version, or an earlier one printed with it. `sealed` is None where no
    seal covers it yet; each group is opened or the word "closed"."""

    number: int
    first_page: str
    version: int
    earlier: bool
    leaf: str
    sealed: Sealed | None
    commitments: dict[str, str]
    groups: dict[str, Opened | str]


class WithheldEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A withheld record or list: its sheet, and a commitment (hex) that the city alone can open."""

    sheet: int
    commitment: str


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last lines: the message, the signature (hex), the city's key (PEM), the time stamp's
    token (base64) or None, and the SHA-256 of all before."""

    signed: str
    signature: str
    key: str
    time_stamp: str | None
    sha256: str


Entry = KeyEntry | SealEntry | RecordEntry | WithheldEntry
ENTRIES: dict[str, type[Entry]] = {
    "keys": KeyEntry,
    "seals": SealEntry,
    "records": RecordEntry,
    "withheld": WithheldEntry,
}


def line_of(entry: msgspec.Struct) -> bytes:
    """An entry as it stands in the file, without the comma and the line's end."""
    return _compact(msgspec.to_builtins(entry))


def stamped_digest(message: bytes, signature: bytes) -> bytes:
    """What the time stamp of a proof is over (32 bytes)."""
    return sha256(message + signature).digest()


def withheld_commitment(secret: bytes, held: bytes, request: str, volume: int, sheet: int) -> bytes:
    """What the proof holds of what is withheld; `held` is a record's leaf or a list's digest.

        key = SHA-256("archiver withheld" || newline || secret of the home || request || newline
                      || volume || newline || sheet)
        commitment = SHA-256(key || held)

    The city opens it by giving key and leaf. The key is another for each sheet, so that nobody can
    tell the same record in two volumes, and the leaf itself is never given, because it stands
    beside others in their paths.
    """
    sheet_key = b"archiver withheld\n" + secret + f"{request}\n{volume}\n{sheet}".encode()
    return sha256(sha256(sheet_key).digest() + held).digest()


def from_hex(text: str, size: int) -> bytes:
    """Bytes from the one way this file writes them. Raises ValueError."""
    data = bytes.fromhex(text)
    if len(data) != size or data.hex() != text:
        raise ValueError("not so many bytes in small hexadecimal letters")
    return data


def from_base64(text: str) -> bytes:
    """Bytes from the one way this file writes them. Raises ValueError."""
    data = base64.b64decode(text, validate=True)
    if to_base64(data) != text:
        raise ValueError("not base64 as it is written here")
    return data


def to_base64(data: bytes) -> str:
    """Bytes as base64 (RFC 4648 §4)."""
    return base64.b64encode(data).decode("ascii")


def _compact(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode("ascii")
