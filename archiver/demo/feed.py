"""What an account wrote, as a function of a number: post 41 is the same post each time it is asked.

Nothing is kept in memory, so a download of half a million posts is written in a straight line, and
a later download repeats the earlier posts exactly, whatever came after them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import pairwise

from archiver import clock
from archiver.demo import phrases
from archiver.demo.accounts import DemoAccount
from archiver.demo.dice import Dice, seed_of
from archiver.demo.people import Resident, resident
from archiver.demo.pictures import JPEG, PNG, Picture

ZONE = "America/Los_Angeles"
RESIDENTS = 4000
DELETION_DAYS = 14

# When X began to offer them; before, such a post is an ordinary one.
EDITS_SINCE = dt.datetime(2022, 10, 1, tzinfo=dt.UTC)
NOTES_SINCE = dt.datetime(2023, 2, 8, tzinfo=dt.UTC)
COMMUNITIES_SINCE = dt.datetime(2021, 9, 8, tzinfo=dt.UTC)

_EPOCH_MS = 1288834974657
# (share of the day's posts, local hour): people write during office hours, seldom at night.
_HOURS = (
    (0.0, 0.0),
    (0.03, 7.0),
    (0.30, 10.0),
    (0.55, 13.0),
    (0.85, 18.0),
    (0.97, 22.0),
    (1.0, 24.0),
)


class Form(StrEnum):
    """What kind of post it is on the platform."""

    POST = "post"
    REPLY = "reply"
    THREAD = "thread"
    REPOST = "repost"
    QUOTE = "quote"
    LONG = "long"
    COMMUNITY = "community"


# (share of posts up to here, form), read from the top.
_FORMS = (
    (0.56, Form.POST),
    (0.82, Form.REPLY),
    (0.89, Form.THREAD),
    (0.93, Form.REPOST),
    (0.95, Form.QUOTE),
    (0.98, Form.LONG),
    (1.00, Form.COMMUNITY),
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One later wording of a post: its text and when it replaced the one before."""

    text: str
    at: dt.datetime


@dataclass(slots=True)
class Post:
    """One post as the department wrote it, before any platform gives it a shape."""

    number: int
    moment: dt.datetime
    form: Form
    text: str
    dice: Dice
    slots: phrases.Slots
    topic: phrases.Topic
    dice_seed: int = 0
    language: str = "en"
    person: Resident | None = None
    edits: list[Edit] = field(default_factory=list)
    picture: Picture | None = None
    video: bool = False
    hashtags: tuple[str, ...] = ()
    link: str | None = None
    removed_at: dt.datetime | None = None


def snowflake(moment: dt.datetime, number: int) -> int:
    """An X identifier: milliseconds since X's epoch, and a number that keeps it unique."""
    passed = int(moment.timestamp() * 1000) - _EPOCH_MS
    return (max(passed, 0) << 22) | (number & 0x3FFFFF)


def typo(text: str, dice: Dice) -> str:
    """The same text with two letters of one longer word the wrong way round, or, where no word
    will do, without its last sign."""
    words = text.split(" ")
    places = [
        n for n, word in enumerate(words) if len(word) > 5 and word.isascii() and word.isalpha()
    ]
    if not places:
        return text[:-1]
    place = dice.pick(places)
    word = words[place]
    at = dice.between(1, len(word) - 3)
    words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(words)


def language_of(template: str) -> str:
    """The language a city template is written in, told by its script or marks."""
    for code, signs in _SIGNS:
        if any(sign in template for sign in signs):
            return code
    return "en"


_SIGNS = (
    ("pa", "ਲ"),
    ("zh", "於提將会將"),
    ("vi", "ướắựổ"),
    ("hmn", ("Ceeb toom",)),
    ("tl", ("Merkado",)),
    ("es", ("{date_es}", "{weekday_es}", "Humo de", "Cables el", "Alerta de", "Nuevo horario")),
)


@dataclass(frozen=True)
class Feed:
    """The posts of one account.

    `posts` of them lie between `since` and `until`; `later` more between `until` and
    `generated_at`, the moment of the download. `changed` is the share of the posts that were
    edited once more after `until`: a later download differs from the earlier one by these.
    `pictures` is about how many posts carry a picture. `earlier` are the moments of downloads made
    before: what was deleted then is no longer there.
    """

    account: DemoAccount
    seed: int
    posts: int
    since: dt.datetime
    until: dt.datetime
    generated_at: dt.datetime
    later: int = 0
    changed: float = 0.0
    pictures: int = 0
    earlier: tuple[dt.datetime, ...] = ()

    @cached_property
    def _base(self) -> int:
        return seed_of(self.seed, self.account.platform, self.account.handle)

    @cached_property
    def _start(self) -> tuple[dt.datetime, float]:
        local = self.since.astimezone(clock.zone(ZONE)).replace(tzinfo=None)
        return local, (self.until - self.since).total_seconds() / 86400

    @cached_property
    def _picture_share(self) -> float:
        return min(0.3, self.pictures / max(1, self.posts))

    @property
    def total(self) -> int:
        """How many posts there are."""
        return self.posts + self.later

    def moment(self, number: int) -> dt.datetime:
        """When the post of that number was written (UTC, to the second)."""
        spread = Dice(seed_of(self._base, "moment", number)).fraction() * 0.9
        if number >= self.posts:
            gap = (self.generated_at - self.until).total_seconds() / (self.later + 1)
            ahead = (number - self.posts + 0.1 + spread) * gap
            return (self.until + dt.timedelta(seconds=ahead)).replace(microsecond=0)
        start, days = self._start
        passed = days * (number + spread) / self.posts
        whole = int(passed)
        local = start + dt.timedelta(days=whole + _hour(passed - whole) / 24)
        aware = local.replace(microsecond=0, tzinfo=clock.zone(ZONE))
        return min(aware.astimezone(dt.UTC), self.until)

    def native_id(self, number: int) -> int:
        """The X identifier of the post (of its first edit)."""
        return snowflake(self.moment(number), number)

    def form(self, number: int) -> Form:
        """What kind of post that number is."""
        share = Dice(seed_of(self._base, "form", number)).fraction()
        form = next(form for limit, form in _FORMS if share < limit)
        return Form.POST if form is Form.THREAD and number == 0 else form

    def removed_at(
        self, number: int, moment: dt.datetime, generated_at: dt.datetime | None = None
    ) -> dt.datetime | None:
        """When it was deleted, for the few posts that a download of that moment lists as deleted.

        A download lists what was deleted in its last fourteen days.
        """
        told = generated_at or self.generated_at
        dice = Dice(seed_of(self._base, "removed", number, int(told.timestamp())))
        if not dice.chance(max(0.0005, min(0.5, 3 / self.posts))) or moment >= told:
            return None
        window = min(dt.timedelta(days=DELETION_DAYS), told - moment)
        return told - dt.timedelta(seconds=int(window.total_seconds() * dice.fraction()))

    def gone(self, number: int, moment: dt.datetime) -> bool:
        """Whether it was deleted before this download's time, and so is not in it at all."""
        return any(self.removed_at(number, moment, told) for told in self.earlier)

    def __iter__(self) -> Iterator[Post]:
        """Newest first, as X writes them."""
        return self.only(None)

    def only(self, form: Form | None) -> Iterator[Post]:
        """The posts of one form (of every form for None), newest first."""
        for number in range(self.total - 1, -1, -1):
            if form is not None and self.form(number) is not form:
                continue
            if self.earlier and self.gone(number, self.moment(number)):
                continue
            post = self.post(number)
            if form is None or post.form is form:
                yield post

    def post(self, number: int) -> Post:
        """The post of that number."""
        moment = self.moment(number)
        dice_seed = seed_of(self._base, "post", number)
        dice = Dice(dice_seed)
        form = self.form(number)
        early = {Form.LONG: NOTES_SINCE, Form.COMMUNITY: COMMUNITIES_SINCE}.get(form)
        if early is not None and moment < early:
            form = Form.POST
        key = self.account.key
        person = resident(dice.below(RESIDENTS), self.seed) if form is Form.REPLY else None
        slots = phrases.Slots(dice, moment, key, person)
        topics = phrases.long_topics_of(key) if form is Form.LONG else phrases.topics_of(key)
        topic = dice.pick(topics)
        templates = topic.posts
        if form is Form.LONG:
            templates = topic.long
        elif form is Form.REPLY:
            templates = topic.replies
        template = dice.pick(templates)
        post = Post(number, moment, form, slots.fill(template), dice, slots, topic, dice_seed)
        post.language, post.person = language_of(template), person
        self._adorn(post)
        if form not in (Form.REPOST, Form.LONG):
            self._edit(post, template)
        post.removed_at = self.removed_at(number, moment)
        return post

    def _adorn(self, post: Post) -> None:
        """Add what hangs on a post: hashtags, a link, a picture."""
        dice = post.dice
        if post.form in (Form.REPOST, Form.LONG):
            return
        if dice.chance(0.25) and len(post.text) < 220:
            post.hashtags = tuple(dice.some(phrases.hashtags(self.account.key), dice.between(1, 2)))
        if dice.chance(0.12) and len(post.text) < 210:
            page = post.topic.name.replace(" ", "-")
            post.link = f"https://www.alderglen.example.com/{self.account.key}/{page}"
        if post.form is not Form.REPLY and dice.chance(self._picture_share):
            # The font inside Pillow has Latin letters only.
            plain = post.language == "en" and post.text.isascii()
            caption = post.text if plain else post.topic.name.capitalize()
            if len(caption) > 90:
                caption = f"{caption[:86].rsplit(' ', 1)[0]} ..."
            media_type = PNG if post.topic.scene in ("map", "flyer") and dice.chance(0.6) else JPEG
            post.picture = Picture(post.topic.scene, caption, dice.below(9), media_type)
            post.video = dice.chance(0.03)

    def _edit(self, post: Post, template: str) -> None:
        """Let a few posts begin with a slip that a later edit puts right.

        X allows edits for an hour; the last wording is the intended one.
        """
        dice = post.dice
        count = (1 if dice.chance(0.75) else 2) if dice.chance(0.025) else 0
        late = self.changed and Dice(seed_of(self._base, "late", post.number)).chance(self.changed)
        wordings = [post.text]
        for _ in range(count):
            earlier = typo(wordings[0], dice)
            if "{time}" in template and dice.chance(0.6):
                intended = post.slots.pop("time")
                earlier = post.slots.fill(template)
                post.slots["time"] = intended
            if earlier != wordings[0]:
                wordings.insert(0, earlier)
        if late:
            wordings.append(f"{post.text} (Corrected.)")
        post.text = wordings[0]
        at = post.moment
        for wording in wordings[1:]:
            at += dt.timedelta(seconds=dice.between(70, 900))
            post.edits.append(Edit(wording, at))


def _hour(share: float) -> float:
    """The local hour at which that share of a day's posts has been written."""
    for (low, from_hour), (high, to_hour) in pairwise(_HOURS):
        if share <= high:
            return from_hour + (to_hour - from_hour) * (share - low) / (high - low)
    return 23.99
