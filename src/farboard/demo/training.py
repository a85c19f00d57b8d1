"""One training: from settings to a stream of scalars, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from farboard.demo.adam import Adam
from farboard.demo.network import Network, accuracy, cross_entropy
from farboard.demo.spirals import make_spirals

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRAIN_POINTS, _VALIDATION_POINTS = 1000, 500
_DATA_SEED = 20
_EVALUATE_EVERY_STEPS = 10


@dataclass(frozen=True)
class Settings:
    """What sets one training apart from another."""

    name: str
    learning_rate: float
    cosine: bool = False  # let the learning rate fall to zero along half a cosine
    width: int = 32
    batch: int = 64
    seed: int = 1


def train(settings: Settings, steps: int) -> Iterator[dict[str, float]]:
    """Train one network; after every step, yield what a training would log, by tag."""
    data_rng = np.random.default_rng(_DATA_SEED)  # every run learns from the same points
    train_set = make_spirals(_TRAIN_POINTS, data_rng)
    validation_set = make_spirals(_VALIDATION_POINTS, data_rng)
    rng = np.random.default_rng(settings.seed)
    network = Network(settings.width, rng)
    optimizer = Adam(network.parameters)
    for step in range(steps):
        rate = _learning_rate(settings, step / steps)
        batch = rng.integers(0, _TRAIN_POINTS, settings.batch)
        loss, gradients = network.loss_and_gradients(train_set.points[batch], train_set.arms[batch])
        optimizer.step(gradients, rate)
        scalars = {
            "train/loss": loss,
            "train/learning_rate": rate,
            "train/gradient_norm": math.sqrt(sum(float(np.sum(g**2)) for g in gradients)),
        }
        if step % _EVALUATE_EVERY_STEPS == 0 or step == steps - 1:
            logits = network.logits(validation_set.points)
            scalars["val/loss"] = cross_entropy(logits, validation_set.arms)
            scalars["val/accuracy"] = accuracy(logits, validation_set.arms)
            scalars["train/accuracy"] = accuracy(network.logits(train_set.points), train_set.arms)
        yield scalars


def _learning_rate(settings: Settings, progress: float) -> float:
    if not settings.cosine:
        return settings.learning_rate
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * progress))
