"""The objects of an X data download, in X's own shapes.

Field names and nesting follow what X's own data/README.txt names and what published downloads of
2018 to 2026 hold: every number is a string, text is HTML-escaped, a message list runs newest first.
"""

from __future__ import annotations

import base64
import datetime as dt
import html
import re
from typing import Any

import msgspec

from archiver.demo.accounts import DemoAccount
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import EDITS_SINCE, Feed, Form, Post, snowflake
from archiver.demo.pictures import Picture

Object = dict[str, Any]

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Inside a text every quotation mark has a backslash before it, so this is the end of a key.
_COLON = re.compile(rb'(?<=[A-Za-z0-9_]"): ')
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SOURCES = (
    '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
    '<a href="http://twitter.com/download/iphone" rel="nofollow">Twitter for iPhone</a>',
    '<a href="http://twitter.com/download/android" rel="nofollow">Twitter for Android</a>',
)
COMMUNITY_ID = "1483920175366144000"


def x_time(moment: dt.datetime) -> str:
    """``Wed Sep 04 13:51:55 +0000 2019``."""
    day, month = _WEEKDAYS[moment.weekday()], _MONTHS[moment.month - 1]
    return f"{day} {month} {moment.day:02d} {moment:%H:%M:%S} +0000 {moment.year}"


def iso_time(moment: dt.datetime) -> str:
    """``2019-09-04T13:51:55.000Z``."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def layout(item: Any) -> bytes:
    """JSON as X lays it out: two spaces, a space on both sides of the colon."""
    return _COLON.sub(b" : ", msgspec.json.format(msgspec.json.encode(item), indent=2))


def short_url(dice: Dice) -> str:
    """A t.co address."""
    return "https://t.co/" + "".join(dice.pick(_LETTERS) for _ in range(10))


def _span(text: str, part: str) -> list[str]:
    start = text.find(part)
    return [str(start), str(start + len(part))]


def media_name(post: Post) -> str:
    """The file name X gives the picture or video of a post, without the post's number."""
    dice = Dice(seed_of(post.dice_seed, "media"))
    key = "".join(dice.pick(_LETTERS) for _ in range(15))
    ending = "mp4" if post.video else post.picture.extension if post.picture else "jpg"
    return f"{key}.{ending}"


class TweetMaker:
    """Turns the posts of a feed into the objects of tweets.js."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.account: DemoAccount = feed.account

    def ids(self, post: Post) -> list[str]:
        """The identifiers of the post's edits, the first one first."""
        ids = [str(snowflake(post.moment, post.number))]
        if post.moment >= EDITS_SINCE:
            ids += [str(snowflake(edit.at, post.number)) for edit in post.edits]
        return ids

    def tweets(self, post: Post) -> list[Object]:
        """One object for each wording of the post; before edits existed, the last wording."""
        ids = self.ids(post)
        wordings = [post.text, *(edit.text for edit in post.edits)]
        moments = [post.moment, *(edit.at for edit in post.edits)]
        if len(ids) < len(wordings):
            wordings, moments = wordings[-1:], moments[:1]
        made = []
        for place, (number, text, moment) in enumerate(zip(ids, wordings, moments, strict=True)):
            tweet = self._tweet(post, number, text, moment)
            if post.moment >= EDITS_SINCE:
                tweet = {"edit_info": _edit_info(ids, place, post.moment), **tweet}
            made.append({"tweet": tweet})
        return made

    def headers(self, post: Post) -> list[Object]:
        """The rows of tweet-headers.js."""
        user = self.account.native_id
        moments = [post.moment, *(edit.at for edit in post.edits)]
        return [
            {"tweet": {"tweet_id": number, "user_id": user, "created_at": x_time(moment)}}
            for number, moment in zip(self.ids(post), moments, strict=False)
        ]

    def note(self, post: Post) -> Object:
        """The full text of a long post, as note-tweet.js holds it."""
        moment = iso_time(post.moment)
        return {
            "noteTweet": {
                "noteTweetId": str(snowflake(post.moment, post.number) - 1),
                "updatedAt": moment,
                "lifecycle": {"value": "1", "name": "Active", "originalName": "Active"},
                "createdAt": moment,
                "core": {
                    "styletags": [],
                    "urls": [],
                    "text": post.text,
                    "mentions": [],
                    "cashtags": [],
                    "hashtags": [],
                },
            }
        }

    def _tweet(self, post: Post, number: str, text: str, moment: dt.datetime) -> Object:
        dice = Dice(seed_of(post.dice_seed, "tweet"))
        entities: Object = {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []}
        tweet: Object = {"retweeted": False, "source": dice.pick(_SOURCES), "entities": entities}
        text = self._address(post, text, entities, tweet)
        text = _append(post, text, entities, dice)
        shown = len(text)
        if post.form is Form.LONG:
            text = self._cut(text, number, entities, dice)
            shown = len(text)
        if post.picture is not None:
            text = _append_media(post, post.picture, text, number, entities, tweet, dice)
        tweet |= {
            "display_text_range": ["0", str(shown)],
            "favorite_count": str(dice.below(60)),
            "id_str": number,
            "truncated": False,
            "retweet_count": str(dice.below(20)),
            "id": number,
            "possibly_sensitive": False,
            "created_at": x_time(moment),
            "favorited": False,
            "full_text": html.escape(text, quote=False),
            "lang": post.language,
        }
        if post.form is Form.COMMUNITY:
            tweet["scopes"] = {"followers": False}
            tweet["community_id"] = tweet["community_id_str"] = COMMUNITY_ID
        return tweet

    def _address(self, post: Post, text: str, entities: Object, tweet: Object) -> str:
        """Say whom the post answers or repeats."""
        if post.form is Form.REPLY and post.person is not None:
            person = post.person
            parent = str(snowflake(post.moment - dt.timedelta(minutes=47), person.number))
            tweet |= _reply(parent, person.x_id, person.handle)
            text = f"@{person.handle} {text}"
            entities["user_mentions"].append(
                _mention(text, f"@{person.handle}", person.name, person.handle, person.x_id)
            )
        elif post.form is Form.THREAD:
            own = str(self.feed.native_id(post.number - 1))
            tweet |= _reply(own, self.account.native_id, self.account.handle)
        elif post.form is Form.REPOST:
            other = "AlderGlenCity" if self.account.handle != "AlderGlenCity" else "AlderGlenParks"
            text = f"RT @{other}: {text}"
            if len(text) > 140:
                text = f"{text[:139]}…"
            entities["user_mentions"].append(
                _mention(text, f"@{other}", "City of Alder Glen", other, "518204417")
            )
        elif post.form is Form.QUOTE:
            post.link = f"https://twitter.com/AlderGlenCity/status/{snowflake(post.moment, 7)}"
        return text

    def _cut(self, text: str, number: str, entities: Object, dice: Dice) -> str:
        """What tweets.js shows of a long post."""
        if len(text) <= 280:
            return text
        url = short_url(dice)
        text = f"{text[:240].rsplit(' ', 1)[0]}… {url}"
        full = f"https://twitter.com/i/web/status/{number}"
        entities["urls"].append(_url(text, url, full))
        return text


def _reply(parent: str, user: str, handle: str) -> Object:
    return {
        "in_reply_to_status_id_str": parent,
        "in_reply_to_user_id": user,
        "in_reply_to_status_id": parent,
        "in_reply_to_screen_name": handle,
        "in_reply_to_user_id_str": user,
    }


def _mention(text: str, part: str, name: str, handle: str, number: str) -> Object:
    return {
        "name": name,
        "screen_name": handle,
        "indices": _span(text, part),
        "id_str": number,
        "id": number,
    }


def _url(text: str, url: str, expanded: str) -> Object:
    shown = expanded.split("://", 1)[1].removeprefix("www.")
    if len(shown) > 26:
        shown = f"{shown[:25]}…"
    return {
        "url": url,
        "expanded_url": expanded,
        "display_url": shown,
        "indices": _span(text, url),
    }


def _append(post: Post, text: str, entities: Object, dice: Dice) -> str:
    """Put hashtags and the link behind the text."""
    for tag in post.hashtags:
        text = f"{text} #{tag}"
        entities["hashtags"].append({"text": tag, "indices": _span(text, f"#{tag}")})
    if post.link:
        url = short_url(dice)
        text = f"{text} {url}"
        entities["urls"].append(_url(text, url, post.link))
    return text


def _append_media(
    post: Post,
    picture: Picture,
    text: str,
    number: str,
    entities: Object,
    tweet: Object,
    dice: Dice,
) -> str:
    url = short_url(dice)
    text = f"{text} {url}"
    name = media_name(post)
    media_id = str(int(number) - 1)
    stem = "ext_tw_video_thumb" if post.video else "media"
    still = f"https://pbs.twimg.com/{stem}/{name.rsplit('.', 1)[0]}.jpg"
    if not post.video:
        still = f"https://pbs.twimg.com/media/{name}"
    media: Object = {
        "expanded_url": f"https://twitter.com/i/web/status/{number}/photo/1",
        "indices": _span(text, url),
        "url": url,
        "media_url": still.replace("https:", "http:"),
        "id_str": media_id,
        "id": media_id,
        "media_url_https": still,
        "sizes": {"large": {"w": "960", "h": "540", "resize": "fit"}},
        "type": "photo",
        "display_url": f"pic.twitter.com/{url[-10:]}",
        "ext_alt_text": picture.alt_text,
    }
    if post.video:
        clip = f"https://video.twimg.com/ext_tw_video/{media_id}/pu/vid/640x360/{name}"
        media["type"] = "video"
        media["video_info"] = {
            "aspect_ratio": ["16", "9"],
            "duration_millis": "9400",
            "variants": [{"bitrate": "832000", "content_type": "video/mp4", "url": clip}],
        }
    photo = {**media, "type": "photo"}
    photo.pop("video_info", None)
    entities["media"] = [photo]
    tweet["extended_entities"] = {"media": [media]}
    return text


def _edit_info(ids: list[str], place: int, moment: dt.datetime) -> Object:
    control = {
        "editTweetIds": ids,
        "editableUntil": iso_time(moment + dt.timedelta(hours=1)),
        "editsRemaining": str(6 - len(ids)),
        "isEditEligible": True,
    }
    if place == 0:
        return {"initial": control}
    return {"edit": {"initialTweetId": ids[0], "editControlInitial": control}}


def ciphertext(dice: Dice, length: int) -> str:
    """Random bytes in base64: what an encrypted message looks like to anyone without the key."""
    return base64.b64encode(dice.octets(length)).decode()
