"""Images: pixels in any order of axes, as PNG."""

from __future__ import annotations

import io
import math

from farboard.errors import FarboardError
from farboard.writer import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from numpy.typing import NDArray
    from PIL.Image import Image

GRID_COLUMNS = 8
_BOX_WIDTH_PX = 2
_BOX_COLOR, _LABEL_COLOR = "Red", "black"
_CHANNELS = (1, 2, 3, 4)


class Boxes:
    """Rectangles to be drawn into an image.

    Args:
        corners: [n, 4]: left, top, right, bottom in pixels.
        labels: one for each.
    """

    def __init__(self, corners: NDArray[Any], labels: Sequence[str] | None) -> None:
        self.corners = corners
        self.labels = labels


def to_hwc(pixels: NDArray[Any], dataformats: str) -> NDArray[Any]:
    """Bring pixels into the shape [height, width, channels]; one channel becomes three.

    `dataformats` names the axes: two, three or four of H, W, C and N. Images of a batch (N) are
    laid out in a grid of eight columns.

    Raises:
        ValueError: names and axes do not agree, or there are no pixels.
    """
    import numpy as np

    axes = dataformats.upper()
    wanted = {2: "HW", 3: "HWC", 4: "NHWC"}.get(len(axes), "")
    if sorted(axes) != sorted(wanted):
        raise ValueError(f"dataformats has to be made of HW, HWC or NHWC, not {dataformats!r}")
    if pixels.ndim != len(axes):
        raise ValueError(f"dataformats {dataformats!r} does not fit the shape {pixels.shape}")
    if pixels.size == 0:
        raise ValueError(f"an image of the shape {pixels.shape} has no pixels")
    pixels = pixels.transpose([axes.index(axis) for axis in wanted])
    if len(axes) == 2:
        return np.stack([pixels] * 3, axis=2)
    if len(axes) == 4:
        return grid(pixels)
    if pixels.shape[2] not in _CHANNELS:
        raise ValueError(f"an image has 1 to 4 channels, not {pixels.shape[2]}")
    return np.concatenate([pixels] * 3, axis=2) if pixels.shape[2] == 1 else pixels


def grid(images: NDArray[Any], columns: int = GRID_COLUMNS) -> NDArray[Any]:
    """Lay images [n, height, width, 1 or 3 channels] out in rows, from the top left.

    Raises:
        ValueError: they have another number of channels.
    """
    import numpy as np

    count, height, width, channels = images.shape
    if channels not in (1, 3):
        raise ValueError(f"the images of a batch have 1 or 3 channels, not {channels}")
    columns = min(count, columns)
    rows = math.ceil(count / columns)
    canvas = np.zeros((rows * columns, height, width, 3), dtype=images.dtype)
    canvas[:count] = images
    canvas = canvas.reshape(rows, columns, height, width, 3).swapaxes(1, 2)
    return canvas.reshape(rows * height, columns * width, 3)


def to_bytes(pixels: NDArray[Any]) -> NDArray[Any]:
    """Bring pixels to 0 to 255: uint8 as they are, all others from [0, 1], the rest clipped."""
    import numpy as np

    if pixels.dtype == np.uint8:
        return pixels
    with np.errstate(all="ignore"):
        scaled: NDArray[Any] = (pixels.astype(np.float32) * 255).clip(0, 255).astype(np.uint8)
    return scaled


def image_value(
    tag: str, pixels: NDArray[Any], rescale: float = 1, boxes: Boxes | None = None
) -> bytes:
    """Encode pixels [height, width, channels] as PNG, boxes drawn first, then scaled."""
    from PIL import Image

    height, width, channels = pixels.shape
    picture = Image.fromarray(to_bytes(pixels))
    if boxes is not None:
        _draw(picture, boxes)
    if rescale != 1:
        size = max(1, int(width * rescale)), max(1, int(height * rescale))
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    return encoded_image_value(tag, height, width, channels, png(picture))


def encoded_image_value(tag: str, height: int, width: int, channels: int, encoded: bytes) -> bytes:
    """Encode an image that is a file already."""
    content = (
        wire.integer(1, height)
        + wire.integer(2, width)
        + wire.integer(3, channels)
        + wire.message(4, encoded)
    )
    return wire.text(1, tag) + wire.message(4, content)


def png(picture: Image) -> bytes:
    """Return the bytes of a PNG file."""
    out = io.BytesIO()
    picture.save(out, format="PNG")
    return out.getvalue()


def import_pillow() -> None:
    """Make sure that there is pillow.

    Raises:
        FarboardError: it is not installed.
    """
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        raise FarboardError(
            "images need pillow, which is not installed", "pip install 'farboard[train]'"
        ) from None


def _draw(picture: Image, boxes: Boxes) -> None:
    from PIL import ImageDraw, ImageFont

    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default()
    labels = boxes.labels or [""] * len(boxes.corners)
    for (left, top, right, bottom), label in zip(boxes.corners.tolist(), labels, strict=True):
        outline = [(left, top), (left, bottom), (right, bottom), (right, top), (left, top)]
        draw.line(outline, width=_BOX_WIDTH_PX, fill=_BOX_COLOR)
        if not label:
            continue
        begin_x, begin_y, end_x, end_y = font.getbbox(label)
        text_width, text_height = end_x - begin_x, end_y - begin_y
        margin = math.ceil(0.05 * text_height)
        text_top = bottom - text_height - margin
        draw.rectangle([(left, text_top - margin), (left + text_width, bottom)], fill=_BOX_COLOR)
        draw.text((left + margin, text_top), label, fill=_LABEL_COLOR, font=font)
