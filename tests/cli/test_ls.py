"""`farboard ls`: a table for people, tabs for programs."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from rich.console import Console

from farboard.cli.ls import _row, _table
from farboard.cli.words import age, grouped, listed

if TYPE_CHECKING:
    from tests.cli.conftest import Farboard
    from tests.hub.fake_link import FakeLink


def entry(name: str, **more: Any) -> dict[str, Any]:
    return {
        "run": name, "files": 1, "bytes": 9, "points": 10000, "superseded": 0, "tags": 5,
        "first_step": 0, "last_step": 9999, "first_wall_time_s": 1.0,
        "last_wall_time_s": time.time() - 100, "modified_at_s": time.time(), **more,
    }  # fmt: skip


def having(*runs: dict[str, Any]) -> Any:
    def prepare(link: FakeLink) -> None:
        link.answers["/api/runs"] = {"epoch": "e", "version": 1, "runs": list(runs)}

    return prepare


def test_in_a_pipe_columns_are_separated_by_tabs(farboard: Farboard) -> None:
    empty = {"points": 0, "last_step": None, "last_wall_time_s": None, "modified_at_s": None}
    farboard.prepare = having(entry("a"), entry("b\tc\x1b[0m", **empty))
    assert farboard("ls", "gpu1:runs") == 0
    rows = [line.split("\t") for line in farboard.out.splitlines()]
    assert rows[0] == ["run", "points", "tags", "last_step", "age_s"]
    assert rows[1][:4] == ["a", "10000", "5", "9999"]
    assert 100 <= float(rows[1][4]) < 200
    assert rows[2] == ["b\\tc\\x1b[0m", "0", "5", "", ""]
    assert farboard.links[0].closed


def test_json_is_the_apis(farboard: Farboard) -> None:
    run = entry("a")
    farboard.prepare = having(run)
    assert farboard("ls", "gpu1:runs", "--json") == 0
    answer = json.loads(farboard.out)
    assert answer["runs"] == [run]
    assert answer["target"] == "gpu1:runs"


def test_no_runs_is_said_and_no_error(farboard: Farboard) -> None:
    farboard.prepare = having()
    assert farboard("ls", "gpu1:runs") == 0
    assert farboard.out.splitlines() == ["run\tpoints\ttags\tlast_step\tage_s"]
    assert "No runs in gpu1:runs yet." in farboard.err


def test_a_missing_directory_is_an_error(farboard: Farboard) -> None:
    def prepare(link: FakeLink) -> None:
        missing = {"state": "missing", "path": "/home/you/runs", "closest": ["/home/you/run"]}
        link.answers["/api/status"] = lambda _: {**link.status(), "logdir": missing}

    farboard.prepare = prepare
    assert farboard("ls", "gpu1:runs") == 5
    assert farboard.err.splitlines()[-2:] == [
        "farboard: gpu1 has no /home/you/runs (logged in as you, home /home/you)",
        "hint: closest: /home/you/run",
    ]


def test_the_table_is_for_people() -> None:
    console = Console(width=80, color_system=None, record=True)
    now_s = time.time()
    console.print(_table([_row(entry("lr=[red]0.1", last_wall_time_s=now_s - 33120), now_s)]))
    text = console.export_text()
    assert "lr=[red]0.1" in text
    assert "10 000" in text
    assert "9 h 12 min" in text


def test_numbers_and_times_as_people_read_them() -> None:
    assert [age(seconds) for seconds in (None, 4.9, 719, 33120, 273600)] == [
        "", "4 s", "11 min", "9 h 12 min", "3 d 4 h",
    ]  # fmt: skip
    assert grouped(34812) == "34 812"
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a, b and c"
