"""Where values stand, without what they are: `steps_only` of `/api/values`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.event_files import append, histogram

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.client import EngineProcess
    from tests.engine.conftest import Start

FILE = "events.out.tfevents.1"


def steps(engine: EngineProcess, **request: Any) -> dict[str, Any]:
    series = [{"id": 7, "run": "a", "tag": "w", "kind": "histogram"}]
    answer = engine.post("/api/values", {"series": series, "steps_only": True} | request)
    assert answer.status == 200, answer.content
    (one,) = answer.json()["series"]
    found: dict[str, Any] = one
    return found


def test_all_steps_come_in_one_answer_and_no_value(start: Start, tmp_path: Path) -> None:
    count = 12_000
    append(tmp_path / "a" / FILE, *(histogram("w", 2 * i, 1e9 + i) for i in range(count)))
    engine = start(tmp_path)
    engine.until_live()
    one = steps(engine)
    assert one["id"] == 7
    assert one["points"] == count
    assert one["step"] == [2 * i for i in range(count)]
    assert one["wall_time"] == [1e9 + i for i in range(count)]
    assert "value" not in one
    some = steps(engine, limit=3, range=[100, 10_000])
    assert (some["points"], some["step"]) == (4951, [100, 5050, 10_000])


def test_superseded_steps_are_marked(start: Start, tmp_path: Path) -> None:
    append(tmp_path / "a" / FILE, *(histogram("w", step, 1e9) for step in (0, 1, 2, 1, 2)))
    engine = start(tmp_path)
    engine.until_live()
    one = steps(engine)
    assert (one["step"], one["superseded_points"], one["superseded"]) == ([0, 1, 2], 2, [])
    every = steps(engine, restarts="all")
    assert (every["step"], every["superseded"]) == ([0, 1, 2, 1, 2], [0, 1, 1, 0, 0])
