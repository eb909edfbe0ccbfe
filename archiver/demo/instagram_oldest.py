"""Instagram's download as it was from 2018 to 2020: a handful of files at the top."""

from __future__ import annotations

import datetime as dt

from archiver.demo import meta_story as story
from archiver.demo.meta_json import MetaZip, WrittenDownload
from archiver.demo.meta_story import MetaAccount


def picture_uri(number: int, folder: str = "posts") -> str:
    """Where a picture lies in a download."""
    return f"media/{folder}/202601/{number}_{17_900_000_000_000_000 + number}_n.jpg"


def write_oldest(
    zip_: MetaZip, count: int, account: MetaAccount, seed: int, result: WrittenDownload
) -> None:
    """Write the files of 2018 to 2020 and note how much is in them."""
    photos = []
    for said in story.posts(count, seed):
        uri = picture_uri(said.media[0] if said.media else 10_000_000 + said.number * 10)
        photos.append({"caption": said.text, "taken_at": _iso(said.at), "path": uri})
    zip_.value("media.json", {"photos": photos[::2], "videos": photos[1::2], "stories": []})
    told = [
        [_iso(one.at), one.text, one.sender] for one in story.comments(max(1, count // 3), seed)
    ]
    zip_.value("comments.json", {"media_comments": told, "live_comments": []})
    talks = []
    for talk in story.talks(2, count, seed):
        said_in = [
            {"sender": one.sender, "created_at": _iso(one.at), "text": one.text}
            for one in story.said_in(talk, account, seed)
        ]
        talks.append({"participants": [talk.person, account.name], "conversation": said_in})
    zip_.value("messages.json", talks)
    people = {handle: _iso(at) for _, handle, at in story.followers(max(1, count // 3), seed)}
    zip_.value(
        "connections.json",
        {
            "blocked_users": {"loud.neighbour": _iso(story.TIME)},
            "followers": people,
            "following": {"alder_glen_parks": _iso(story.TIME)},
            "close_friends": {},
        },
    )
    zip_.value(
        "profile.json",
        {"username": account.handle, "name": account.name, "email": "in@example.com"},
    )
    zip_.value("likes.json", {"media_likes": []})
    result.posts = count
    result.comments = len(told)
    result.messages = count
    result.followers = len(people)


def _iso(at: int) -> str:
    return dt.datetime.fromtimestamp(at, dt.UTC).isoformat()
