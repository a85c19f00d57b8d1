"""A far clock, known to half the round trip of the quickest question."""

from __future__ import annotations

import pytest

from farboard.hub.clock_skew import ClockSkew


def clock(*samples: tuple[float, float, float]) -> ClockSkew:
    """One that was asked `(asked at, heard at, far now)`."""
    asked = ClockSkew()
    for sample in samples:
        asked.add(*sample)
    return asked


def test_nothing_is_known_before_the_first_answer() -> None:
    asked = clock()
    assert asked.skew_s is None
    assert asked.uncertainty_s is None
    assert asked.correction_s == 0.0


def test_the_quickest_answer_counts() -> None:
    asked = clock((100, 104, 145), (110, 110.2, 151.1), (120, 123, 163))
    assert asked.skew_s == pytest.approx(41)
    assert asked.uncertainty_s == pytest.approx(0.1)
    assert asked.correction_s == pytest.approx(41)


def test_what_might_be_none_is_not_corrected() -> None:
    assert clock((100, 100.1, 100.9)).correction_s == 0.0, "less than a second"
    assert clock((100, 108, 107)).correction_s == 0.0, "3 s, but known to 4 s only"
    assert clock((100, 104, 107)).correction_s == pytest.approx(5)
    assert clock((100, 100.1, 60)).correction_s == pytest.approx(-40.05)


def test_a_clock_that_was_set_is_believed_at_once() -> None:
    asked = clock((100, 100.01, 141), (200, 200.5, 200.25))
    assert asked.skew_s == pytest.approx(0)
    assert asked.uncertainty_s == pytest.approx(0.25)


def test_our_own_clock_set_back_during_a_question_spoils_no_estimate() -> None:
    assert clock((100, 100.2, 141.1), (200, 150, 241)).skew_s == pytest.approx(41)


def test_only_the_newest_answers_count() -> None:
    quick_once = [(100.0, 100.002, 141.0), *((200.0 + i, 200.2 + i, 241.0 + i) for i in range(8))]
    assert clock(*quick_once).uncertainty_s == pytest.approx(0.1)
