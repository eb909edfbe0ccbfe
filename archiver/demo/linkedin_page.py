"""The analytics an administrator of a LinkedIn Page downloads: workbooks in the old format."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from archiver.demo.accounts import DemoAccount
from archiver.demo.biff import Cell, workbook
from archiver.demo.feed import Post
from archiver.demo.linkedin_download import number_of
from archiver.demo.x_download import Written, plan_feed

LINKEDIN_PAGE = DemoAccount(
    "linkedin",
    "city-of-alder-glen",
    "10442917",
    "City of Alder Glen",
    "city",
    "City Manager",
    "Communications",
    "News and openings from City Hall.",
    6,
)
_POST_COLUMNS = [
    "Post title",
    "Post link",
    "Post type",
    "Campaign name",
    "Posted by",
    "Created date",
    "Campaign start date",
    "Campaign end date",
    "Audience",
    "Impressions",
    "Views (Excluding offsite video views)",
    "Offsite Views",
    "Clicks",
    "Click through rate (CTR)",
    "Likes",
    "Comments",
    "Reposts",
    "Follows",
    "Engagement rate",
    "Content Type",
]
_UPDATE_COLUMNS = [
    "Update title",
    "Update link",
    "Update type",
    "Campaign name",
    "Posted by",
    "Created date",
    "Campaign start date",
    "Campaign end date",
    "Audience",
    "Impressions",
    "Views",
    "Clicks",
    "Click through rate (CTR)",
    "Likes",
    "Comments",
    "Shares",
    "Follows",
    "Engagement rate",
]


def write_page_export(
    path: Path,
    *,
    account: DemoAccount = LINKEDIN_PAGE,
    count: int,
    seed: int = 0,
    era: int = 2024,
    newer: bool = False,
    generated_at: dt.datetime | None = None,
) -> Written:
    """Write a zip with the content export of `count` posts and the followers export of a Page, as
    its administrator downloads them (`era` 2020: an update is not yet called a post); `newer`: as
    somebody saved them anew, in the newer format."""
    feed = plan_feed(account, count, seed=seed, generated_at=generated_at)
    made = int(feed.generated_at.timestamp() * 1000)
    columns = _UPDATE_COLUMNS if era <= 2020 else _POST_COLUMNS
    what, sheet = ("updates", "Update engagement") if era <= 2020 else ("content", "All posts")
    rows = [[_page_cell(one, post) for one in columns] for post in feed]
    daily: list[list[Cell]] = [
        ["Date", "Impressions (organic)"],
        ["01/02/2026", 5],
        ["01/03/2026", 8],
    ]
    note: list[Cell] = ["The metrics of the posts that were live in this period"]
    ending, written = ("xlsx", _newer_workbook) if newer else ("xls", workbook)
    content = written([("Metrics", [note, *daily]), (sheet, [note, columns, *rows])])
    fans = written([("New followers", [["Date", "Total followers"], ["01/02/2026", 3]])])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{account.handle}_{what}_{made}.{ending}", content)
        archive.writestr(f"{account.handle}_followers_{made}.{ending}", fans)
    return Written(path, account, feed.generated_at, count, 0, {what: count})


def _newer_workbook(sheets: Sequence[tuple[str, Sequence[Sequence[Cell]]]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_urls": False}) as book:
        for name, rows in sheets:
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
    return out.getvalue()


def _page_cell(column: str, post: Post) -> str | int | float | None:
    urn = f"urn:li:activity:{number_of(post.moment, post.number)}"
    told: dict[str, str | int | float] = {
        "title": post.text,
        "link": f"https://www.linkedin.com/feed/update/{urn}",
        "type": "Organic",
        "by": "Maribel Quon",
        "date": f"{post.moment:%m/%d/%Y}",
        "Audience": "All followers",
        "Content Type": "Image" if post.picture else "",
        "Engagement rate": 0.0421,
        "Click through rate (CTR)": 0.01,
    }
    if column.startswith("Campaign"):
        return ""
    if column in told:
        return told[column]
    last = column.split(" ")[-1]
    return told.get(last, 10 + post.number % 500)
