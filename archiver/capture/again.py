"""Records that no walk shows a second time (a mention elsewhere, the post that was answered): asked
for by id in turn, so that an edit or a deletion is seen within about a month."""

from __future__ import annotations

from archiver.capture.absence import as_missing
from archiver.capture.night import Night, share
from archiver.items import Access, Kind

NAME = "again"
FORMS = ("mention", "context")
MOST_LOOKED_AT = 2000


def capture_again(night: Night) -> None:
    """Ask for tonight's share. Raises SourceError."""
    position = night.position(NAME)
    after = str(position.get("after") or "")
    whole = int(position.get("whole") or 0)
    done = int(position.get("done") or 0)
    quota = share(whole, night.limits, MOST_LOOKED_AT) if whole else MOST_LOOKED_AT
    rows = night.archive.public.execute(
        """
        SELECT kind, native_id, form, presence, visibility, parent_id, root_id, author_id,
            author_handle, author_name, author_role
        FROM records WHERE account_id = ? AND kind = ? AND native_id > ?
        ORDER BY native_id LIMIT ?
        """,
        (night.account_id, Kind.COMMENT.value, after, quota),
    ).fetchall()
    night.confirm(
        as_missing(Access.PUBLIC, row)
        for row in rows
        if row["form"] in FORMS and row["presence"] != "absent"
    )
    done += len(rows)
    if len(rows) < quota:
        night.reached(NAME, {"after": "", "done": 0, "whole": max(done, 1)})
    else:
        night.reached(NAME, {"after": rows[-1]["native_id"], "done": done, "whole": whole})
