"""What a network has learned, as a picture: the plane in the colours of the two arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from farboard.demo.network import probabilities

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from farboard.demo.network import Network
    from farboard.demo.spirals import Spirals

_REACH = 7.0
_COLORS = np.array([[52.0, 110.0, 178.0], [229.0, 134.0, 54.0]])  # of the arms 0 and 1
_PAPER = np.array([250.0, 250.0, 248.0])
_DEPTH = 0.75


def boundary(network: Network, spirals: Spirals, size_px: int = 128) -> NDArray[np.uint8]:
    """Return pixels [size, size, 3]: pale where the network is in doubt, points in full colour."""
    axis = (np.arange(size_px) + 0.5) / size_px * 2 * _REACH - _REACH
    x, y = np.meshgrid(axis, -axis)
    certainty = probabilities(network.logits(np.column_stack((x.ravel(), y.ravel()))))
    share = certainty.reshape(size_px, size_px, 1)
    color = (1.0 - share) * _COLORS[0] + share * _COLORS[1]
    strength = _DEPTH * np.abs(2.0 * share - 1.0)
    pixels = (1.0 - strength) * _PAPER + strength * color
    places = ((spirals.points * [1, -1] + _REACH) / (2 * _REACH) * size_px).astype(int)
    inside = ((places >= 0) & (places < size_px)).all(axis=1)
    column, row = places[inside].T
    pixels[row, column] = _COLORS[spirals.arms[inside].astype(int)] * 0.6
    rounded: NDArray[np.uint8] = pixels.round().astype(np.uint8)
    return rounded
