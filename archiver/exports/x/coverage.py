"""What period a download covers, for each kind: what a clerk signs as the search that was made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from archiver import clock
from archiver.exports.counting import UNREADABLE, CoverageLine, FileCount
from archiver.exports.x.walk import CONVERSATIONS, POSTS, RELATIONS
from archiver.items import Kind, Relation

DELETED_DAYS = 14
"""X keeps deleted posts in its downloads for about two weeks (the download's own README.txt)."""
_BY_OTHERS = "a data download holds the account's own posts, not what others write or press"


def coverage(
    files: Sequence[FileCount], at: str, faulty: Mapping[str, str], *, broken: bool, partial: bool
) -> list[CoverageLine]:
    """The statements for a download made at `at`, of which the `faulty` files could not be read
    whole. `broken`: the download was not whole; `partial`: it says that it is one part."""
    return [
        *_posts(files, at, faulty, broken or partial),
        _messages(files, at, faulty, broken),
        _profile(files, at, faulty),
        CoverageLine(Kind.COMMENT, None, at, "none", _BY_OTHERS),
        CoverageLine(Kind.REACTION, None, at, "none", _BY_OTHERS),
        *(_list_of(relation, files, at, faulty) for relation in Relation),
    ]


def _posts(
    files: Sequence[FileCount], end: str, faulty: Mapping[str, str], broken: bool
) -> list[CoverageLine]:
    found = _of(files, *POSTS)
    if not found:
        reason = "no file of posts is in the download"
        return [CoverageLine(Kind.POST, None, end, "none", reason)]
    fault = _fault(found, faulty, broken)
    deleted = any(file.data_type == "deleted-tweets" for file in found)
    gone = "posts deleted earlier are not in a download"
    if fault:
        return [CoverageLine(Kind.POST, None, end, "partial", f"{fault}; {gone}")]
    if not deleted:
        return [CoverageLine(Kind.POST, None, end, "partial", gone)]
    since = clock.to_text(clock.parse(end) - dt.timedelta(days=DELETED_DAYS))
    return [
        CoverageLine(Kind.POST, None, since, "partial", gone),
        CoverageLine(Kind.POST, since, end, "complete", ""),
    ]


def _messages(
    files: Sequence[FileCount], end: str, faulty: Mapping[str, str], broken: bool
) -> CoverageLine:
    found = _of(files, *CONVERSATIONS, "message-event")
    if not found:
        reason = "no file of messages is in the download"
        return CoverageLine(Kind.MESSAGE, None, end, "none", reason)
    reasons = [
        _fault(found, faulty, broken),
        "messages the account deleted are not in a download",
    ]
    if any(file.data_type == "message-event" and file.read for file in found):
        reasons.append("of encrypted messages it shows parties and time, not the text")
    text = "; ".join(reason for reason in reasons if reason)
    return CoverageLine(Kind.MESSAGE, None, end, "partial", text)


def _profile(files: Sequence[FileCount], end: str, faulty: Mapping[str, str]) -> CoverageLine:
    found = _of(files, "profile")
    if not found or _fault(found, faulty, False):
        reason = "no profile could be read in the download"
        return CoverageLine(Kind.PROFILE, end, end, "none", reason)
    return CoverageLine(Kind.PROFILE, end, end, "complete", "")


def _list_of(
    relation: Relation, files: Sequence[FileCount], end: str, faulty: Mapping[str, str]
) -> CoverageLine:
    names = [name for name, one in RELATIONS.items() if one is relation]
    found = _of(files, names[0])
    if not found:
        reason = "the list is not in the download, or could not be read"
        return CoverageLine(relation, end, end, "none", reason)
    fault = _fault(found, faulty, False)
    return CoverageLine(relation, end, end, "partial" if fault else "complete", fault)


def _of(files: Sequence[FileCount], *names: str) -> list[FileCount]:
    return [file for file in files if file.data_type in names and file.state != UNREADABLE]


def _fault(files: Sequence[FileCount], faulty: Mapping[str, str], broken: bool) -> str:
    """Why less than all was read; empty where all was."""
    if broken:
        return "the download is not whole"
    return next((faulty[file.member] for file in files if file.member in faulty), "")
