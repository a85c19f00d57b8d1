"""The demo's melody: its notes have the pitch that the loss says, and no clicks between them."""

from __future__ import annotations

import numpy as np
import pytest

from farboard.demo.sound import SAMPLE_RATE_HZ, melody


@pytest.mark.parametrize(
    ("loss", "hertz"), [(0.0, 110.0), (0.5, 311.13), (1.0, 880.0), (9.0, 880.0)]
)
def test_pitch_follows_the_loss(loss: float, hertz: float) -> None:
    samples = melody([loss] * 20)
    strongest = np.argmax(np.abs(np.fft.rfft(samples)))
    resolution_hz = SAMPLE_RATE_HZ / len(samples)
    assert strongest * resolution_hz == pytest.approx(hertz, abs=resolution_hz)


def test_samples_are_in_range_and_fade_between_notes() -> None:
    samples = melody([0.7, 0.2, 0.1])
    assert len(samples) % 3 == 0
    assert np.abs(samples).max() <= 0.8 + 1e-6
    assert samples[:: len(samples) // 3] == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)
