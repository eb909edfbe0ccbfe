"""Writes chat data as JSON lines: conversations, then what happened in them, in the words of the
chat service's own lexicons."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from archiver.demo.bluesky_repository import Owner
from archiver.demo.bluesky_world import stamp, tid
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed
from archiver.demo.people import Resident, resident

_DEFS = "chat.bsky.convo.defs#"
_IN_ONE = 6
_ASKED = (
    "Hi, is the pool open on Monday?",
    "The street light at my corner is out again 😕",
    "¿A qué hora abre la biblioteca el sábado?",
    "Who do I call about a fallen tree?",
)
_TOLD = (
    "Thanks for asking! Please see https://www.alderglen.example.com/hours",
    "We passed it on to Public Works. Your request is 2024-1187.",
    "We will call you back before noon.",
)

Line = dict[str, Any]


def write_chat(path: Path, account: Owner, feed: Feed, messages: int) -> int:
    """Write about so many messages; how many different ones there are. Of every tenth conversation
    a message is deleted later, of every fourth one gets a reaction; the first is a group."""
    count = 0
    with path.open("wb") as file:
        for number in range(max(2, messages // _IN_ONE)):
            lines = list(_conversation(account, feed, number))
            ids = {line["message"]["id"] for line in lines if "message" in line}
            count += len(ids)
            file.writelines(msgspec.json.encode(line) + b"\n" for line in lines)
    return count


def _conversation(account: Owner, feed: Feed, number: int) -> Iterator[Line]:
    dice = Dice(seed_of(feed.seed, "chat", number))
    person = resident(dice.below(RESIDENTS), feed.seed)
    began = feed.moment(number % feed.total)
    convo = tid(began, 900 + number % 100)
    yield _view(account, person, convo, group=number == 0)
    if number == 0:
        yield _joined(account, person, convo, began)
    shown: list[Line] = []
    for place in range(_IN_ONE):
        moment = began + dt.timedelta(minutes=7 * place)
        asked = place % 2 == 0
        shown.append(
            {
                "$type": f"{_DEFS}messageView",
                "id": tid(moment, number % 1000),
                "rev": f"22222{number:05d}{place:02d}",
                "text": dice.pick(_ASKED if asked else _TOLD),
                "sender": {"did": person.did if asked else account.did},
                "sentAt": stamp(moment),
            }
        )
        yield _log("logCreateMessage", convo, shown[-1])
    if number % 4 == 0:
        reaction = {
            "value": "👍",
            "sender": {"did": person.did},
            "createdAt": stamp(began + dt.timedelta(hours=2)),
        }
        told = {**shown[1], "reactions": [reaction]}
        yield {**_log("logAddReaction", convo, told), "reaction": reaction}
    if number % 10 == 0:
        gone = {key: shown[2][key] for key in ("id", "rev", "sender", "sentAt")}
        yield _log("logDeleteMessage", convo, {"$type": f"{_DEFS}deletedMessageView", **gone})


def _view(account: Owner, person: Resident, convo: str, *, group: bool) -> Line:
    members = [
        {"did": account.did, "handle": account.handle},
        {"did": person.did, "handle": person.bluesky_handle, "displayName": person.name},
    ]
    kind = {"$type": f"{_DEFS}directConvo"}
    if group:
        kind = {"$type": f"{_DEFS}groupConvo", "name": "Mill Street neighbors"}
    view = {"id": convo, "rev": "2222222222222", "members": members, "kind": kind}
    return {"$type": f"{_DEFS}convoView", **view, "muted": False, "unreadCount": 0}


def _joined(account: Owner, person: Resident, convo: str, moment: dt.datetime) -> Line:
    data = {
        "$type": f"{_DEFS}systemMessageDataAddMember",
        "member": {"did": person.did},
        "addedBy": {"did": account.did},
        "role": "standard",
    }
    message = {
        "$type": f"{_DEFS}systemMessageView",
        "id": tid(moment - dt.timedelta(minutes=1), 1),
        "rev": "2222222222223",
        "sentAt": stamp(moment),
        "data": data,
    }
    return _log("logAddMember", convo, message)


def _log(kind: str, convo: str, message: Line) -> Line:
    return {
        "$type": f"{_DEFS}{kind}",
        "rev": message["rev"],
        "convoId": convo,
        "message": message,
    }
