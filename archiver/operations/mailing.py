"""Sending letters beside the desk: the mail server may take its time, and no page waits for it."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing

from archiver.config import Home
from archiver.operations.jobs import Handler, enqueue
from archiver.progress import Progress
from archiver.register.office import open_office
from archiver.requests.letters.sending import Sending, carry_out
from archiver.requests.letters.writing import find_letter

SEND_JOB = "send letter"


def queue_sending(office: sqlite3.Connection, asked: Sending, *, actor: str) -> int:
    """Let the worker send a letter as was asked for; gives the job's id."""
    arguments = {"letter": asked.letter_id, "step": asked.id}
    return enqueue(office, kind=SEND_JOB, arguments=arguments, actor=actor)


def send_job(home: Home) -> Handler:
    """What the worker does with such a job."""

    def send(
        arguments: Mapping[str, object], actor: str, progress: Progress
    ) -> Mapping[str, object]:
        with closing(open_office(home)) as office:
            letter = find_letter(office, int(str(arguments["letter"])))
            progress("Handing the letter to the mail server", 0, None)
            step = int(str(arguments["step"]))
            carry_out(office, home.settings(), letter, step, actor=actor)
        return {"letter": letter.id}

    return send
