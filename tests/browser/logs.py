"""The logs that the tests look at: few runs in which every curve is somewhere of its own."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

from tensorboardX import SummaryWriter as OtherWriter

from farboard.writer.summary_writer import SummaryWriter

if TYPE_CHECKING:
    from pathlib import Path

STEPS = 10_000
LEVELS = {"fast": 1.0, "slow": 2.0, "restarted": 3.0}
SHORT_STEPS = 101


def noise(run: str) -> list[float]:
    """Values about the run's level."""
    source = random.Random(run)
    return [LEVELS[run] + source.uniform(-0.3, 0.3) for _ in range(STEPS)]


def decay(step: int) -> float:
    """Four decades down, evenly on a logarithmic axis."""
    return float(10 ** (-4 * step / (SHORT_STEPS - 1)))


def write_logs(directory: Path) -> None:
    """Three runs with tags in five groups."""
    for run in ("fast", "slow"):
        with SummaryWriter(directory / run, max_queue=1000) as writer:
            for step, value in enumerate(noise(run)):
                writer.add_scalar("train/loss", value, step)
    for run, level in LEVELS.items():
        other = OtherWriter(str(directory / run), filename_suffix=".flat")
        for step in range(SHORT_STEPS):
            other.add_scalar("flat/level", level, step)
        other.close()
    with SummaryWriter(directory / "fast", filename_suffix=".more") as writer:
        for step in range(SHORT_STEPS):
            writer.add_scalar("val/decay", decay(step), step)
        for step, value in enumerate(_with_gaps()):
            writer.add_scalar("grad/norm", value, step)
    _write_restart(directory / "restarted")


def _with_gaps() -> list[float]:
    gaps = {5: math.nan, 10: math.inf, 15: -math.inf}
    return [gaps.get(step, 1.0) for step in range(21)]


def _write_restart(directory: Path) -> None:
    """Steps 0 to 99 at 1.93; then again from 50 to 100 at 1."""
    with SummaryWriter(directory, filename_suffix=".1") as writer:
        for step in range(100):
            writer.add_scalar("restart/loss", 1.93, step, walltime=1_700_000_000 + step)
    with SummaryWriter(directory, purge_step=50, filename_suffix=".2") as writer:
        for step in range(50, 101):
            writer.add_scalar("restart/loss", 1.0, step, walltime=1_700_001_000 + step)
