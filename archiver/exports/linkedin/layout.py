"""What the files of a member's download are, by their names.

Since 2026 some names end in the member's number (``Shares_17529409.csv``), and spaces and
underscores have changed places over the years (``Company Follows.csv``, ``Company_Follows.csv``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from archiver.exports.reader import DownloadReader

PEEK = 4096
_NUMBER = re.compile(r"[_ ]\d+$")
_BETWEEN = re.compile(r"[ _-]+")

SIGNS: dict[str, tuple[str, ...]] = {
    "shares": ("sharelink", "sharecommentary"),
    "messages": ("conversation id", "from"),
    "connections": ("first name", "connected on"),
    "comments": ("date", "link", "message"),
    "invitations": ("from", "to", "direction"),
    "profile": ("first name", "last name", "headline"),
    "instantreposts": ("date", "link"),
    "richmedia": ("media description", "media link"),
    "companyfollows": ("organization", "followed on"),
    "memberfollows": ("fullname", "status"),
    "recommendationsreceived": ("first name", "job title", "text"),
    "recommendationsgiven": ("first name", "job title", "text"),
    "reactions": ("type", "link"),
    "adtargeting": ("member age",),
    "inferencesaboutyou": ("type of inference",),
}
"""Some of the columns of a file, by which it is known to be LinkedIn's."""

_ADVERTS = "what LinkedIn shows advertisements by: no communication"
_CAREER = "the member's career and studies: no communication"
_LIKES = "what the account liked or chose in others' posts: no words of its own"
_SIGN_IN = "sign-ins, addresses and devices: no communication"
_JOBS = "applications and searches for work: not the city's business"
_COURSES = "courses taken: no communication"
_ASSISTANT = "conversations with LinkedIn's own assistant: nobody else took part"
_CONTACTS = "an address book that was uploaded: no list of people who follow the account"
_SEARCHES = "what was searched and saved: no communication"
_MONEY = "payments: no communication"

KEPT: tuple[tuple[str, str, str], ...] = (
    (r"adtargeting|adsclicked|lanadsengagement|inferencesaboutyou|ad.*", "advertising", _ADVERTS),
    (r"reactions|votes|hashtagfollows|saveditems", "likes given", _LIKES),
    (
        r"positions|education|skills|languages|certifications|courses|honors|projects|patents|"
        r"publications|organizations|testscores|volunteering|causes|interests|"
        r"endorsement.*|profilesummary|privateidentityasset",
        "career",
        _CAREER,
    ),
    (
        r"registration|logins|securitychallenges|emailaddresses|phonenumbers|"
        r"whatsappphonenumbers|verifications|accountstatushistory|whoviewedprofile|receipts.*",
        "sign-in",
        _SIGN_IN,
    ),
    (r"(online)?job.*|savedjob.*|saved jobs|screening.*|linkedinsalary.*", "jobs", _JOBS),
    (r"guidemessages|.*coachmessages|learningroleplaymessages", "assistant", _ASSISTANT),
    (r"learning.*", "courses", _COURSES),
    (r"contacts|importedcontacts|notes", "contacts", _CONTACTS),
    (r"searchqueries|events|savedanswers|reviews|providers|services.*", "searches", _SEARCHES),
    (r"receipts.*|payments?", "payments", _MONEY),
)


def base_of(member: str) -> str:
    """A file's name without folder, ending, member's number, blanks and underscores."""
    stem = member.rpartition("/")[2].rpartition(".")[0]
    return _BETWEEN.sub("", _NUMBER.sub("", stem)).casefold()


def kept(member: str) -> tuple[str, str] | None:
    """What is in a file that is understood and stays in the original, and why; None where it is
    none of those."""
    base = base_of(member)
    inside = member.casefold().rsplit("/", 2)
    if len(inside) > 1 and inside[-2] == "jobs":
        return "jobs", _JOBS
    for pattern, holds, reason in KEPT:
        if re.fullmatch(pattern, base):
            return holds, reason
    return None


def roots(reader: DownloadReader) -> Iterator[str]:
    """The folders in which files stand that are named and built as LinkedIn's."""
    met: set[str] = set()
    for member in reader.members:
        if not member.casefold().endswith(".csv"):
            continue
        folder = member.rpartition("/")[0]
        root = f"{folder}/" if folder else ""
        signs = SIGNS.get(base_of(member))
        if root not in met and signs is not None and _has_columns(reader, member, signs):
            met.add(root)
            yield root


def _has_columns(reader: DownloadReader, member: str, columns: tuple[str, ...]) -> bool:
    with reader.open(member) as stream:
        head = stream.read(PEEK)
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:64]
    text = head.decode("utf-16" if wide and head[:2] != b"\xfe\xff" else "utf-8", "replace")
    if wide and head[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16-le", "replace")
    for line in text.casefold().splitlines()[:40]:
        named = {cell.strip(' "\ufeff') for cell in re.split(r"[,;\t]", line)}
        if all(column in named for column in columns):
            return True
    return False
