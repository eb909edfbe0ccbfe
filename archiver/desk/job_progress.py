"""How far a job is, for the page that waits for it."""

from __future__ import annotations

import msgspec

from archiver.desk.answers import Data
from archiver.operations.jobs import Job


def told(job: Job) -> Data:
    """A job as the page's script reads it: its state, how much is done, and that in words."""
    of = f": {job.done:,} of {job.total:,}" if job.total else ""
    shown = {
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "text": (job.message or "Waiting for the worker") + of,
    }
    return Data(msgspec.json.encode(shown).decode())
