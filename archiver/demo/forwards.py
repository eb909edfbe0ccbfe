"""What the demonstration's mayor forwarded from an account of her own, and asks to delete."""

from __future__ import annotations

import datetime as dt
import io
import sqlite3
import tempfile
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from archiver import clock
from archiver.archive.store import Archive
from archiver.config import Home, Settings
from archiver.requests.consults.consulting import MANAGER, MAY_GO, NewConsult, consult, decide
from archiver.requests.custodians.handing_in import lot_of_forward
from archiver.requests.custodians.taking_in import take_in_lot
from archiver.requests.forwards.acknowledging import mark
from archiver.requests.forwards.forwarding import DESK, ForwardedFile, forward
from archiver.requests.forwards.officials import Official
from archiver.requests.forwards.stating import NewStatement

_SIZE = (760, 520)
_MAYOR = Official("Isidora Vance", "City Council", "Mayor", "", "vance")
_MESSAGE = (
    "Mayor Vance, the street light at Oak and Fourth\n"
    "has been out since Monday. My mother fell there\n"
    "last night. Who repairs it?"
)
_COMMENT = "Willow Park is a disgrace and you know it.\nFix the swings before somebody gets hurt."


def forward_some(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    *,
    clerk: str,
    manager: str,
) -> None:
    """Forward a message as a picture of the screen, and ask about a comment before it is deleted;
    the city manager (by name) has said that it may go, the attorney is waited for."""
    today = clock.local_day(clock.now_text(), settings.time_zone)
    received = (today - dt.timedelta(days=6)).isoformat()
    stated = NewStatement(
        "Facebook, own profile",
        received,
        _MAYOR.name,
        today,
        sender="Dolores Ibarra",
        searched="Messenger, all of the conversation",
        kept_back="the rest of the conversation",
        facts="We went to school together; it is about a class reunion, and nobody at the city.",
    )
    light = _forward(home, office, archive, settings, _screen("Dolores Ibarra", _MESSAGE), stated)
    mark(office, light, actor=clerk, how="by hand")
    stated = NewStatement("Facebook, own page", received, _MAYOR.name, today, sender="Gus Tallow")
    comment = _forward(home, office, archive, settings, _screen("Gus Tallow", _COMMENT), stated)
    asked = consult(
        office,
        {"archive": archive.public, "private": archive.private},
        settings,
        _MAYOR,
        NewConsult(
            "Facebook, own page",
            "A resident’s comment under my post about the summer fair",
            "It names no one, but my volunteers find it rude.",
            forward_id=comment,
        ),
        actor=_MAYOR.login,
    )
    decide(
        *(office, settings, asked.id),
        office=MANAGER,
        says=MAY_GO,
        name=manager,
        on=today,
        reason="The copy is in the archive; the swings went to Public Works as a complaint.",
        actor=clerk,
    )


def _forward(
    home: Home,
    office: sqlite3.Connection,
    archive: Archive,
    settings: Settings,
    picture: bytes,
    stated: NewStatement,
) -> int:
    with tempfile.NamedTemporaryFile(suffix=".png") as kept:
        kept.write(picture)
        kept.flush()
        file = ForwardedFile(Path(kept.name), "screenshot.png")
        made = forward(home, office, settings, _MAYOR, [file], stated, way=DESK, actor=_MAYOR.login)
    take_in_lot(home, office, archive, lot_of_forward(made.id), actor=_MAYOR.login)
    return made.id


def _screen(sender: str, words: str) -> bytes:
    """A telephone's screen with a message on it."""
    image = Image.new("RGB", _SIZE, "#eef1f5")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, _SIZE[0], 84), fill="#26476b")
    pen.text((32, 24), sender, fill="white", font=_font(30))
    pen.rounded_rectangle((28, 130, 728, 330), 22, fill="white")
    pen.multiline_text((54, 156), words, fill="#16202c", font=_font(24), spacing=14)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
