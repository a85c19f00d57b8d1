"""The runs of the demo: one training with several learning rates, side by side in one thread."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from farboard.demo.training import Settings, train
from farboard.writer.summary_writer import SummaryWriter

if TYPE_CHECKING:
    import threading
    from pathlib import Path

RUNS = (
    Settings("lr=0.001", 0.001),  # too small: not done when the time is over
    Settings("lr=0.003", 0.003),
    Settings("lr=0.01", 0.01),
    Settings("lr=0.03,cosine", 0.03, cosine=True),  # the winner
    Settings("lr=0.15", 0.15),  # too large: jumps about and never settles
)


def train_all(
    directory: Path,
    *,
    steps: int,
    steps_per_s: float | None,
    stop: threading.Event,
) -> None:
    """Train all runs at once, each into its own sub-directory, until done or told to stop.

    `steps` and the pace `steps_per_s` are those of each run; no pace is as fast as it goes.
    """
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(SummaryWriter(directory / run.name)) for run in RUNS]
        trainings = [train(run, steps) for run in RUNS]
        start_s = time.monotonic()
        for step, results in enumerate(zip(*trainings, strict=True)):
            for writer, scalars in zip(writers, results, strict=True):
                for tag, value in scalars.items():
                    writer.add_scalar(tag, value, step)
            due_in_s = start_s + step / steps_per_s - time.monotonic() if steps_per_s else 0.0
            if stop.wait(due_in_s) if due_in_s > 0 else stop.is_set():
                return
