"""Audio: clips as WAV, 16 bits a sample."""

from __future__ import annotations

import io

from farboard.writer import wire

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_FULL_SCALE = 32767
_MAX_CHANNELS = 2


def frames_of(clip: NDArray[Any]) -> NDArray[Any]:
    """Bring a clip into the shape [frames, channels].

    One channel may have any axes of length 1 besides; two channels come as [frames, 2] or
    [2, frames].

    Raises:
        ValueError: it is empty, or has more than two channels.
    """
    if clip.size == 0:
        raise ValueError("the clip has no samples")
    if clip.size == max(clip.shape, default=1):
        return clip.reshape(-1, 1)
    sizes = [size for size in clip.shape if size != 1]
    squeezed = clip.reshape(sizes)
    if len(sizes) == 2 and sizes[1] == _MAX_CHANNELS:
        return squeezed
    if len(sizes) == 2 and sizes[0] == _MAX_CHANNELS:
        return squeezed.T
    raise ValueError(f"a clip has one or two channels; its shape is {clip.shape}")


def audio_value(tag: str, frames: NDArray[Any], sample_rate: int) -> bytes:
    """Encode samples [frames, channels]: int16 as they are, others from [-1, 1], clipped."""
    import numpy as np

    if frames.dtype == np.int16:
        samples = frames.astype("<i2")
    else:
        if frames.dtype.kind in "iu":
            frames = frames.astype(np.float64)  # their own types do not reach to full scale
        if np.abs(frames).max() > 1:
            frames = frames.clip(-1, 1)
        with np.errstate(invalid="ignore"):
            samples = (frames * _FULL_SCALE).astype("<i2")
    length_frames, channels = samples.shape
    content = (
        wire.single(1, sample_rate)
        + wire.integer(2, channels)
        + wire.integer(3, length_frames)
        + wire.message(4, _wav(samples.tobytes(), channels, sample_rate))
        + wire.text(5, "audio/wav")
    )
    return wire.text(1, tag) + wire.message(6, content)


def _wav(samples: bytes, channels: int, sample_rate: int) -> bytes:
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(sample_rate)
        file.writeframes(samples)
    return out.getvalue()
