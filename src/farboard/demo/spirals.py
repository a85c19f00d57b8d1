"""Two spirals: points of two classes that wind around each other, with some noise."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Spirals(NamedTuple):
    """Points in the plane, and which of the two arms each belongs to."""

    points: NDArray[np.float64]  # [n, 2]
    arms: NDArray[np.float64]  # [n], 0 or 1


def make_spirals(
    n: int,
    rng: np.random.Generator,
    *,
    turns: float = 1.75,
    radius: float = 6.0,
    noise: float = 0.3,
) -> Spirals:
    """Draw n points; each arm makes `turns` full turns on its way out to `radius`.

    `noise` is the standard deviation of the blur, in the units of `radius`.
    """
    arms = rng.integers(0, 2, n).astype(np.float64)
    along = np.sqrt(rng.uniform(0.02, 1.0, n))  # the root spreads points evenly over the disc
    angle = 2 * np.pi * turns * along + np.pi * arms
    points = radius * along[:, None] * np.column_stack((np.cos(angle), np.sin(angle)))
    return Spirals(points + rng.normal(0.0, noise, points.shape), arms)
