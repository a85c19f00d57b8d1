"""Logs with every kind of data that has cards: two runs; all tells which run and step it is of."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from tensorboardX import SummaryWriter
from tensorboardX.proto.summary_pb2 import Summary, SummaryMetadata
from tensorboardX.proto.tensor_pb2 import TensorProto
from tensorboardX.proto.tensor_shape_pb2 import TensorShapeProto

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

STEPS = (0, 10, 20, 30, 40)
RUNS = ("first", "second")
SAMPLE_RATE_HZ = 8000


def picture(run: str, step: int) -> npt.NDArray[np.uint8]:
    """48 wide, 32 high: red grows with the step, `second` is bluer, the left top pixel is white."""
    image = np.zeros((32, 48, 3), np.uint8)
    image[..., 0] = 50 + step * 5
    image[..., 2] = 200 if run == "second" else 20
    image[0, 0] = 255
    return image


def tone(frequency_hz: float, seconds: float = 1.0) -> bytes:
    """A sine as PCM of 16 bits, one channel, half as loud as can be."""
    times_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    samples = 0.5 * np.sin(2 * np.pi * frequency_hz * times_s)
    return (samples * 32767).astype("<i2").tobytes()


def add_sound(writer: SummaryWriter, tag: str, pcm: bytes, step: int) -> None:
    """As `add_audio` writes it, which needs a library for the sake of this header."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(SAMPLE_RATE_HZ)
        sound.writeframes(pcm)
    audio = Summary.Audio(
        sample_rate=SAMPLE_RATE_HZ,
        num_channels=1,
        length_frames=len(pcm) // 2,
        encoded_audio_string=file.getvalue(),
        content_type="audio/wav",
    )
    writer.file_writer.add_summary(Summary(value=[Summary.Value(tag=tag, audio=audio)]), step)


def strings_value(
    tag: str, plugin: str, strings: Sequence[bytes], shape: Sequence[int]
) -> Summary.Value:
    """A tensor of strings of any shape, as TensorFlow 2 writes images and texts."""
    dims = [TensorShapeProto.Dim(size=size) for size in shape]
    tensor = TensorProto(
        dtype="DT_STRING", string_val=strings, tensor_shape=TensorShapeProto(dim=dims)
    )
    metadata = SummaryMetadata(plugin_data=SummaryMetadata.PluginData(plugin_name=plugin))
    return Summary.Value(tag=tag, metadata=metadata, tensor=tensor)


def images_value(tag: str, samples: Sequence[npt.NDArray[np.uint8]]) -> Summary.Value:
    """Several pictures of one size at one step."""
    encoded = []
    for sample in samples:
        file = io.BytesIO()
        Image.fromarray(sample).save(file, "PNG")
        encoded.append(file.getvalue())
    height, width = samples[0].shape[:2]
    strings = [str(width).encode(), str(height).encode(), *encoded]
    return strings_value(tag, "images", strings, [len(strings)])


def write_media_logs(directory: Path) -> None:
    """Each kind has a tag in a section of its own name and one beside the scalars of `train`."""
    for number, run in enumerate(RUNS):
        writer = SummaryWriter(str(directory / run))
        noise = np.random.default_rng(number)
        for step in STEPS:
            writer.add_scalar("train/loss", 1 / (1 + step) + number, step)
            writer.add_image("train/sample", picture(run, step), step, dataformats="HWC")
            writer.add_histogram("train/weights", noise.normal(number, 1 + step / 20, 2000), step)
            writer.add_text(
                "notes/config", f"# {run} at {step}\n\n| a | b |\n|---|---|\n| 1 | {step} |", step
            )
            add_sound(writer, "sounds/tone", tone(220 + 10 * step), step)
            labels = noise.integers(0, 2, 200)
            guesses = np.clip(labels * 0.3 + noise.uniform(0, 0.7, 200), 0, 1)
            writer.add_pr_curve("quality/pr", labels, guesses, step, num_thresholds=51)
        writer.add_custom_scalars({"overview": {"losses": ["Multiline", ["train/.*"]]}})
        writer.close()
