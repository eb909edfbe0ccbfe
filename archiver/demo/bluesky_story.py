"""The story told on the make-believe Bluesky: a first evening, then what each night brings.

night 1   the accounts, their posts, residents' replies, likes, followers; some replies hidden
night 2   edits, deletions by the city and by residents, replies hidden, new posts
night 3   a deleted reply is back, a hidden one is shown again, a resident's account is gone
later     a few posts and replies each night
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archiver import clock
from archiver.demo import phrases
from archiver.demo.accounts import BLUESKY_ACCOUNTS, DemoAccount
from archiver.demo.bluesky_posts import LIMIT, decorate, reply_value, root_of
from archiver.demo.bluesky_world import (
    BLOCK,
    FOLLOW,
    LIKE,
    POST,
    POSTGATE,
    PROFILE,
    REPOST,
    THREADGATE,
    Value,
    World,
    parts_of,
    stamp,
    tid,
    uri_of,
)
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed, Form, Post
from archiver.demo.people import Resident, resident
from archiver.demo.pictures import Picture

# Of a hundred records of an account about this many are posts of its own.
_POSTS_OF_HUNDRED = 14
_REMOVED_REPLY = "removed-reply"


def bluesky_state(
    seed: int = 0,
    *,
    records: int = 900,
    now: dt.datetime | None = None,
    accounts: Sequence[DemoAccount] = BLUESKY_ACCOUNTS,
) -> World:
    """The world on the evening before the first night.

    `records` is about how many posts, replies and reactions the accounts have together.
    """
    moment = now or clock.now()
    world = World(seed=seed, built_at=clock.to_text(moment))
    for account in accounts:
        world.add_person(account.native_id, account.handle, account.display_name, account.bio)
    total = sum(account.share for account in accounts)
    for account in accounts:
        posts = max(6, records * account.share * _POSTS_OF_HUNDRED // (100 * total))
        _Author(world, account, moment).first_evening(posts)
    world.nights = 1
    return world


def advance_night(
    world: World,
    night: int,
    *,
    now: dt.datetime | None = None,
    accounts: Sequence[DemoAccount] = BLUESKY_ACCOUNTS,
) -> None:
    """Let the day before that night happen (2, 3, …). A night that has been is left alone."""
    moment = now or clock.now()
    while world.nights < night:
        world.nights += 1
        for account in accounts:
            author = _Author(world, account, moment)
            if world.nights == 2:
                author.second_night()
            elif world.nights == 3:
                author.third_night()
            author.new_posts(world.nights, count=2)
    if night >= 3 and not world.takedowns:
        world.takedowns.append(_somebody_who_replied(world, accounts[0].native_id))
        world.changes += 1


class _Author:
    """One account of the city, and the residents around it."""

    def __init__(self, world: World, account: DemoAccount, now: dt.datetime) -> None:
        self.world = world
        self.account = account
        self.did = account.native_id
        self.now = now
        self.dice = Dice(seed_of(world.seed, "story", account.handle, world.nights))
        self.clock_id = self.dice.below(1024)

    def first_evening(self, posts: int) -> None:
        """Fill the account's years before the first night."""
        opened = dt.datetime.fromisoformat(self.account.opened_on).replace(hour=18, tzinfo=dt.UTC)
        until = self.now - dt.timedelta(hours=4)
        feed = Feed(
            self.account, self.world.seed, posts, opened, until, self.now, pictures=posts // 5
        )
        written = [self._publish(post) for number in range(posts) if (post := feed.post(number))]
        for uri, post in written:
            self._conversation(uri, post)
            self._applause(uri, post.moment)
        self._people(opened, until, max(12, posts))
        self._hide(written[: len(written) // 2], 2)
        self._gates(written)

    def new_posts(self, night: int, count: int) -> None:
        """What was posted and answered since the night before."""
        since = self.now - dt.timedelta(hours=20)
        seed = seed_of(self.world.seed, "night", night) & 0xFFFFFF
        feed = Feed(self.account, seed, count, since, self.now - dt.timedelta(hours=1), self.now)
        for number in range(count):
            post = feed.post(number)
            if post.form in (Form.REPLY, Form.REPOST):
                continue
            uri, _ = self._publish(post)
            self._conversation(uri, post)
            self._applause(uri, post.moment)

    def second_night(self) -> None:
        """Edits, deletions, replies hidden, a follower lost, a new description."""
        own = self._own_posts()
        for uri in self.dice.some(own[-12:], 2):
            value = dict(self.world.get(uri) or {})
            value["text"] = f"{value['text'][:270]} (Corrected.)"
            did, collection, rkey = parts_of(uri)
            self.world.put(did, collection, rkey, value)
        replies = self._unanswered(self._replies())
        if len(replies) > 3:
            gone, hidden = replies[-2], replies[-1]
            talked_of = {root_of(self.world, hidden), root_of(self.world, gone)}
            self.world.kept[f"{_REMOVED_REPLY}:{gone}"] = self.world.delete(gone)
            self._hide_reply(hidden)
            own = [uri for uri in own if uri not in talked_of]
        self.world.delete(own[-3])
        likes = [uri for uri in self._addresses(LIKE) if self._likes_own(uri)]
        if likes:
            self.world.delete(likes[0])
        lost = next((uri for uri in self._addresses(FOLLOW) if self._resident_follows(uri)), None)
        if lost is not None:
            self.world.delete(lost)
        profile = dict(self.world.get(uri_of(self.did, PROFILE, "self")) or {})
        profile["description"] = f"{self.account.bio} New hours at the counter: 8 am to 4 pm."
        self.world.put(self.did, PROFILE, "self", profile)
        self.world.people[self.did].description = profile["description"]

    def third_night(self) -> None:
        """A deleted reply stands there again, and a hidden one is shown again."""
        for key in [key for key in self.world.kept if key.startswith(_REMOVED_REPLY)]:
            uri = key.split(":", 1)[1]
            value = self.world.kept[key]
            if value["reply"]["root"]["uri"].startswith(f"at://{self.did}/"):
                did, collection, rkey = parts_of(uri)
                self.world.put(did, collection, rkey, value)
                del self.world.kept[key]
        for uri in self._addresses(THREADGATE):
            value = self.world.get(uri) or {}
            if uri.startswith(f"at://{self.did}/") and value.get("hiddenReplies"):
                did, collection, rkey = parts_of(uri)
                shown = {**value, "hiddenReplies": value["hiddenReplies"][1:]}
                self.world.put(did, collection, rkey, shown)
                return

    def _publish(self, post: Post) -> tuple[str, Post]:
        """Put a post (a long one as a thread) into the account's repository."""
        pieces = [post.text]
        if len(post.text) > LIMIT:
            pieces = [piece[:LIMIT] for piece in post.text.split("\n\n")]
        root: Value | None = None
        parent: Value | None = None
        first = ""
        for place, piece in enumerate(pieces):
            moment = post.moment + dt.timedelta(seconds=place * 2)
            value: Value = {
                "$type": POST,
                "text": piece,
                "langs": [post.language],
                "createdAt": stamp(moment),
            }
            if place == 0:
                decorate(value, post)
                if post.picture is not None:
                    image = self.world.upload(post.picture)
                    value["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
            if root is not None:
                value["reply"] = {"root": root, "parent": parent}
            uri = self.world.put(self.did, POST, tid(moment, self.clock_id + post.number), value)
            parent = self.world.reference(uri)
            root = root or parent
            first = first or uri
        return first, post

    def _conversation(self, root: str, post: Post) -> None:
        """Residents answer, argue among themselves, and sometimes the city answers."""
        dice = Dice(seed_of(post.dice_seed, "talk"))
        moment = post.moment
        crowd = dice.between(0, 5) + (4 if post.topic.name == "park closure" else 0)
        said: list[str] = []
        for _ in range(crowd):
            moment += dt.timedelta(seconds=dice.between(60, 14_000))
            if moment > self.now:
                return
            person = resident(dice.below(RESIDENTS), self.world.seed)
            parent = dice.pick(said) if said and dice.chance(0.25) else root
            said.append(self._comment(dice, person, post, root, parent, moment))
            if dice.chance(0.2):
                moment += dt.timedelta(minutes=dice.between(3, 240))
                text = self._slots(dice, moment, person, post).fill(dice.pick(post.topic.replies))
                value = reply_value(self.world, text, "en", moment, root, said[-1])
                if moment <= self.now:
                    self.world.put(self.did, POST, tid(moment, self.clock_id + 501), value)

    def _slots(
        self, dice: Dice, moment: dt.datetime, person: Resident, post: Post
    ) -> phrases.Slots:
        """Slots that speak of the same places as the post."""
        slots = phrases.Slots(dice, moment, self.account.key, person)
        slots.update({key: post.slots[key] for key in ("park", "street") if key in post.slots})
        return slots

    def _comment(
        self,
        dice: Dice,
        person: Resident,
        post: Post,
        root: str,
        parent: str,
        moment: dt.datetime,
    ) -> str:
        self._meet(person)
        slots = self._slots(dice, moment, person, post)
        language = person.language
        choices = post.topic.comments if language == "en" else phrases.comments_in(language)
        text = slots.fill(dice.pick(choices))
        value = reply_value(self.world, text, language, moment, root, parent)
        if dice.chance(0.05):
            image = self.world.upload(Picture("street", "from my window", dice.below(9)))
            value["embed"] = {"$type": "app.bsky.embed.images", "images": [image]}
        uri = self.world.put(person.did, POST, tid(moment, person.number), value)
        if "bullshit" in text or "damn" in text:
            self.world.labels[uri] = ["rude"]
        return uri

    def _applause(self, uri: str, moment: dt.datetime) -> None:
        dice = Dice(seed_of(self.world.seed, "applause", uri))
        for _ in range(dice.between(0, 4)):
            person = resident(dice.below(RESIDENTS), self.world.seed)
            at = moment + dt.timedelta(seconds=dice.between(30, 40_000))
            if at > self.now:
                continue
            self._meet(person)
            collection = REPOST if dice.chance(0.2) else LIKE
            value = {
                "$type": collection,
                "subject": self.world.reference(uri),
                "createdAt": stamp(at),
            }
            self.world.put(person.did, collection, tid(at, person.number), value)

    def _people(self, since: dt.datetime, until: dt.datetime, count: int) -> None:
        """Followers, accounts followed, one blocked and one muted."""
        span = int((until - since).total_seconds())
        for step in range(count):
            person = resident((self.dice.below(RESIDENTS) + step) % RESIDENTS, self.world.seed)
            at = since + dt.timedelta(seconds=self.dice.below(span))
            self._meet(person)
            self._relate(person.did, FOLLOW, self.did, at, person.number)
            if step < 4:
                self._relate(self.did, FOLLOW, person.did, at, 900 + step)
        strangers = [resident(RESIDENTS + step, self.world.seed) for step in range(2)]
        for person in strangers:
            self._meet(person)
        self._relate(self.did, BLOCK, strangers[0].did, until, 77)
        self.world.mutes.setdefault(self.did, []).append(strangers[1].did)
        for other in BLUESKY_ACCOUNTS:
            if other.native_id != self.did and other.native_id in self.world.people:
                self._relate(self.did, FOLLOW, other.native_id, since, 950 + len(other.key))

    def _relate(
        self, did: str, collection: str, subject: str, at: dt.datetime, clock_id: int
    ) -> None:
        value = {"$type": collection, "subject": subject, "createdAt": stamp(at)}
        self.world.put(did, collection, tid(at, clock_id), value)

    def _meet(self, person: Resident) -> None:
        self.world.add_person(person.did, person.bluesky_handle, person.name)

    def _hide(self, written: Sequence[tuple[str, Post]], count: int) -> None:
        """Hide the last reply under the newest few of these posts that have any."""
        last = {root_of(self.world, reply): reply for reply in self._replies()}
        answered = [uri for uri, _ in reversed(written) if uri in last]
        for uri in answered[:count]:
            self._hide_reply(last[uri])

    def _hide_reply(self, reply: str) -> None:
        root = root_of(self.world, reply)
        rkey = parts_of(root)[2]
        gate = self.world.get(uri_of(self.did, THREADGATE, rkey)) or {
            "$type": THREADGATE,
            "post": root,
            "createdAt": stamp(self.now - dt.timedelta(hours=5)),
        }
        hidden = [*gate.get("hiddenReplies", []), reply]
        self.world.put(self.did, THREADGATE, rkey, {**gate, "hiddenReplies": hidden})

    def _gates(self, written: Sequence[tuple[str, Post]]) -> None:
        """One post only people mentioned may answer, and one that may not be quoted."""
        if len(written) < 2:
            return
        for uri, collection, rule in (
            (written[0][0], THREADGATE, {"allow": [{"$type": f"{THREADGATE}#mentionRule"}]}),
            (written[1][0], POSTGATE, {"embeddingRules": [{"$type": f"{POSTGATE}#disableRule"}]}),
        ):
            rkey = parts_of(uri)[2]
            known = self.world.get(uri_of(self.did, collection, rkey)) or {}
            value = {"$type": collection, "post": uri, "createdAt": stamp(written[0][1].moment)}
            self.world.put(self.did, collection, rkey, {**value, **known, **rule})

    def _own_posts(self) -> list[str]:
        """The account's own first posts, oldest first."""
        records = self.world.repos[self.did].get(POST, {})
        return [
            uri_of(self.did, POST, key) for key in sorted(records) if "reply" not in records[key]
        ]

    def _replies(self) -> list[str]:
        """What residents wrote below the account's posts, oldest first."""
        found = [
            uri
            for uri in self._addresses(POST)
            if not uri.startswith(f"at://{self.did}/")
            and root_of(self.world, uri).startswith(f"at://{self.did}/")
        ]
        return sorted(found, key=lambda uri: parts_of(uri)[2])

    def _unanswered(self, replies: Sequence[str]) -> list[str]:
        """Those of the replies that nobody answered: taking one away hides no other."""
        values = [self.world.get(uri) or {} for uri in self._addresses(POST)]
        answered = {value["reply"]["parent"]["uri"] for value in values if "reply" in value}
        return [uri for uri in replies if uri not in answered]

    def _resident_follows(self, uri: str) -> bool:
        city = {account.native_id for account in BLUESKY_ACCOUNTS}
        follows_this = (self.world.get(uri) or {}).get("subject") == self.did
        return follows_this and parts_of(uri)[0] not in city

    def _likes_own(self, uri: str) -> bool:
        subject = (self.world.get(uri) or {})["subject"]["uri"]
        return bool(subject.startswith(f"at://{self.did}/"))

    def _addresses(self, collection: str) -> list[str]:
        return [
            uri_of(did, collection, rkey)
            for did, repo in self.world.repos.items()
            for rkey in repo.get(collection, {})
        ]


def _somebody_who_replied(world: World, did: str) -> str:
    """The resident with the newest reply below the account's posts."""
    author = next(account for account in BLUESKY_ACCOUNTS if account.native_id == did)
    replies = _Author(world, author, clock.now())._replies()
    return parts_of(replies[-1])[0] if replies else ""
