"""The demo's network learns, the same way each time, and its learning rates do what they show."""

from __future__ import annotations

import math

import numpy as np

from farboard.demo.spirals import make_spirals
from farboard.demo.training import Settings, Training

STEPS = 800


def test_arms_are_even_and_separate() -> None:
    spirals = make_spirals(4000, np.random.default_rng(0), noise=0.0)
    assert abs(spirals.arms.mean() - 0.5) < 0.05
    assert np.hypot(*spirals.points.T).max() <= 6.0
    one, other = spirals.points[spirals.arms == 0], spirals.points[spirals.arms == 1]
    nearest = min(np.hypot(*(other - point).T).min() for point in one)
    assert nearest > 0.5  # more than the blur of the training data


def test_the_network_learns() -> None:
    logged = list(Training(Settings("good", 0.03), STEPS))
    assert len(logged) == STEPS
    losses = [scalars["train/loss"] for scalars in logged]
    assert np.mean(losses[-50:]) < 0.2 * np.mean(losses[:50])
    assert logged[0]["val/accuracy"] < 0.7
    assert logged[-1]["val/accuracy"] > 0.9
    assert logged[-1]["train/accuracy"] > 0.9
    assert logged[-1]["val/loss"] < 0.3


def test_equal_settings_give_equal_curves() -> None:
    settings = Settings("again", 0.01)
    assert list(Training(settings, 50)) == list(Training(settings, 50))


def test_too_small_a_rate_learns_less() -> None:
    *_, small = Training(Settings("small", 0.001), STEPS)
    *_, good = Training(Settings("good", 0.03), STEPS)
    assert small["val/loss"] > 2 * good["val/loss"]


def test_cosine_lets_the_rate_fall_to_nothing() -> None:
    rates = [
        scalars["train/learning_rate"]
        for scalars in Training(Settings("cosine", 0.02, cosine=True), 100)
    ]
    assert rates[0] == 0.02
    assert math.isclose(rates[50], 0.01)
    assert rates[-1] < 1e-4
    assert rates == sorted(rates, reverse=True)
