"""Images and videos in any order of axes and of any type: the pixels come back."""

from __future__ import annotations

import io
import itertools
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image
from tensorboard.compat.proto import summary_pb2

from farboard.errors import FarboardError
from farboard.writer import image
from farboard.writer.image import grid, image_value, to_bytes, to_hwc
from farboard.writer.summary_writer import SummaryWriter
from farboard.writer.video import check_video, side_by_side, video_value

SIDES = st.integers(1, 9)


def decoded(value: bytes) -> tuple[summary_pb2.Summary.Image, np.ndarray]:
    message = summary_pb2.Summary.Value.FromString(value).image
    return message, np.asarray(Image.open(io.BytesIO(message.encoded_image_string)))


@settings(max_examples=80, deadline=None)
@given(st.data(), SIDES, SIDES, st.sampled_from([1, 2, 3, 4]), st.permutations("HWC"))
def test_pixels_of_any_order_come_back(
    data: st.DataObject, height: int, width: int, channels: int, order: list[str]
) -> None:
    pixels = data.draw(arrays.arrays("u1", (height, width, channels)))
    given_pixels = pixels.transpose(["HWC".index(axis) for axis in order])
    message, found = decoded(image_value("x", to_hwc(given_pixels, "".join(order).lower())))
    expected = np.concatenate([pixels] * 3, axis=2) if channels == 1 else pixels
    assert (found == expected).all()
    assert (message.height, message.width) == (height, width)
    assert message.colorspace == expected.shape[2]


@settings(max_examples=60, deadline=None)
@given(arrays.arrays("f8", (3, 2, 3), elements=st.floats(width=64)))
def test_floats_are_scaled_and_clipped(pixels: np.ndarray) -> None:
    scaled = to_bytes(pixels)
    for value, byte in zip(pixels.ravel(), scaled.ravel(), strict=True):
        if not np.isnan(value):
            assert abs(int(byte) - min(max(float(value) * 255, 0), 255)) <= 1


@pytest.mark.parametrize("order", ["".join(p) for p in itertools.permutations("NHWC")])
def test_batches_are_laid_out_in_rows_of_eight(order: str) -> None:
    batch = np.random.default_rng(0).integers(0, 256, (11, 3, 4, 3), dtype=np.uint8)
    sheet = to_hwc(batch.transpose(["NHWC".index(axis) for axis in order]), order)
    assert sheet.shape == (6, 32, 3)
    for number, picture in enumerate(batch):
        row, column = divmod(number, 8)
        assert (sheet[3 * row : 3 * row + 3, 4 * column : 4 * column + 4] == picture).all()
    assert not sheet[3:, 12:].any()


@pytest.mark.parametrize(
    ("shape", "dataformats"),
    [
        ((3, 4, 4), "HW"),
        ((4, 4), "CHW"),
        ((3, 4, 4), "CCW"),
        ((3, 4, 4), "XYZ"),
        ((3, 4, 4), "H"),
        ((5, 4, 4), "CHW"),
        ((2, 4, 4, 4), "NCHW"),
        ((3, 0, 4), "CHW"),
        ((0, 3, 4, 4), "NCHW"),
    ],
)
def test_what_is_no_image_is_refused(shape: tuple[int, ...], dataformats: str) -> None:
    with pytest.raises(ValueError, match=r"image|dataformats"):
        to_hwc(np.zeros(shape, dtype=np.uint8), dataformats)


def test_grey_batches_have_three_channels() -> None:
    sheet = grid(np.full((2, 3, 3, 1), 7, dtype=np.uint8))
    assert sheet.shape == (3, 6, 3)
    assert (sheet == 7).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 4), st.sampled_from([1, 3]))
def test_frames_are_side_by_side(count: int, time: int, channels: int) -> None:
    rng = np.random.default_rng(count)
    frames = rng.integers(0, 256, (count, time, channels, 2, 3), dtype=np.uint8)
    check_video(frames)
    laid = side_by_side(frames)
    _, height, width, _ = laid.shape
    columns = width // 3
    for number in range(count):
        row, column = divmod(number, columns)
        part = laid[:, 2 * row : 2 * row + 2, 3 * column : 3 * column + 3]
        assert (part == frames[number].transpose(0, 2, 3, 1)).all()
    assert height * width // 6 < 2 * max(count, 1) + 1


def test_a_gif_shows_each_frame_for_its_time() -> None:
    frames = np.zeros((1, 3, 3, 4, 4), dtype=np.uint8)
    frames[0, 1], frames[0, 2] = 90, 200
    message = summary_pb2.Summary.Value.FromString(video_value("x", frames, 25.0)).image
    gif = Image.open(io.BytesIO(message.encoded_image_string))
    assert gif.info["loop"] == 0
    for number, level in enumerate([0, 90, 200]):
        gif.seek(number)
        assert gif.info["duration"] == 40
        assert (np.asarray(gif.convert("RGB")) == level).all()


@pytest.mark.parametrize("shape", [(4, 3, 8, 8), (1, 4, 2, 8, 8), (1, 0, 3, 8, 8)])
def test_what_is_no_video_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="a video has the shape"):
        check_video(np.zeros(shape, dtype=np.uint8))


def test_boxes_are_drawn_where_they_are(tmp_path: object) -> None:
    pixels = np.zeros((40, 60, 3), dtype=np.uint8)
    boxes = image.Boxes(np.array([[5, 10, 50, 30]]), None)
    _, found = decoded(image_value("x", pixels, boxes=boxes))
    assert (found[20, 5] == [255, 0, 0]).all()
    assert (found[10, 30] == [255, 0, 0]).all()
    assert not found[20, 30].any()
    assert not found[35].any()
    writer = SummaryWriter(str(tmp_path))
    with pytest.raises(ValueError, match="boxes have the shape"):
        writer.add_image_with_boxes("x", pixels, np.zeros(4), dataformats="HWC")
    writer.close()


def test_without_pillow_it_says_what_to_install(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    writer = SummaryWriter(str(tmp_path))
    with pytest.raises(FarboardError, match="images need pillow") as caught:
        writer.add_image("x", np.zeros((3, 2, 2)))
    assert "farboard[train]" in caught.value.hint
    writer.close()
