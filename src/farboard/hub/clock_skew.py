"""How far a far clock is ahead of ours, and how well that is known."""

from __future__ import annotations

from dataclasses import dataclass

KEPT = 8
# Clocks that nobody set drift apart by less than this between two samples.
DRIFT_S = 0.25
# Less than this is no matter to anybody, and not worth a doubt whether it is right.
WORTH_CORRECTING_S = 1.0


@dataclass(frozen=True)
class _Sample:
    skew_s: float
    uncertainty_s: float


class ClockSkew:
    """The far clock minus ours, from questions what time it is over there.

    The far clock was read at some moment between question and answer: a sample is known to half
    the round trip, and the quickest one counts. A newest sample that cannot be true together with
    an older one means that a clock was set; the older one is forgotten.
    """

    def __init__(self) -> None:
        self._samples: list[_Sample] = []

    def forget(self) -> None:
        """Begin anew: it may be another machine's clock."""
        self._samples = []

    def add(self, asked_at_s: float, heard_at_s: float, far_now_s: float) -> None:
        """Take what a far clock showed between two moments of ours."""
        if heard_at_s < asked_at_s:  # our own clock was set back meanwhile
            return
        uncertainty_s = (heard_at_s - asked_at_s) / 2
        new = _Sample(far_now_s - (asked_at_s + uncertainty_s), uncertainty_s)
        agreeing = [old for old in self._samples if _agree(old, new)]
        self._samples = [*agreeing, new][-KEPT:]

    @property
    def skew_s(self) -> float | None:
        """The best estimate, or None before the first sample."""
        best = self._best()
        return best.skew_s if best else None

    @property
    def uncertainty_s(self) -> float | None:
        """By how much the estimate may be wrong, or None before the first sample."""
        best = self._best()
        return best.uncertainty_s if best else None

    @property
    def correction_s(self) -> float:
        """What to subtract from far wall times: the skew, where it is one for certain."""
        best = self._best()
        if best is None or abs(best.skew_s) < max(WORTH_CORRECTING_S, best.uncertainty_s):
            return 0.0
        return best.skew_s

    def _best(self) -> _Sample | None:
        return min(self._samples, key=lambda sample: sample.uncertainty_s, default=None)


def _agree(one: _Sample, other: _Sample) -> bool:
    apart_s = abs(one.skew_s - other.skew_s)
    return apart_s <= one.uncertainty_s + other.uncertainty_s + DRIFT_S
