"""Photographs drawn by code."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from archiver.demo.pictures import GIF, JPEG, PNG, Picture, draw, short_video

SCENES = ("closed", "map", "flyer", "pool", "street", "badge", "header")


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("media_type", [JPEG, PNG, GIF])
def test_a_scene_is_drawn_in_every_format(scene: str, media_type: str) -> None:
    picture = Picture(scene, "Riverbend Park is closed", 1, media_type)
    with Image.open(io.BytesIO(draw(picture))) as image:
        assert Image.MIME[image.format or ""] == media_type
        assert image.width >= 320
    assert "Riverbend Park is closed" in picture.alt_text


def test_the_same_recipe_draws_the_same_bytes_and_another_variant_others() -> None:
    once = draw(Picture("closed", "Closed", 4))
    draw.cache_clear()
    assert draw(Picture("closed", "Closed", 4)) == once
    assert draw(Picture("closed", "Closed", 5)) != once


def test_a_long_caption_is_broken_into_lines() -> None:
    assert draw(Picture("flyer", "word " * 40))


def test_a_video_opens_like_an_mp4() -> None:
    assert short_video(3)[4:12] == b"ftypisom"
    assert short_video(3) != short_video(4)
