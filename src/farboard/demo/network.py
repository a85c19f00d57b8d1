"""A network of two hidden layers with two inputs and the probability of class 1 as its output."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Network:
    """Weights, and the two things one does with them: predict, and ask which way is down."""

    def __init__(self, width: int, rng: np.random.Generator) -> None:
        sizes = [2, width, width, 1]
        self.parameters: list[Array] = []
        for fan_in, fan_out in itertools.pairwise(sizes):
            scale = np.sqrt(2.0 / (fan_in + fan_out))  # X. Glorot, Y. Bengio, AISTATS 2010
            self.parameters.append(rng.normal(0.0, scale, (fan_in, fan_out)))
            self.parameters.append(np.zeros(fan_out))

    def logits(self, points: Array) -> Array:
        """Return the log odds of class 1, one per point."""
        return self._activations(points)[-1]

    def loss_and_gradients(self, points: Array, classes: Array) -> tuple[float, list[Array]]:
        """Return the mean cross entropy (nats) and its gradient by every parameter."""
        first, second, logits = self._activations(points)
        w2, w3 = self.parameters[2], self.parameters[4]
        d_logits = ((probabilities(logits) - classes) / len(points))[:, None]
        d_second = d_logits @ w3.T * (1.0 - second**2)
        d_first = d_second @ w2.T * (1.0 - first**2)
        gradients = []
        for layer_input, d_output in ((points, d_first), (first, d_second), (second, d_logits)):
            gradients += [layer_input.T @ d_output, d_output.sum(axis=0)]
        return cross_entropy(logits, classes), gradients

    def _activations(self, points: Array) -> tuple[Array, Array, Array]:
        w1, b1, w2, b2, w3, b3 = self.parameters
        first = np.tanh(points @ w1 + b1)
        second = np.tanh(first @ w2 + b2)
        return first, second, (second @ w3 + b3)[:, 0]


def cross_entropy(logits: Array, classes: Array) -> float:
    """Return the mean cross entropy in nats."""
    return float(np.mean(_cross_entropies(logits, classes)))


def cross_entropy_margin(logits: Array, classes: Array) -> float:
    """Return two standard errors of the mean cross entropy, in nats."""
    each = _cross_entropies(logits, classes)
    return float(2.0 * np.std(each) / np.sqrt(len(each)))


def _cross_entropies(logits: Array, classes: Array) -> Array:
    each: Array = np.logaddexp(0.0, logits) - classes * logits
    return each


def accuracy(logits: Array, classes: Array) -> float:
    """Return the share of points whose likelier class is the right one."""
    return float(np.mean((logits > 0.0) == (classes > 0.5)))


def probabilities(logits: Array) -> Array:
    """Return the probability of class 1 for each of the log odds."""
    return np.exp(-np.logaddexp(0.0, -logits))
