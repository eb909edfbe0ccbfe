"""A release of invented people in an invented city, to print from."""

import datetime as dt
import io
from pathlib import Path

from PIL import Image, ImageDraw

from archiver.production.release import (
    Capture,
    Coverage,
    Event,
    Ground,
    Held,
    Media,
    Office,
    Record,
    Release,
    Request,
    Search,
    Stated,
    Version,
    Withheld,
)
from archiver.requests.redacting.passages import Passage

OFFICE = Office("City of Alder Glen", "America/Los_Angeles", "AG")
CAPTURE = Capture(
    "2026-08-15T09:00:00Z", "X data download of 15 Aug 2026", "data/tweets.js, entry 17"
)
DELETED = "The download leaves out conversations deleted before it was made."

SAYINGS = {
    "es": "¿Hay campamento en español? Mis dos hijas quieren ir 🏕️ mañana.",
    "zh-Hans": "水费为什么涨了百分之十八？请解释。公园什么时候开放？",
    "zh-Hant": "請問有中文的報名表嗎？謝謝 🙏",
    "pa": "ਪੰਜਾਬੀ ਵਿੱਚ ਜਾਣਕਾਰੀ ਕਿੱਥੇ ਹੈ?",
    "ar": "شكرا جزيلا للمدينة على الحديقة الجديدة",
    "fa": "سلام، برنامه کلاس شنا برای شنبه چیست؟",
    "th": "ขอบคุณครับ สวนสาธารณะปิดเมื่อไร",
    "km": "សូមអរគុណ ទីក្រុង តើឧទ្យានបើកនៅពេលណា",
    "ja": "市役所の投稿です。コメントをお願いします。",
    "ko": "시의회 회의는 화요일에 열립니다.",
    "vi": "Cảm ơn thành phố! Khi nào công viên mở cửa?",
    "hy": "Շնորհակալություն քաղաքին",
    "en": "Three kids and a dog say thank you 👨‍👩‍👧‍👦🐕 👍🏽 🇺🇸 1️⃣",
}
NAMES = (
    ("Xiomara Belaunde", "xbelaunde"),
    ("Wei-Lun Sheng", "weilun_s"),
    ("H. Dhaliwal-Roe", "dhaliwalroe"),
    ("Tobias Ngumi", "tngumi"),
    ("Farah Kianpour", "fkianpour"),
    ("Sokha Prum", "sokhap"),
)


def record(key: str, text: str, **changes: object) -> Record:
    """A post of the city on X; `changes` make it something else."""
    values: dict[str, object] = {
        "key": key,
        "thread": f"thread-{key}",
        "parent": None,
        "answers": False,
        "earlier_page": None,
        "platform": "x",
        "account": "Alder Glen Parks & Recreation",
        "handle": "AlderGlenParks",
        "department": "Parks and Recreation",
        "kind": "post",
        "form": "",
        "author_name": "Alder Glen Parks & Recreation",
        "author_handle": "AlderGlenParks",
        "author_id": "12",
        "author_role": "agency",
        "recipients": (),
        "created_at": "2026-05-02T17:00:00Z",
        "undated": False,
        "text": text,
        "language": "en",
        "url": f"https://x.com/AlderGlenParks/status/19{key:0>17}",
        "links": (),
        "native_id": f"19{key:0>17}",
        "visibility": "public",
        "content_state": "full",
        "presence": "present",
        "number": 1,
        "versions": (),
        "left_out": (),
        "events": (),
        "media": (),
        "capture": CAPTURE,
        "redactions": (),
    }
    return Record(**_passages({**values, **changes}))


def _passages(values: dict[str, object]) -> dict[str, object]:
    """Texts as they are released: plain ones with nothing covered."""
    made = dict(values)
    for name in ("author_name", "author_handle", "author_id", "text", "url", "native_id"):
        made[name] = _passage(values[name])
    for name in ("recipients", "links"):
        made[name] = tuple(_passage(one) for one in values[name])
    return made


def _passage(value: object) -> Passage:
    return value if isinstance(value, Passage) else Passage.of(value)


def resident(key: str, text: str, who: int, **changes: object) -> Record:
    """A resident's answer."""
    name, handle = NAMES[who % len(NAMES)]
    values = {"author_name": name, "author_handle": handle, "author_role": "public"}
    return record(key, text, **{**values, "answers": True, "language": None, **changes})


def photograph(path: Path, width: int = 900, height: int = 560) -> Path:
    """A drawn picture of a lake, as a JPEG that says where it was taken."""
    image = Image.new("RGB", (900, 560), (223, 233, 236))
    draw = ImageDraw.Draw(image)
    draw.polygon(
        [(0, 330), (200, 210), (420, 330), (640, 190), (900, 340), (900, 560), (0, 560)],
        fill=(185, 208, 192),
    )
    draw.rectangle([0, 430, 900, 560], fill=(157, 189, 203))
    draw.ellipse([640, 60, 740, 160], fill=(244, 205, 120))
    exif = Image.Exif()
    exif[0x010E] = "SECRETCAPTION"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (38.0, 34.0, 54.0)
    out = io.BytesIO()
    image = image.resize((width, height))
    image.save(out, "JPEG", quality=85, exif=exif, comment=b"SECRETCOMMENT")
    path.write_bytes(out.getvalue())
    return path


def records(folder: Path) -> tuple[Record, ...]:
    """Conversations of every kind a packet prints."""
    folder.mkdir(parents=True, exist_ok=True)
    picture = Media(
        photograph(folder / "lake.jpg"), "image/jpeg", Passage.of("Two camp leaders at a lake")
    )
    missing = Media(None, "video/mp4", Passage(()))
    thread = [
        record(
            "1",
            "Summer camp sign-up opens Saturday at 8! Fee waivers are available, ask at the "
            "counter. ☀️ Details: https://example.org/camp?year=2026.",
            thread="camp",
            media=(picture,),
            number=2,
            versions=(
                Version(
                    1,
                    "2026-05-02T17:02:00Z",
                    Passage.of(
                        "Summer camp sign-up opens Sunday at 9! Fee waivers are available. ☀️ "
                        "Details: https://example.org/camp?year=2026."
                    ),
                ),
            ),
        )
    ]
    for place, (language, text) in enumerate(SAYINGS.items()):
        parent = "1" if place % 3 else str(max(place, 1))
        thread.append(
            resident(
                str(place + 2),
                text,
                place,
                thread="camp",
                parent=parent,
                language=language,
                created_at=f"2026-05-02T18:{place:02d}:00Z",
            )
        )
    gone = resident(
        "30",
        "My water bill was charged twice and nobody at the counter could tell me why 🤷",
        3,
        thread="bill",
        created_at="2026-06-11T20:14:00Z",
        presence="absent",
        visibility="hidden",
        events=(
            Event("2026-06-12T01:00:00Z", "Hidden from the public by the city."),
            Event(
                "2026-06-20T09:00:00Z",
                "Found gone: the platform answered that it no longer exists.",
            ),
        ),
        media=(missing,),
    )
    messages = [
        resident(
            "40",
            "Hello, is the pool heated in October?",
            0,
            kind="message",
            thread="talk",
            answers=False,
            url=None,
            visibility="private",
            recipients=("Alder Glen Parks & Recreation",),
            created_at="2026-09-30T16:00:00Z",
        ),
        record(
            "41",
            "It is: 27 °C from 6 am. See you there!",
            kind="message",
            thread="talk",
            url=None,
            visibility="private",
            recipients=("Xiomara Belaunde",),
            created_at="2026-09-30T16:05:00Z",
        ),
    ]
    sky = record(
        "50",
        "Council meets Tuesday at 6 pm. Agenda: https://example.org/agenda",
        platform="bluesky",
        handle="alderglen.example.org",
        author_handle="alderglen.example.org",
        native_id="at://did:plc:abcdefghijklmnop/app.bsky.feed.post/3kabcdefghi2x",
        url="https://bsky.app/profile/alderglen.example.org/post/3kabcdefghi2x",
        created_at="2026-10-01T19:30:00Z",
        capture=Capture("2026-10-02T09:00:00Z", "Bluesky, asked on 2 Oct 2026", "exchange 88"),
    )
    return (*thread, gone, *messages, sky)


def release(folder: Path, **changes: object) -> Release:
    """A whole volume. The pictures of its records are written to the folder, unless `changes` hold
    other records."""
    values: dict[str, object] = {
        "office": OFFICE,
        "request": Request(
            "2026-0041",
            "2026-11-09T18:00:00Z",
            "All posts and comments about summer camp and water rates, 1 May to 31 October 2026, "
            "with any that were hidden or removed.",
            dt.date(2026, 11, 19),
            ("Received Monday 9 Nov 2026, 10:00 am PST.", "Ten calendar days later: 19 Nov 2026."),
        ),
        "volume": 1,
        "made_at": "2026-11-20T18:00:00Z",
        "responsible": "Odile Farrow, City Clerk",
        "records": changes["records"] if "records" in changes else records(folder),
        "withheld": (
            Withheld("a", ("Gov. Code § 7927.700",)),
            Withheld("b", ("Gov. Code § 7927.705", "Evid. Code § 954")),
        ),
        "grounds": (
            Ground(
                "Gov. Code § 7927.700",
                "Personnel, medical and similar files",
                "Files whose disclosure would be an unwarranted invasion of personal privacy.",
                "leginfo, read 19 Nov 2026",
            ),
            Ground(
                "Gov. Code § 7927.705",
                "Other law",
                "Records whose disclosure is exempted or prohibited under federal or state law.",
                "leginfo, read 19 Nov 2026",
            ),
        ),
        "searches": (
            Search(
                "2026-11-19T17:00:00Z",
                "“summer camp” OR campamento",
                "from 1 May 2026",
                "public records, private messages",
                164,
                True,
            ),
            Search("2026-11-19T17:10:00Z", '水费 OR "water rate"', "", "public records", 12, False),
        ),
        "coverage": (
            Coverage(
                "x",
                ("@AlderGlenParks", "@AlderGlenPD"),
                (
                    Held(
                        ("posts", "profile"),
                        (Stated("3 Mar 2024 to 15 Aug 2026", "complete", ""),),
                    ),
                    Held(
                        ("messages",),
                        (
                            Stated("the beginning to 2 Mar 2024", "partial", DELETED),
                            Stated("3 Mar 2024 to 9 Mar 2024", "", "no run covered this time"),
                            Stated("10 Mar 2024 to 15 Aug 2026", "none", "the token had expired"),
                        ),
                    ),
                ),
            ),
            Coverage("bluesky", ("@library.alderglen.example.org",), ()),
        ),
        "earlier_volumes": 0,
    }
    return Release(**{**values, **changes})
