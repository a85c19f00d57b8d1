"""Event files written by hand, record by record, for what no writer would write."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.types_pb2 import DataType
from tensorboard.compat.tensorflow_stub.pywrap_tensorflow import masked_crc32c

if TYPE_CHECKING:
    from pathlib import Path


def record(payload: bytes) -> bytes:
    length = struct.pack("<Q", len(payload))
    return b"".join(
        [
            length,
            struct.pack("<I", masked_crc32c(length)),
            payload,
            struct.pack("<I", masked_crc32c(payload)),
        ]
    )


def scalar(tag: str, step: int, value: float, wall_time_s: float) -> bytes:
    summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
    return record(Event(step=step, wall_time=wall_time_s, summary=summary).SerializeToString())


def histogram(tag: str, step: int, wall_time_s: float) -> bytes:
    histo = HistogramProto(min=0, max=1, num=1, sum=1, bucket_limit=[1.0], bucket=[1.0])
    summary = Summary(value=[Summary.Value(tag=tag, histo=histo)])
    return record(Event(step=step, wall_time=wall_time_s, summary=summary).SerializeToString())


def image(tag: str, step: int, png: bytes, wall_time_s: float) -> bytes:
    shown = Summary.Image(height=1, width=1, colorspace=3, encoded_image_string=png)
    summary = Summary(value=[Summary.Value(tag=tag, image=shown)])
    return record(Event(step=step, wall_time=wall_time_s, summary=summary).SerializeToString())


def text(tag: bytes, step: int, strings: list[bytes], wall_time_s: float) -> bytes:
    """A list of texts under a tag that may be any bytes, which no protobuf library writes."""
    tensor = TensorProto(dtype=DataType.DT_STRING, string_val=strings)
    tensor.tensor_shape.dim.add().size = len(strings)
    value = Summary.Value(tag="t" * len(tag), tensor=tensor)
    value.metadata.plugin_data.plugin_name = "text"
    event = Event(step=step, wall_time=wall_time_s, summary=Summary(value=[value]))
    return record(event.SerializeToString().replace(b"t" * len(tag), tag, 1))


def session_start(step: int, wall_time_s: float) -> bytes:
    log = SessionLog(status=SessionLog.START)
    return record(Event(step=step, wall_time=wall_time_s, session_log=log).SerializeToString())


def append(path: Path, *records: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(records))


def write_series(
    path: Path, tag: str, values: list[float], start_s: float = 1000.0, first_step: int = 0
) -> None:
    """One scalar a second."""
    points = enumerate(values)
    append(path, *(scalar(tag, first_step + i, value, start_s + i) for i, value in points))
