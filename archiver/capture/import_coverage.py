"""What period a download covers, for each kind: what a clerk signs as the search that was made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archiver import clock
from archiver.capture.import_report import CoverageLine, FileReport
from archiver.exports.x.download import DELETED_DAYS, XDownload
from archiver.exports.x.walk import CONVERSATIONS, POSTS, RELATIONS
from archiver.items import Kind, Relation

_BY_OTHERS = "a data download holds the account's own posts, not what others write or press"


def coverage(
    download: XDownload, observed_at: str, files: Sequence[FileReport], broken: bool
) -> list[CoverageLine]:
    """The statements for a download made at `observed_at`. `broken`: it was not whole."""
    return [
        *_posts(download, observed_at, files, broken),
        _messages(observed_at, files, broken),
        _profile(observed_at, files),
        CoverageLine(Kind.COMMENT, None, observed_at, "none", _BY_OTHERS),
        CoverageLine(Kind.REACTION, None, observed_at, "none", _BY_OTHERS),
        *(_list_of(relation, observed_at, files) for relation in Relation),
    ]


def _posts(
    download: XDownload, end: str, files: Sequence[FileReport], broken: bool
) -> list[CoverageLine]:
    found = _of(files, *POSTS)
    if not found:
        reason = "no file of posts is in the download"
        return [CoverageLine(Kind.POST, None, end, "none", reason)]
    fault = _fault(found, broken or download.manifest.partial)
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


def _messages(end: str, files: Sequence[FileReport], broken: bool) -> CoverageLine:
    found = _of(files, *CONVERSATIONS, "message-event")
    if not found:
        reason = "no file of messages is in the download"
        return CoverageLine(Kind.MESSAGE, None, end, "none", reason)
    reasons = [_fault(found, broken), "messages the account deleted are not in a download"]
    if any(file.data_type == "message-event" and file.read for file in found):
        reasons.append("of encrypted messages it shows parties and time, not the text")
    text = "; ".join(reason for reason in reasons if reason)
    return CoverageLine(Kind.MESSAGE, None, end, "partial", text)


def _profile(end: str, files: Sequence[FileReport]) -> CoverageLine:
    found = _of(files, "profile")
    if not found or _fault(found, False):
        reason = "no profile could be read in the download"
        return CoverageLine(Kind.PROFILE, end, end, "none", reason)
    return CoverageLine(Kind.PROFILE, end, end, "complete", "")


def _list_of(relation: Relation, end: str, files: Sequence[FileReport]) -> CoverageLine:
    names = [name for name, one in RELATIONS.items() if one is relation]
    found = _of(files, names[0])
    if not found:
        reason = "the list is not in the download, or could not be read"
        return CoverageLine(relation, end, end, "none", reason)
    fault = _fault(found, False)
    return CoverageLine(relation, end, end, "partial" if fault else "complete", fault)


def _of(files: Sequence[FileReport], *names: str) -> list[FileReport]:
    return [file for file in files if file.data_type in names and file.state != "unreadable"]


def _fault(files: Sequence[FileReport], broken: bool) -> str:
    """Why less than all was read; empty where all was."""
    if broken:
        return "the download is not whole"
    odd = [file for file in files if file.reason or file.tally.failed or not file.agrees]
    return f"{odd[0].member} could not be read whole" if odd else ""
