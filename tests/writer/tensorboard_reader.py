"""TensorBoard's own reader of event files: the oracle for everything we write."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from tensorboard.backend.event_processing import event_file_loader
from tensorboard.compat.proto import event_pb2, graph_pb2
from tensorboard.plugins.hparams import api_pb2, plugin_data_pb2
from tensorboard.util import tensor_util

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Point = tuple[int, float, float]


def event_files(directory: Path) -> list[Path]:
    """In the order they were made: their names count, and 10 comes after 9."""
    return sorted(directory.glob("*tfevents*"), key=_numbers_as_such)


def _numbers_as_such(path: Path) -> list[int | str]:
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", path.name)]


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


def curves(directory: Path) -> dict[str, list[tuple[int, float]]]:
    """(step, value) of all points of a run's curves."""
    return {tag: [(s, v) for s, _, v in points] for tag, points in scalars(directory).items()}


def hparams(directory: Path) -> dict[str, Any]:
    """What a run was started with, as it was told last."""
    started: dict[str, Any] = {}
    for content in _sessions(directory):
        if content.HasField("session_start_info"):
            started = MessageToDict(content.session_start_info).get("hparams", {})
    return started


def session_parts(directory: Path) -> list[str]:
    """What was told of a run's sessions, in order: START, and how it ended: SUCCESS or FAILURE."""
    return [
        api_pb2.Status.Name(content.session_end_info.status).removeprefix("STATUS_")
        if content.HasField("session_end_info")
        else "START"
        for content in _sessions(directory)
    ]


def graphs(directory: Path) -> list[Any]:
    """The graphs of models."""
    found = [event.graph_def for event in _plain_events(directory) if event.graph_def]
    return [graph_pb2.GraphDef.FromString(graph) for graph in found]


def _sessions(directory: Path) -> Iterator[Any]:
    for event in _plain_events(directory):
        for value in event.summary.value:
            plugin = value.metadata.plugin_data
            if plugin.plugin_name == "hparams" and value.tag.endswith("_info"):
                yield plugin_data_pb2.HParamsPluginData.FromString(plugin.content)


def _plain_events(directory: Path) -> list[Any]:
    files = [payloads(path) for path in event_files(directory)]
    return [event_pb2.Event.FromString(payload) for file in files for payload in file]
