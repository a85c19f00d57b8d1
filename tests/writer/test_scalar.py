"""Encoded scalars against Google's protobuf with TensorBoard's message definitions."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tensorboard.compat.proto import event_pb2, summary_pb2, tensor_pb2

from farboard.writer import scalar

STEPS = st.integers(-(2**63), 2**63 - 1)
TAGS = st.text(max_size=300)  # any characters but lone surrogates, which UTF-8 cannot hold
FLOAT32 = st.floats(width=32)
WALL_TIMES = st.floats()


def summary_event(wall_time_s: float, step: int, value: summary_pb2.Summary.Value) -> bytes:
    summary = summary_pb2.Summary(value=[value])
    event = event_pb2.Event(wall_time=wall_time_s, step=step, summary=summary)
    return bytes(event.SerializeToString())


@given(TAGS, FLOAT32, STEPS, WALL_TIMES)
def test_scalar_is_protobufs_bytes(tag: str, value: float, step: int, wall_time_s: float) -> None:
    expected = summary_event(
        wall_time_s, step, summary_pb2.Summary.Value(tag=tag, simple_value=value)
    )
    assert scalar.scalar_event(tag, value, step, wall_time_s) == expected


@given(TAGS, st.floats(), STEPS, WALL_TIMES, st.booleans())
def test_tensor_scalar_is_protobufs_bytes(
    tag: str, value: float, step: int, wall_time_s: float, double: bool
) -> None:
    if double:
        tensor = tensor_pb2.TensorProto(dtype="DT_DOUBLE", double_val=[value])
    else:
        with np.errstate(over="ignore"):
            tensor = tensor_pb2.TensorProto(dtype="DT_FLOAT", float_val=[np.float32(value)])
    plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="scalars")
    metadata = summary_pb2.SummaryMetadata(plugin_data=plugin)
    expected = summary_event(
        wall_time_s, step, summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
    )
    precision = "float64" if double else "float32"
    actual = scalar.tensor_scalar_event(tag, value, step, wall_time_s, precision)
    assert actual == expected


@given(st.floats())
def test_64_bits_are_rounded_like_a_cast(value: float) -> None:
    with np.errstate(over="ignore"):
        expected = np.float32(value).tobytes()
    written = scalar.scalar_event("x", value, 0, 0.0)[-4:]
    if value != value:  # which NaN it is may change, that it is one may not
        assert np.isnan(struct.unpack("<f", written)[0])
    else:
        assert written == expected


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1])
def test_step_beyond_64_bits_is_refused(step: int) -> None:
    with pytest.raises(ValueError, match="64 bits"):
        scalar.scalar_event("x", 1.0, step, 0.0)


def test_tag_that_is_no_text_is_refused() -> None:
    with pytest.raises(UnicodeEncodeError):
        scalar.scalar_event("\ud800", 1.0, 0, 0.0)


@given(TAGS, st.integers(-(2**63), 2**63 - 1), STEPS, WALL_TIMES)
def test_int64_is_protobufs_bytes(tag: str, value: int, step: int, wall_time_s: float) -> None:
    tensor = tensor_pb2.TensorProto(dtype="DT_INT64", int64_val=[value])
    plugin = summary_pb2.SummaryMetadata.PluginData(plugin_name="scalars")
    metadata = summary_pb2.SummaryMetadata(plugin_data=plugin)
    expected = summary_event(
        wall_time_s, step, summary_pb2.Summary.Value(tag=tag, tensor=tensor, metadata=metadata)
    )
    assert scalar.tensor_scalar_event(tag, value, step, wall_time_s, "int64") == expected
