"""Every error a person can meet, with its exit code.

    ArchiverError                     1   something is wrong; the message says what to do next
    ├── UsageError                    2   the command's words are off (click uses 2 too)
    ├── HomeError                     3   the archive home is missing, unreadable or read-only
    ├── BusyError                     4   another run holds the lock
    ├── InputError                    5   a file that was given cannot be used
    ├── SourceError                   6   a platform refused, limited or did not answer
    │   ├── CredentialError           6   the credential is missing, expired or revoked
    │   └── RateLimited               6   the platform asks to wait
    ├── IntegrityError                7   the archive does not verify
    ├── RuleError                     8   the policy or the law does not allow it
    ├── StorageError                  9   disk full or not writable; nothing was lost
    └── PartialError                 10   done in part; the report names what is missing

A message is one line: what is wrong, where, what to do next. It never quotes a record or a secret.
"""

from __future__ import annotations


class ArchiverError(Exception):
    """Something is wrong that a person can act on."""

    exit_code = 1


class UsageError(ArchiverError):
    """The command was given words that do not fit."""

    exit_code = 2


class HomeError(ArchiverError):
    """The archive home is missing, unreadable, from another version or read-only."""

    exit_code = 3


class BusyError(ArchiverError):
    """Another run holds the lock."""

    exit_code = 4


class InputError(ArchiverError):
    """A file that was given is not what it should be."""

    exit_code = 5


class SourceError(ArchiverError):
    """A platform refused, limited, or gave an answer that cannot be read."""

    exit_code = 6


class CredentialError(SourceError):
    """The credential is missing, expired or revoked."""


class RateLimited(SourceError):
    """The platform asks to wait until `until` (UTC, ISO 8601 with Z; None: it does not say)."""

    def __init__(self, message: str, until: str | None = None) -> None:
        super().__init__(message)
        self.until = until


class IntegrityError(ArchiverError):
    """What is stored does not match its hashes, roots or signatures."""

    exit_code = 7


class RuleError(ArchiverError):
    """The policy or the law does not allow it; the message names the rule."""

    exit_code = 8


class StorageError(ArchiverError):
    """The disk is full or not writable. What was committed before is intact."""

    exit_code = 9


class PartialError(ArchiverError):
    """Done in part; what is missing has been reported."""

    exit_code = 10
