"""The process of one link: it is started in the link's folder, knows no other, and can open none.

It ends when the other end of its channel is closed: in good order where that was meant, and so also
where the door was killed.
"""

from __future__ import annotations

import concurrent.futures.thread  # noqa: F401, nothing can be loaded once the files are shut off
import encodings.idna  # noqa: F401
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from archiver.confining import confine
from archiver.production.delivery.answering import Answering
from archiver.production.delivery.fetches import MOST_BYTES, FetchLog
from archiver.production.delivery.links import Clock, read_link
from archiver.production.delivery.serving import Serving

_A_LINE = 1 << 20
_OPEN_FILES = 512


def main(words: Sequence[str]) -> None:
    """Answer for the link of the folder this process was started in."""
    for asked in (signal.SIGINT, signal.SIGTERM):
        signal.signal(asked, signal.SIG_IGN)
    os.umask(0o077)
    here = Path.cwd()
    link = read_link(here)
    if link is None or here.name != link.public_id:
        sys.exit("archiver deliver: the link is not open")
    with socket.socket(fileno=int(words[0])) as channel:
        log = FetchLog(here)
        folder = os.open(here, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        latest = max((each.at for each in log.lines()), default=link.made_at)
        clock = Clock(max(latest, link.made_at))
        answering = Answering(link, folder, log, clock)
        Serving(answering, channel, lambda: _give_up(here)).run(sockets=[])


def _give_up(here: Path) -> bool:
    return confine([here], largest_file=MOST_BYTES + _A_LINE, open_files=_OPEN_FILES)


if __name__ == "__main__":
    main(sys.argv[1:])
