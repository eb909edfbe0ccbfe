"""Passwords: Argon2id hashes, and what is accepted as one (NIST SP 800-63B-4 §3.1.1)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from archiver.errors import RuleError

MINIMUM_LENGTH = 12
MAXIMUM_LENGTH = 256
_COMMON = frozenset(
    {
        "123456789012",
        "1234567890123",
        "administrator",
        "changemeplease",
        "iloveyouiloveyou",
        "letmeinletmein",
        "passwordpassword",
        "password1234",
        "password12345",
        "qwertyuiop12",
        "qwertyuiopas",
        "welcomewelcome",
    }
)

# RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
HASHER = PasswordHasher()


def hash_password(password: str, *, login: str) -> str:
    """The Argon2id hash of a new password.

    Raises RuleError where it is shorter than 12 characters, longer than 256, one repeated
    character, a common password or contains the login.
    """
    wanted = _normal(password)
    if not MINIMUM_LENGTH <= len(wanted) <= MAXIMUM_LENGTH:
        raise RuleError(
            f"a password has {MINIMUM_LENGTH} to {MAXIMUM_LENGTH} characters: "
            "several words in a row are good"
        )
    folded = wanted.casefold()
    if folded in _COMMON or len(set(folded)) < 5 or login.casefold() in folded:
        raise RuleError("that password is too easy to guess: choose another")
    return HASHER.hash(wanted)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits the hash.

    Without a hash (nobody bears that login) the same work is done on a hash of nothing, so that
    the time taken does not tell which logins exist.
    """
    wanted = _normal(password[: MAXIMUM_LENGTH * 4])
    try:
        HASHER.verify(stored if stored is not None else _nobody(), wanted)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other costs than today's."""
    return HASHER.check_needs_rehash(stored)


def rehash(password: str) -> str:
    """The hash of a password that has just been verified, at today's costs."""
    return HASHER.hash(_normal(password))


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


@lru_cache(maxsize=1)
def _nobody() -> str:
    return HASHER.hash("a password that nobody has")
