"""Videos: frames of a batch side by side, as an animated GIF."""

from __future__ import annotations

import io

from farboard.writer.image import encoded_image_value, to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_MS_PER_S = 1000


def check_video(frames: NDArray[Any]) -> None:
    """Refuse what is no batch of videos.

    Raises:
        ValueError: the shape is not [batch, time, channels, height, width] with 1 or 3 channels.
    """
    if frames.ndim != 5 or frames.shape[2] not in (1, 3) or frames.size == 0:
        raise ValueError(
            "a video has the shape [batch, time, channels, height, width] with 1 or 3 channels, "
            f"not {frames.shape}"
        )


def video_value(tag: str, frames: NDArray[Any], fps: float) -> bytes:
    """Encode videos [batch, time, channels, height, width] as one GIF that repeats for ever.

    GIF counts in hundredths of a second: `fps` is rounded to what it can say.
    """
    from PIL import Image

    pictures = [Image.fromarray(picture) for picture in side_by_side(to_bytes(frames))]
    out = io.BytesIO()
    pictures[0].save(
        out,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=max(10, round(_MS_PER_S / fps)),
        loop=0,
    )
    width, height = pictures[0].size
    return encoded_image_value(tag, height, width, 3, out.getvalue())


def side_by_side(frames: NDArray[Any]) -> NDArray[Any]:
    """Lay a batch out as [time, height, width, 3]; as PyTorch does, in a power of two of places."""
    import numpy as np

    count, time, channels, height, width = frames.shape
    places = 1 << (count - 1).bit_length()
    rows = 1 << ((count.bit_length() - 1) // 2)
    columns = places // rows
    canvas = np.zeros((places, time, 3, height, width), dtype=frames.dtype)
    canvas[:count] = np.repeat(frames, 3, axis=2) if channels == 1 else frames
    canvas = canvas.reshape(rows, columns, time, 3, height, width).transpose(2, 0, 4, 1, 5, 3)
    return canvas.reshape(time, rows * height, columns * width, 3)
