"""The benchmark of the writer measures every writer by the same clocks."""

from __future__ import annotations

from benchmarks.writer import WRITERS, import_ms, measure


def test_every_writer_is_measured() -> None:
    found = measure(rounds=1, steps=4, values=20)
    assert set(found) == set(WRITERS)
    for times in found.values():
        assert set(times) >= {"median_us", "mean_us", "p99_us", "cpu_us", "call_us"}
        assert all(value >= 0 for value in times.values())
    assert import_ms("perf_counter", rounds=1) > 0
