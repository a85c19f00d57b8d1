"""The runs of the demo: one training with several learning rates, side by side in one thread."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from farboard.demo.boundary import boundary
from farboard.demo.network import probabilities
from farboard.demo.report import report
from farboard.demo.sound import SAMPLE_RATE_HZ, melody
from farboard.demo.training import Settings, Training
from farboard.writer.init import init

if TYPE_CHECKING:
    import threading
    from pathlib import Path

    from farboard.writer.custom_scalars import Layout
    from farboard.writer.summary_writer import SummaryWriter

RUNS = (
    Settings("lr=0.001", 0.001),  # too small: not done when the time is over
    Settings("lr=0.003", 0.003),
    Settings("lr=0.01", 0.01),
    Settings("lr=0.03,cosine", 0.03, cosine=True),  # the winner
    Settings("lr=0.15", 0.15),  # too large: jumps about and never settles
)

LOOK_EVERY_STEPS = 50
"""How often more than scalars is logged."""

_SYSTEM_INTERVAL_S = 2.0
_ABOUT = """Two hidden layers of {width} units learn which of two spirals a point belongs to.

- `train/…`: each batch of {batch}
- `val/…`: points it has never seen
- `boundary`: what it would say, for the whole plane
- `sound`: its loss so far, from high notes to low ones
"""
_LAYOUT: Layout = {
    "overview": {
        "loss": ["Multiline", ["train/loss$", "val/loss$"]],
        "validation loss, with two standard errors": [
            "Margin",
            ["val/loss", "val/loss_low", "val/loss_high"],
        ],
    }
}


class Run:
    """One training and its log."""

    def __init__(self, directory: Path, settings: Settings, steps: int, *, system: bool) -> None:
        self.training = Training(settings, steps)
        config = asdict(settings)
        self.name = config.pop("name")
        self.writer: SummaryWriter = init(
            directory / self.name,
            {**config, "steps": steps},
            system_interval_s=_SYSTEM_INTERVAL_S if system else None,
        )
        self.writer.add_text("about", _ABOUT.format(width=settings.width, batch=settings.batch))
        self.writer.add_custom_scalars(_LAYOUT)
        self._losses: list[float] = []  # one for each look
        self._best = {"best/val_accuracy": 0.0}
        self._has_pillow = importlib.util.find_spec("PIL") is not None

    def log(self, scalars: dict[str, float], step: int) -> None:
        """Log a step; now and then also what the network looks like."""
        self.writer.log(scalars, step)
        accuracy = scalars.get("val/accuracy", 0.0)
        self._best["best/val_accuracy"] = max(self._best["best/val_accuracy"], accuracy)
        if step % LOOK_EVERY_STEPS == 0:
            self._losses.append(scalars["val/loss"])
            self._look(step)

    def finish(self, step: int) -> None:
        """Log what came out, and close."""
        self.writer.add_hparams({}, self._best, global_step=step)
        self.writer.close()

    def _look(self, step: int) -> None:
        network, validation = self.training.network, self.training.validation_set
        for number, weights in enumerate(network.parameters[::2], 1):
            self.writer.add_histogram(f"weights/layer{number}", weights, step, bins=30)
        logits = network.logits(validation.points)
        guesses = probabilities(logits)
        self.writer.add_pr_curve("val/arm1", validation.arms, guesses, step, num_thresholds=51)
        self.writer.add_text("val/report", report(logits, validation.arms), step)
        self.writer.add_audio("sound", melody(self._losses), step, SAMPLE_RATE_HZ)
        if self._has_pillow:
            picture = boundary(network, validation)
            self.writer.add_image("boundary", picture, step, dataformats="HWC")


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
    runs = [Run(directory, run, steps, system=run is RUNS[0]) for run in RUNS]
    start_s = time.monotonic()
    step = 0
    try:
        for step, results in enumerate(zip(*(run.training for run in runs), strict=True)):
            for run, scalars in zip(runs, results, strict=True):
                run.log(scalars, step)
            due_in_s = start_s + step / steps_per_s - time.monotonic() if steps_per_s else 0.0
            if stop.wait(due_in_s) if due_in_s > 0 else stop.is_set():
                return
    finally:
        for run in runs:
            run.finish(step)
