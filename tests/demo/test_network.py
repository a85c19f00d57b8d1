"""The hand-written gradients and optimizer against differences and a worked example."""

from __future__ import annotations

import numpy as np
import pytest

from farboard.demo.adam import Adam
from farboard.demo.network import Network, accuracy, cross_entropy


def test_gradients_are_the_slopes_of_the_loss() -> None:
    rng = np.random.default_rng(0)
    network = Network(5, rng)
    points = rng.normal(size=(7, 2))
    classes = rng.integers(0, 2, 7).astype(float)
    loss, gradients = network.loss_and_gradients(points, classes)
    assert loss == pytest.approx(cross_entropy(network.logits(points), classes))
    delta = 1e-6
    for parameter, gradient in zip(network.parameters, gradients, strict=True):
        assert gradient.shape == parameter.shape
        for at in np.ndindex(parameter.shape):
            kept = parameter[at]
            parameter[at] = kept + delta
            above = cross_entropy(network.logits(points), classes)
            parameter[at] = kept - delta
            below = cross_entropy(network.logits(points), classes)
            parameter[at] = kept
            assert gradient[at] == pytest.approx((above - below) / (2 * delta), abs=1e-7)


def test_cross_entropy_and_accuracy_of_known_predictions() -> None:
    logits = np.array([0.0, 1000.0, -1000.0, 3.0])
    classes = np.array([1.0, 1.0, 0.0, 0.0])
    expected = (np.log(2) + 0.0 + 0.0 + np.log1p(np.exp(3.0))) / 4
    assert cross_entropy(logits, classes) == pytest.approx(expected)
    assert accuracy(np.array([1.0, -1.0, 2.0, -2.0]), classes) == 0.5


def test_adam_takes_its_first_steps_at_the_learning_rate() -> None:
    """With a steady gradient both averages are unbiased, so every step is as long as the rate."""
    parameter = np.array([1.0, -1.0])
    optimizer = Adam([parameter])
    for step in range(1, 4):
        optimizer.step([np.array([0.3, -20.0])], 0.01)
        assert parameter == pytest.approx([1.0 - 0.01 * step, -1.0 + 0.01 * step], abs=1e-6)
