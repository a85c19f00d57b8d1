"""Precision-recall curves: how predictions divide the labels, at each of many thresholds."""

from __future__ import annotations

from farboard.writer import wire
from farboard.writer.summary import plugin_metadata, tensor_value
from farboard.writer.tensor import float_tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

MAX_THRESHOLDS = 127
"""More are not written, as by PyTorch."""

_LEAST_COUNT = 1e-7


def pr_curve_value(
    tag: str,
    labels: NDArray[Any],
    predictions: NDArray[Any],
    num_thresholds: int,
    weights: NDArray[Any],
) -> bytes:
    """Encode the curve of predictions in [0, 1] and labels that are 0 or 1, all of one shape."""
    thresholds = min(num_thresholds, MAX_THRESHOLDS)
    return pr_curve_raw_value(tag, curve(labels, predictions, thresholds, weights), thresholds)


def pr_curve_raw_value(tag: str, rows: NDArray[Any], num_thresholds: int) -> bytes:
    """Encode a curve counted elsewhere; `rows` [6, n] as of `curve`."""
    content = wire.integer(2, min(num_thresholds, MAX_THRESHOLDS))
    return tensor_value(tag, float_tensor(rows.shape, rows), plugin_metadata("pr_curves", content))


def curve(
    labels: NDArray[Any], predictions: NDArray[Any], thresholds: int, weights: NDArray[Any]
) -> NDArray[Any]:
    """Return true positives, false positives, true negatives, false negatives, precision, recall.

    One column for each threshold i / (thresholds - 1): what is predicted at it or above counts as
    positive. Predictions outside [0, 1] are not counted.
    """
    import numpy as np

    positive = labels.astype(np.float64)
    with np.errstate(invalid="ignore"):
        bucket = np.floor(predictions * (thresholds - 1)).astype(np.int32)

    def at_or_above(weight: NDArray[Any]) -> NDArray[Any]:
        span = (0, thresholds - 1)
        counts, _ = np.histogram(bucket, bins=thresholds, range=span, weights=weight)
        return np.cumsum(counts[::-1])[::-1]

    true_positives = at_or_above(positive * weights)
    false_positives = at_or_above((1.0 - positive) * weights)
    true_negatives = false_positives[0] - false_positives
    false_negatives = true_positives[0] - true_positives
    found = np.maximum(_LEAST_COUNT, true_positives + false_positives)
    wanted = np.maximum(_LEAST_COUNT, true_positives + false_negatives)
    return np.stack(
        (
            true_positives,
            false_positives,
            true_negatives,
            false_negatives,
            true_positives / found,
            true_positives / wanted,
        )
    )


def stacked(rows: list[NDArray[Any]]) -> NDArray[Any]:
    """Return rows counted elsewhere as one array.

    Raises:
        ValueError: they are not of one shape.
    """
    import numpy as np

    return np.stack(rows)
