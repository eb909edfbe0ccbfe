"""E-mail addresses, also where the sign is spelled out. An address of a government's own domain is
public business (Gov. Code § 7928.300 protects personal e-mail only) and is not suggested."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.requests.finding.found import Found, PersonalKind
from archiver.requests.finding.patterns import pattern

_LONGEST_LOCAL, _LONGEST_DOMAIN = 64, 255
_LOCAL = pattern(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}+")
_DOMAIN = pattern(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}+)\.){1,8}"
    r"(?P<top>[A-Za-z]{2,24}+)"
)
_SPELLED = pattern(
    r"(?<![\w@.])(?!(?:was|is|am|are|were|be|been|look|meet|us|me|him|her|them|it) )"
    r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}+ {0,2}+"
    r"(?:[\[({] ?(?:at|arroba|@) ?[\])}]|(?:at|arroba)(?= [\w-]{1,63} (?:dot|punto) )) {0,2}+"
    r"[A-Za-z0-9][A-Za-z0-9-]{0,62}+(?:\.[A-Za-z0-9-]{1,63}+){0,4}+ {0,2}+"
    r"(?:(?:[\[({] ?(?:dot|punto|\.) ?[\])}]|(?:dot|punto)) {0,2}+[A-Za-z]{2,24}+){0,2}+(?!\w)",
    any_case=True,
)
_NOT_LEADING = "!#$%&'*+/=?^`{|}~.-"
_PUBLIC = (".gov", ".mil", ".ca.us")


def mail_addresses(text: str) -> Iterator[Found]:
    """E-mail addresses of a folded text."""
    at = text.find("@")
    while at != -1:
        found = _around(text, at)
        if found is not None:
            yield found
        at = text.find("@", at + 1)
    for match in _SPELLED.finditer(text):
        if re.search(r"(?i)[\])}. ](?:com|net|org|edu|us|mx|io|info|\w{2,3})$", match.group()):
            yield Found(*match.span(), PersonalKind.EMAIL, "an e-mail address, spelled out")


def _around(text: str, at: int) -> Found | None:
    domain = _DOMAIN.match(text, at + 1, at + 1 + _LONGEST_DOMAIN)
    if domain is None or text[domain.end() : domain.end() + 1] in {"@", "_"}:
        return None
    start = at
    while start > max(0, at - _LONGEST_LOCAL) and _LOCAL.fullmatch(text, start - 1, start):
        start -= 1
    # an address in a link or in quotes: `mailto:`, `?email=` and the like are not part of it
    for cut in "=/?&":
        start = max(start, text.rfind(cut, start, at) + 1)
    while start < at and text[start] in _NOT_LEADING:
        start += 1
    # `@name@server` is a handle of a fediverse, not a mailbox
    if start == at or (start and text[start - 1] == "@"):
        return None
    if domain.group().lower().endswith(_PUBLIC):
        return None
    return Found(start, domain.end(), PersonalKind.EMAIL, "an e-mail address")
