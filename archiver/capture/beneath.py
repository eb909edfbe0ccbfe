"""What others left beneath the account's posts: recent posts and those where something happened
every night, the rest in turn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from archiver.archive.ids import MAX_ID, id_floor
from archiver.capture.absence import held_beneath, unseen_beneath
from archiver.capture.coverage import Statement, covered
from archiver.capture.night import LEFT_OPEN, Night, pace, share
from archiver.items import Kind, Whole

CHUNK = 25


def capture_mentions(night: Night) -> None:
    """Take what is addressed to the account elsewhere, and learn which posts were touched since
    the last time. Raises SourceError."""
    until = night.position("addressed").get("until")
    for page in night.walk(Kind.COMMENT, None, until if isinstance(until, str) else None):
        night.touched.update(page.touched)
        night.taker.take(page)
    night.taker.flush()


def mentions_done(night: Night) -> None:
    """Remember that everything touched until now has been looked at."""
    night.reached("addressed", {"until": night.now})


def capture_beneath(night: Night, kind: Kind) -> Statement:
    """Walk what others left beneath the account's posts. Raises SourceError."""
    recent = _recent_posts(night)
    settled = _posts(night, kind, _without_inner(recent), held=True)
    finished, first_round, whole, round_settled = _round(night, kind)
    reasons = [] if settled and round_settled else [LEFT_OPEN]
    slow = pace(whole, night.limits, night.limits.rotation_threads)
    start = None if finished and first_round else night.since
    reason = "; ".join([*reasons, slow] if slow else reasons)
    return covered(kind, night.source.capabilities[kind], start, night.now, reason)


def _round(night: Night, kind: Kind) -> tuple[bool, bool, int, bool]:
    """Go on with the round through the older posts: (the round is over, it was the first, how many
    posts a round has, all that was missing was asked for)."""
    name = f"beneath {kind.value}"
    position = night.position(name)
    whole = int(position.get("whole") or 0)
    below = int(position.get("below") or id_floor(night.since))
    done = int(position.get("done") or 0)
    quota = share(whole, night.limits, night.limits.rotation_threads) if whole else None
    first_round = not whole
    finished, settled = False, True
    while quota is None or quota > 0:
        chunk = _older_posts(night, below, min(CHUNK, quota) if quota else CHUNK)
        if not chunk:
            finished = True
            night.reached(name, {"below": None, "done": 0, "whole": max(done, 1)})
            break
        posts = [native_id for _, native_id in chunk]
        settled &= _posts(night, kind, posts, held=first_round)
        below, done = chunk[-1][0], done + len(chunk)
        here = {"below": below, "done": done, "whole": whole or None}
        if first_round:
            night.taker.flush(cursors=night.cursor(name, here))
        night.reached(name, here)
        night.tell(f"{kind.value}s beneath older posts", done, whole or None)
        quota = quota - len(chunk) if quota is not None else None
    return finished, first_round, whole, settled


def _posts(night: Night, kind: Kind, posts: Sequence[str], *, held: bool) -> bool:
    """Walk beneath these posts and ask for what is missing. `held` lets the source pass over a
    list whose stated count is what the archive holds."""
    settled = True
    for start in range(0, len(posts), CHUNK):
        chunk = posts[start : start + CHUNK]
        known: Mapping[str, Mapping[str, int] | None] = dict.fromkeys(chunk)
        if held:
            known = held_beneath(night.archive.public, night.account_id, chunk)
        seen: set[str] = set()
        whole: list[Whole] = []
        for page in night.beneath(kind, known):
            seen.update(item.native_id for item in page.items)
            whole.extend(page.whole)
            night.taker.take(page)
        night.taker.flush()
        settled &= night.confirm(
            missing
            for one in whole
            for missing in unseen_beneath(night.archive, night.account_id, one, seen)
        )
    return settled


def _recent_posts(night: Night) -> list[tuple[str, str | None]]:
    """(native id, native id of the thread's first post) of the posts to look beneath tonight."""
    found = night.archive.public.execute(
        """
        SELECT id, native_id, root_id FROM records
        WHERE id >= ? AND +account_id = ? AND +kind = 'post' AND presence <> 'absent'
            AND author_role = 'agency' AND native_id NOT LIKE 'derived:%'
        UNION
        SELECT r.id, r.native_id, r.root_id FROM json_each(?) AS wanted
        CROSS JOIN records AS r ON r.account_id = ? AND r.kind = 'post'
            AND r.native_id = wanted.value
        WHERE r.presence <> 'absent' AND r.author_role = 'agency'
        ORDER BY id
        """,
        (
            id_floor(night.since),
            night.account_id,
            msgspec.json.encode(sorted(night.touched)).decode(),
            night.account_id,
        ),
    )
    return [(row["native_id"], row["root_id"]) for row in found]


def _without_inner(posts: Sequence[tuple[str, str | None]]) -> list[str]:
    """Leave out posts that stand inside the thread of another one that is walked anyway."""
    every = {native_id for native_id, _ in posts}
    return [native_id for native_id, root in posts if root is None or root not in every]


def _older_posts(night: Night, below: int, most: int) -> list[tuple[int, str]]:
    found = night.archive.public.execute(
        """
        SELECT id, native_id FROM records
        WHERE id < ? AND +account_id = ? AND +kind = 'post' AND presence <> 'absent'
            AND author_role = 'agency' AND native_id NOT LIKE 'derived:%'
        ORDER BY id DESC LIMIT ?
        """,
        (min(below, MAX_ID), night.account_id, most),
    )
    return [(row["id"], row["native_id"]) for row in found]
