"""TensorBoard's own reader of event files: the oracle for everything we write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tensorboard.backend.event_processing import event_file_loader
from tensorboard.util import tensor_util

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Point = tuple[int, float, float]


def event_files(directory: Path) -> list[Path]:
    return sorted(directory.glob("*tfevents*"))


def payloads(path: Path) -> list[bytes]:
    """Serialized events of a file; both checksums of each record have been verified."""
    return list(event_file_loader.RawEventFileLoader(str(path)).Load())


def events(path: Path) -> Iterator[Any]:
    """Events with every old encoding turned into tensors, as TensorBoard shows them."""
    yield from event_file_loader.EventFileLoader(str(path)).Load()


def tensors(directory: Path) -> dict[str, list[tuple[int, float, Any]]]:
    """(step, wall time in seconds, array) of all points of a run's tags, in file order."""
    series: dict[str, list[tuple[int, float, Any]]] = {}
    for path in event_files(directory):
        for event in events(path):
            for value in event.summary.value:
                array = tensor_util.make_ndarray(value.tensor)
                series.setdefault(value.tag, []).append((event.step, event.wall_time, array))
    return series


def scalars(directory: Path) -> dict[str, list[Point]]:
    """(step, wall time in seconds, value) of all points of tags whose values are one number."""
    return {
        tag: [(step, wall_time_s, array.item()) for step, wall_time_s, array in points]
        for tag, points in tensors(directory).items()
        if all(array.ndim == 0 and array.dtype != object for _, _, array in points)
    }
