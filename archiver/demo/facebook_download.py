"""Writes a Facebook data download of the demonstration city, in any layout since 2018."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any

from archiver.demo import meta_story as story
from archiver.demo.facebook_attachments import life, link, more, own_lines
from archiver.demo.meta_json import MetaZip, WrittenDownload, array, written
from archiver.demo.meta_pages import (
    MIDDLE,
    NEW,
    OLD,
    PACIFIC,
    Style,
    box,
    comment_body,
    front_page,
    message_body,
    page,
    post_body,
    worded_front_page,
)
from archiver.demo.meta_story import MetaAccount, SaidMessage, SaidPost, Talk
from archiver.demo.pictures import Picture, draw, short_video

POSTS_PER_FILE = 50_000
MESSAGES_PER_FILE = 10_000


_SINCE = dt.datetime(2018, 1, 1, tzinfo=dt.UTC)


class Layout(StrEnum):
    """The layouts, by the years of their use; the last three are web pages."""

    OLD = "2018"
    MIDDLE = "2021"
    PROFILE = "2023"
    PAGE = "page"
    OLD_PAGES = "2019 html"
    MIDDLE_PAGES = "2023 html"
    NEW_PAGES = "2025 html"


_ACTIVITY = {
    Layout.PROFILE: "your_facebook_activity/",
    Layout.MIDDLE_PAGES: "your_facebook_activity/",
    Layout.PAGE: "this_profile's_activity_across_facebook/",
    Layout.NEW_PAGES: "this_profile's_activity_across_facebook/",
}


def write_facebook_download(
    path: Path,
    layout: Layout,
    count: int = 60,
    *,
    account: MetaAccount | None = None,
    seed: int = 0,
    root: str = "",
    pictures: int = 6,
) -> WrittenDownload:
    """Write a download of about `count` posts, as many messages, a third as many comments and
    followers. `pictures` is how many media files are really in it."""
    told = _Writer(layout, account or MetaAccount(), seed, WrittenDownload(path), pictures)
    with MetaZip(path, root) as zip_:
        told.write(zip_, count)
    return told.result


def _group_of(said: SaidMessage) -> str:
    """The group a comment was written in: every seventh was."""
    return "Neighbours & friends" if said.number % 7 == 3 else ""


@dataclass(slots=True)
class _Writer:
    layout: Layout
    account: MetaAccount
    seed: int
    result: WrittenDownload
    pictures: int

    @property
    def activity(self) -> str:
        return _ACTIVITY.get(self.layout, "")

    @property
    def style(self) -> Style | None:
        pages = {Layout.OLD_PAGES: OLD, Layout.MIDDLE_PAGES: MIDDLE, Layout.NEW_PAGES: NEW}
        return pages.get(self.layout)

    def write(self, zip_: MetaZip, count: int) -> None:
        self._profile(zip_)
        self._posts(zip_, count)
        self._comments(zip_, max(1, count // 3))
        for talk in story.talks(max(1, min(40, count // 50)), count, self.seed):
            self._talk(zip_, talk)
        self._people(zip_, max(1, count // 3))
        self._rest(zip_)
        self._media(zip_, count)

    def _file(self, name: str) -> str:
        return f"{name}.{'html' if self.style else 'json'}"

    def _profile(self, zip_: MetaZip) -> None:
        account = self.account
        said = (account.name, story.MADE_AT)
        if self.layout is Layout.OLD_PAGES:
            zip_.add("index.html", [worded_front_page(*said, None, PACIFIC)])
        elif self.layout is Layout.MIDDLE_PAGES:
            zip_.add("start_here.html", [worded_front_page(*said, _SINCE, PACIFIC)])
        elif self.layout is not Layout.OLD:
            zip_.add("start_here.html", [front_page(*said, _SINCE, PACIFIC)])
        folder = "" if not self.activity else "personal_information/"
        name = self._file(f"{folder}profile_information/profile_information")
        if self.style:
            rows = (("Name", account.name), ("Username", account.handle), ("Born", "Jan 1, 1970"))
            cells = "".join(f"<tr><th>{one}</th><td>{two}</td></tr>" for one, two in rows)
            zip_.add(name, page("Profile information", [f"<table>{cells}</table>"]))
            return
        names: dict[str, Any] = {"full_name": account.name, "first_name": account.name}
        if self.layout is Layout.OLD:
            profile = {"profile": {"name": account.name, "emails": {"emails": ["a@example.com"]}}}
            zip_.value(name, profile)
            return
        zip_.value(
            name,
            {
                "profile_v2": {
                    "name": names,
                    "emails": {"emails": ["sign-in@example.com"]},
                    "birthday": {"year": 1970, "month": 1, "day": 1},
                    "previous_names": [{"name": account.before, "timestamp": story.TIME}],
                    "about_me": "Noticias de Alder Glen — año tras año",
                    "websites": [{"address": "https://alderglen.example.com"}],
                    "username": account.handle,
                    "registration_timestamp": story.TIME - 86_400,
                    "profile_uri": f"https://www.facebook.com/profile.php?id={account.number}",
                }
            },
        )

    def _posts(self, zip_: MetaZip, count: int) -> None:
        told = story.posts(count, self.seed)
        base = {
            Layout.OLD: "posts/your_posts",
            Layout.MIDDLE: "posts/your_posts",
            Layout.OLD_PAGES: "posts/your_posts",
            Layout.PROFILE: "posts/your_posts__check_ins__photos_and_videos",
            Layout.MIDDLE_PAGES: "posts/your_posts__check_ins__photos_and_videos",
        }.get(self.layout, "posts/profile_posts")
        for number in range(1, -(-count // POSTS_PER_FILE) + 1):
            some = islice(told, POSTS_PER_FILE)
            ending = "" if self.layout is Layout.OLD and count <= POSTS_PER_FILE else f"_{number}"
            name = self._file(self.activity + base + ending)
            self.result.files[name] = min(POSTS_PER_FILE, count - (number - 1) * POSTS_PER_FILE)
            if self.style:
                zip_.add(name, page("Your posts", (self._post_box(one) for one in some)))
            else:
                zip_.add(name, array(self._post(one) for one in some))
        self.result.posts += count

    def _uri(self, number: int, *, video: bool = False) -> str:
        folder = "videos" if video else "TimelinePhotos_AbC123"
        old = self.layout in (Layout.OLD, Layout.MIDDLE, Layout.OLD_PAGES)
        name = f"28819_{number}_646231_n_{number}" if old else str(number)
        return f"{self.activity}posts/media/{folder}/{name}.{'mp4' if video else 'jpg'}"

    def _title(self, said: SaidPost) -> str:
        did = {
            "link": "shared a link.",
            "photo": "added a new photo.",
            "video": "added a new video.",
        }
        return f"{self.account.name} {did.get(said.kind, 'updated their status.')}"

    def _post(self, said: SaidPost) -> dict[str, Any]:
        hung: list[dict[str, Any]] = [
            {
                "media": {
                    "uri": self._uri(one, video=said.kind == "video"),
                    "creation_timestamp": said.at,
                    "media_metadata": {
                        "photo_metadata": {"exif_data": [{"upload_ip": "192.0.2.7"}]}
                    },
                    "title": "Timeline Photos",
                    "description": said.text,
                }
            }
            for one in said.media
        ]
        hung += more(said)
        value: dict[str, Any] = {"timestamp": said.at}
        if hung:
            value["attachments"] = [{"data": hung}]
        value["data"] = [] if said.kind == "life" else [{"post": said.text}]
        if said.edited:
            value["data"].append({"update_timestamp": said.edited})
        value["title"] = self._title(said)
        if said.number % 9 == 2:
            value["tags"] = [{"name": "Ana Peña"}]
        return value

    def _post_box(self, said: SaidPost) -> str:
        style = self.style or NEW
        leads = link(said) if said.kind == "link" else ""
        files = [self._uri(one, video=said.kind == "video") for one in said.media]
        edited = style.moment(said.edited) if said.edited else ""
        words = life(said) if said.kind == "life" else said.text
        if said.kind in ("event", "poll"):
            words = "\n\n".join([said.text, *own_lines(more(said))])
        return box(style, self._title(said), post_body(words, files, leads, edited), said.at)

    def _comments(self, zip_: MetaZip, count: int) -> None:
        folder = (
            "comments"
            if self.layout in (Layout.OLD, Layout.OLD_PAGES)
            else "comments_and_reactions"
        )
        name = self._file(f"{self.activity}{folder}/comments")
        told = story.comments(count, self.seed)
        self.result.comments += count
        self.result.files[name] = count
        if self.style:
            style = self.style
            zip_.add(
                name,
                page(
                    "Comments",
                    (
                        box(
                            style,
                            self._commented(one),
                            comment_body(style, one.text, _group_of(one)),
                            one.at,
                        )
                        for one in told
                    ),
                ),
            )
            return
        key = "comments" if self.layout is Layout.OLD else "comments_v2"
        zip_.add(name, array(map(self._comment, told), f'{{\n"{key}": ', "\n}"))

    def _commented(self, said: SaidMessage) -> str:
        return f"{self.account.name} replied to {said.sender}'s comment."

    def _comment(self, said: SaidMessage) -> dict[str, Any]:
        inner = {"timestamp": said.at, "comment": said.text, "author": self.account.name}
        if group := _group_of(said):
            inner["group"] = group
        return {
            "timestamp": said.at,
            "data": [{"comment": inner}],
            "title": self._commented(said),
        }

    def _talk(self, zip_: MetaZip, talk: Talk) -> None:
        old = self.layout in (Layout.OLD, Layout.MIDDLE, Layout.OLD_PAGES)
        mark = "".join(letter for letter in talk.person.lower() if letter.isalpha())
        folder = f"{mark}_{'AbCdEfGhI' + str(talk.number) if old else 10**15 + talk.number}"
        base = f"messages/{talk.box}/{folder}"
        told = story.said_in(talk, self.account, self.seed)
        number = 0
        while some := list(islice(told, MESSAGES_PER_FILE)):
            number += 1
            name = self._file(f"{self.activity}{base}/message_{number}")
            self.result.files[name] = len(some)
            self.result.messages += len(some)
            if self.style:
                zip_.add(name, self._talk_page(talk, some, folder))
            else:
                zip_.add(name, self._talk_file(talk, some, f"{talk.box}/{folder}", folder))

    def _picture_of(self, said: SaidMessage, talk: Talk, folder: str) -> str:
        return f"{self.activity}messages/{talk.box}/{folder}/photos/{said.media}.jpg"

    def _talk_file(
        self, talk: Talk, some: list[SaidMessage], thread: str, folder: str
    ) -> Iterator[str]:
        parties = written([{"name": talk.person}, {"name": self.account.name}])
        told = (self._message(one, talk, folder) for one in some)
        tail = (
            f',\n"title": {written(talk.person)},\n"is_still_participant": true,\n'
            f'"thread_path": "{thread}",\n"magic_words": []\n}}'
        )
        return array(told, f'{{\n"participants": {parties},\n"messages": ', tail)

    def _message(self, said: SaidMessage, talk: Talk, folder: str) -> dict[str, Any]:
        value: dict[str, Any] = {"sender_name": said.sender, "timestamp_ms": said.at * 1000 + 245}
        if said.text:
            value["content"] = said.text
        if said.kind == "photo":
            uri = self._picture_of(said, talk, folder)
            value["photos"] = [{"uri": uri, "creation_timestamp": said.at}]
        elif said.kind == "link":
            value["content"] = f"{said.sender} sent an attachment."
            shared = f"Notice {said.number}: the street is closed"
            value["share"] = {"link": f"https://example.com/notice/{said.number}"}
            value["share"]["share_text"] = shared
        elif said.kind == "call":
            value |= {"content": "The audio call ended.", "call_duration": 65}
        elif said.kind == "unsent":
            value["is_unsent"] = True
        elif said.kind == "sticker":
            value["sticker"] = {"uri": "messages/stickers_used/39178562_369239263222822.png"}
        elif said.kind == "renamed":
            value["content"] = f"{said.sender} named the group Neighbours."
        if said.reaction:
            value["reactions"] = [{"reaction": said.reaction, "actor": self.account.name}]
        if self.layout in (Layout.OLD, Layout.MIDDLE):
            value["type"] = {"call": "Call", "link": "Share"}.get(said.kind, "Generic")
        else:
            value["is_geoblocked_for_viewer"] = False
        return value

    def _talk_page(self, talk: Talk, some: list[SaidMessage], folder: str) -> Iterator[str]:
        style = self.style or NEW
        who = f"Participants: {talk.person} and {self.account.name}"
        intro = f"<div>{who}</div>" if style is NEW else ""
        kind = "_2lek" if style is OLD else "_2ph_ _a6-h"
        head = [] if style is NEW else [style.box.format(f'<div class="{kind}">{who}</div>')]
        boxes = [self._message_box(style, one, talk, folder) for one in some]
        return page(talk.person, [*head, *boxes], intro)

    def _message_box(self, style: Style, said: SaidMessage, talk: Talk, folder: str) -> str:
        value = self._message(said, talk, folder)
        files = [one["uri"] for one in value.get("photos", [])]
        files += [value["sticker"]["uri"]] if "sticker" in value else []
        share = value.get("share", {})
        faces = [said.reaction + self.account.name] if said.reaction else []
        body = message_body(value.get("content", ""), files, share, faces)
        return box(style, said.sender, body, said.at)

    def _people(self, zip_: MetaZip, count: int) -> None:
        old = self.layout in (Layout.OLD, Layout.MIDDLE, Layout.OLD_PAGES)
        base = (
            "following_and_followers/followers"
            if old
            else ("connections/followers/people_who_followed_you")
        )
        name = self._file(base)
        people = story.followers(count, self.seed)
        self.result.followers += count
        self.result.files[name] = count
        if self.style:
            style = self.style
            zip_.add(name, page("Followers", (box(style, one, "", at) for one, _, at in people)))
            return
        key = {Layout.OLD: "followers", Layout.MIDDLE: "followers_v2"}.get(
            self.layout, "followers_v3"
        )
        told = ({"name": one, "timestamp": at} for one, _, at in people)
        zip_.add(name, array(told, f'{{\n"{key}": ', "\n}"))

    def _rest(self, zip_: MetaZip) -> None:
        zip_.value("ads_information/advertisers_you've_interacted_with.json", {"history_v2": []})
        zip_.value(
            "security_and_login_information/logins_and_logouts.json", {"account_accesses_v2": []}
        )
        zip_.value(
            f"{self.activity}comments_and_reactions/likes_and_reactions_1.json",
            [{"timestamp": story.TIME, "title": f"{self.account.name} likes a post."}],
        )
        zip_.add("apps_and_websites_off_of_facebook/no-data.txt", b"")

    def _media(self, zip_: MetaZip, count: int) -> None:
        left = self.pictures
        for said in story.posts(count, self.seed):
            for one in said.media:
                if not left:
                    return
                left -= 1
                video = said.kind == "video"
                data = short_video(one) if video else draw(Picture("street", str(one), one))
                zip_.add(self._uri(one, video=video), data)
                self.result.media += 1
