"""What the training sounds like: a note per look at it, the lower the loss, the lower the note."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
_NOTE_S = 0.06
_FADE_S = 0.005
_LOWEST_HZ, _OCTAVES = 110.0, 3.0
_LOUDEST_NATS = 1.0


def melody(losses: Sequence[float]) -> NDArray[np.float32]:
    """Return samples [n] in [-1, 1]: three octaves from a loss of 0 to one of 1 nat and more."""
    height = np.clip(np.asarray(losses, dtype=np.float64) / _LOUDEST_NATS, 0.0, 1.0)
    note = int(_NOTE_S * SAMPLE_RATE_HZ)
    hertz = np.repeat(_LOWEST_HZ * 2.0 ** (_OCTAVES * height), note)
    phase = 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE_HZ
    at_s = np.arange(note) / SAMPLE_RATE_HZ
    fade = np.minimum(1.0, np.minimum(at_s, _NOTE_S - at_s) / _FADE_S)  # no clicks between notes
    samples: NDArray[np.float32] = (0.8 * np.sin(phase) * np.tile(fade, len(height))).astype(
        np.float32
    )
    return samples
