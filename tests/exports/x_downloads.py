"""A small writer of X downloads in every layout, for tests. Everyone in them is invented."""

from __future__ import annotations

import datetime as dt
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ACCOUNT = "2044001122"
RESIDENT = "3055001122"
HANDLE = "AlderGlenParks"
GENERATED = "2026-06-01T08:00:00.000Z"
PICTURE = b"\xff\xd8\xff\xe0" + b"a drawing of the park pond" * 20


def ytd(name: str, elements: Sequence[Any], part: int = 0, indent: int | None = 2) -> bytes:
    """A data file of the layout since 2018."""
    body = json.dumps(elements, indent=indent, ensure_ascii=False)
    return f"window.YTD.{name}.part{part} = {body}".encode()


def grailbird(year: int, month: int, elements: Sequence[Any]) -> bytes:
    """A month of posts of the layout until 2018."""
    body = json.dumps(elements, indent=1)
    return f"Grailbird.data.tweets_{year}_{month:02d} =\n {body}".encode()


def snowflake(moment: dt.datetime, sequence: int = 0) -> str:
    """The id X would give a post of that moment."""
    milliseconds = int(moment.timestamp() * 1000) - 1_288_834_974_657
    return str((milliseconds << 22) + sequence)


def tweet_time(moment: dt.datetime) -> str:
    """A time as X writes it."""
    return moment.strftime("%a %b %d %H:%M:%S +0000 %Y")


def post(
    text: str,
    moment: dt.datetime,
    *,
    native_id: str | None = None,
    edits: Sequence[str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """A post as downloads since 2022 hold it."""
    own = native_id or snowflake(moment)
    info = {
        "editTweetIds": list(edits or [own]),
        "editableUntil": "2026-01-01T00:00:00.000Z",
        "editsRemaining": "5",
        "isEditEligible": True,
    }
    first = not edits or edits[0] == own
    edit_info = (
        {"initial": info}
        if first
        else {"edit": {"initialTweetId": (edits or [own])[0], "editControlInitial": info}}
    )
    return {
        "tweet": {
            "edit_info": edit_info,
            "retweeted": False,
            "source": '<a href="https://mobile.twitter.com" rel="nofollow">Web App</a>',
            "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
            "display_text_range": ["0", str(len(text))],
            "favorite_count": "3",
            "id_str": own,
            "truncated": False,
            "retweet_count": "1",
            "id": own,
            "created_at": tweet_time(moment),
            "favorited": False,
            "full_text": text,
            "lang": "en",
            **more,
        }
    }


def message(
    native_id: str, text: str, sender: str, recipient: str | None, at: str, **more: Any
) -> dict[str, Any]:
    """A direct message."""
    body = {
        "reactions": [],
        "urls": [],
        "text": text,
        "mediaUrls": [],
        "senderId": sender,
        "id": native_id,
        "createdAt": at,
        **more,
    }
    if recipient is not None:
        body["recipientId"] = recipient
    return {"messageCreate": body}


def conversation(native_id: str, messages: Sequence[Any]) -> dict[str, Any]:
    """A conversation with its messages."""
    return {"dmConversation": {"conversationId": native_id, "messages": list(messages)}}


def account(native_id: str = ACCOUNT, handle: str = HANDLE) -> bytes:
    """account.js, private fields and all."""
    return ytd(
        "account",
        [
            {
                "account": {
                    "email": "parks@alderglen.example.org",
                    "createdVia": "web",
                    "username": handle,
                    "accountId": native_id,
                    "createdAt": "2012-03-04T05:06:07.000Z",
                    "accountDisplayName": "Alder Glen Parks",
                    "phoneNumber": "+1 916 555 0142",
                }
            }
        ],
    )


def manifest(
    counts: Mapping[str, int], *, native_id: str = ACCOUNT, generated: str = GENERATED, **info: Any
) -> bytes:
    """manifest.js with these files and their declared counts."""
    body = {
        "userInfo": {
            "accountId": native_id,
            "userName": HANDLE,
            "displayName": "Alder Glen Parks",
        },
        "archiveInfo": {
            "sizeBytes": "1",
            "generationDate": generated,
            "isPartialArchive": False,
            "maxPartSizeBytes": "53687091200",
            **info,
        },
        "readmeInfo": {"fileName": "data/README.txt", "directory": "data/", "name": "README.txt"},
        "dataTypes": {
            name: {"files": [{"fileName": name, "globalName": "YTD", "count": str(count)}]}
            for name, count in counts.items()
        },
    }
    return ("window.__THAR_CONFIG = " + json.dumps(body, indent=2)).encode()


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The files as a zip, byte for byte the same each time."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, (2026, 6, 1, 0, 0, 0)), content, method)
    return target.getvalue()


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files as a zip."""
    path.write_bytes(zipped(files))
    return path


def write_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write the files as an unpacked download."""
    for name, content in files.items():
        where = path / name
        where.parent.mkdir(parents=True, exist_ok=True)
        where.write_bytes(content)
    return path


def day(number: int, hour: int = 9) -> dt.datetime:
    """The n-th day after 1 January 2026."""
    return dt.datetime(2026, 1, 1, hour, tzinfo=dt.UTC) + dt.timedelta(days=number)


def full_download() -> dict[str, bytes]:
    """One of everything, in the layout of 2026."""
    long_text = "Park closure: " + "the pond trail stays closed for repairs. " * 12 + "Thank you."
    first, second = snowflake(day(3)), snowflake(day(3, 10))
    quoted = post(
        "Trails &amp; ponds open again https://t.co/abc",
        day(1),
        entities={
            "urls": [
                {
                    "url": "https://t.co/abc",
                    "expanded_url": "https://parks.example.org/ponds",
                    "display_url": "parks.example.org/ponds",
                    "indices": ["0", "5"],
                }
            ],
            "media": [],
        },
        extended_entities={
            "media": [
                {
                    "id_str": "1",
                    "media_url_https": "https://pbs.example.com/media/pond.jpg",
                    "type": "photo",
                    "ext_alt_text": "A pond &amp; a heron",
                }
            ]
        },
    )
    picture_of = quoted["tweet"]["id_str"]
    posts = [
        quoted,
        post(long_text[:270] + "… https://t.co/xyz", day(2)),
        post("Meeting at 6 pm", day(3), native_id=first, edits=[first, second]),
        post("Meeting at 7 pm", day(3, 10), native_id=second, edits=[first, second]),
        post(
            "@resident_one Thank you, crews are on the way",
            day(4),
            in_reply_to_status_id_str="1500000000000000001",
            in_reply_to_user_id_str=RESIDENT,
            in_reply_to_screen_name="resident_one",
        ),
        post("RT @AlderGlenFire: Burn ban from Friday, see our page for the rul…", day(5)),
        post("Cerrado el parque mañana", day(6), lang="es"),
        post("¡Hola!", day(7), lang="und"),
    ]
    deleted = post("Wrong date, ignore", day(8), deleted_at="2026-05-25T10:00:00.000Z")
    group = [
        {
            "joinConversation": {
                "initiatingUserId": ACCOUNT,
                "participantsSnapshot": [ACCOUNT, RESIDENT],
                "createdAt": "2026-02-01T10:00:00.000Z",
            }
        },
        {
            "participantsJoin": {
                "initiatingUserId": ACCOUNT,
                "userIds": ["3055001133"],
                "createdAt": "2026-02-01T10:01:00.000Z",
            }
        },
        {
            "participantsLeave": {
                "userIds": ["3055001133"],
                "createdAt": "2026-02-01T10:02:00.000Z",
            }
        },
        {
            "conversationNameUpdate": {
                "initiatingUserId": ACCOUNT,
                "name": "Pond volunteers",
                "createdAt": "2026-02-01T10:03:00.000Z",
            }
        },
        message("9201", "See you Saturday", RESIDENT, None, "2026-02-01T10:04:00.000Z"),
        {"somethingNew": {"createdAt": "2026-02-01T10:05:00.000Z"}},
    ]
    direct = [
        message(
            "9101",
            "The swing is broken &lt;again&gt;",
            RESIDENT,
            ACCOUNT,
            "2026-01-20T10:00:00.123Z",
            mediaUrls=["https://ton.example.com/dm/9101/1/swing.jpg"],
            reactions=[
                {
                    "senderId": ACCOUNT,
                    "reactionKey": "sad",
                    "eventId": "9102",
                    "createdAt": "2026-01-20T10:05:00.000Z",
                }
            ],
        ),
        message("9103", "Noted, thank you", ACCOUNT, RESIDENT, "2026-01-20T10:10:00.000Z"),
    ]
    encrypted = [
        {
            "messageEvent": {
                "sequenceId": "7001",
                "messageId": "7002",
                "senderId": RESIDENT,
                "conversationId": f"{ACCOUNT}-{RESIDENT}",
                "createdAtMsec": "1772000000000",
                "detail": {
                    "messageCreateEvent": {"contents": "QUJD", "conversationKeyVersion": "1"}
                },
            }
        },
        {
            "messageEvent": {
                "sequenceId": "7003",
                "senderId": RESIDENT,
                "conversationId": f"{ACCOUNT}-{RESIDENT}",
                "createdAtMsec": "1772000001000",
                "detail": {"markConversationReadEvent": {"seenUntilSequenceId": "7001"}},
            }
        },
    ]
    files = {
        "data/account.js": account(),
        "data/profile.js": ytd(
            "profile",
            [
                {
                    "profile": {
                        "description": {
                            "bio": "Parks &amp; trails of Alder Glen",
                            "website": "https://t.co/site",
                            "location": "Alder Glen, California",
                        },
                        "avatarMediaUrl": "https://pbs.example.com/profile/heron.jpg",
                    }
                }
            ],
        ),
        "data/screen-name-change.js": ytd(
            "screen_name_change",
            [
                {
                    "screenNameChange": {
                        "accountId": ACCOUNT,
                        "screenNameChange": {
                            "changedAt": "2015-05-05T05:05:05.000Z",
                            "changedFrom": "AGParks",
                            "changedTo": HANDLE,
                        },
                    }
                }
            ],
        ),
        "data/tweets.js": ytd("tweets", posts),
        "data/tweets-part1.js": ytd("tweets", [post("From part one", day(9))], 1),
        "data/note-tweet.js": ytd(
            "note_tweet",
            [
                {
                    "noteTweet": {
                        "noteTweetId": "8801",
                        "updatedAt": "2026-01-03T09:00:00.000Z",
                        "createdAt": "2026-01-03T09:00:00.000Z",
                        "lifecycle": {"value": "1", "name": "Present"},
                        "core": {
                            "styletags": [],
                            "urls": [],
                            "text": long_text,
                            "mentions": [],
                            "cashtags": [],
                            "hashtags": [],
                        },
                    }
                }
            ],
        ),
        "data/community-tweet.js": ytd("community_tweet", [post("To the garden club", day(10))]),
        "data/deleted-tweets.js": ytd("deleted_tweets", [deleted]),
        "data/deleted-tweet-headers.js": ytd(
            "deleted_tweet_headers",
            [
                {
                    "tweet": {
                        "tweet_id": deleted["tweet"]["id_str"],
                        "user_id": ACCOUNT,
                        "created_at": tweet_time(day(8)),
                        "deleted_at": "Mon May 25 10:00:00 +0000 2026",
                    }
                },
                {
                    "tweet": {
                        "tweet_id": snowflake(day(11)),
                        "user_id": ACCOUNT,
                        "created_at": tweet_time(day(11)),
                        "deleted_at": "Tue May 26 10:00:00 +0000 2026",
                    }
                },
            ],
        ),
        "data/article.js": ytd(
            "article",
            [
                {
                    "article": {
                        "articleId": "6601",
                        "title": "The pond restored",
                        "createdAt": "2026-03-01T09:00:00.000Z",
                        "blocks": [{"text": "It took two years."}, {"text": "Herons came back."}],
                    }
                }
            ],
        ),
        "data/direct-messages.js": ytd(
            "direct_messages", [conversation(f"{ACCOUNT}-{RESIDENT}", direct)]
        ),
        "data/direct-messages-group.js": ytd(
            "direct_messages_group", [conversation("9200", group)]
        ),
        "data/direct-message-headers.js": ytd(
            "direct_message_headers",
            [
                conversation(
                    f"{ACCOUNT}-{RESIDENT}",
                    [
                        message(one, "", RESIDENT, ACCOUNT, "2026-01-20T10:00:00.000Z")
                        for one in ("9101", "9103", "9104")
                    ],
                )
            ],
        ),
        "data/message-event.js": ytd("message_event", encrypted),
        "data/follower.js": ytd(
            "follower",
            [
                {
                    "follower": {
                        "accountId": str(4000000000 + number),
                        "userLink": f"https://x.example.com/user?user_id={4000000000 + number}",
                    }
                }
                for number in range(3)
            ],
        ),
        "data/following.js": ytd("following", [{"following": {"accountId": "4100000001"}}]),
        "data/block.js": ytd("block", [{"blocking": {"accountId": "4200000001"}}]),
        "data/mute.js": ytd("mute", [{"muting": {"accountId": "4300000001"}}]),
        "data/periscope-broadcast-metadata.js": ytd(
            "periscope_broadcast_metadata",
            [
                {
                    "periscopeBroadcastMetadata": {
                        "id": "1vAxRkQq",
                        "hasLocation": True,
                        "latitude": "38.5",
                        "longitude": "-121.5",
                        "city": "Alder Glen",
                        "country": "United States",
                        "createdAt": "2017-07-04T20:00:00.000Z",
                        "updatedAt": "2017-07-04T21:00:00.000Z",
                    }
                }
            ],
        ),
        "data/periscope-comments-made-by-user.js": ytd(
            "periscope_comments_made_by_user",
            [
                {
                    "periscopeCommentsMadeByUser": {
                        "broadcastId": "1vAxRkQq",
                        "byAccountId": ACCOUNT,
                        "createdAt": "2017-07-04T20:05:00.000Z",
                        "text": "Welcome everyone",
                    }
                }
            ],
        ),
        "data/periscope-profile-description.js": ytd(
            "periscope_profile_description",
            [{"periscopeProfileDescription": {"description": "Live from the parks"}}],
        ),
        "data/periscope-followers.js": ytd(
            "periscope_followers", [{"periscopeFollowers": {"id": "pf1", "username": "heronfan"}}]
        ),
        "data/like.js": ytd("like", [{"like": {"tweetId": "1", "fullText": "private taste"}}]),
        "data/ip-audit.js": ytd(
            "ip_audit", [{"ipAudit": {"accountId": ACCOUNT, "loginIp": "192.0.2.7"}}]
        ),
        "data/ad-impressions.js": ytd("ad_impressions", [{"ad": {"adsUserData": {}}}]),
        "data/README.txt": b"What the files hold.",
        f"data/tweets_media/{picture_of}-pond.jpg": PICTURE,
        "data/direct_messages_media/9101-swing.jpg": PICTURE + b"swing",
        f"data/profile_media/{ACCOUNT}-heron.jpg": PICTURE + b"heron",
        "data/tweets_media/1-nobody.jpg": PICTURE + b"nobody",
        "data/periscope_broadcast_media/1vAxRkQq-live.mp4": b"\x00\x00\x00\x18ftypmp42" + b"v" * 99,
        "Your archive.html": b"<html></html>",
        "assets/js/main.js": b"x",
        "__MACOSX/data/._tweets.js": b"litter",
    }
    files["data/manifest.js"] = manifest(
        {
            "data/tweets.js": 8,
            "data/tweets-part1.js": 1,
            "data/note-tweet.js": 1,
            "data/direct-messages.js": 1,
            "data/follower.js": 3,
            "data/like.js": 1,
        }
    )
    return files
