"""The connection window finds the bandwidth-delay product, on simulated links."""

from __future__ import annotations

import pytest

from farboard.link.window import Window

KILOBYTE = 1024


def settle(rate_bytes_s: float, rtt_s: float, seconds: float = 30.0) -> int:
    """Downloads without end over a link that delivers the window's worth per round trip at most."""
    window = Window()
    window.round_trip(rtt_s)
    now_s = 0.0
    while now_s < seconds:
        # Beyond rate times delay, bytes only queue and the trip takes longer.
        trip_s = max(rtt_s, window.size_bytes / rate_bytes_s)
        for _ in range(100):
            now_s += trip_s / 100
            window.received(window.size_bytes // 100, now_s)
    return window.size_bytes


@pytest.mark.parametrize(
    ("rate_mbit", "rtt_s", "least", "most"),
    [
        (20, 0.100, 256, 512),  # 250 kB under way fill it
        (50, 0.040, 256, 768),  # 250 kB
        (100, 0.100, 1200, 2048),  # 1250 kB
        (1000, 0.150, 2048, 2048),  # more than ssh's own window
        (1, 0.050, 64, 64),
        (5, 0.050, 64, 80),
        (1000, 0.0005, 2048, 2048),  # 16 ms of it
    ],
)
def test_it_settles_where_the_link_is_full_but_nothing_queues(
    rate_mbit: float, rtt_s: float, least: int, most: int
) -> None:
    size = settle(rate_mbit * 1e6 / 8, rtt_s)
    assert least * KILOBYTE <= size <= most * KILOBYTE


def test_small_answers_say_nothing_about_the_link() -> None:
    window = Window()
    window.round_trip(0.1)
    before = window.size_bytes
    for second in range(100):
        window.received(2000, float(second))
    assert window.size_bytes == before


def test_bulk_after_a_trickle_is_not_held_up() -> None:
    window = Window()
    window.round_trip(0.1)
    for tick in range(100):
        window.received(1000, tick / 10)
    start = window.size_bytes
    sizes = []
    for tick in range(100):
        window.received(25_000, 10 + tick / 100)
        sizes.append(window.size_bytes)
    assert min(sizes) == start


def test_without_a_round_trip_time_it_stays() -> None:
    window = Window()
    before = window.size_bytes
    for tick in range(1000):
        window.received(100_000, tick / 100)
    assert window.size_bytes == before
