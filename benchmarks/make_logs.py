"""Makes event files to measure with: many runs, tags and steps, in the form PyTorch writes.

Everything is computed a column at a time over all steps of a run, the checksums too, so that 231 MB
take seconds. Equal shapes give equal bytes.
"""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from farboard.writer.checksum import TABLES
from farboard.writer.event import file_version_event
from farboard.writer.records import frame
from farboard.writer.scalar import scalar_event

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Floats = NDArray[np.float64]

DATA = Path(__file__).parent / "data"

_TAGS = [
    "train/loss",
    "train/accuracy",
    "train/perplexity",
    "train/learning_rate",
    "train/gradient_norm",
    "train/tokens_per_second",
    "train/seconds_per_step",
    "val/loss",
    "val/accuracy",
    "val/perplexity",
    "layers/0/weight_norm",
    "layers/0/gradient_norm",
    "layers/0/activation_mean",
    "layers/1/weight_norm",
    "layers/1/gradient_norm",
    "layers/1/activation_mean",
    "layers/2/weight_norm",
    "layers/2/gradient_norm",
    "system/gpu_memory_bytes",
    "system/gpu_utilization",
]

_START_S = 1_700_000_000.0
_STEP_S = 0.25
_HEADER_BYTES, _CHECKSUM_BYTES = 12, 4
_WALL_TIME_AT = _HEADER_BYTES + 1
_STEP_AT = _WALL_TIME_AT + 8 + 1
_MASK_DELTA = np.uint32(0xA282EAD8)
_CRC_TABLE = np.array(TABLES[0], dtype=np.uint32)


class Shape(NamedTuple):
    """How much to write."""

    runs: int = 20
    tags: int = 20
    steps: int = 10_000

    @property
    def series(self) -> int:
        """How many curves there are."""
        return self.runs * self.tags

    @property
    def points(self) -> int:
        """How many points all curves have together."""
        return self.series * self.steps

    def __str__(self) -> str:
        return "x".join(map(str, self))


def tag_names(count: int) -> list[str]:
    """Return names of a usual length; the first twenty have 18.8 characters in the mean."""
    names = []
    for i in range(count):
        again, which = divmod(i, len(_TAGS))
        names.append(_TAGS[which] + (f"/{again}" if again else ""))
    return names


def run_names(count: int) -> list[str]:
    """Return the runs' directories."""
    return [f"run-{i:02d}" for i in range(count)]


def make_logs(out: Path, shape: Shape) -> Path:
    """Return a logdir of this shape below `out`, made unless it is there already."""
    logdir = out / str(shape)
    if logdir.is_dir():
        return logdir
    unfinished = out / f"{shape}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    for index, run in enumerate(run_names(shape.runs)):
        directory = unfinished / run
        directory.mkdir(parents=True)
        path = directory / f"events.out.tfevents.{int(_START_S)}.bench.1.{index}"
        path.write_bytes(run_bytes(index, shape))
    unfinished.rename(logdir)
    return logdir


def run_bytes(run: int, shape: Shape) -> bytes:
    """Return one run's event file: step after step, each with one record per tag."""
    rng = np.random.default_rng([run, *shape])
    tags = tag_names(shape.tags)
    steps = np.arange(shape.steps)
    values = np.stack([_curve(rng, shape.steps) for _ in tags])
    parts = [frame(file_version_event(_START_S, "farboard benchmark"))]
    for first, last in _equally_long(shape.steps):
        parts.append(_records(tags, steps[first:last], values[:, first:last]).tobytes())
    return b"".join(parts)


def _curve(rng: np.random.Generator, steps: int) -> Floats:
    """Fall exponentially from a start to a floor, with noise."""
    start, floor, noise = rng.uniform((1.0, 0.0, 0.01), (10.0, 0.5, 0.2))
    time_constant = steps * rng.uniform(0.05, 0.5)
    fall: Floats = floor + (start - floor) * np.exp(-np.arange(steps) / time_constant)
    return fall + rng.normal(0.0, noise, steps)


def _equally_long(steps: int) -> list[tuple[int, int]]:
    """Cut the steps where their varint grows; 0 is not written at all, 128 takes two bytes."""
    cuts = [0, 1]
    while cuts[-1] < steps:
        cuts.append(128 if cuts[-1] == 1 else cuts[-1] * 128)
    return [(a, min(b, steps)) for a, b in itertools.pairwise(cuts)]


def _records(tags: list[str], steps: NDArray[np.int64], values: Floats) -> Bytes:
    """Return a row of bytes per step, for steps of one length: a record of each tag."""
    models = [frame(scalar_event(tag, 0.0, int(steps[0]), 1.0)) for tag in tags]
    row = np.frombuffer(b"".join(models), dtype=np.uint8)
    columns = np.repeat(row[:, None], len(steps), axis=1)  # byte positions first: fast to fill
    at = 0
    for i, (model, curve) in enumerate(zip(models, values, strict=True)):
        _fill(columns[at : at + len(model)], steps, curve, delay_s=i * 1e-4)
        at += len(model)
    return np.ascontiguousarray(columns.T)


def _fill(record: Bytes, steps: NDArray[np.int64], values: Floats, *, delay_s: float) -> None:
    """Write wall time, step, value and checksum into the copies of one tag's model record."""
    record[_WALL_TIME_AT : _WALL_TIME_AT + 8] = _little_endian(
        (_START_S + delay_s + steps * _STEP_S).astype("<f8")
    )
    rest, position = steps.copy(), _STEP_AT
    while rest[0] > 0:  # 7 bits a byte; the top bit says that more follow
        more = 0x80 if rest[0] >= 0x80 else 0
        record[position] = rest & 0x7F | more
        rest >>= 7
        position += 1
    record[-_CHECKSUM_BYTES - 4 : -_CHECKSUM_BYTES] = _little_endian(values.astype("<f4"))
    payload = record[_HEADER_BYTES:-_CHECKSUM_BYTES]
    record[-_CHECKSUM_BYTES:] = _little_endian(masked_crc32c_of_columns(payload).astype("<u4"))


def masked_crc32c_of_columns(data: Bytes) -> NDArray[np.uint32]:
    """Return the masked CRC32C of every column of bytes, all columns at once."""
    crc = np.full(data.shape[1], 0xFFFFFFFF, dtype=np.uint32)
    for row in data:
        crc = _CRC_TABLE[(crc ^ row) & 0xFF] ^ (crc >> 8)
    crc = ~crc
    return (((crc >> 15) | (crc << 17)) + _MASK_DELTA).astype(np.uint32)


def _little_endian(numbers: NDArray[np.generic]) -> Bytes:
    """Return the bytes of each number as a column."""
    return numbers.view(np.uint8).reshape(len(numbers), -1).T


def add_shape_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a benchmark's command line choose the shape."""
    default = Shape()
    parser.add_argument("--runs", type=int, default=default.runs)
    parser.add_argument("--tags", type=int, default=default.tags, help="scalar tags per run")
    parser.add_argument("--steps", type=int, default=default.steps)
    parser.add_argument("--out", type=Path, default=DATA, help="where logs are kept (%(default)s)")


def main() -> None:
    """Make logs and print where they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_shape_arguments(parser)
    arguments = parser.parse_args()
    shape = Shape(arguments.runs, arguments.tags, arguments.steps)
    logdir = make_logs(arguments.out, shape)
    size_bytes = sum(path.stat().st_size for path in logdir.rglob("*tfevents*"))
    print(f"{shape.points:,} points, {size_bytes / 1e6:.1f} MB", file=sys.stderr)
    print(logdir)


if __name__ == "__main__":
    main()
