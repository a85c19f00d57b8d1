"""One training: from settings to a stream of scalars, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from farboard.demo.adam import Adam
from farboard.demo.network import Network, accuracy, cross_entropy, cross_entropy_margin
from farboard.demo.spirals import make_spirals

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRAIN_POINTS, _VALIDATION_POINTS = 1000, 500
_DATA_SEED = 20
EVALUATE_EVERY_STEPS = 10


@dataclass(frozen=True)
class Settings:
    """What sets one training apart from another."""

    name: str
    learning_rate: float
    cosine: bool = False  # let the learning rate fall to zero along half a cosine
    width: int = 32
    batch: int = 64
    seed: int = 1


class Training:
    """Trains one network; each step yields what a training would log, by tag."""

    def __init__(self, settings: Settings, steps: int) -> None:
        data_rng = np.random.default_rng(_DATA_SEED)  # every run learns from the same points
        self.train_set = make_spirals(_TRAIN_POINTS, data_rng)
        self.validation_set = make_spirals(_VALIDATION_POINTS, data_rng)
        self._rng = np.random.default_rng(settings.seed)
        self.network = Network(settings.width, self._rng)
        self._settings = settings
        self._steps = steps

    def __iter__(self) -> Iterator[dict[str, float]]:
        network, train_set, validation_set = self.network, self.train_set, self.validation_set
        optimizer = Adam(network.parameters)
        for step in range(self._steps):
            rate = _learning_rate(self._settings, step / self._steps)
            batch = self._rng.integers(0, _TRAIN_POINTS, self._settings.batch)
            points, arms = train_set.points[batch], train_set.arms[batch]
            loss, gradients = network.loss_and_gradients(points, arms)
            optimizer.step(gradients, rate)
            scalars = {
                "train/loss": loss,
                "train/learning_rate": rate,
                "train/gradient_norm": math.sqrt(sum(float(np.sum(g**2)) for g in gradients)),
            }
            if step % EVALUATE_EVERY_STEPS == 0 or step == self._steps - 1:
                logits = network.logits(validation_set.points)
                loss = cross_entropy(logits, validation_set.arms)
                margin = cross_entropy_margin(logits, validation_set.arms)
                scalars["val/loss"] = loss
                scalars["val/loss_low"], scalars["val/loss_high"] = loss - margin, loss + margin
                scalars["val/accuracy"] = accuracy(logits, validation_set.arms)
                train_logits = network.logits(train_set.points)
                scalars["train/accuracy"] = accuracy(train_logits, train_set.arms)
            yield scalars


def _learning_rate(settings: Settings, progress: float) -> float:
    if not settings.cosine:
        return settings.learning_rate
    return settings.learning_rate * 0.5 * (1.0 + math.cos(math.pi * progress))
