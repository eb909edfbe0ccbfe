"""What an agency saved of its Nextdoor page: a table of posts, saved pages with the neighbours'
answers, a print, and the mapping by which they are read."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from html import escape
from itertools import islice
from pathlib import Path

from archiver import clock
from archiver.demo.accounts import DemoAccount
from archiver.demo.feed import ZONE, Feed, Post
from archiver.demo.people import resident
from archiver.demo.phrases import Slots
from archiver.demo.pictures import JPEG, Picture, draw
from archiver.demo.x_download import Written, plan_feed

NEXTDOOR_ACCOUNT = DemoAccount(
    "nextdoor",
    "city-of-alder-glen",
    "",
    "City of Alder Glen",
    "city",
    "City Manager",
    "Communications",
    "The City of Alder Glen on Nextdoor.",
    5,
)
PAGE_POSTS = 12
_COLUMNS = ("Date Posted", "Posted By", "Subject", "Body", "Link", "Impressions", "Replies")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Nextdoor</title>
<script>var feed = "<div class='post'>never shown</div>";</script></head>
<body><main>{posts}</main></body></html>
"""
_POST = """<div class="js-media-post clearfix post" id="post-{id}">
 <a href="/profile/01{id}/?is=feed_author"><span>{author}</span></a>
 <div data-testid="post-timestamp"><a href="/p/{id}?utm_source=share">{ago}</a></div>
 <div data-testid="styled-text"><p>{text}</p></div>{picture}
 <div class="comments">{comments}</div>
</div>
"""
_COMMENT = """<div class="js-media-comment" id="comment_{id}">
 <a class="comment-detail-author-name" href="/profile/9{id}/">{author}</a>
 <time datetime="{at}">3d</time><span class="Linkify">{text}</span></div>
"""


def write_nextdoor_download(
    path: Path,
    *,
    account: DemoAccount = NEXTDOOR_ACCOUNT,
    count: int,
    seed: int = 0,
    generated_at: dt.datetime | None = None,
    semicolons: bool = False,
) -> Written:
    """Write a zip with `count` posts: the table holds them all, the page the newest twelve with
    two answers each and a post by somebody else, the print the newest one."""
    feed = plan_feed(account, count, seed=seed, generated_at=generated_at)
    newest = list(islice(feed, PAGE_POSTS))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("nextdoor.toml", _mapping(feed))
        with archive.open("Agency posts.csv", "w", force_zip64=True) as raw:
            out = io.TextIOWrapper(raw, "utf-16-le" if semicolons else "utf-8", newline="")
            out.write("\ufeff")
            table = csv.writer(out, delimiter=";" if semicolons else ",", lineterminator="\r\n")
            table.writerow(_COLUMNS)
            for post in feed:
                table.writerow(_row(post))
            out.flush()
            out.detach()
        archive.writestr("Nextdoor.html", _page(feed, newest))
        archive.writestr("Nextdoor_files/sign.jpg", draw(Picture("closed", "Closed", 1, JPEG)))
        archive.writestr("print.pdf", one_page_pdf(f"City of Alder Glen: post {newest[0].number}"))
    rows = {"Agency posts.csv": count, "Nextdoor.html": 3 * len(newest) + 1, "print.pdf": 1}
    return Written(path, account, feed.generated_at, count, 0, rows, 1)


def _mapping(feed: Feed) -> str:
    return (
        'format = "archiver-mapping"\nversion = 1\n\n[account]\n'
        f'handle = "{feed.account.handle}"\ndisplay_name = "{feed.account.display_name}"\n'
        'names = ["Maribel Quon"]\n'
        f'saved_at = "{clock.to_text(feed.generated_at)}"\n'
        'saved_by = "Maribel Quon, Communications Manager"\n'
        f'time_zone = "{ZONE}"\n'
    )


def _id(post: Post) -> str:
    return f"Ag{post.number:06d}Q"


def _row(post: Post) -> tuple[str, ...]:
    local = post.moment.astimezone(clock.zone(ZONE))
    date = f"{local:%m/%d/%Y %I:%M %p}"
    link = f"https://nextdoor.com/p/{_id(post)}"
    subject = post.topic.name.capitalize()
    return date, "Maribel Quon", subject, post.text, link, str(900 + post.number), "2"


def _page(feed: Feed, posts: list[Post]) -> str:
    shown = [_shown(feed, post, place) for place, post in enumerate(posts)]
    neighbour = resident(17, feed.seed)
    shown.insert(
        1,
        _POST.format(
            id="NeighbourX1",
            author=escape(neighbour.name),
            ago="5 hr ago",
            text="Has anybody seen a grey cat near the creek?",
            picture="",
            comments=_COMMENT.format(id=1, author="A. N.", at="", text="No, sorry."),
        ),
    )
    return _PAGE.format(posts="".join(shown))


def _shown(feed: Feed, post: Post, place: int) -> str:
    comments = []
    for answer in range(2):
        person = resident(post.number + answer, feed.seed)
        slots = Slots(post.dice, post.moment, feed.account.key, person)
        words = slots.fill((post.topic.comments or post.topic.replies)[answer])
        at = clock.to_text(post.moment + dt.timedelta(hours=answer + 1))
        about = {"id": f"{post.number}{answer}", "author": escape(person.name), "at": at}
        comments.append(_COMMENT.format(text=escape(words), **about))
    picture = ' <img data-testid="resized-image" src="./Nextdoor_files/sign.jpg">'
    return _POST.format(
        id=_id(post),
        author=escape(feed.account.display_name),
        ago=f"{place + 1} days ago",
        text=escape(post.text).replace("\n", "<br>"),
        picture=picture if place == 0 else "",
        comments="".join(comments),
    )


def one_page_pdf(text: str) -> bytes:
    """A print of one line: the smallest file a reader of PDFs takes for whole."""
    line = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    drawn = f"BT /F1 12 Tf 72 720 Td ({line}) Tj ET".encode("latin-1", "replace")
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(drawn)).encode() + b" >>\nstream\n" + drawn + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += f"{number} 0 obj\n".encode() + part + b"\nendobj\n"
    table = b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    end = f"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n".encode()
    return body + b"xref\n0 6\n0000000000 65535 f \n" + table + end
