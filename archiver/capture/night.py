"""What the steps of one account's night share: source, run, clock, patience and what was taken."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from archiver import clock
from archiver.archive.pairs import DERIVED
from archiver.archive.store import Archive
from archiver.archive.writing import Run, read_cursor
from archiver.capture.limits import Limits
from archiver.capture.taking import Missing, Taker
from archiver.errors import RateLimited
from archiver.items import Confirmed, Kind, Page, Relation, Source
from archiver.progress import Progress

LEFT_OPEN = (
    "more records were not shown than a night's budget of questions allows; the next run goes on"
)


@dataclass(slots=True)
class Night:
    """One account, one source, one run. `now` (UTC) is when it began; `touched` gathers the posts
    beneath which something is said to have happened; `answered` tells whether the step at hand has
    had an answer; `at_end` holds the positions that are committed with the night's coverage, so
    that a killed night states again what it was about to state."""

    archive: Archive
    run: Run
    source: Source
    limits: Limits
    taker: Taker
    now: str
    sleep: Callable[[float], None]
    progress: Progress | None = None
    touched: set[str] = field(default_factory=set)
    answered: bool = False
    at_end: dict[str, str] = field(default_factory=dict)
    _asked: set[tuple[Kind, str]] = field(default_factory=set)

    @property
    def account_id(self) -> int:
        """The account's number."""
        return self.run.account.id

    @property
    def counts(self) -> Counter[str]:
        """What was stored, found the same, gone, and so on."""
        return self.taker.counts

    @property
    def since(self) -> str:
        """The beginning of the stretch that is looked at every night."""
        return clock.to_text(clock.parse(self.now) - dt.timedelta(days=self.limits.window_days))

    def tell(self, what: str, done: int, total: int | None = None) -> None:
        """Report progress."""
        if self.progress:
            self.progress(f"{self.run.account.handle}: {what}", done, total)

    def walk(
        self, what: Kind | Relation, resume: str | None = None, since: str | None = None
    ) -> Iterator[Page]:
        """A walk that waits out short limits and goes on where it was. Raises SourceError."""
        position = resume
        while True:
            try:
                for page in self.source.walk(what, position, since):
                    self.answered = True
                    position = page.resume or position
                    yield page
            except RateLimited as limited:
                self._wait_out(limited)
            else:
                return

    def beneath(self, what: Kind, posts: Mapping[str, Mapping[str, int] | None]) -> Iterator[Page]:
        """The pages beneath a few posts. A short limit is waited out and the few are asked for
        again. Raises SourceError."""
        while True:
            try:
                for page in self.source.beneath(what, posts):
                    self.answered = True
                    yield page
            except RateLimited as limited:
                self._wait_out(limited)
            else:
                return

    def confirm(self, missing: Iterable[Missing]) -> bool:
        """Ask what became of records, each once a night, and write the answers. False where the
        night's budget of questions ended first. A record whose id was made here, because its
        download gives none, is not asked after: no platform knows it. Raises SourceError."""
        waiting = [
            one
            for one in missing
            if (one.kind, one.native_id) not in self._asked
            and not one.native_id.startswith(DERIVED)
        ]
        waiting.sort(key=lambda one: (one.kind.value, one.native_id))
        left = max(self.limits.confirmations - len(self._asked), 0)
        answers = [(one, self._ask(one)) for one in waiting[:left]]
        self._asked.update((one.kind, one.native_id) for one, _ in answers)
        if answers:
            self.taker.take_answers(answers)
        return len(waiting) <= left

    def position(self, name: str) -> dict[str, Any]:
        """A stored position of this source; empty where there is none."""
        text = read_cursor(self.archive, self.account_id, f"{self.run.source} {name}")
        return dict(json.loads(text)) if text else {}

    def cursor(self, name: str, position: Mapping[str, object]) -> dict[str, str]:
        """A position as the cursor that is committed with the rows."""
        return {f"{self.run.source} {name}": json.dumps(position, sort_keys=True)}

    def reached(self, name: str, position: Mapping[str, object]) -> None:
        """A position that holds once the night's coverage is stated."""
        self.at_end.update(self.cursor(name, position))

    def _ask(self, missing: Missing) -> Confirmed:
        while True:
            try:
                (answer,) = self.source.confirm(missing.kind, [missing.native_id])
            except RateLimited as limited:
                self._wait_out(limited)
            else:
                self.answered = True
                return answer

    def _wait_out(self, limited: RateLimited) -> None:
        """Wait where the platform asks for a short wait; raise the limit itself where it is long or
        has no end."""
        if limited.until is None:
            raise limited
        seconds = (clock.parse(limited.until) - dt.datetime.now(dt.UTC)).total_seconds()
        if seconds > self.limits.longest_wait:
            raise limited
        self.counts["waits"] += 1
        self.sleep(max(seconds, 0.0) + 0.5)


def share(total: int, limits: Limits, most: int) -> int:
    """How much of a whole comes round tonight: a `rotation_days`th of it, within the budget."""
    return max(1, min(-(-total // limits.rotation_days), most))


def pace(total: int, limits: Limits, most: int) -> str:
    """Why the rest does not come round in time; empty where it does."""
    most = max(most, 1)
    if total <= limits.rotation_days * most:
        return ""
    return (
        f"what is older is read again about every {-(-total // most)} nights "
        f"({most} a night is the budget)"
    )
