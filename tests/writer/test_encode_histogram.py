"""Histograms of anything: every finite value is counted once, and nothing raises."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from tensorboard.compat.proto import summary_pb2
from tensorboard.plugins.histogram import metadata as histogram_metadata
from tensorboardX.summary import make_histogram

from farboard.writer.histogram import checked_bins, histogram_value
from farboard.writer.summary_writer import SummaryWriter

DTYPES = st.sampled_from(["f2", "f4", "f8", "i1", "i4", "i8", "u1", "u2", "u8", "?"])
VALUES = DTYPES.flatmap(lambda dtype: arrays.arrays(dtype, arrays.array_shapes(max_dims=3)))
BINS = st.one_of(st.sampled_from(["tensorflow", "fd", "sturges"]), st.integers(1, 50))


def decoded(value: bytes) -> summary_pb2.HistogramProto:
    message = summary_pb2.Summary.Value.FromString(value)
    assert message.tag == "h"
    return message.histo


@settings(max_examples=150, deadline=None)
@given(VALUES, BINS, st.one_of(st.none(), st.integers(1, 40)))
def test_finite_values_are_counted_once(
    values: np.ndarray, bins: str | int, max_bins: int | None
) -> None:
    histogram = decoded(histogram_value("h", values, checked_bins(bins), max_bins))
    assert histogram.num == values.size
    finite = values.astype(float)[np.isfinite(values.astype(float))]
    counted = sum(histogram.bucket)
    assert len(histogram.bucket) == len(histogram.bucket_limit)
    if bins == "tensorflow":
        inside = np.count_nonzero(np.abs(finite) <= 9e19)
        assert inside <= counted <= max(finite.size, inside)
    else:
        assert counted == finite.size
    limits = list(histogram.bucket_limit)
    assert limits == sorted(limits)
    if finite.size == values.size:
        assert histogram.min == values.astype(float).min()
        assert histogram.max == values.astype(float).max()
    else:
        assert not math.isfinite(histogram.sum)


@settings(max_examples=60, deadline=None)
@given(
    arrays.arrays("f8", st.integers(1, 60), elements=st.floats(-1e6, 1e6)),
    st.sampled_from(["auto", "sqrt", 7]),
    st.one_of(st.none(), st.integers(1, 9)),
)
def test_it_is_tensorboardxs(values: np.ndarray, bins: str | int, max_bins: int | None) -> None:
    try:
        theirs = make_histogram(values, bins, max_bins)
    except ValueError:
        return  # too narrow for numpy; ours is one bucket
    ours = decoded(histogram_value("h", values, bins, max_bins))
    assert list(ours.bucket) == list(theirs.bucket)
    assert list(ours.bucket_limit) == list(theirs.bucket_limit)
    assert (ours.sum, ours.sum_squares) == (theirs.sum, theirs.sum_squares)


def test_nothing_to_count_is_refused_at_once(tmp_path: object) -> None:
    writer = SummaryWriter(str(tmp_path))
    with pytest.raises(ValueError, match="at least one value"):
        writer.add_histogram("h", np.array([]))
    with pytest.raises(ValueError, match="estimator"):
        writer.add_histogram("h", np.ones(3), bins="nosuch")
    with pytest.raises(TypeError, match="expected numbers"):
        writer.add_histogram("h", "text")
    writer.close()
    assert histogram_metadata.PLUGIN_NAME == "histograms"
    assert writer.lost_values == 0


def test_only_nan_is_a_histogram_of_nothing() -> None:
    for bins in ("tensorflow", "auto", 5):
        histogram = decoded(histogram_value("h", np.full(4, np.nan), bins))
        assert histogram.num == 4
        assert sum(histogram.bucket) == 0


@pytest.mark.parametrize("bins", ["fd", "auto", "scott", "doane", "sqrt"])
def test_one_value_far_away_does_not_fill_the_memory(bins: str) -> None:
    values = np.append(np.random.default_rng(0).normal(size=1000), 1e15)
    histogram = decoded(histogram_value("h", values, bins))
    assert sum(histogram.bucket) == 1001
    assert len(histogram.bucket) <= 10_001
