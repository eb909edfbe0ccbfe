"""Credential pointers: where a secret lies, never the secret (DESIGN §7 rule 4)."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from archiver.errors import RuleError

_FORMS = "env:NAME, keyring:SERVICE/USER or file:/path"
_ENVIRONMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_KEYRING = re.compile(r"[^/\s]{1,100}/[^/\s]{1,100}")
_TOKENS = re.compile(
    r"""
    -----BEGIN | ^Bearer\s | ^eyJ[\w-]{8,} | %[0-9A-Fa-f]{2}.*%[0-9A-Fa-f]{2}
    | \b(?:gh[opsu]_|github_pat_|xox[abp]-|sk-|EAA|IGQ|ya29\.|AIza|AAAA)[\w.-]{12,}
    | \b[a-z0-9]{4}(?:-[a-z0-9]{4}){3}\b
    | ://[^/\s]*:[^/\s]*@
    """,
    re.VERBOSE,
)


def check_pointer(pointer: str, home: Path | None) -> str:
    """Give back a credential pointer that may be kept in the register.

    `home` is the archive home; a secret in a file below it would be copied with every backup.
    Raises RuleError where the text is no pointer, or looks like the secret itself. The message
    never repeats the text, since what was typed may be the secret.
    """
    text = pointer.strip()
    scheme, separator, rest = text.partition(":")
    if not separator or scheme not in ("env", "keyring", "file"):
        raise RuleError(
            f"the register holds pointers to credentials, never credentials: give {_FORMS} "
            "(what was given is not shown; if it was a secret, change that secret)"
        )
    if _looks_secret(scheme, rest):
        raise RuleError(
            f"the credential given after {scheme}: looks like the secret itself, not like the "
            f"name of a place: give {_FORMS} (not shown here; change that secret)"
        )
    fits = {
        "env": _ENVIRONMENT.fullmatch(rest) is not None,
        "keyring": _KEYRING.fullmatch(rest) is not None,
        "file": PurePosixPath(rest).is_absolute() and rest.isprintable(),
    }[scheme]
    if not fits:
        raise RuleError(f"the credential pointer after {scheme}: is not well formed: give {_FORMS}")
    if scheme == "file" and home is not None and Path(rest).resolve().is_relative_to(home):
        raise RuleError(
            "the credential file lies inside the archive home and would go into its backups: "
            "move it outside and point there"
        )
    return text


def _looks_secret(scheme: str, rest: str) -> bool:
    names = rest.split("/") if scheme != "env" else [rest]
    return _TOKENS.search(rest) is not None or any(_like_a_token(name) for name in names)


def _like_a_token(name: str) -> bool:
    """Names of places are words; a long run without a break that mixes small letters, capitals and
    digits, or a long hexadecimal run, is what a machine makes."""
    for run in re.split(r"[^A-Za-z0-9]+", name):
        if len(run) >= 32 and re.fullmatch(r"[0-9a-fA-F]+", run):
            return True
        digits = sum(character.isdigit() for character in run)
        mixed = any(c.islower() for c in run) and any(c.isupper() for c in run)
        if len(run) >= 16 and mixed and digits >= 2:
            return True
    return False
