"""Photographs that were never taken: signs, maps, flyers, a pool and a street, drawn by code.

Lettering uses the font inside Pillow, so nothing has to be installed.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from archiver.demo.dice import Dice, seed_of

WIDTH, HEIGHT = 960, 540
JPEG, PNG, GIF = "image/jpeg", "image/png", "image/gif"
EXTENSIONS = {JPEG: "jpg", PNG: "png", GIF: "gif"}

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """How to draw a picture again: the scene, the words in it, which variant, which format."""

    scene: str
    caption: str
    variant: int = 0
    media_type: str = JPEG

    @property
    def alt_text(self) -> str:
        """What a person who cannot see it is told."""
        return _ALT[self.scene].format(caption=self.caption)

    @property
    def extension(self) -> str:
        """The ending of its file name."""
        return EXTENSIONS[self.media_type]


_ALT = {
    "closed": "A white sign on a chain-link fence in front of a lawn: {caption}",
    "map": "Street map with a red closed section and an orange detour: {caption}",
    "flyer": "Flyer of the city with a green band: {caption}",
    "pool": "Outdoor swimming pool with four lanes under a clear sky: {caption}",
    "street": "Street with trees, two houses and a traffic cone: {caption}",
    "badge": "Round badge with the letters {caption}",
    "header": "Hills above the rooftops of Alder Glen: {caption}",
}


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _write(
    pen: ImageDraw.ImageDraw,
    box: tuple[int, int, int, int],
    text: str,
    size: int,
    ink: Colour = (28, 30, 34),
) -> None:
    """Break the words into lines that fit the box and centre them."""
    left, top, right, bottom = box
    font = _font(size)
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and pen.textlength(longer, font=font) > right - left:
            lines.append(line)
            longer = word
        line = longer
    lines.append(line)
    height = int(size * 1.25)
    y = top + max(0, (bottom - top - height * len(lines)) // 2)
    for row in lines:
        width = pen.textlength(row, font=font)
        pen.text((left + (right - left - width) / 2, y), row, font=font, fill=ink)
        y += height


def _sky(pen: ImageDraw.ImageDraw, dice: Dice) -> None:
    top = dice.pick([(126, 178, 221), (214, 178, 140), (160, 190, 205)])
    for y in range(0, HEIGHT, 6):
        fade = y / HEIGHT
        colour = tuple(int(part + (245 - part) * fade) for part in top)
        pen.rectangle((0, y, WIDTH, y + 6), fill=colour)


def _tree(pen: ImageDraw.ImageDraw, x: int, y: int, size: int, green: Colour) -> None:
    pen.rectangle((x - size // 10, y - size, x + size // 10, y), fill=(96, 70, 50))
    pen.ellipse((x - size // 2, y - size * 2, x + size // 2, y - size // 2), fill=green)


def _closed(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    _sky(pen, dice)
    pen.rectangle((0, 330, WIDTH, HEIGHT), fill=(98, 140, 74))
    for _ in range(6):
        green = (dice.between(40, 80), dice.between(100, 140), dice.between(50, 70))
        _tree(pen, dice.below(WIDTH), dice.between(320, 360), dice.between(70, 130), green)
    for x in range(-HEIGHT, WIDTH, 36):
        pen.line((x, 250, x + 290, HEIGHT), fill=(150, 152, 155), width=2)
        pen.line((x + 290, 250, x, HEIGHT), fill=(150, 152, 155), width=2)
    pen.rectangle((250, 180, 710, 430), fill=(252, 252, 250), outline=(176, 42, 42), width=12)
    pen.rectangle((262, 192, 698, 250), fill=(176, 42, 42))
    pen.text((380, 196), "PARK CLOSED", font=_font(38), fill=(255, 255, 255))
    _write(pen, (275, 255, 685, 420), caption, 30)


def _map(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=(238, 235, 226))
    for x in range(60, WIDTH, 140):
        pen.line((x, 0, x + dice.between(-20, 20), HEIGHT), fill=(255, 255, 255), width=16)
    for y in range(60, HEIGHT, 110):
        pen.line((0, y, WIDTH, y + dice.between(-15, 15)), fill=(255, 255, 255), width=16)
    pen.polygon([(620, 60), (760, 70), (750, 200), (610, 190)], fill=(186, 214, 170))
    pen.line((200, 280, 620, 280), fill=(190, 40, 40), width=14)
    pen.line((200, 280, 200, 400), fill=(230, 130, 30), width=10)
    pen.line((200, 400, 620, 400), fill=(230, 130, 30), width=10)
    pen.line((620, 400, 620, 280), fill=(230, 130, 30), width=10)
    pen.rectangle((40, 440, 920, 525), fill=(255, 255, 255), outline=(60, 60, 60), width=2)
    _write(pen, (50, 445, 910, 520), caption, 26)


def _flyer(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    paper = dice.pick([(252, 250, 240), (243, 248, 252), (250, 245, 250)])
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=paper)
    pen.rectangle((0, 0, WIDTH, 96), fill=(38, 92, 66))
    pen.text((40, 26), "City of Alder Glen", font=_font(40), fill=(255, 255, 255))
    for step in range(5):
        x = 120 + step * 180
        bright = (dice.between(150, 240), dice.between(120, 220), dice.between(80, 160))
        pen.ellipse((x - 40, 120, x + 40, 200), fill=bright)
    _write(pen, (60, 220, 900, 500), caption, 38)


def _pool(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    _sky(pen, dice)
    pen.rectangle((0, 200, WIDTH, HEIGHT), fill=(214, 206, 190))
    pen.polygon([(140, 250), (820, 250), (930, 500), (30, 500)], fill=(66, 158, 196))
    for lane in range(1, 4):
        pen.line((140 + lane * 170, 250, 30 + lane * 225, 500), fill=(240, 240, 240), width=4)
    for _ in range(40):
        x, y = dice.between(120, 830), dice.between(260, 490)
        pen.line((x, y, x + 24, y - 3), fill=(150, 210, 230), width=2)
    pen.rectangle((60, 40, 640, 120), fill=(255, 255, 255))
    _write(pen, (70, 44, 630, 116), caption, 26)


def _street(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    _sky(pen, dice)
    pen.rectangle((0, 300, WIDTH, HEIGHT), fill=(120, 140, 96))
    pen.polygon([(380, 300), (580, 300), (900, HEIGHT), (60, HEIGHT)], fill=(84, 86, 90))
    for step in range(6):
        y = 320 + step * 40
        pen.rectangle((474, y, 486, y + 22), fill=(232, 205, 92))
    for x in (90, 770):
        wall = (dice.between(160, 220), dice.between(130, 190), dice.between(110, 160))
        pen.rectangle((x, 190, x + 140, 310), fill=wall)
        pen.polygon([(x - 12, 190), (x + 152, 190), (x + 70, 130)], fill=(120, 60, 50))
    _tree(pen, 310, 330, 90, (70, 120, 64))
    pen.polygon([(640, 470), (690, 470), (665, 390)], fill=(232, 110, 40))
    pen.rectangle((20, 20, 560, 90), fill=(255, 255, 255))
    _write(pen, (26, 22, 552, 88), caption, 24)


def _badge(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=(236, 240, 234))
    tone = (dice.between(30, 90), dice.between(60, 120), dice.between(60, 130))
    pen.ellipse((240, 30, 720, 510), fill=tone)
    pen.ellipse((270, 60, 690, 480), fill=(250, 250, 246))
    _write(pen, (290, 120, 670, 420), caption, 84)


def _header(pen: ImageDraw.ImageDraw, dice: Dice, caption: str) -> None:
    _sky(pen, dice)
    for step, base in enumerate((300, 360, 420)):
        shade = 130 - step * 30
        ridge = [(x, base + dice.between(-40, 40)) for x in range(0, WIDTH + 80, 80)]
        pen.polygon([(0, HEIGHT), *ridge, (WIDTH, HEIGHT)], fill=(shade - 20, shade + 20, shade))
    _write(pen, (200, 420, 760, 530), caption, 44, (255, 255, 255))


_SCENES: dict[str, Callable[[ImageDraw.ImageDraw, Dice, str], None]] = {
    "closed": _closed,
    "map": _map,
    "flyer": _flyer,
    "pool": _pool,
    "street": _street,
    "badge": _badge,
    "header": _header,
}


@lru_cache(maxsize=64)
def draw(picture: Picture) -> bytes:
    """The bytes of the picture, the same for the same recipe and Pillow."""
    dice = Dice(seed_of(picture.variant, picture.scene))
    image = Image.new("RGB", (WIDTH, HEIGHT))
    _SCENES[picture.scene](ImageDraw.Draw(image), dice, picture.caption)
    buffer = io.BytesIO()
    if picture.media_type == PNG:
        image.quantize(64, Image.Quantize.FASTOCTREE).save(buffer, "PNG")
    elif picture.media_type == GIF:
        small = image.resize((320, 180))
        dimmed = small.point(lambda value: value * 0.7)
        small.save(buffer, "GIF", save_all=True, append_images=[dimmed], duration=400, loop=0)
    else:
        image.save(buffer, "JPEG", quality=80)
    return buffer.getvalue()


def short_video(seed: int) -> bytes:
    """A file with the opening of an MP4 and made-up frames: enough to store, hash and name."""
    brand = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41"
    frames = Dice(seed).octets(24_000)
    return brand + (len(frames) + 8).to_bytes(4, "big") + b"mdat" + frames
