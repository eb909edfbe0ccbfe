"""How LinkedIn writes texts and times into its tables.

Quoting: inside a quoted cell LinkedIn has written quotation marks as tables do (doubled), doubled
twice, and with a backslash; in Shares.csv each line of a text may have marks of its own. Times have
a zone only in messages.csv (UTC); LinkedIn keeps the others in UTC, too, and does not say so in the
file.
"""

from __future__ import annotations

import datetime as dt
import re

from archiver.exports.times import written

ZONE_NOTE = (
    "LinkedIn writes a zone (UTC) only beside messages: the times of posts, comments and "
    "invitations are read as UTC"
)
_FORMS = (
    "%Y-%m-%d %H:%M:%S %Z",
    "%Y/%m/%d %H:%M:%S %Z",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M %Z",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%m/%d/%y, %I:%M %p",
    "%m/%d/%Y, %I:%M %p",
    "%m/%d/%y, %I:%M:%S %p",
    "%m/%d/%Y",
    "%m/%d/%y",
    "%d %b %Y",
)
_WORDED = ("%B %d, %Y at %I:%M %p", "%b %d, %Y at %I:%M %p")
_BACKSLASHED = re.compile(r'(?<!\\)\\"(?!"(?![,\r\n]|$)|,"|,(?:INBOX|ARCHIVE|SPAM)?,)')
_LINE = re.compile(r"\r?\n")
_NEXT_ROW = re.compile(r'\n"?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"?,"?https?://(?:www\.)?linkedin\.com/')


class NotADateError(ValueError):
    """A cell that should hold a time holds something else: the row is no row of this table."""


def moment(text: str) -> str | None:
    """A time as LinkedIn writes it, in UTC; None where the cell is empty. Raises NotADateError."""
    text = text.strip()
    if not text:
        return None
    bare = text[:-4] if text.endswith(" UTC") else text
    if len(bare) == 19 and bare[4] == "-" and bare[10] == " ":
        try:
            dt.datetime.fromisoformat(bare)
        except ValueError:
            raise NotADateError("it holds no time where one should stand") from None
        return f"{bare[:10]}T{bare[11:]}Z"
    plain = text.replace("\u202f", " ").replace("\xa0", " ").removesuffix("(GMT)").strip()
    found = written(plain, _WORDED if plain[:1].isalpha() else _FORMS)
    if found is None:
        raise NotADateError("it holds no time where one should stand")
    return found


def unescaped_line(line: str) -> str:
    """A line of a table with the quotation marks that stand behind a backslash doubled instead."""
    return _BACKSLASHED.sub('""', line) if '\\"' in line else line


def plain_text(cell: str) -> str:
    """The text of a cell as its author wrote it: marks around each line, and marks doubled twice,
    are taken back where all marks in the cell are written so."""
    if '"' not in cell:
        return cell
    lines = _LINE.split(cell)
    if len(lines) > 1 and _marked(lines):
        last = len(lines) - 1
        cell = "\n".join(
            line[bool(place) : len(line) - (place < last)] for place, line in enumerate(lines)
        )
    return cell.replace('""', '"') if '"' not in cell.replace('""', "") else cell


def _marked(lines: list[str]) -> bool:
    """Whether each line but the first begins, and each but the last ends, with a mark."""
    return (
        lines[0].endswith('"')
        and lines[-1].startswith('"')
        and all(len(line) > 1 and line[0] == line[-1] == '"' for line in lines[1:-1])
    )


def check_one_row(text: str) -> None:
    """Raises NotADateError where a text holds the beginning of another row of its table: the
    quotation marks of the file are broken there."""
    if "\n" in text and _NEXT_ROW.search(text):
        raise NotADateError("more than one row stands in it: its quotation marks are broken")
