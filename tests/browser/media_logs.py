"""Logs with every kind of data that has cards: two runs; all tells which run and step it is of."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import numpy as np
from tensorboardX import SummaryWriter
from tensorboardX.proto.summary_pb2 import Summary

if TYPE_CHECKING:
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
