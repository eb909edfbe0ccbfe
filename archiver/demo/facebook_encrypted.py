"""Writes the separate download in which Messenger gives end-to-end encrypted chats."""

from __future__ import annotations

from pathlib import Path

from archiver.demo import meta_story as story
from archiver.demo.meta_json import MetaZip, WrittenDownload, written
from archiver.demo.meta_story import MetaAccount


def write_encrypted_download(
    path: Path, count: int = 40, *, account: MetaAccount | None = None, seed: int = 0
) -> WrittenDownload:
    """Write Messenger's separate download of end-to-end encrypted chats."""
    own = account or MetaAccount()
    result = WrittenDownload(path)
    with MetaZip(path) as zip_:
        for talk in story.talks(3, count, seed):
            told = [
                {
                    "isUnsent": one.kind == "unsent",
                    "media": [{"uri": f"./media/{one.media}.jpeg"}] if one.media else [],
                    "reactions": [],
                    "senderName": one.sender,
                    "text": one.text,
                    "timestamp": one.at * 1000 + 245,
                    "type": "placeholder" if one.kind == "unsent" else "text",
                }
                for one in story.said_in(talk, own, seed)
            ]
            value = {
                "participants": [talk.person, own.name],
                "threadName": f"{talk.person}_{talk.number}",
                "messages": told,
            }
            name = f"{talk.person}_{talk.number}.json"
            zip_.add(name, [written(value, garbled=False)])
            result.messages += len(told)
            result.files[name] = len(told)
    return result
