"""What lies where in an X download: every layout X has handed out since 2012.

    2012-2018  Grailbird   data/js/tweets/2014_05.js, data/js/user_details.js, tweets.csv
    2018-2019              tweet.js, account.js … at the top, tweet_media/
    2019-2022              the same below data/, with data/manifest.js, tweet-part1.js …
    2022-now               data/tweets.js, tweets-part1.js …, note-tweet.js, community-tweet.js …

The files say more than the manifest: X's own manifests have left out parts, and old downloads
have none. So the files decide what is read, and the manifest is what the count is held against.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.exports.counting import PEOPLE, RECORDS
from archiver.exports.reader import DownloadReader

_PART = re.compile(r"^(?P<base>.+?)(?:-part(?P<part>\d+))?\.js$", re.IGNORECASE)
_GRAILBIRD = re.compile(r"^(?:data/)?js/tweets/(\d{4})_(\d{2})\.js$")
_MARKS = (
    "data/manifest.js",
    "data/account.js",
    "data/tweets.js",
    "data/tweet.js",
    "data/js/user_details.js",
    "data/js/tweet_index.js",
)
_MARKS_AT_THE_TOP = ("account.js", "tweets.js", "tweet.js", "js/user_details.js")
_ENDINGS = (*_MARKS, *_MARKS_AT_THE_TOP)


@dataclass(frozen=True, slots=True)
class DataType:
    """A kind of data file. `wrapper` is the name X wraps each element in; `folders` hold its
    media; `order` is its place in the walk (what others need to be joined comes first)."""

    name: str
    order: int
    state: str = RECORDS
    wrapper: str = ""
    folders: tuple[str, ...] = ()


_TYPES = (
    DataType("note-tweet", 0, wrapper="noteTweet"),
    DataType("deleted-tweet-headers", 1, wrapper="tweet"),
    DataType("profile", 2, wrapper="profile", folders=("profile_media",)),
    DataType("screen-name-change", 3, wrapper="screenNameChange"),
    DataType(
        "tweets",
        10,
        wrapper="tweet",
        folders=("tweets_media", "tweet_media"),
    ),
    DataType(
        "community-tweet",
        11,
        wrapper="tweet",
        folders=("community_tweet_media", "community_tweets_media"),
    ),
    DataType(
        "twitter-circle-tweet",
        12,
        wrapper="tweet",
        folders=("twitter_circle_tweet_media", "twitter_circle_tweets_media"),
    ),
    DataType(
        "deleted-tweets",
        13,
        wrapper="tweet",
        folders=("deleted_tweets_media", "deleted_tweet_media"),
    ),
    DataType("deleted-note-tweet", 14, wrapper="noteTweet", folders=("deleted_note_tweet_media",)),
    DataType("article", 20, wrapper="article", folders=("article_media", "twitter_article_media")),
    DataType(
        "periscope-broadcast-metadata",
        30,
        wrapper="periscopeBroadcastMetadata",
        folders=("periscope_broadcast_media",),
    ),
    DataType("periscope-comments-made-by-user", 31, wrapper="periscopeCommentsMadeByUser"),
    DataType("periscope-profile-description", 32, wrapper="periscopeProfileDescription"),
    DataType(
        "direct-messages",
        40,
        wrapper="dmConversation",
        folders=("direct_messages_media", "direct_message_media"),
    ),
    DataType(
        "direct-messages-group",
        41,
        wrapper="dmConversation",
        folders=(
            "direct_messages_group_media",
            "direct_message_group_media",
            "direct_group_messages_media",
        ),
    ),
    DataType("direct-message-headers", 42, wrapper="dmConversation"),
    DataType("direct-message-group-headers", 43, wrapper="dmConversation"),
    DataType("message-event", 44, wrapper="messageEvent"),
    DataType("follower", 50, PEOPLE, "follower"),
    DataType("following", 52, PEOPLE, "following"),
    DataType("block", 53, PEOPLE, "blocking"),
    DataType("mute", 54, PEOPLE, "muting"),
    DataType("periscope-followers", 51, PEOPLE, "periscopeFollowers"),
)
_BY_NAME = {one.name: one for one in _TYPES}
_OTHER_NAMES = {
    "tweet": "tweets",
    "community-tweets": "community-tweet",
    "deleted-tweet": "deleted-tweets",
    "direct-message": "direct-messages",
    "direct-message-group": "direct-messages-group",
    "direct-messages-headers": "direct-message-headers",
    "direct-messages-group-headers": "direct-message-group-headers",
    "message-events": "message-event",
    "encrypted-direct-messages": "message-event",
    "note-tweets": "note-tweet",
    "deleted-note-tweets": "deleted-note-tweet",
    "twitter-article": "article",
    "twitter-articles": "article",
    "articles": "article",
    "post": "tweets",
    "posts": "tweets",
    "community-post": "community-tweet",
    "deleted-posts": "deleted-tweets",
    "note-post": "note-tweet",
    "followers": "follower",
    "blocks": "block",
    "mutes": "mute",
    "blocking": "block",
    "muting": "mute",
}
UNKNOWN_BECAUSE = "unknown to this program: kept in the original, look at it"
_KEPT_BECAUSE = (
    (
        re.compile(
            r"ad-|ads-|ip-audit|device-|ni-devices|phone-number|email-address|"
            r"account-creation-ip|age-?info|contact|key-registry|sso|personalization|"
            r"connected-application|user-link-clicks|account$|account-|bookmark|saved-search|"
            r"periscope-account|periscope-ban|professional|grok|payment|verified|job-|"
            r"protected-history"
        ),
        "about the person who signs in, not a communication: kept in the original only",
    ),
    (
        re.compile(r"likes?$"),
        "likes the account gave: in the original only, not turned into records",
    ),
    (
        re.compile(r"tweet-headers$|deleted-tweet-headers$"),
        "ids and times of posts that stand whole in other files: kept in the original",
    ),
    (
        re.compile(r"lists-|moment|twitter-circle(-member)?$|reply-prompt"),
        "lists and settings the account made: kept in the original, not turned into records",
    ),
    (
        re.compile(
            r"app$|branch-links|catalog-|commerce-|community-note|product-|shop|smartblock|"
            r"spaces-metadata|periscope-|expanded-profile|tweetdeck"
        ),
        "not turned into records: kept in the original",
    ),
)


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file of the download: where it lies, what it holds, which part it is."""

    member: str
    base: str
    part: int
    kind: DataType | None


def find_roots(names: Iterable[str]) -> list[str]:
    """The folders inside the download that hold data ("" or "top/"), the uppermost first; none
    where no file of an X download is found. More than one: several downloads in one place."""
    clear: set[str] = set()
    vague: set[str] = set()
    for name in names:
        if not name.endswith(_ENDINGS) and "data/js/tweets/" not in name:
            continue
        for mark in _MARKS:
            if name == mark or name.endswith("/" + mark):
                clear.add(name[: len(name) - len(mark)])
        for mark in _MARKS_AT_THE_TOP:
            if name == mark or name.endswith("/" + mark):
                vague.add(name[: len(name) - len(mark)])
        at = name.find("data/js/tweets/")
        if at >= 0 and _GRAILBIRD.match(name[at:]):
            clear.add(name[:at])
    if clear:
        return sorted(clear, key=lambda root: (root.count("/"), root))
    return sorted(vague, key=lambda root: (root.count("/"), root))[:1]


def data_files(reader: DownloadReader, root: str) -> list[DataFile]:
    """Every data file, in the order of the walk."""
    found = [
        file
        for name in reader.members
        if name.startswith(root) and (file := _data_file(name, name[len(root) :])) is not None
    ]
    return sorted(
        found,
        key=lambda file: (file.kind.order if file.kind else 99, file.base, file.part, file.member),
    )


def _data_file(member: str, inside: str) -> DataFile | None:
    month = _GRAILBIRD.match(inside)
    if month is not None:
        part = int(month[1]) * 100 + int(month[2])
        return DataFile(member, "tweets", part, _BY_NAME["tweets"])
    folder, _, last = inside.rpartition("/")
    if folder not in ("", "data"):
        return None
    found = _PART.match(last)
    if found is None or found["base"].lower() in ("manifest", "readme"):
        return None
    base = found["base"].lower().replace("_", "-")
    base = _OTHER_NAMES.get(base, base)
    return DataFile(member, base, int(found["part"] or 0), _BY_NAME.get(base))


def why_kept(base: str) -> str:
    """Why a data file is not turned into records; what no rule names is unknown, and said to be."""
    for names, reason in _KEPT_BECAUSE:
        if names.match(base):
            return reason
    return UNKNOWN_BECAUSE


def is_viewer_file(inside: str) -> bool:
    """Whether it belongs to the viewer X puts beside the data (pages, fonts, pictures)."""
    folders = ("assets/", "css/", "img/", "lib/", "js/", "data/js/", "data/csv/")
    ending = inside.rsplit(".", 1)[-1].lower()
    plain = ending in {"html", "htm", "txt", "csv", "css"}
    return plain or inside.startswith(folders) or inside.endswith("manifest.js")
