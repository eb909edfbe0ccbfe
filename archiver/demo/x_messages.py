"""Private messages of an account, in X's shapes: one to one, groups, and encrypted ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.demo import phrases
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed, snowflake
from archiver.demo.people import Resident, resident
from archiver.demo.pictures import Picture
from archiver.demo.x_objects import Object, ciphertext, iso_time

REACTIONS = ("like", "sad", "agree", "excited", "surprised", "disagree", "funny")
_INTERPRETER = "Thank you, {name}. Someone who speaks your language will call you {weekday}."


@dataclass(slots=True)
class Conversation:
    """One conversation as the download holds it, and the pictures that belong to its messages."""

    body: Object
    headers: Object
    media: list[tuple[str, Picture]]


def message_id(moment: dt.datetime, place: int) -> str:
    """The identifier of a message: unique by its time and place."""
    return str(snowflake(moment, place))


class MessageMaker:
    """The conversations of one account. `conversations` are one to one; `groups` have several
    residents; about one message in `picture_every` carries a photograph."""

    def __init__(
        self, feed: Feed, *, conversations: int, groups: int, picture_every: int = 25
    ) -> None:
        self.feed = feed
        self.user = feed.account.native_id
        self.conversations = conversations
        self.groups = groups
        self.picture_every = picture_every
        self._base = seed_of(feed.seed, "messages", feed.account.handle)

    def one_to_one(self) -> Iterator[Conversation]:
        """Every conversation with a single resident."""
        for number in range(self.conversations):
            yield self._with_resident(number)

    def group(self) -> Iterator[Conversation]:
        """Every group conversation."""
        for number in range(self.groups):
            yield self._with_group(number)

    def encrypted(self, count: int) -> list[Object]:
        """Encrypted messages: parties and times can be read, words cannot."""
        events: list[Object] = []
        for number in range(count):
            events += self._encrypted_talk(number)
        return events

    def _start(self, dice: Dice) -> dt.datetime:
        span = (self.feed.until - self.feed.since).total_seconds()
        start = self.feed.since + dt.timedelta(seconds=int(span * dice.fraction()))
        return start.replace(microsecond=1000 * dice.below(1000))

    def _lines(self, number: int, dice: Dice, person: Resident) -> list[tuple[bool, str]]:
        """What is said. The first conversations are about the park closure in every download, so
        that the smallest one answers the request of the demonstration."""
        closures = [talk for talk in phrases.talks() if talk.topic == "park closure"]
        if number < len(closures):
            return list(closures[number].lines)
        if person.language == "en":
            return list(dice.pick(phrases.talks()).lines)
        foreign = phrases.messages_in(person.language)
        lines = [(False, dice.pick(foreign)), (True, _INTERPRETER)]
        if dice.chance(0.4):
            lines += [(False, dice.pick(foreign)), (False, "🙏")]
        return lines

    def _with_resident(self, number: int) -> Conversation:
        dice = Dice(seed_of(self._base, "one", number))
        # 37 shares no factor with RESIDENTS, so that nobody has two conversations.
        person = resident(number * 37 % RESIDENTS if number < RESIDENTS else number, self.feed.seed)
        moment = self._start(dice)
        slots = phrases.Slots(dice, moment, self.feed.account.key, person)
        messages: list[Object] = []
        media: list[tuple[str, Picture]] = []
        for from_city, template in self._lines(number, dice, person):
            moment += dt.timedelta(seconds=dice.between(40, 9000))
            if moment > self.feed.generated_at:
                break
            sender, receiver = (self.user, person.x_id) if from_city else (person.x_id, self.user)
            message = self._message(dice, moment, sender, slots.fill(template), len(messages))
            message = {"recipientId": receiver, **message}
            if not from_city and dice.below(self.picture_every) == 0:
                media.append(_attach(message, Picture("street", "", dice.below(9)), dice))
            messages.append({"messageCreate": message})
        pair = sorted((self.user, person.x_id), key=int)
        return _conversation("-".join(pair), messages, media)

    def _message(
        self, dice: Dice, moment: dt.datetime, sender: str, text: str, place: int
    ) -> Object:
        number = message_id(moment, place)
        reactions: list[Object] = []
        if dice.chance(0.08):
            after = moment + dt.timedelta(seconds=dice.between(5, 600))
            reactions.append(
                {
                    "senderId": self.user,
                    "reactionKey": dice.pick(REACTIONS),
                    "eventId": message_id(after, 77),
                    "createdAt": iso_time(after),
                }
            )
        return {
            "reactions": reactions,
            "urls": [],
            "text": text,
            "mediaUrls": [],
            "senderId": sender,
            "id": number,
            "createdAt": iso_time(moment),
        }

    def _with_group(self, number: int) -> Conversation:
        dice = Dice(seed_of(self._base, "group", number))
        talk = phrases.groups()[number % len(phrases.groups())]
        members = [resident(dice.below(RESIDENTS), self.feed.seed) for _ in range(3)]
        moment = self._start(dice)
        slots = phrases.Slots(dice, moment, self.feed.account.key)
        ids = [self.user, *(member.x_id for member in members[:2])]
        events: list[Object] = [
            {
                "joinConversation": {
                    "initiatingUserId": members[0].x_id,
                    "participantsSnapshot": ids,
                    "createdAt": iso_time(moment),
                }
            },
            _renamed(members[0].x_id, talk.name, moment + dt.timedelta(seconds=9)),
        ]
        for place, (from_city, template) in enumerate(talk.lines):
            moment += dt.timedelta(seconds=dice.between(60, 4000))
            person = members[place % len(members)]
            if place == 2:
                events.append(_joined(members[0].x_id, members[2].x_id, moment))
                moment += dt.timedelta(seconds=30)
            text = slots.about(person).fill(template)
            sender = self.user if from_city else person.x_id
            message = self._message(dice, moment, sender, text, place)
            events.append({"messageCreate": message})
            if place == 4:
                moment += dt.timedelta(seconds=45)
                events.append(_renamed(members[1].x_id, talk.renamed, moment))
        moment += dt.timedelta(hours=5)
        leaving = {"userIds": [members[1].x_id], "createdAt": iso_time(moment)}
        events.append({"participantsLeave": leaving})
        return _conversation(message_id(self.feed.since, 4096 + number), events, [])

    def _encrypted_talk(self, number: int) -> list[Object]:
        dice = Dice(seed_of(self._base, "sealed", number))
        person = resident(dice.below(RESIDENTS), self.feed.seed)
        pair = ":".join(sorted((self.user, person.x_id), key=int))
        moment = self.feed.until - dt.timedelta(days=dice.between(3, 200))
        version = str(int(moment.timestamp() * 1000) - 236)
        keys = [
            {
                "userId": user,
                "encryptedConversationKey": ciphertext(dice, 113),
                "publicKeyVersion": version,
            }
            for user in (self.user, person.x_id)
        ]
        change = {"conversationKeyVersion": version, "conversationParticipantKeys": keys}
        details: list[Object] = [{"conversationKeyChangeEvent": change}]
        for _ in range(dice.between(1, 4)):
            details.append(
                {
                    "messageCreateEvent": {
                        "priority": {
                            "value": "1",
                            "name": "A",
                            "originalName": "A",
                            "annotations": {},
                        },
                        "contents": ciphertext(dice, dice.between(90, 420)),
                        "shouldNotify": True,
                        "conversationKeyVersion": version,
                        "isPendingPublicKey": False,
                    }
                }
            )
        events = []
        for place, detail in enumerate(details):
            moment += dt.timedelta(seconds=dice.between(1, 900))
            sender = self.user if place % 2 else person.x_id
            events.append(self._event(dice, moment, place, sender, pair, detail))
        moment += dt.timedelta(seconds=90)
        last = events[-1]["messageEvent"]["sequenceId"]
        seen = {"seenUntilSequenceId": last, "seenAtMillis": _millis(moment)}
        read = {"markConversationReadEvent": seen}
        events.append(self._event(dice, moment, 90, self.user, pair, read))
        return events

    def _event(
        self, dice: Dice, moment: dt.datetime, place: int, sender: str, pair: str, detail: Object
    ) -> Object:
        mark = dice.octets(16).hex()
        name = f"{mark[:8]}-{mark[8:12]}-4{mark[13:16]}-a{mark[17:20]}-{mark[20:]}"
        return {
            "messageEvent": {
                "messageEventSignature": {
                    "signature": ciphertext(dice, 64).rstrip("="),
                    "publicKeyVersion": "1767122382225",
                    "signatureVersion": "4",
                    "signingPublicKey": ciphertext(dice, 91),
                },
                "createdAtMsec": _millis(moment),
                "conversationToken": ciphertext(dice, 60),
                "senderId": sender,
                "conversationId": pair,
                "messageId": name,
                "detail": detail,
                "sequenceId": message_id(moment, place),
            }
        }


def _millis(moment: dt.datetime) -> str:
    return str(int(moment.timestamp() * 1000))


def _attach(message: Object, picture: Picture, dice: Dice) -> tuple[str, Picture]:
    key = dice.octets(6).hex()
    number = message["id"]
    message["mediaUrls"] = [f"https://ton.twitter.com/dm/{number}/{int(number) + 1}/{key}.jpg"]
    return f"{number}-{key}.jpg", picture


def _renamed(user: str, name: str, moment: dt.datetime) -> Object:
    told = {"initiatingUserId": user, "name": name, "createdAt": iso_time(moment)}
    return {"conversationNameUpdate": told}


def _joined(by: str, user: str, moment: dt.datetime) -> Object:
    told = {"initiatingUserId": by, "userIds": [user], "createdAt": iso_time(moment)}
    return {"participantsJoin": told}


def _conversation(
    number: str, events: list[Object], media: list[tuple[str, Picture]]
) -> Conversation:
    """Newest first, as X writes it, with the headers beside it."""
    newest_first = events[::-1]
    kept = ("id", "senderId", "recipientId", "createdAt")
    headers = [
        {
            name: {key: event[key] for key in kept if key in event}
            if name == "messageCreate"
            else event
        }
        for entry in newest_first
        for name, event in entry.items()
    ]
    return Conversation(
        {"dmConversation": {"conversationId": number, "messages": newest_first}},
        {"dmConversation": {"conversationId": number, "messages": headers}},
        media,
    )
