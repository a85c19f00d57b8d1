"""Histograms: how often which values occur, as `HistogramProto`."""

from __future__ import annotations

from functools import lru_cache

from farboard.writer import wire
from farboard.writer.arrays import snapshot

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

    Bins = Any  # what `numpy.histogram` takes, or `TENSORFLOW`


TENSORFLOW = "tensorflow"
_FIRST_EDGE, _LAST_EDGE, _GROWTH = 1e-12, 1e20, 1.1
_MOST_BUCKETS = 10_000


def checked_bins(bins: Bins) -> Bins:
    """Return the bins as they are encoded later; their edges are copied.

    Raises:
        TypeError, ValueError: they make no sense.
    """
    import numpy as np

    if isinstance(bins, str) and bins == TENSORFLOW:
        return bins
    if not isinstance(bins, (str, int)):
        bins = snapshot(bins)
    np.histogram(np.zeros(1), bins=bins)
    return bins


def histogram_value(
    tag: str, values: NDArray[Any], bins: Bins, max_bins: int | None = None
) -> bytes:
    """Encode a histogram of at least one value.

    Values that are not finite, and with "tensorflow" those beyond the edges, count in `num` but are
    in no bucket. No more than about `max_bins` buckets: neighbours are added up.
    """
    import numpy as np

    with np.errstate(all="ignore"):
        flat = values.reshape(-1).astype(np.float64)
        counts, edges = _buckets(flat, bins)
        if max_bins is not None and len(counts) > max_bins:
            counts, edges = _fewer(counts, edges, max_bins)
        counts, limits = _trimmed(counts, edges)
        return histogram_raw_value(
            tag,
            flat.min(),
            flat.max(),
            len(flat),
            flat.sum(),
            flat.dot(flat),
            limits,
            counts,
        )


def histogram_raw_value(
    tag: str,
    least: float,
    greatest: float,
    count: float,
    total: float,
    sum_squares: float,
    limits: NDArray[Any],
    counts: NDArray[Any],
) -> bytes:
    """Encode a histogram that was counted elsewhere; `limits` are the upper ends of the buckets."""
    numbers = (least, greatest, count, total, sum_squares)
    content = b"".join(wire.double(place, number) for place, number in enumerate(numbers, 1))
    content += wire.packed(6, _doubles(limits)) + wire.packed(7, _doubles(counts))
    return wire.text(1, tag) + wire.message(5, content)


def _buckets(values: NDArray[Any], bins: Bins) -> tuple[NDArray[Any], NDArray[Any]]:
    import numpy as np

    if isinstance(bins, str) and bins == TENSORFLOW:
        counts, edges = np.histogram(values, bins=np.array(_default_edges()))
        if counts.any():
            return counts, edges
        bins = 1  # all lie beyond
    if isinstance(bins, (str, int)):
        values = values[np.isfinite(values)]
    if values.size == 0:
        return np.zeros(1, dtype=np.int64), np.zeros(2)
    if isinstance(bins, str) and bins == "fd" and not _fd_buckets(values) <= _MOST_BUCKETS:
        bins = _MOST_BUCKETS  # one value far away, and numpy would fill all memory with empty ones
    try:
        return np.histogram(values, bins=bins)
    except ValueError:  # buckets would be narrower than floats are apart, or wider than they reach
        return np.array([values.size]), np.array([values.min(), values.max()])


def _fd_buckets(values: NDArray[Any]) -> float:
    """Return how many buckets D. Freedman and P. Diaconis's rule asks for."""
    import numpy as np

    low, high = np.percentile(values, [25, 75])
    width = 2.0 * (high - low) / len(values) ** (1 / 3)
    return float(np.ptp(values) / width) if width > 0 else 1.0


@lru_cache(maxsize=1)
def _default_edges() -> tuple[float, ...]:
    edges = []
    edge = _FIRST_EDGE
    while edge < _LAST_EDGE:
        edges.append(edge)
        edge *= _GROWTH
    return (*(-edge for edge in reversed(edges)), 0.0, *edges)


def _fewer(
    counts: NDArray[Any], edges: NDArray[Any], max_bins: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Add up neighbouring buckets, as many at a time as fit into the wanted number."""
    import numpy as np

    together = len(counts) // max_bins
    missing = -len(counts) % together
    counts = np.pad(counts, (0, missing)).reshape(-1, together).sum(axis=1)
    return counts, np.append(edges[:-1:together], edges[-1])


def _trimmed(counts: NDArray[Any], edges: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Leave out empty buckets at both ends; one empty bucket at the left carries the left edge."""
    import numpy as np

    filled = np.flatnonzero(counts)
    if len(filled) == 0:
        return counts[:1], edges[1:2]
    first, last = int(filled[0]), int(filled[-1])
    return np.concatenate(([0], counts[first : last + 1])), edges[first : last + 2]


def _doubles(values: NDArray[Any]) -> bytes:
    return values.astype("<f8").tobytes()
