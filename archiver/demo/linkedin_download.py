"""A member's LinkedIn download, written as LinkedIn has written it.

What is copied here are the habits of its tables: the head and the quoting of each year, the notes
before the connections, UTF-16 with tabs in old posts, a member's number in file names since 2026,
marks around each line of a post, backslashes before marks in comments, three ways to write a time.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from archiver.demo.accounts import DemoAccount
from archiver.demo.dice import Dice, seed_of
from archiver.demo.feed import RESIDENTS, Feed, Post
from archiver.demo.people import Resident, resident
from archiver.demo.phrases import Slots
from archiver.demo.x_download import Written, plan_feed

LINKEDIN_MEMBER = DemoAccount(
    "linkedin",
    "isidora-vance-4b71a2",
    "",
    "Isidora Vance",
    "mayor",
    "Mayor and Council",
    "Mayor",
    "Mayor of Alder Glen. This account is used for city business.",
    8,
    account_class="official-capacity",
)
ERAS = (2020, 2022, 2024, 2026)
_NUMBER = "17529409"
_NOTES = (
    "Notes:\n"
    '"When exporting your connection data, you may notice that some of the email addresses are '
    "missing. You will only see email addresses for connections who have allowed their connections "
    "to see or download their email address using this setting "
    "https://www.linkedin.com/psettings/privacy/email. You can learn more here "
    'https://www.linkedin.com/help/linkedin/answer/261"\n\n'
)
_MESSAGES = [
    "CONVERSATION ID",
    "CONVERSATION TITLE",
    "FROM",
    "SENDER PROFILE URL",
    "TO",
    "RECIPIENT PROFILE URLS",
    "DATE",
    "SUBJECT",
    "CONTENT",
    "FOLDER",
    "ATTACHMENTS",
    "IS MESSAGE DRAFT",
    "IS CONVERSATION DRAFT",
]
_PROFILE = [
    "First Name",
    "Last Name",
    "Maiden Name",
    "Address",
    "Birth Date",
    "Headline",
    "Summary",
    "Industry",
    "Zip Code",
    "Geo Location",
    "Twitter Handles",
    "Websites",
    "Instant Messengers",
]
_URNS = ("share", "ugcPost", "activity", "share")
ARTICLE = """<html>
<head>
  <title>{title}</title>
  <style>
    body {{ margin: 0 auto; width: 744px; }}
  </style>
</head>
<body>
  <h1><a href="https://www.linkedin.com/pulse/{slug}">{title}</a></h1>
  <p class="created">Created on {begun}</p>
{published}  <div><p>{text}</p><ul><li><p>Doors open at six.</p></li></ul></div>
</body>
</html>
"""


def number_of(moment: dt.datetime, number: int) -> int:
    """A number as LinkedIn gives posts: the milliseconds since 1970, and 22 bits more."""
    return (int(moment.timestamp() * 1000) << 22) | (number & 0x3FFFFF)


def write_linkedin_download(
    path: Path,
    *,
    account: DemoAccount = LINKEDIN_MEMBER,
    count: int,
    seed: int = 0,
    era: int = 2026,
    generated_at: dt.datetime | None = None,
) -> Written:
    """Write a member's Complete download of about `count` rows as it was in the year `era` (one of
    ERAS). The file appears under its name only when it is whole."""
    feed = plan_feed(account, max(4, count * 3 // 10), seed=seed, generated_at=generated_at)
    partial = path.with_name(f"{path.name}.partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        writer = _Download(archive, feed, era)
        writer.shares()
        writer.comments(max(3, count // 5))
        writer.messages(max(6, count * 2 // 5))
        writer.people(max(3, count // 10))
        writer.small()
        writer.articles()
    partial.replace(path)
    rows = writer.rows
    messages = next(number for name, number in rows.items() if name.startswith("messages"))
    return Written(path, account, feed.generated_at, feed.total, messages, rows)


class _Download:
    """Writes the files of one download and counts their rows."""

    def __init__(self, archive: zipfile.ZipFile, feed: Feed, era: int) -> None:
        self.rows: dict[str, int] = {}
        self._archive = archive
        self._feed = feed
        self._era = era
        given, _, family = feed.account.display_name.partition(" ")
        self._given, self._family = given, family
        self._address = f"https://www.linkedin.com/in/{feed.account.handle}"

    def _name(self, base: str) -> str:
        return f"{base}_{_NUMBER}.csv" if self._era >= 2026 else f"{base}.csv"

    def _write(
        self,
        name: str,
        head: Sequence[str],
        rows: Iterable[Sequence[str]],
        *,
        before: str = "",
        encoding: str = "utf-8",
        tabs: bool = False,
        marks: int = csv.QUOTE_MINIMAL,
    ) -> None:
        count = 0
        with self._archive.open(name, "w", force_zip64=True) as raw:
            out = io.TextIOWrapper(raw, encoding, newline="")
            out.write(before)
            mark = "\t" if tabs else ","
            table = csv.writer(out, delimiter=mark, lineterminator="\n", quoting=marks)  # type: ignore[arg-type]
            table.writerow(head)
            for row in rows:
                table.writerow(row)
                count += 1
            out.flush()
            out.detach()
        self.rows[name] = count

    def _link(self, post: Post) -> str:
        urn = _URNS[post.number % len(_URNS)]
        return (
            "https://www.linkedin.com/feed/update/"
            f"urn%3Ali%3A{urn}%3A{number_of(post.moment, post.number)}"
        )

    def shares(self) -> None:
        """The posts, and beside them what was uploaded."""
        head = ["Date", "ShareLink", "ShareCommentary", "SharedUrl", "MediaUrl", "Visibility"]
        name = self._name("Shares")
        if self._era <= 2020:
            self._write(name, head, self._posts(), before="\ufeff", encoding="utf-16-le", tabs=True)
        else:
            self._write(name, head, self._posts())
        self._write(
            "Rich_Media.csv", ["Date/Time", "Media Description", "Media Link"], self._uploads()
        )
        self._write(
            self._name("InstantReposts"),
            ["Date", "Link"],
            (
                (_time(post.moment + dt.timedelta(days=1)), self._link(post))
                for post in self._few(5)
            ),
        )

    def _posts(self) -> Iterator[Sequence[str]]:
        for post in self._feed:
            text = post.text
            if post.number % 9 == 4:
                text = f'{text}\n\n"Thank you", said the crew.'
            if post.number % 2 and self._era >= 2022:
                text = text.replace('"', '""').replace("\n", '"\n"')
            picture = post.picture is not None
            media = f"https://media.licdn.com/dms/image/{post.number}/feedshare" if picture else ""
            seen = "CONNECTIONS" if post.number % 50 == 7 else "MEMBER_NETWORK"
            yield _time(post.moment), self._link(post), text, post.link or "", media, seen

    def _uploads(self) -> Iterator[Sequence[str]]:
        yield ("You changed your profile photo on January 5, 2020 at 3:22 PM (GMT)", "-", "")
        for post in self._few(9):
            when = f"{post.moment:%B} {post.moment.day}, {post.moment:%Y at %I:%M %p} (GMT)"
            address = f"https://media.licdn.com/dms/document/{post.number}/x?e=1&v=beta"
            yield f"You uploaded a feed document on {when}", post.text, address

    def _few(self, share: int) -> Iterator[Post]:
        for number in range(self._feed.total - 1, -1, -share):
            yield self._feed.post(number)

    def comments(self, count: int) -> None:
        """What the account wrote under its own posts and others'; in 2026 with backslashes."""
        name = self._name("Comments")
        rows = list(self._comments(count)) if self._era < 2026 else self._comments(count)
        if self._era < 2026:
            self._write(name, ["Date", "Link", "Message"], rows)
            return
        written = 0
        with self._archive.open(name, "w", force_zip64=True) as out:
            out.write(b"Date,Link,Message\n")
            for date, link, text in rows:
                marked = any(sign in text for sign in ',"\n')
                escaped = '"' + text.replace('"', '\\"') + '"' if marked else text
                out.write(f"{date},{link},{escaped}\n".encode())
                written += 1
        self.rows[name] = written

    def _comments(self, count: int) -> Iterator[Sequence[str]]:
        for number in range(count):
            post = self._feed.post(number % self._feed.total)
            moment = post.moment + dt.timedelta(minutes=7 + number // self._feed.total)
            reply = self._words(post, number, post.topic.replies)
            if number % 11 == 3:
                reply = f'We call it the "green loop".\n\n{reply}'
            link = self._link(post)
            if self._era >= 2026 and number % 3 == 0:
                own = number_of(moment, number)
                thread = number_of(post.moment, post.number)
                link += f"?commentUrn=urn%3Ali%3Acomment%3A%28activity%3A{thread}%2C{own}%29"
            yield ("" if number % 97 == 5 else _time(moment)), link, reply

    def _words(
        self, post: Post, number: int, templates: Sequence[str], dice: Dice | None = None
    ) -> str:
        drawn = dice or Dice(seed_of(self._feed.seed, "linkedin words", number))
        person = resident(number % RESIDENTS, self._feed.seed)
        slots = Slots(drawn, post.moment, self._feed.account.key, person)
        return slots.fill(drawn.pick(templates))

    def messages(self, count: int) -> None:
        """Private messages, in conversations of about six."""
        wide = {2020: 9, 2022: 9, 2024: 10, 2026: 13}[self._era]
        columns = [one for one in _MESSAGES if wide > 9 or one != "RECIPIENT PROFILE URLS"][:wide]
        rows = (
            [row[one] for one in columns] for row in (self._message(one) for one in range(count))
        )
        marks = csv.QUOTE_ALL if self._era >= 2026 else csv.QUOTE_MINIMAL
        self._write("messages.csv", columns, rows, marks=marks)

    def _message(self, number: int) -> dict[str, str]:
        talk, place = divmod(number, 6)
        dice = Dice(seed_of(self._feed.seed, "linkedin message", number))
        person = resident(talk % RESIDENTS, self._feed.seed)
        post = self._feed.post(talk % self._feed.total)
        words = post.topic.comments if place % 2 == 0 else post.topic.replies
        text = self._words(post, talk, words or post.topic.replies, dice)
        if number % 31 == 8:
            text = f'<p class="spinmail-quill-editor__spin-break">{text}</p><p>Kind regards</p>'
        owner = (self._feed.account.display_name, self._address)
        other = (person.name, _address(person))
        sender, target = (other, owner) if place % 2 == 0 else (owner, other)
        group = talk % 10 == 9
        third = resident((talk + 1) % RESIDENTS, self._feed.seed)
        return {
            "CONVERSATION ID": f"2-{seed_of(self._feed.seed, talk):016x}==",
            "CONVERSATION TITLE": "Garden committee" if group else "",
            "FROM": sender[0],
            "SENDER PROFILE URL": sender[1],
            "TO": f"{target[0]}, Ph.D., {third.name}" if group else target[0],
            "RECIPIENT PROFILE URLS": f"{target[1]},{_address(third)}" if group else target[1],
            "DATE": _time(post.moment + dt.timedelta(minutes=11 * place + talk % 9)) + " UTC",
            "SUBJECT": "Park closure" if place == 0 and talk % 12 == 5 else "",
            "CONTENT": text,
            "FOLDER": "ARCHIVE" if talk % 7 == 6 else "INBOX",
            "ATTACHMENTS": "",
            "IS MESSAGE DRAFT": "Yes" if number % 200 == 77 else "No",
            "IS CONVERSATION DRAFT": "No",
        }

    def people(self, count: int) -> None:
        """Connections (some without a name), invitations and whom the account follows."""
        head = [
            "First Name",
            "Last Name",
            "URL",
            "Email Address",
            "Company",
            "Position",
            "Connected On",
        ]
        url = self._era >= 2024
        self._write(
            "Connections.csv",
            head if url else [one for one in head if one != "URL"],
            (self._connection(number, url=url) for number in range(count)),
            before=_NOTES if self._era >= 2022 else "",
        )
        head = [
            "From",
            "To",
            "Sent At",
            "Message",
            "Direction",
            "inviterProfileUrl",
            "inviteeProfileUrl",
        ]
        kept = 7 if self._era >= 2024 else 5
        rows = (self._invitation(number)[:kept] for number in range(12))
        self._write("Invitations.csv", head[:kept], rows)
        follows = [("Alder County Water District", "Mon May 01 10:00:00 UTC 2023")]
        self._write("Company Follows.csv", ["Organization", "Followed On"], follows)
        members = [("2023-05-01 10:00:00", "Active", "Tamsin Okoye")]
        members.append(("2022-05-01 10:00:00", "Unfollowed", "Winslow Tarr"))
        self._write(self._name("Member_Follows"), ["Date", "Status", "FullName"], members)

    def _connection(self, number: int, *, url: bool) -> Sequence[str]:
        person = resident(number, self._feed.seed)
        given, _, family = person.name.partition(" ")
        cells = [given, family, _address(person) + f"-{number}", "", "Orchard & Sons, Inc.", ""]
        cells = ["", "", "", "", "", ""] if number % 40 == 11 else cells
        day = (self._feed.since + dt.timedelta(days=number % 900)).strftime("%d %b %Y")
        return [cell for place, cell in enumerate((*cells, day)) if url or place != 2]

    def _invitation(self, number: int) -> Sequence[str]:
        person = resident(number + 40, self._feed.seed)
        moment = self._feed.until - dt.timedelta(days=number)
        sent = f"{moment.month}/{moment.day}/{moment:%y}, {moment.hour % 12 or 12}:{moment:%M %p}"
        words = 'I am with the "Quarry Street" block club.' if number % 3 == 1 else ""
        owner, other = (
            (self._feed.account.display_name, self._address),
            (
                person.name,
                _address(person),
            ),
        )
        first, second = (owner, other) if number % 4 == 0 else (other, owner)
        way = "OUTGOING" if number % 4 == 0 else "INCOMING"
        return first[0], second[0], sent, words, way, first[1], second[1]

    def small(self) -> None:
        """The profile, and files that are no records."""
        row = dict.fromkeys(_PROFILE, "")
        row |= {"First Name": self._given, "Last Name": self._family, "Birth Date": "Jan 1, 1970"}
        row |= {"Headline": "Mayor of Alder Glen", "Summary": self._feed.account.bio}
        row |= {"Address": "214 Orchard Street", "Geo Location": "Alder Glen, California"}
        self._write("Profile.csv", _PROFILE, [[row[one] for one in _PROFILE]])
        self._write(
            self._name("Reactions"),
            ["Date", "Type", "Link"],
            [(_time(self._feed.generated_at), "LIKE", "https://www.linkedin.com/feed/update/x")],
        )
        self._write(
            "Recommendations_Received.csv",
            ["First Name", "Last Name", "Company", "Job Title", "Text", "Creation Date", "Status"],
            [
                ("Odile", "Farrow", "Alder Glen", "Clerk", "Answers the phone.", "", "VISIBLE"),
                ("Winslow", "Tarr", "", "", "Reads every page.", "03/04/21, 02:11 PM", "HIDDEN"),
            ],
        )
        self._write("guide_messages.csv", _MESSAGES[:10], [])
        self._write(
            "Ad_Targeting.csv", ["Member Age", "Company Names", "Company Names"], [("", "", "")]
        )
        self._write("Jobs/Saved Jobs.csv", ["Saved Date", "Job Url"], [])
        self._write("Logins.csv", ["Login Date", "IP Address"], [("", "203.0.113.9")])
        self._archive.writestr("LearningCoachMessages.csv", "No conversations found")

    def articles(self) -> None:
        """Two articles that were published and a draft."""
        for place, post in zip(range(3), self._few(7), strict=False):
            begun = f"{post.moment:%Y-%m-%d %H:%M}"
            later = f"{post.moment + dt.timedelta(minutes=9):%Y-%m-%d %H:%M}"
            published = f'  <p class="published">Published on {later}</p>\n' if place < 2 else ""
            slug = f"{post.topic.name.replace(' ', '-')}-isidora-vance-{place}abc"
            page = ARTICLE.format(
                title=f"{post.topic.name.capitalize()} &amp; more",
                slug=slug,
                begun=begun,
                published=published,
                text=post.text,
            )
            name = f"Articles/Articles/{slug}.html"
            self._archive.writestr(name, page)
            self.rows[name] = 1


def _address(person: Resident) -> str:
    return f"https://www.linkedin.com/in/{person.handle.replace('_', '-')}"


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
