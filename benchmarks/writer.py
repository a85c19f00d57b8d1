"""Measures what logging costs the training: the time its own thread spends in `add_scalar`.

A training step is imitated by work of a few milliseconds in numpy, which like most of a training
leaves the interpreter to others for part of the time. Ten scalars are logged each step. Three times
are told apart: how long each call took, on the clock (what the training waits, other threads
included); the processor time of the calling thread; and, in a loop that does nothing else, the
worst case, how many values a second get through. tensorboardX, whose class is PyTorch's in design,
does the same in the same run, turn and turn about; so does PyTorch's own where it is installed, and
a class that only appends to a list: after a step of work caches are cold, and any call costs more.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib import metadata
from typing import TYPE_CHECKING, Any

import numpy as np
import tensorboardX
from rich.console import Console
from rich.table import Table

from benchmarks.machine import describe_machine, write_result
from farboard.writer.summary_writer import SummaryWriter

try:
    from torch.utils.tensorboard import SummaryWriter as PyTorchWriter
except ImportError:
    PyTorchWriter = None

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SCALARS_PER_STEP = 10
_MATRIX = 160
_US = 1e6
_WARM_UP = 200


class BareCall:
    """The least that any method written in Python can cost: it appends to a list."""

    def __init__(self, _directory: str) -> None:
        self._kept: list[tuple[str, float, int]] = []

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        """Keep a value."""
        self._kept.append((tag, value, step))

    def flush(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


WRITERS: dict[str, Callable[[str], Any]] = {
    "farboard": SummaryWriter,
    "tensorboardX": tensorboardX.SummaryWriter,
    "a bare call": BareCall,
}
if PyTorchWriter is not None:
    WRITERS["PyTorch"] = PyTorchWriter


def in_a_training(make: Callable[[str], Any], steps: int) -> dict[str, float]:
    """Log beside work; return times of calls in microseconds."""
    matrix = np.random.default_rng(0).random((_MATRIX, _MATRIX))
    tags = [f"train/metric{number}" for number in range(_SCALARS_PER_STEP)]
    calls_s: list[float] = []
    used_s = 0.0
    with tempfile.TemporaryDirectory() as directory:
        writer = make(directory)
        _warm_up(writer)
        for step in range(steps):
            for _ in range(4):
                matrix = np.tanh(matrix @ matrix.T / _MATRIX)
            if step % 2:  # one clock at a time: looking at it costs as much as logging
                before_s = time.thread_time()
                for tag in tags:
                    writer.add_scalar(tag, 0.5, step)
                used_s += time.thread_time() - before_s
                continue
            for tag in tags:
                begin_s = time.perf_counter()
                writer.add_scalar(tag, 0.5, step)
                calls_s.append(time.perf_counter() - begin_s)
        writer.close()
    calls_s.sort()
    count = len(calls_s)
    return {
        "median_us": statistics.median(calls_s) * _US,
        "mean_us": sum(calls_s) / count * _US,
        "p99_us": calls_s[int(count * 0.99)] * _US,
        "cpu_us": used_s / count * _US,
    }


def at_full_speed(make: Callable[[str], Any], values: int) -> dict[str, float]:
    """Do nothing but log; return values a second until all are in the file."""
    with tempfile.TemporaryDirectory() as directory:
        writer = make(directory)
        _warm_up(writer)
        begin_s = time.perf_counter()
        for step in range(values):
            writer.add_scalar("train/loss", step * 0.5, step)
        called_s = time.perf_counter() - begin_s
        writer.flush()
        written_s = time.perf_counter() - begin_s
        writer.close()
    return {"call_us": called_s / values * _US, "written_per_s": values / written_s}


def _warm_up(writer: Any) -> None:
    for step in range(_WARM_UP):
        writer.add_scalar("warm", 0.5, step)
    writer.flush()


def import_ms(clock: str, rounds: int = 15) -> float:
    """Return how long `from farboard import SummaryWriter` takes in a new interpreter."""
    code = (
        f"import time; begin = time.{clock}(); from farboard import SummaryWriter; "
        f"print(time.{clock}() - begin)"
    )
    command = [sys.executable, "-c", code]
    # Compiled beforehand, as an installed package is.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    times_s = [
        float(
            subprocess.run(
                command, capture_output=True, check=True, text=True, env=environment
            ).stdout
        )
        for _ in range(rounds)
    ]
    return round(statistics.median(times_s) * 1000, 1)


def measure(rounds: int, steps: int, values: int) -> dict[str, Any]:
    """Return the medians of all rounds for each writer."""
    found: dict[str, list[dict[str, float]]] = {name: [] for name in WRITERS}
    for _ in range(rounds):
        for name, make in WRITERS.items():
            found[name].append(in_a_training(make, steps) | at_full_speed(make, values))
    return {
        name: {key: round(statistics.median(one[key] for one in rows), 3) for key in rows[0]}
        for name, rows in found.items()
    }


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--values", type=int, default=50_000)
    arguments = parser.parse_args()
    writers = measure(arguments.rounds, arguments.steps, arguments.values)
    ours, theirs = writers["farboard"], writers["tensorboardX"]
    times = {key: round(theirs[key] / ours[key], 1) for key in ours if key.endswith("_us")}
    result = {
        "what": "time of the calling thread per add_scalar",
        "machine": describe_machine(),
        "tensorboardX": metadata.version("tensorboardX"),
        **({} if PyTorchWriter is None else {"PyTorch": metadata.version("torch")}),
        "rounds": arguments.rounds,
        "steps": arguments.steps,
        "scalars_per_step": _SCALARS_PER_STEP,
        "values_at_full_speed": arguments.values,
        "writers": writers,
        "times_less": times,
        "import_ms": import_ms("perf_counter"),
        "import_cpu_ms": import_ms("process_time"),
    }
    table = Table("", *WRITERS, "times less", caption="times less than tensorboardX")
    for key in ours:
        cells = (f"{writers[name][key]:,.2f}" for name in WRITERS)
        table.add_row(key, *cells, str(times.get(key, "")))
    Console().print(table)
    Console().print(f"import: {result['import_ms']} ms, {result['import_cpu_ms']} of it busy")
    path: Path = write_result("writer", result)
    Console().print(f"written to {path}")


if __name__ == "__main__":
    main()
