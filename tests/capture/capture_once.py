"""One night in a process of its own, so that a test can kill it.

    python -m tests.capture.capture_once HOME SERVICE HANDLE APPVIEW

The app password comes in ALDER_GLEN_BLUESKY. Prints the report as JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from archiver.archive.store import Archive
from archiver.capture.limits import Limits
from archiver.capture.walks import capture_account
from archiver.config import Home
from archiver.platforms.bluesky import BlueskySource
from tests.capture.bluesky_city import registered


def main() -> None:
    """Capture once, in small batches, so that there are many moments to be killed at."""
    home, service, handle = sys.argv[1:4]
    source = BlueskySource(
        service, handle, lambda: os.environ["ALDER_GLEN_BLUESKY"], page_size=3, attempts=1
    )
    with Archive.open(Home(Path(home)), write=True) as archive:
        report = capture_account(
            archive, registered(handle, service), source, limits=Limits(batch_items=4)
        )
    print(json.dumps({"outcome": report.outcome, "counts": dict(report.counts)}))


if __name__ == "__main__":
    main()
