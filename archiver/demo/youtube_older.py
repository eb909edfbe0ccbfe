"""Writes a Google Takeout of the city's YouTube channel as Google laid it out until 2023."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

from archiver.demo.youtube_download import (
    CHANNEL,
    MADE_AT,
    NAME,
    Written,
    at,
    comment_id,
    file_title,
    letters,
    said,
    title,
    video_id,
)


def write_older_takeout(
    folder: Path, *, videos: int = 6, comments: int = 12, seed: int = 0
) -> Written:
    """Write a Takeout as until 2023: a JSON file for each video, pages of comments and live chat
    messages, a table for each playlist, subscriptions as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"takeout-{MADE_AT.strftime('%Y%m%dT%H%M%SZ')}-001.zip"
    root = "Takeout/YouTube and YouTube Music"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for number in range(videos):
            name = f"{number}-{file_title(title(number))}"
            out.writestr(f"{root}/video metadata/{name}.json", _older_video(number, seed))
            out.writestr(f"{root}/videos/{name}.mp4", b"\0\0\0\x18ftypisom%d" % number)
        out.writestr(f"{root}/my-comments/my-comments.html", _older_page(comments, seed, "comment"))
        out.writestr(
            f"{root}/my-live-chat-messages/my-live-chat-messages.html",
            _older_page(comments // 2, seed, "chat"),
        )
        out.writestr(f"{root}/playlists/Council.csv", _older_playlist(seed))
        out.writestr(f"{root}/subscriptions/subscriptions.json", _older_subscriptions(seed))
    entries = {"videos": videos, "comments": comments, "chats": comments // 2}
    return Written([path], entries | {"playlists": 1, "subscriptions": 3}, videos)


def _older_video(number: int, seed: int) -> str:
    value = {
        "contentDetails": {"duration": "PT1M"},
        "etag": "synthetic",
        "id": video_id(number, seed),
        "kind": "youtube#video",
        "snippet": {
            "channelId": CHANNEL,
            "channelTitle": NAME,
            "description": f"What it is about, {number}.",
            "publishedAt": at(number)[:19] + "Z",
            "title": title(number),
        },
        "status": {"privacyStatus": ("public", "unlisted", "private")[number % 3]},
    }
    return json.dumps([value], indent=2)


def _older_page(count: int, seed: int, form: str) -> str:
    entries = []
    for number in range(count):
        video, when = video_id(number % 9, seed), at(number)[:19].replace("T", " ")
        words = said(number).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br/>")
        address = f"http://www.youtube.com/watch?v={video}"
        if form == "chat":
            told = f'Sent at {when} UTC while watching <a href="{address}">a video</a>.'
        else:
            lc = f"{address}&amp;lc={comment_id(number, seed)}"
            told = (
                f'You added a <a href="{lc}">comment</a> on {when} UTC '
                f'to a <a href="{address}">video</a>.'
            )
        entries.append(f"<li>{told}<br/>{words}</li>")
    return (
        f"<html><head><title>{form}</title></head><body><ul>{''.join(entries)}</ul></body></html>"
    )


def _older_playlist(seed: int) -> str:
    videos = "".join(f"{video_id(n, seed)},2020-01-0{n + 1} 00:00:00 UTC\n" for n in range(4))
    return (
        "Playlist Id,Channel Id,Time Created,Time Updated,Title,Description,Visibility\n"
        f"PL{letters(32, seed, 'old')},{CHANNEL},2016-05-07 19:54:57 UTC,"
        "2020-01-09 00:00:00 UTC,Council,,Public\n\n"
        f"Video Id,Time Added\n{videos}\n"
    )


def _older_subscriptions(seed: int) -> str:
    return json.dumps(
        [
            {
                "kind": "youtube#subscription",
                "snippet": {
                    "resourceId": {"channelId": f"UC{letters(22, seed, 'other', n)}"},
                    "title": f"City of Juniper {n}",
                },
            }
            for n in range(3)
        ]
    )
