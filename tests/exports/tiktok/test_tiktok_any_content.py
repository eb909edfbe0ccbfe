"""Any values at all where a TikTok download has its lists: each is a record or is named."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exports.file_walks import balanced, walk_files
from tests.exports.test_any_content import VALUES

PLACES = (
    "Comment/Comments/CommentsList",
    "Post/Posts/VideoList",
    "Video/RecentlyDeletedPosts/PostList",
    "Direct Messages/Chat History/ChatHistory/Chat History with a:",
    "Direct Message/Group Chat/GroupChat/g",
    "Profile/Profile Info/ProfileMap",
    "Profile And Settings/Follower/FansList",
    "TikTok Live/Go Live History/GoLiveMap",
    "TikTok Live/Watch Live History/WatchLiveMap",
    "Your Activity/Reposts/RepostList",
)
FIELDS = ("date", "Date", "From", "Content", "comment", "Link", "UserName", "userName", "Title")
ENTRIES = st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=4)


@settings(max_examples=150, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(PLACES),
        st.one_of(VALUES, ENTRIES, st.lists(st.one_of(VALUES, ENTRIES), max_size=4)),
        max_size=6,
    )
)
def test_any_content_is_a_record_or_is_named(content: dict[str, Any]) -> None:
    document: dict[str, Any] = {"Your Activity": {}}
    for place, value in content.items():
        *above, last = place.split("/")
        inside = document
        for name in above:
            inside = inside.setdefault(name, {})
        inside[last] = value
    walked = walk_files({"user_data.json": json.dumps(document).encode()})
    assert walked is not None
    balanced(walked)
