"""Which file of an Instagram download holds what, in every layout since 2018.

2018 to 2020   media.json, messages.json, comments.json, connections.json, profile.json at the top
2021 and 2022  content/, messages/, comments/, followers_and_following/, account_information/
since 2023     your_instagram_activity/ (content/ in it became media/ in 2024), connections/,
               personal_information/ …
"""

from __future__ import annotations

import re

from archiver.exports.identity import Identity
from archiver.exports.instagram.older import OLDER_LISTS, OlderPeople, OlderPosts
from archiver.exports.instagram.post_pages import PostPages
from archiver.exports.instagram.posts import Comments, Posts
from archiver.exports.instagram.profile import Profile
from archiver.exports.meta.conversation_pages import ConversationPages
from archiver.exports.meta.conversations import Conversations
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.lists import HandledPeople
from archiver.exports.meta.members import Known
from archiver.exports.meta.told import Account
from archiver.items import Kind, Relation, Visibility

PROFILE = re.compile(
    r"(?:personal_information/personal_information|account_information|personal_information)"
    r"/personal_information|profile"
)
CHANGES = re.compile(
    r"(?:personal_information/personal_information|account_information|personal_information"
    r"|login_and_account_creation)/profile_changes"
)
_CONTENT = r"(?:content|media)/"
_LISTS = r"(?:connections/)?followers_and_following/"


def known_files(account: Account, clock: PageClock, identity: Identity) -> list[Known]:
    """The table of files, the more particular first."""
    talks = Conversations(account)
    talk_pages = ConversationPages(account, clock)
    profile = Profile(account, identity)
    return [
        Known(PROFILE, "profile", profile.read, profile.read_page, (Kind.PROFILE,)),
        Known(CHANGES, "profile changes", profile.read_changes, None, (Kind.PROFILE,)),
        *_posted(account, clock),
        *_commented(account, clock),
        Known(
            re.compile(r"(?:messages/(?:[^/]+/)?|message_requests/)[^/]+/message(?:_\d+)?"),
            "messages",
            talks.read,
            talk_pages.read,
            (Kind.MESSAGE,),
            together=True,
        ),
        *_older(account),
        *_people(account, clock),
        *(Known(re.compile(path), holds, reason=reason) for path, holds, reason in _REASONS),
    ]


def _posted(account: Account, clock: PageClock) -> list[Known]:
    hidden = Visibility.HIDDEN
    found = []
    for path, form, visibility in (
        (r"posts(?:_\d+)?", "post", Visibility.PUBLIC),
        (r"reels(?:_\d+)?", "reel", Visibility.PUBLIC),
        (r"stories(?:_\d+)?", "story", Visibility.PUBLIC),
        (r"igtv_videos(?:_\d+)?", "igtv", Visibility.PUBLIC),
        (r"archived_posts(?:_\d+)?", "archived post", hidden),
        (r"recently_deleted_(?:content|media)(?:_\d+)?", "recently deleted", hidden),
        (r"other_content(?:_\d+)?", "other content", hidden),
        (r"profile_photos(?:_\d+)?", "profile photo", Visibility.PUBLIC),
        (r"reposts(?:_\d+)?", "repost", Visibility.PUBLIC),
    ):
        posts = Posts(account, form, visibility)
        pages = PostPages(account, clock, form, visibility)
        name = re.compile(_CONTENT + path)
        found.append(Known(name, form, posts.read, pages.read, (Kind.POST,)))
    return found


def _commented(account: Account, clock: PageClock) -> list[Known]:
    found = []
    for path, place in (
        (r"post_comments(?:_\d+)?", "comment"),
        (r"reels_comments(?:_\d+)?", "reel comment"),
        (r"hype(?:_\d+)?|story_comments(?:_\d+)?", "story comment"),
    ):
        comments = Comments(account, place)
        pages = PostPages(account, clock, place)
        name = re.compile(rf"comments/(?:{path})")
        found.append(Known(name, place, comments.read, pages.read_comments, (Kind.COMMENT,)))
    return found


def _older(account: Account) -> list[Known]:
    older = OlderPosts(account)
    return [
        Known(re.compile("media"), "posts", older.read_media, covers=(Kind.POST,)),
        Known(re.compile("comments"), "comments", older.read_comments, covers=(Kind.COMMENT,)),
        Known(re.compile("messages"), "messages", older.read_messages, covers=(Kind.MESSAGE,)),
    ]


def older_lists(account: Account, clock: PageClock) -> list[Known]:
    """The lists in ``connections.json``, which is one file for all of them."""
    return [
        Known(
            re.compile("connections"),
            f"connections ({key})",
            OlderPeople(HandledPeople(account, relation, clock), key).read,
            covers=(relation,),
            relation=relation,
        )
        for key, relation in OLDER_LISTS.items()
    ]


def _people(account: Account, clock: PageClock) -> list[Known]:
    found = []
    for path, relation in (
        (r"followers(?:_\d+)?", Relation.FOLLOWER),
        (r"following(?:_\d+)?", Relation.FOLLOWING),
        (r"blocked_(?:profiles|accounts|users)(?:_\d+)?", Relation.BLOCK),
    ):
        people = HandledPeople(account, relation, clock)
        name = re.compile(_LISTS + path)
        found.append(
            Known(name, relation.value, people.read, people.read_page, (relation,), relation)
        )
    return found


_REASONS = (
    (
        _LISTS + r"restricted_(?:profiles|accounts|users)(?:_\d+)?",
        "restricted people",
        "those whose comments only they see themselves: neither blocked nor muted, so kept and not "
        "made a list; look at it where moderation is in question",
    ),
    (
        _LISTS + r"hide_story_from",
        "hidden stories",
        "those the account hides its stories from: kept, not made a list",
    ),
    (
        _LISTS + r".*",
        "other lists",
        "requests, close friends, unfollowed people and hashtags: kept, not made a list",
    ),
    (
        r"(?:messages|message_requests)/.*",
        "message settings",
        "reported conversations, secret chats' keys and settings: no message that can be read here",
    ),
    (
        r"(?:likes|saved|story_(?:sticker_)?interactions|subscriptions|reviews|shopping|gifts"
        r"|events|fundraisers|monetization|other_activity|apps_and_websites|guides|ai|avatars?"
        r"|edits|emojis?|polls)/.*|(?:likes|saved|stories_activities|seen_content|events)",
        "other activity",
        "likes, saved posts and the use of other features: no communication",
    ),
    (
        r"(?:ads_information|ads_and_topics|ads_and_content|(?:instagram_)?ads_and_businesses|your_topics|information_about_you"
        r"|logged_information|recent_searches?|link_history|past_instagram_insights"
        r"|preferences|settings|comments_settings|media_settings|contacts|device_information|digital_wallets"
        r"|security_and_login_information|login_and_(?:account|profile)_creation|account_history"
        r"|apps_and_websites_off_of_instagram|support_requests)/.*"
        r"|(?:searches|settings|devices|account_history|contacts|uploaded_contacts|autofill"
        r"|information_about_you|checkout|shopping)",
        "use of Instagram",
        "what was looked at, searched for, set or advertised, and log-ins: no communication",
    ),
    (
        r"(?:personal_information|account_information|connections|comments|content|media)/.*",
        "personal information",
        "details of the person who signs in and settings: left in the original",
    ),
)
