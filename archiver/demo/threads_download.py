"""Writes a Threads data download of the demonstration city, and Threads' part of Instagram's."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from archiver.demo import meta_story as story
from archiver.demo.meta_json import MetaZip, WrittenDownload, array
from archiver.demo.meta_pages import INSTAGRAM, PACIFIC, box, front_page, page
from archiver.demo.meta_story import MetaAccount, SaidPost


def write_threads_download(
    path: Path,
    count: int = 60,
    *,
    account: MetaAccount | None = None,
    seed: int = 0,
    folder: str = "your_threads_activity/",
    pages: bool = False,
) -> WrittenDownload:
    """Write a download of that many posts and answers, a third as many followers."""
    own = account or MetaAccount()
    result = WrittenDownload(path)
    with MetaZip(path) as zip_:
        since = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
        zip_.add("start_here.html", [front_page(own.name, story.MADE_AT, since, PACIFIC)])
        result.posts = count
        result.followers = add_threads(zip_, folder, count, own, seed, pages=pages)
    return result


def add_threads(
    zip_: MetaZip, folder: str, count: int, account: MetaAccount, seed: int, *, pages: bool
) -> int:
    """Write Threads' files into a folder of a download; how many followers there are."""
    told = story.posts(count, seed)
    people = list(dict.fromkeys(one for _, one, _ in story.followers(max(1, count // 3), seed)))
    if pages:
        boxes = (box(INSTAGRAM, one.text, _media(one), one.at) for one in told)
        zip_.add(f"{folder}threads_and_replies.html", page("Threads", boxes))
        return 0
    zip_.add(
        f"{folder}threads_and_replies.json",
        array(map(_post, told), '{\n"text_post_app_text_posts": ', "\n}"),
    )
    for name, key in (("followers", "followers"), ("blocked_profiles", "blocked_users")):
        listed = people if name == "followers" else ["loud.neighbour"]
        elements = (
            {
                "title": one,
                "string_list_data": [
                    {"href": f"https://www.threads.com/{one}", "timestamp": story.TIME}
                ],
            }
            for one in listed
        )
        before = f'{{\n"text_post_app_text_post_app_{key}": '
        zip_.add(f"{folder}{name}.json", array(elements, before, "\n}"))
    fields = {"Username": account.handle, "Name": account.name, "Email": "in@example.com"}
    named = {name: {"href": "", "value": one, "timestamp": 0} for name, one in fields.items()}
    zip_.value(
        f"{folder}personal_information.json",
        {"text_post_app_text_post_app_profile": [{"string_map_data": named}]},
    )
    zip_.value(f"{folder}liked_threads.json", {"text_post_app_media_likes": []})
    return len(people)


def _uri(said: SaidPost) -> str:
    return f"media/posts/202601/{said.media[0]}.jpg" if said.media else ""


def _media(said: SaidPost) -> str:
    uri = _uri(said)
    return f'<div><a href="{uri}"><img src="{uri}"/></a></div>' if uri else "<div></div>"


def _post(said: SaidPost) -> dict[str, Any]:
    own = {"reply_control": "everyone", "is_reply": said.number % 4 == 1}
    part = {
        "uri": _uri(said),
        "creation_timestamp": said.at,
        "title": said.text,
        "media_metadata": {"camera_metadata": {"has_camera_metadata": False}},
        "cross_post_source": {"source_app": "FB"},
        "text_app_post": own,
    }
    return {"media": [part]}
