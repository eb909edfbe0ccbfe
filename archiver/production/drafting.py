"""Whether a packet made now is a draft: the attorney has to attest the wording it goes with."""

from __future__ import annotations

import hashlib
import sqlite3

from archiver.errors import InputError
from archiver.requests.letters.attesting import is_attested
from archiver.requests.letters.face import is_practice

COVER = "production-cover"


def draft_words(conn: sqlite3.Connection, number: str) -> str:
    """Why a packet made now is a draft, as its pages print it; empty where it is none: the request
    is a real one and the city attorney has attested the wording packets go out with."""
    if is_practice(number):
        return "PRACTICE: this is no production of the city. Not to be handed out."
    try:
        attested = is_attested(conn, COVER)
    except InputError:  # a text of the city's own that cannot be read
        attested = False
    if not attested:
        return (
            "DRAFT: the city attorney has not attested the wording of the cover letter. "
            "Not to be handed out."
        )
    return ""


def as_made(fingerprint: str, draft: str) -> str:
    """The form an item is produced in: what went into a draft is produced again afterwards."""
    return hashlib.sha256(f"draft {fingerprint}".encode()).hexdigest() if draft else fingerprint
