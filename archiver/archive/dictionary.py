"""Raw objects are kept as received, zstd-compressed against a dictionary stored in the same file.

The dictionary is trained on objects made up here and on nothing else, so that it can never hold a
fragment of a record that was destroyed later (DESIGN §4). It is versioned: an object names the
dictionary it was compressed with.
"""

from __future__ import annotations

import json
import random
import sqlite3
from functools import cache
from hashlib import sha256

import zstandard

from archiver.errors import IntegrityError

LEVEL = 3
DICTIONARY_SIZE = 24 * 1024
MAX_RAW = 512 * 1024 * 1024

_SENTENCE = (
    "the park closure city council meeting public works street tree water report please thank you"
    " road repair notice agenda library hours summer program volunteer event safety fire police"
    " resident community update traffic signal permit budget survey comment schedule weather"
)
_WORDS = _SENTENCE.split()


def _number(chance: random.Random, digits: int) -> str:
    return "".join(chance.choices("0123456789", k=digits))


def _text(chance: random.Random) -> str:
    return " ".join(chance.choices(_WORDS, k=chance.randint(4, 40)))


def _tweet(chance: random.Random) -> dict[str, object]:
    number, user = _number(chance, 19), _number(chance, 9)
    reply = {
        "in_reply_to_status_id": _number(chance, 19),
        "in_reply_to_status_id_str": _number(chance, 19),
        "in_reply_to_user_id": user,
        "in_reply_to_user_id_str": user,
        "in_reply_to_screen_name": chance.choice(_WORDS),
    }
    return {
        "tweet": {
            "edit_info": {
                "initial": {
                    "editTweetIds": [number],
                    "editableUntil": f"20{_number(chance, 2)}-10-12T17:00:00.000Z",
                    "editsRemaining": "5",
                    "isEditEligible": chance.random() < 0.5,
                }
            },
            "retweeted": False,
            "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
            "entities": {
                "hashtags": [{"text": chance.choice(_WORDS), "indices": ["1", "9"]}],
                "symbols": [],
                "user_mentions": [
                    {
                        "name": chance.choice(_WORDS),
                        "screen_name": chance.choice(_WORDS),
                        "indices": ["0", "12"],
                        "id_str": user,
                        "id": user,
                    }
                ],
                "urls": [
                    {
                        "url": "https://t.co/" + chance.choice(_WORDS),
                        "expanded_url": "https://www.example.com/" + chance.choice(_WORDS),
                        "display_url": "example.com/" + chance.choice(_WORDS),
                        "indices": ["20", "43"],
                    }
                ],
                "media": [
                    {
                        "expanded_url": f"https://twitter.com/{user}/status/{number}/photo/1",
                        "media_url": f"http://pbs.twimg.com/media/{user}.jpg",
                        "media_url_https": f"https://pbs.twimg.com/media/{user}.jpg",
                        "type": "photo",
                        "sizes": {"large": {"w": "1200", "h": "800", "resize": "fit"}},
                    }
                ],
            },
            "display_text_range": ["0", str(chance.randint(10, 280))],
            "favorite_count": str(chance.randint(0, 90)),
            "truncated": False,
            "retweet_count": str(chance.randint(0, 30)),
            "id": number,
            "id_str": number,
            "possibly_sensitive": False,
            "created_at": f"Mon Oct {_number(chance, 2)} 17:06:13 +0000 20{_number(chance, 2)}",
            "favorited": False,
            "full_text": _text(chance),
            "lang": "en",
            **(reply if chance.random() < 0.4 else {}),
        }
    }


def _message(chance: random.Random) -> dict[str, object]:
    sender, other = _number(chance, 9), _number(chance, 9)
    return {
        "messageCreate": {
            "recipientId": other,
            "reactions": [],
            "urls": [],
            "text": _text(chance),
            "mediaUrls": [],
            "senderId": sender,
            "id": _number(chance, 19),
            "createdAt": f"20{_number(chance, 2)}-03-04T18:22:10.412Z",
            "editHistory": [],
        }
    }


def _feed_record(chance: random.Random) -> dict[str, object]:
    place = "at://did:plc:" + "".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=24))
    key = "3l" + "".join(chance.choices("abcdefghijklmnopqrstuvwxyz234567", k=11))
    parent = {"cid": "bafyrei" + key * 4, "uri": f"{place}/app.bsky.feed.post/{key}"}
    return {
        "uri": f"{place}/app.bsky.feed.post/{key}",
        "cid": "bafyrei" + key * 4,
        "value": {
            "$type": "app.bsky.feed.post",
            "createdAt": f"20{_number(chance, 2)}-06-07T08:09:10.111Z",
            "langs": ["en"],
            "reply": {"parent": parent, "root": parent},
            "embed": {
                "$type": "app.bsky.embed.images",
                "images": [
                    {
                        "alt": _text(chance),
                        "aspectRatio": {"height": 800, "width": 1200},
                        "image": {
                            "$type": "blob",
                            "ref": {"$link": "bafkrei" + key * 4},
                            "mimeType": "image/jpeg",
                            "size": chance.randint(1000, 900000),
                        },
                    }
                ],
            },
            "facets": [
                {
                    "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://"}],
                    "index": {"byteEnd": 40, "byteStart": 12},
                }
            ],
            "text": _text(chance),
        },
    }


@cache
def build_dictionary() -> bytes:
    """A dictionary trained on made-up objects; always the same bytes with the same zstd."""
    chance = random.Random(20261120)
    samples: list[bytes | bytearray | memoryview[int]] = []
    for _ in range(160):
        for made in (_tweet(chance), _message(chance), _feed_record(chance)):
            samples.append(json.dumps(made, indent=None).encode())
        samples.append(json.dumps(_tweet(chance), indent=2).encode())
    trained: bytes = zstandard.train_dictionary(
        DICTIONARY_SIZE, samples, k=512, d=8, dict_id=1
    ).as_bytes()
    return trained


def store_dictionary(connection: sqlite3.Connection, dictionary: bytes) -> int:
    """Keep a dictionary in an evidence file; its number is what objects name."""
    cursor = connection.execute(
        "INSERT INTO dictionaries (sha256, bytes) VALUES (?, ?)",
        (sha256(dictionary).digest(), dictionary),
    )
    return int(cursor.lastrowid or 0)


class Codec:
    """Packs and unpacks raw objects of one evidence file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._unpackers: dict[int, zstandard.ZstdDecompressor] = {}
        newest = connection.execute(
            "SELECT id, bytes FROM dictionaries ORDER BY id DESC LIMIT 1"
        ).fetchone()
        if newest is None:
            raise IntegrityError("the compression dictionary is missing")
        self.dictionary_id = int(newest[0])
        made = zstandard.ZstdCompressionDict(newest[1])
        made.precompute_compress(level=LEVEL)
        self.pack = zstandard.ZstdCompressor(level=LEVEL, dict_data=made).compress

    def unpack(self, packed: bytes, dictionary_id: int) -> bytes:
        """The object as received.

        Raises IntegrityError where the bytes or their dictionary are damaged.
        """
        unpacker = self._unpackers.get(dictionary_id) or self._unpacker(dictionary_id)
        try:
            return unpacker.decompress(packed, max_output_size=MAX_RAW)
        except zstandard.ZstdError:
            raise IntegrityError("a raw object cannot be unpacked: its bytes changed") from None

    def _unpacker(self, dictionary_id: int) -> zstandard.ZstdDecompressor:
        found = self._connection.execute(
            "SELECT sha256, bytes FROM dictionaries WHERE id = ?", (dictionary_id,)
        ).fetchone()
        if found is None or sha256(found[1]).digest() != found[0]:
            raise IntegrityError(f"compression dictionary {dictionary_id} is missing or changed")
        made = zstandard.ZstdDecompressor(dict_data=zstandard.ZstdCompressionDict(found[1]))
        self._unpackers[dictionary_id] = made
        return made
