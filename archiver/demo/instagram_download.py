"""Writes an Instagram data download of the demonstration city, in any layout since 2018, with
Threads in it where that was asked for too."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from archiver.demo import meta_story as story
from archiver.demo.instagram_oldest import picture_uri, write_oldest
from archiver.demo.meta_json import MetaZip, WrittenDownload, array, written
from archiver.demo.meta_pages import (
    INSTAGRAM,
    PACIFIC,
    SPANISH,
    Style,
    box,
    front_page,
    message_body,
    page,
    shown,
)
from archiver.demo.meta_story import MetaAccount, SaidMessage, SaidPost, Talk
from archiver.demo.pictures import Picture, draw
from archiver.demo.threads_download import add_threads


class Layout(StrEnum):
    """The layouts, by the years of their use; the last two are web pages."""

    OLDEST = "2018"
    OLD = "2021"
    NEW = "2023"
    LABELLED = "2025"
    PAGES = "2025 html"
    SPANISH_PAGES = "2025 html es"


_PAGED = {Layout.PAGES: INSTAGRAM, Layout.SPANISH_PAGES: SPANISH}
_MESSAGES_PER_FILE = 10_000


def write_instagram_download(
    path: Path,
    layout: Layout,
    count: int = 60,
    *,
    account: MetaAccount | None = None,
    seed: int = 0,
    root: str = "",
    pictures: int = 4,
    threads: bool = False,
) -> WrittenDownload:
    """Write a download of about `count` posts and messages, a third as many comments, followers and
    stories."""
    own = account or MetaAccount()
    told = _Writer(layout, own, seed, WrittenDownload(path), pictures)
    with MetaZip(path, root) as zip_:
        if layout is Layout.OLDEST:
            write_oldest(zip_, count, own, seed, told.result)
            told.add_pictures(zip_, count)
        else:
            told.write(zip_, count)
        if threads:
            add_threads(
                zip_, "your_instagram_activity/threads/", count, own, seed, pages=layout in _PAGED
            )
    return told.result


class _Writer:
    def __init__(
        self,
        layout: Layout,
        account: MetaAccount,
        seed: int,
        result: WrittenDownload,
        pictures: int,
    ) -> None:
        self.layout = layout
        self.account = account
        self.seed = seed
        self.result = result
        self.pictures = pictures
        self.style: Style | None = _PAGED.get(layout)
        self.activity = "" if layout is Layout.OLD else "your_instagram_activity/"
        self.content = "content/" if layout is Layout.OLD else "media/"

    def _file(self, name: str) -> str:
        return f"{name}.{'html' if self.style else 'json'}"

    def write(self, zip_: MetaZip, count: int) -> None:
        """Every file since 2021."""
        if self.layout is not Layout.OLD:
            since = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)
            zip_.add(
                "start_here.html",
                [front_page(self.account.name, story.MADE_AT, since, PACIFIC)],
            )
        self._profile(zip_)
        self._posts(zip_, "posts_1", "posts", count)
        self._posts(zip_, "reels", "ig_reels_media", count // 6, start=10_000)
        self._posts(zip_, "stories", "ig_stories", count // 3, start=20_000)
        self._posts(zip_, "archived_posts", "ig_archived_post_media", count // 10, start=30_000)
        self._comments(zip_, max(1, count // 3))
        for talk in story.talks(max(1, min(40, count // 50)), count, self.seed):
            self._talk(zip_, talk)
        self._people(zip_, max(1, count // 3))
        self._rest(zip_)
        self.add_pictures(zip_, count)

    def _profile(self, zip_: MetaZip) -> None:
        account = self.account
        base = (
            "account_information/"
            if self.layout is Layout.OLD
            else ("personal_information/personal_information/")
        )
        name = self._file(base + "personal_information")
        spanish = self.layout is Layout.SPANISH_PAGES
        names = ("Nombre de usuario", "Nombre") if spanish else ("Username", "Name")
        fields = {names[0]: account.handle, names[1]: account.name, "Email": "in@example.com"}
        if self.style:
            cells = "".join(_row(one, two) for one, two in fields.items())
            zip_.add(name, page("Personal information", [f"<table>{cells}</table>"]))
            return
        zip_.value(
            name, {"profile_user": [{"media_map_data": {}, "string_map_data": _map(fields)}]}
        )
        change = {
            "Changed": "Username",
            "Previous Value": account.before.replace(" ", "").lower(),
            "New Value": account.handle,
        }
        secret = {
            "Changed": "Email",
            "Previous Value": "a@example.com",
            "New Value": "b@example.com",
        }
        when = {"Change Date": {"href": "", "value": "", "timestamp": story.TIME}}
        zip_.value(
            base + "profile_changes.json",
            {
                "profile_profile_change": [
                    {"title": "", "string_map_data": {**_map(one), **when}}
                    for one in (change, secret)
                ]
            },
        )

    def _media_of(self, said: SaidPost, folder: str) -> list[dict[str, Any]]:
        return [
            {
                "uri": picture_uri(one, folder),
                "creation_timestamp": said.at,
                "media_metadata": {"camera_metadata": {"has_camera_metadata": False}},
                "title": said.text if place == 0 and len(said.media) < 2 else "",
                "cross_post_source": {"source_app": "FB"},
            }
            for place, one in enumerate(said.media or (10_000_000 + said.number * 10,))
        ]

    def _post(self, said: SaidPost, key: str) -> dict[str, Any]:
        folder = "stories" if key == "ig_stories" else "posts"
        media = self._media_of(said, folder)
        if key == "ig_stories":
            return media[0] | {"title": said.text}
        if self.layout is Layout.LABELLED and key == "posts":
            labels = [
                {"label": "Caption", "value": said.text},
                {
                    "dict": [{"label": "URL", "value": "https://www.instagram.com/p/x/"}],
                    "title": "Owner",
                },
            ]
            return {"timestamp": said.at, "media": media, "label_values": labels}
        value: dict[str, Any] = {"media": media}
        if len(media) > 1:
            value |= {"title": said.text, "creation_timestamp": said.at}
        return value

    def _posts(self, zip_: MetaZip, base: str, key: str, count: int, start: int = 0) -> None:
        if not count:
            return
        name = self._file(self.activity + self.content + base)
        numbers = range(start + count - 1, start - 1, -1)
        told = (story.post(number, self.seed, first=start) for number in numbers)
        self.result.posts += count
        self.result.files[name] = count
        if self.style:
            style = self.style
            zip_.add(name, page("Posts", (self._box(style, one, key) for one in told)))
            return
        elements = (self._post(one, key) for one in told)
        if key == "posts":
            zip_.add(name, array(elements))
        else:
            zip_.add(name, array(elements, f'{{\n"{key}": ', "\n}"))

    def _box(self, style: Style, said: SaidPost, key: str) -> str:
        folder = "stories" if key == "ig_stories" else "posts"
        media = self._media_of(said, folder)
        files = [one["uri"] for one in (media[:1] if folder == "stories" else media)]
        body = "".join(f'<div><a href="{one}"><img src="{one}"/></a></div>' for one in files)
        table = f"<table>{_row('Has Camera Metadata', 'False')}</table>"
        return box(style, said.text, f"<div>{body}{table}</div>", said.at)

    def _comments(self, zip_: MetaZip, count: int) -> None:
        name = self._file(f"{self.activity}comments/post_comments_1")
        told = story.comments(count, self.seed)
        self.result.comments += count
        self.result.files[name] = count
        if self.style:
            style = self.style
            zip_.add(name, page("Comments", (self._comment_box(style, one) for one in told)))
            return
        if self.layout is Layout.OLD:
            elements: Iterator[dict[str, Any]] = (
                {
                    "title": one.sender,
                    "media_list_data": [],
                    "string_list_data": [{"href": "", "value": one.text, "timestamp": one.at}],
                }
                for one in told
            )
            zip_.add(name, array(elements, '{\n"comments_media_comments": ', "\n}"))
            return
        zip_.add(name, array(self._comment(one) for one in told))

    def _comment(self, said: SaidMessage) -> dict[str, Any]:
        fields = _map({"Comment": said.text, "Media Owner": said.sender})
        fields["Time"] = {"href": "", "value": "", "timestamp": said.at}
        return {"media_list_data": [{"uri": ""}], "string_map_data": fields}

    def _comment_box(self, style: Style, said: SaidMessage) -> str:
        names = ("Comentario", "Propietario del contenido multimedia", "Hora")
        names = names if style.spanish else ("Comment", "Media Owner", "Time")
        values = (said.text, said.sender, style.moment(said.at))
        rows = "".join(map(_row, names, values))
        return box(style, "", f"<table>{rows}</table>", None)

    def _talk(self, zip_: MetaZip, talk: Talk) -> None:
        base = "inbox" if talk.number % 3 else "message_requests"
        mark = "".join(letter for letter in talk.person.lower() if letter.isalpha())
        folder = f"messages/{base}/{mark}_{17_800_000_000_000_000 + talk.number}"
        told = story.said_in(talk, self.account, self.seed)
        number = 0
        while some := list(islice(told, _MESSAGES_PER_FILE)):
            number += 1
            name = self._file(f"{self.activity}{folder}/message_{number}")
            self.result.files[name] = len(some)
            self.result.messages += len(some)
            if self.style:
                style = self.style
                boxes = (self._message_box(style, one, folder) for one in some)
                zip_.add(name, page(talk.person, boxes))
                continue
            parties = written([{"name": talk.person}, {"name": self.account.name}])
            elements = (self._message(one, folder) for one in some)
            tail = f',\n"title": {written(talk.person)},\n"is_still_participant": true\n}}'
            zip_.add(name, array(elements, f'{{\n"participants": {parties},\n"messages": ', tail))

    def _message(self, said: SaidMessage, folder: str) -> dict[str, Any]:
        value: dict[str, Any] = {"sender_name": said.sender, "timestamp_ms": said.at * 1000 + 512}
        if said.text:
            value["content"] = said.text
        if said.kind == "photo":
            uri = f"{self.activity}{folder}/photos/{said.media}.jpg"
            value["photos"] = [{"uri": uri, "creation_timestamp": said.at}]
        elif said.kind == "link":
            value["share"] = {
                "link": f"https://www.instagram.com/p/C{said.number}/",
                "share_text": "Shared words",
                "original_content_owner": "alder_glen_parks",
            }
        elif said.kind in ("call", "sticker", "renamed"):
            value["content"] = "Liked a message"
        elif said.kind == "unsent":
            value["is_unsent"] = True
        if said.reaction:
            value["reactions"] = [{"reaction": said.reaction, "actor": self.account.name}]
        return value

    def _message_box(self, style: Style, said: SaidMessage, folder: str) -> str:
        value = self._message(said, folder)
        files = [one["uri"] for one in value.get("photos", [])]
        faces = [f"{said.reaction}{self.account.name} ({style.moment(said.at + 60)})"]
        body = message_body(
            value.get("content", ""),
            files,
            value.get("share", {}),
            faces if said.reaction else [],
        )
        return box(style, said.sender, body, said.at)

    def _people(self, zip_: MetaZip, count: int) -> None:
        base = (
            "followers_and_following/"
            if self.layout is Layout.OLD
            else ("connections/followers_and_following/")
        )
        people = list(dict.fromkeys(handle for _, handle, _ in story.followers(count, self.seed)))
        self.result.followers += len(people)
        name = self._file(base + ("followers" if self.layout is Layout.OLD else "followers_1"))
        self.result.files[name] = len(people)
        if self.style:
            boxes = [self._person_box(one) for one in people]
            zip_.add(name, page("Followers", boxes))
            zip_.add(base + "following.html", page("Following", boxes[:2]))
            return
        told = (_person(one) for one in people)
        wrapped = (
            ('{\n"relationships_followers": ', "\n}") if self.layout is Layout.OLD else ("", "")
        )
        zip_.add(name, array(told, *wrapped))
        following = [
            {
                "title": one,
                "string_list_data": [
                    {"href": f"https://www.instagram.com/_u/{one}", "timestamp": story.TIME}
                ],
            }
            for one in people[:2]
        ]
        zip_.value(base + "following.json", {"relationships_following": following})
        blocked = {"relationships_blocked_users": [{**following[0], "title": "loud.neighbour"}]}
        zip_.value(base + "blocked_profiles.json", blocked)
        zip_.value(base + "restricted_profiles.json", {"relationships_restricted_users": following})
        zip_.value(base + "hide_story_from.json", {"relationships_hide_stories_from": following})

    def _person_box(self, handle: str) -> str:
        link = f'<a target="_blank" href="https://www.instagram.com/{handle}">{handle}</a>'
        moment = (self.style or INSTAGRAM).moment(story.TIME)
        return (
            '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><div class="_a6-p"><div>'
            f"<div>{link}</div><div>{moment}</div></div></div></div>"
        )

    def _rest(self, zip_: MetaZip) -> None:
        zip_.value(f"{self.activity}likes/liked_posts.json", {"likes_media_likes": []})
        zip_.value(
            "ads_information/ads_and_topics/ads_viewed.json", {"impressions_history_ads_seen": []}
        )
        zip_.value(
            "security_and_login_information/login_and_profile_creation/login_activity.json",
            {"account_history_login_history": []},
        )

    def add_pictures(self, zip_: MetaZip, count: int) -> None:
        """Write the media files that are really in it."""
        for number in range(min(self.pictures, count)):
            said = story.post(number, self.seed)
            one = (said.media or (10_000_000 + said.number * 10,))[0]
            zip_.add(picture_uri(one), draw(Picture("street", str(one), one)))
            self.result.media += 1


def _row(name: str, value: str) -> str:
    """A field of a page: its name, and below it the value."""
    cell = f'<td colspan="2" class="_2pin _a6_q">{name}<div><div>{shown(value)}</div></div></td>'
    return f"<tr>{cell}</tr>"


def _map(fields: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {name: {"href": "", "value": value, "timestamp": 0} for name, value in fields.items()}


def _person(handle: str) -> dict[str, Any]:
    link = f"https://www.instagram.com/{handle}"
    told = [{"href": link, "value": handle, "timestamp": story.TIME}]
    return {"title": "", "media_list_data": [], "string_list_data": told}
