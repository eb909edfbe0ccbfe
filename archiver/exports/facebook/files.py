"""Which file of a Facebook download holds what, in every layout since 2018.

2018 to 2020   posts/your_posts(_1).json, comments/comments.json, messages/inbox/…,
               following_and_followers/, profile_information/
2021 and 2022  the same with comments_and_reactions/comments.json and arrays named `…_v2`;
               your_activity_across_facebook/ as a folder around them for part of 2022 to 2024
since 2023     your_facebook_activity/ (a profile), this_profile's_activity_across_facebook/ (a
               Page), beside them connections/, personal_information/, preferences/ …
since 2025     single files as `label_values`; pages built of `section`
"""

from __future__ import annotations

import re

from archiver.exports.facebook.post_pages import PostPages
from archiver.exports.facebook.posts import Posts
from archiver.exports.facebook.profile import Profile
from archiver.exports.identity import Identity
from archiver.exports.meta.conversation_pages import ConversationPages
from archiver.exports.meta.conversations import Conversations
from archiver.exports.meta.dates import PageClock
from archiver.exports.meta.lists import NamedPeople
from archiver.exports.meta.members import Known
from archiver.exports.meta.told import Account, Series
from archiver.items import Kind, Relation, Visibility

PROFILE = re.compile(
    r"(?:personal_information/)?(?:profile_information/(?:profile|page)_information"
    r"|about_(?:you|this_page)/(?:page_)?(?:information|about))"
)
PRODASH = re.compile(r".*/your_professional_dashboard_activity")
_POST = (Kind.POST,)
_COMMENT = (Kind.COMMENT,)
_PICTURES = (Kind.POST, Kind.COMMENT)


def known_files(
    account: Account, clock: PageClock, identity: Identity, *, of_page: bool
) -> list[Known]:
    """The table of files, the more particular first."""
    talks = Conversations(account)
    talk_pages = ConversationPages(account, clock)
    profile = Profile(account, identity, of_page=of_page)
    return [
        Known(PROFILE, "profile", profile.read, profile.read_page, covers=(Kind.PROFILE,)),
        *_posted(account, clock),
        *_commented(account, clock),
        Known(
            re.compile(
                r"(?:messages/(?:[^/]+/)?|message_requests/)[^/]+/message(?:_\d+)?"
                r"|groups/your_group_messages/\d+"
            ),
            "messages",
            talks.read,
            talk_pages.read,
            covers=(Kind.MESSAGE,),
            together=True,
        ),
        *_people(account, clock),
        *_kept(),
    ]


def _posted(account: Account, clock: PageClock) -> list[Known]:
    series: dict[str, Series] = {}

    def feed(
        path: str, place: str, form: str = "", visibility: Visibility = Visibility.PUBLIC
    ) -> Known:
        one = series.setdefault(place, Series())
        posts = Posts(account, place, form, visibility, series=one)
        pages = PostPages(account, clock, place, form, visibility, one)
        return Known(re.compile(path), form or "posts", posts.read, pages.read, _POST)

    pictures = Posts(account, "picture")
    picture_pages = PostPages(account, clock, "picture")
    events = Posts(account, "event")
    others = Posts(account, "visitor post", others=True)
    albums = r"(?:posts|photos_and_videos)/album/\d+"
    lists = (
        r"(?:posts|photos_and_videos)/(?:your_)?(?:videos|uncategorized_photos|photos|"
        r"album_photos)(?:_\d+)?"
    )
    return [
        feed(
            r"posts/(?:your_posts|profile_posts|page_posts)(?:_{1,2}check_ins_{1,2}photos_and_videos)?"
            r"(?:_\d+)?",
            "post",
        ),
        Known(
            re.compile(
                r"posts/(?:other_people(?:'|_|’)?s_posts_to_your_timeline|visitor_posts)(?:_\d+)?"
            ),
            "visitor posts",
            others.read,
            None,
            _POST,
        ),
        feed(r"posts/posts_on_other_pages_and_profiles(?:_\d+)?", "elsewhere"),
        feed(r"posts/edits_you_made_to_posts(?:_\d+)?", "edit", "edit"),
        feed(r"(?:posts/)?archive(?:d_posts)?", "post", "", Visibility.HIDDEN),
        feed(r"(?:posts/)?trash", "post", "", Visibility.HIDDEN),
        feed(r"stories/(?:archived_stories|your_stories|stories)(?:_\d+)?", "story", "story"),
        feed(r"(?:short_videos|reels)/(?:your_)?reels(?:_\d+)?", "reel", "reel"),
        feed(r"(?:live_videos|posts)/(?:your_)?live_videos(?:_\d+)?", "post", "live video"),
        feed(
            r"groups/(?:group_posts_and_comments|your_posts_in_groups|"
            r"your_posts_and_comments_in_groups)(?:_\d+)?",
            "group post",
            "group post",
        ),
        feed(
            r"groups/your_pending_posts_in_groups", "group post", "group post", Visibility.PENDING
        ),
        feed(
            r"reviews/(?:your_)?reviews(?:_you(?:'|_|’)?ve_written)?(?:_\d+)?", "review", "review"
        ),
        feed(r"polls/(?:your_)?polls(?:_you(?:'|_|’)?ve_created)?", "poll", "poll"),
        Known(
            re.compile(albums),
            "album",
            pictures.read_media,
            picture_pages.read_media,
            _PICTURES,
            together=True,
        ),
        Known(
            re.compile(lists), "pictures", pictures.read_media, picture_pages.read_media, _PICTURES
        ),
        Known(
            re.compile(r"events/(?:your_events|events|events_you_hosted)(?:_\d+)?"),
            "events",
            events.read_events,
            None,
            _POST,
        ),
    ]


def _commented(account: Account, clock: PageClock) -> list[Known]:
    found = []
    for path, place, holds in (
        (r"comments(?:_and_reactions)?/comments(?:_\d+)?", "comment", "comments"),
        (r"groups/your_comments_in_groups(?:_\d+)?", "group comment", "comments in groups"),
    ):
        comments = Posts(account, place)
        pages = PostPages(account, clock, place)
        found.append(
            Known(re.compile(path), holds, comments.read_comments, pages.read_comments, _COMMENT)
        )
    return found


def _people(account: Account, clock: PageClock) -> list[Known]:
    folder = r"(?:connections/)?(?:followers|following_and_followers|friends_and_followers)/"
    lists = (
        (
            folder + r"(?:people_who_followed_you|followers)(?:_\d+)?",
            "followers",
            Relation.FOLLOWER,
        ),
        (
            folder + r"(?:who_you(?:'|_|’)?ve_followed|who_you_follow|following)(?:_\d+)?",
            "followed",
            Relation.FOLLOWING,
        ),
        (
            r"pages(?:_and_profiles)?/pages_and_profiles_you_follow(?:_\d+)?",
            "followed Pages",
            Relation.FOLLOWING,
        ),
        (
            r"(?:.*/)?(?:blocked_(?:profiles|users|accounts|people)|people_you(?:'|_|’)?ve_blocked"
            r"|banned_(?:people|users)|blocked)(?:_\d+)?",
            "blocked",
            Relation.BLOCK,
        ),
    )
    found = []
    for path, holds, relation in lists:
        people = NamedPeople(account, relation, clock)
        found.append(
            Known(re.compile(path), holds, people.read, people.read_page, (relation,), relation)
        )
    return found


_REASONS = (
    (
        r"(?:messages|message_requests|.*/messages)/.*",
        "message settings",
        "settings, drafts and lists beside the conversations: no message",
    ),
    (
        r"(?:pages|.*/)?(?:.*role.*|.*page_admin.*|your_pages)",
        "roles",
        "who may act for the Page: kept, not made records",
    ),
    (
        r"(?:ads_information|ads|ads_and_businesses|advertising)/.*",
        "advertising",
        "advertising data about the person who signs in: no communication",
    ),
    (
        r"(?:security_and_login_information|account_activity)/.*",
        "sign-in",
        "log-ins, devices and addresses of the person who signs in: no communication",
    ),
    (
        r"(?:apps_and_websites(?:_off_of_facebook)?|facebook_payments|payment_history|facebook_gaming"
        r"|facebook_portal|other_activity|other_personal_information|your_places|location"
        r"|voice_recording_and_transcription|fundraisers|bug_bounty|spark_ar|meta_spark|saved_items(?:"
        r"_and_collections)?|facebook_news|facebook_assistant|voting(?:_location_and_reminders)?"
        r"|avatars_.*)/.*",
        "other activity",
        "the use of other features of Facebook: no communication",
    ),
    (
        r"(?:(?:other_)?logged_information|search(?:_history)?|notifications|navigation_bar|interactions|your_interactions_on_facebook"
        r"|your_topics|about_you|activity_messages|news|feed|preferences)/.*",
        "use of Facebook",
        "what was looked at, searched for or set: no communication",
    ),
    (
        r"(?:comments_and_reactions|likes_and_reactions|reactions|stories|polls)/.*",
        "reactions given",
        "reactions, likes and votes the account gave: kept, not made records",
    ),
    (
        r"(?:connections|friends|friends_and_followers|following_and_followers)/.*",
        "friends",
        "friends and requests of a person: not a list a public account has",
    ),
    (
        r"(?:events|groups|pages(?:_and_profiles)?|marketplace|facebook_marketplace|reviews)/.*",
        "invitations and memberships",
        "invitations, memberships and listings: kept, not made records",
    ),
    (
        r"activity_you(?:'|_|’)?re_tagged_in/.*",
        "tags",
        "links to what others posted about the account, without its content",
    ),
    (
        r"posts/.*",
        "lists beside the posts",
        "memories, sharing links and places: the posts themselves are in the other files",
    ),
    (
        r"(?:personal_information|profile_information)/.*",
        "personal information",
        "details of the person who signs in, and lists of changes: left in the original",
    ),
    (r"short_videos/.*|reels/.*", "use of reels", "settings and counts of reels"),
)


def _kept() -> list[Known]:
    return [Known(re.compile(path), holds, reason=reason) for path, holds, reason in _REASONS]
