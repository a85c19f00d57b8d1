"""Tensors, curves, clips, hyperparameters and mappings of any kind, decoded by TensorBoard."""

from __future__ import annotations

import io
import wave
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.plugins.hparams import metadata as hparams_metadata
from tensorboard.util import tensor_util

from farboard.writer import hparams
from farboard.writer.audio import audio_value, frames_of
from farboard.writer.mapping import mapping_event, mapping_values
from farboard.writer.mesh import checked_part
from farboard.writer.pr_curve import curve
from farboard.writer.tensor import plain_tensor_value
from farboard.writer.text import text_value

DTYPES = ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "?", "c8", "c16"]
ANY_ARRAY = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=4, min_side=0))
)


def value_of(encoded: bytes) -> summary_pb2.Summary.Value:
    return summary_pb2.Summary.Value.FromString(encoded)


@settings(max_examples=150, deadline=None)
@given(ANY_ARRAY)
def test_tensors_come_back(array: np.ndarray) -> None:
    tensor = value_of(plain_tensor_value("t", array, bfloat16=False)).tensor
    found = tensor_util.make_ndarray(tensor)
    assert found.dtype == array.dtype
    assert found.shape == array.shape
    assert found.tobytes() == array.tobytes()


@given(arrays.arrays("f4", st.integers(0, 9), elements=st.floats(width=32, allow_nan=False)))
def test_bfloat16_keeps_its_16_bits(array: np.ndarray) -> None:
    short = (array.view("<u4") & 0xFFFF0000).astype("<u4").view("<f4")  # what bfloat16 can say
    tensor = value_of(plain_tensor_value("t", short, bfloat16=True)).tensor
    bits = np.array(list(tensor.half_val), dtype="<u4") << 16
    assert (bits.astype("<u4").view("<f4") == short).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=1, max_size=40),
    st.integers(2, 30),
)
def test_curves_count(pairs: list[tuple[bool, float]], thresholds: int) -> None:
    labels = np.array([label for label, _ in pairs])
    guesses = np.array([guess for _, guess in pairs])
    rows = curve(labels, guesses, thresholds, np.array(1.0))
    for number in range(thresholds):
        positive = np.floor(guesses * (thresholds - 1)) >= number
        hits, misses = (positive & labels).sum(), (positive & ~labels).sum()
        rest = [(~positive & ~labels).sum(), (~positive & labels).sum()]
        assert list(rows[:4, number]) == [hits, misses, *rest]
        assert rows[4, number] == pytest.approx(hits / max(hits + misses, 1e-7))
        assert rows[5, number] == pytest.approx(hits / max(labels.sum(), 1e-7))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([("i2", None), ("f4", st.floats(-1, 1, width=32)), ("f8", st.floats(-3, 3))]),
    st.integers(1, 50),
    st.sampled_from([1, 2]),
    st.data(),
)
def test_clips_come_back(
    kind: tuple[str, Any], length: int, channels: int, data: st.DataObject
) -> None:
    clip = data.draw(arrays.arrays(kind[0], (length, channels), elements=kind[1]))
    frames = frames_of(clip)
    assert sorted(frames.shape) == sorted((length, channels))
    audio = value_of(audio_value("a", frames, 8000)).audio
    with wave.open(io.BytesIO(audio.encoded_audio_string)) as file:
        samples = np.frombuffer(file.readframes(length * channels), dtype="<i2")
        assert file.getnchannels() == audio.num_channels
    samples = samples.reshape(frames.shape)
    if kind[0] == "i2":
        assert (samples == frames).all()
    else:
        assert np.abs(samples / 32767 - frames.clip(-1, 1)).max() <= 1 / 32767


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64"])
def test_integers_that_are_no_samples_are_clipped(dtype: str) -> None:
    clip = np.array([0, 1, 100], dtype=dtype)
    audio = value_of(audio_value("a", frames_of(clip), 8000)).audio
    with wave.open(io.BytesIO(audio.encoded_audio_string)) as file:
        samples = np.frombuffer(file.readframes(3), "<i2")
    assert samples.tolist() == [0, 32767, 32767]


def test_a_mesh_of_complex_numbers_is_refused() -> None:
    with pytest.raises(TypeError, match="real numbers, not complex128"):
        checked_part(np.zeros((1, 2, 3), dtype=complex))


@pytest.mark.parametrize("shape", [(10, 3), (3, 10), (2, 2, 2), (0,), (4, 4)])
def test_what_is_no_clip_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"channels|no samples"):
        frames_of(np.zeros(shape))


PLAIN = st.one_of(st.booleans(), st.integers(-(2**60), 2**60), st.floats(), st.text(max_size=9))


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.text(max_size=6), PLAIN, max_size=6))
def test_hyperparameters_come_back(values: dict[str, Any]) -> None:
    metadata = value_of(hparams.start_value(hparams.plain(values), 5.0)).metadata
    content = metadata.plugin_data.content
    start = hparams_metadata.parse_session_start_info_plugin_data(content)
    assert start.start_time_secs == 5.0
    assert set(start.hparams) == set(values)
    for name, value in values.items():
        found = start.hparams[name]
        match value:
            case bool():
                assert found.bool_value is value
            case str():
                assert found.string_value == value
            case _:
                assert repr(found.number_value) == repr(float(value))


def test_odd_hyperparameters_become_something_readable() -> None:
    odd = {
        "nothing": None,
        "nested": {"a": {"b": 1}},
        "list": [1, "x", None],
        "array": np.arange(3),
        "one": np.array([2.5]),
        "scalar": np.float32(0.5),
        "bool": np.bool_(True),
        "function": max,
        "huge": 10**400,
        "object": {1, 2}.__class__,
        "empty": np.array([]),
    }
    assert hparams.plain(odd) == {
        "nested/a/b": 1,
        "list": '[1, "x", null]',
        "array": "[0, 1, 2]",
        "one": 2.5,
        "scalar": 0.5,
        "bool": True,
        "function": "max",
        "huge": str(10**400),
        "object": "set",
        "empty": "[]",
    }


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text(min_size=1, max_size=9), st.one_of(st.floats(width=32), st.text(max_size=9))
    ),
    st.integers(-(2**63), 2**63 - 1),
)
def test_mappings_are_one_record(values: dict[str, Any], step: int) -> None:
    event = event_pb2.Event.FromString(mapping_event(mapping_values(values), step, 1.5))
    assert (event.step, event.wall_time) == (step, 1.5)
    found: dict[str, Any] = {}
    for value in event.summary.value:
        if value.HasField("simple_value"):
            found[value.tag] = repr(value.simple_value)
        else:
            text = tensor_util.make_ndarray(value.tensor).item().decode()
            found[value.tag.removesuffix("/text_summary")] = text
    assert found == {t: v if isinstance(v, str) else repr(v) for t, v in values.items()}


@given(st.text(max_size=50), st.text(max_size=9))
def test_texts_come_back(text: str, tag: str) -> None:
    value = value_of(text_value(tag, text))
    assert value.tag == f"{tag}/text_summary"
    assert tensor_util.make_ndarray(value.tensor).item().decode() == text
