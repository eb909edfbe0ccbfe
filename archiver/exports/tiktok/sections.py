"""Which part of a TikTok download is what, under the names of all years.

The JSON form is one document; its sections were moved and renamed several times ("Activity" became
"Your Activity", "Video" became "Post"), while the lists inside kept their names. The text form is
one file for each list, named in the language of the account.
"""

from __future__ import annotations

from enum import StrEnum

from archiver.exports.tiktok.values import plain
from archiver.items import Relation

Path = tuple[str, ...]


class Section(StrEnum):
    """What a list of a download holds."""

    POSTS = "posts"
    STORIES = "stories"
    DELETED = "deleted posts"
    REPOSTS = "reposts"
    LIVES = "lives"
    COMMENTS = "comments"
    LIVE_COMMENTS = "comments in lives"
    CHAT = "messages"
    GROUP = "group messages"
    PROFILE = "profile"
    FOLLOWERS = "followers"
    FOLLOWING = "following"
    BLOCKS = "blocked"


RELATIONS = {
    Section.FOLLOWERS: Relation.FOLLOWER,
    Section.FOLLOWING: Relation.FOLLOWING,
    Section.BLOCKS: Relation.BLOCK,
}

_LISTS: dict[tuple[str, str], Section] = {
    ("videos", "videolist"): Section.POSTS,
    ("posts", "videolist"): Section.POSTS,
    ("posts", "postlist"): Section.POSTS,
    ("post", "videolist"): Section.POSTS,
    ("story", "storylist"): Section.STORIES,
    ("story", "videolist"): Section.STORIES,
    ("recentlydeletedposts", "postlist"): Section.DELETED,
    ("recentlydeletedposts", "deletedpostlist"): Section.DELETED,
    ("recentlydeletedvideos", "videolist"): Section.DELETED,
    ("reposts", "repostlist"): Section.REPOSTS,
    ("golivehistory", "golivelist"): Section.LIVES,
    ("comments", "commentslist"): Section.COMMENTS,
    ("followerlist", "fanslist"): Section.FOLLOWERS,
    ("follower", "fanslist"): Section.FOLLOWERS,
    ("follower", "followerlist"): Section.FOLLOWERS,
    ("followinglist", "following"): Section.FOLLOWING,
    ("following", "following"): Section.FOLLOWING,
    ("following", "followinglist"): Section.FOLLOWING,
    ("block", "blocklist"): Section.BLOCKS,
    ("blocklist", "blocklist"): Section.BLOCKS,
}

# English and Dutch names were seen in programs that read real downloads.
_FILES: dict[str, Section] = {
    "post": Section.POSTS,
    "posts": Section.POSTS,
    "videos": Section.POSTS,
    "berichten": Section.POSTS,
    "recentlydeletedposts": Section.DELETED,
    "onlangsverwijderdeberichten": Section.DELETED,
    "reposts": Section.REPOSTS,
    "herplaatsingen": Section.REPOSTS,
    "golivehistory": Section.LIVES,
    "geschiedenisvanlivegaan": Section.LIVES,
    "comments": Section.COMMENTS,
    "reacties": Section.COMMENTS,
    "watchlivecomment": Section.LIVE_COMMENTS,
    "reactieoplivestream": Section.LIVE_COMMENTS,
    "directmessages": Section.CHAT,
    "directmessage": Section.CHAT,
    "chathistory": Section.CHAT,
    "directeberichten": Section.CHAT,
    "groupchat": Section.GROUP,
    "groepschat": Section.GROUP,
    "profileinfo": Section.PROFILE,
    "profileinformation": Section.PROFILE,
    "profielinformatie": Section.PROFILE,
    "follower": Section.FOLLOWERS,
    "followers": Section.FOLLOWERS,
    "followerlist": Section.FOLLOWERS,
    "volger": Section.FOLLOWERS,
    "following": Section.FOLLOWING,
    "followinglist": Section.FOLLOWING,
    "volgend": Section.FOLLOWING,
    "blocklist": Section.BLOCKS,
    "block": Section.BLOCKS,
    "blokkeringslijst": Section.BLOCKS,
}

_KEPT_FILES = frozenset(
    {
        *("watchhistory", "videobrowsinghistory", "browsinghistory", "kijkgeschiedenis"),
        *("likelist", "likelijst", "favoritevideos", "favouritevideos", "favoritehashtags"),
        *("favoritesounds", "favoriteeffects", "favoritecollections", "favoriteplaces"),
        *("favoritecomments", "searches", "searchhistory", "zoekopdrachten", "sharehistory"),
        *("loginhistory", "inloggeschiedenis", "status", "hashtag", "stickers", "purchases"),
        *("purchasehistory", "settings", "instellingen", "adinterests", "offtiktokactivity"),
        *("offtiktokactivities", "instantformadsresponses", "autofill", "aimoji", "donation"),
        *("fundraiser", "activitysummary", "mostrecentlocationdata", "transactionhistory"),
        *("orderhistory", "vouchers", "shoppingcartlist", "productbrowsinghistory"),
        *("watchlivehistory", "watchlivesettings", "golivesettings", "profileviews"),
    }
)


def section_at(path: Path) -> Section | None:
    """What the list at a path of the JSON document is; None where it is no record and no list of
    people."""
    names = [plain(name) for name in path[-3:]]
    if len(names) == 3 and names[0] == "watchlivemap" and names[2] in ("comments", "questions"):
        return Section.LIVE_COMMENTS
    if len(names) < 2:
        return None
    if names[-2] == "chathistory":
        return Section.CHAT
    if names[-2] == "groupchat" or (len(names) == 3 and names[0] == "groupchat"):
        return Section.GROUP
    return _LISTS.get((names[-2], names[-1]))


def section_of(file: str) -> Section | None:
    """What a file of the text form holds, by its name without ending."""
    return _FILES.get(plain(file))


def is_kept_file(file: str) -> bool:
    """Whether a file of the text form is known to be no communication."""
    return plain(file) in _KEPT_FILES
