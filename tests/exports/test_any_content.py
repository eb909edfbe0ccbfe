"""Whatever stands in a data file, the walk goes through it and accounts for every unit."""

from __future__ import annotations

import json
import re
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from archiver.exports.reader import open_download
from archiver.exports.x.layout import _TYPES
from tests.exports.walking import of_x
from tests.exports.x_downloads import account, write_folder

NAMES = sorted(kind.name for kind in _TYPES)
KEYS = st.sampled_from(
    re.findall(
        r"\w+",
        """
    tweet noteTweet noteTweetId id id_str full_text text created_at createdAt deleted_at entities
    extended_entities media media_url_https video_info variants url urls expanded_url edit_info
    initial edit editTweetIds initialTweetId editControlInitial in_reply_to_status_id_str lang core
    dmConversation conversationId messages messageCreate joinConversation participantsJoin
    conversationNameUpdate reactionCreate participantsSnapshot userIds senderId recipientId
    mediaUrls reactions reactionKey eventId messageEvent detail messageCreateEvent createdAtMsec
    follower following blocking muting accountId userLink profile description bio website
    screenNameChange changedAt changedFrom changedTo periscopeBroadcastMetadata broadcastId
    article articleId title blocks public_metrics favorite_count note_tweet truncated
    retweeted_status conversation_id_str tweet_id name initiatingUserId participants
    """,
    )
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(
        [
            "1690395372546301952",
            "-1",
            "Sat Aug 12 16:10:37 +0000 2023",
            "2023-08-12T16:10:37.000Z",
            "99999999999999",
            "RT @x: …",
            "a-b",
            "1-2",
        ]
    )
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=250, deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(VALUES, max_size=4), max_size=6))
def test_any_content_is_gone_through_and_accounted_for(content: dict[str, list[Any]]) -> None:
    files = {"data/account.js": account()}
    for name, elements in content.items():
        body = json.dumps(elements).encode()
        files[f"data/{name}.js"] = f"window.YTD.{name.replace('-', '_')}.part0 = ".encode() + body
    with tempfile.TemporaryDirectory() as folder:
        download = of_x(open_download(write_folder(Path(folder), files)))
        pages = list(download.walk())
        counts = download.inventory()
    given_units = sum(len(page.items) + len(page.subscribers) + len(page.skipped) for page in pages)
    accounted = sum(count.units - count.joined for count in counts)
    assert given_units == accounted
    for count in counts:
        if count.data_type in content:
            assert count.read == len(content[count.data_type])
            if "message" not in count.data_type:
                assert count.units == count.read
    for page in pages:
        for item in page.items:
            assert item.native_id
            item.text.encode()
            json.loads(item.stable)
