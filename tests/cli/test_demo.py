"""`farboard demo`: what it refuses, what it leaves, and a real one from start to Ctrl-C."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from farboard.demo.runs import RUNS
from tests.writer.tensorboard_reader import scalars

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Farboard

DEADLINE_S = 60


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + DEADLINE_S
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_without_numpy_it_says_how_to_get_it(
    farboard: Farboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert farboard("demo") == 1
    assert "needs numpy" in farboard.err
    assert f"hint: {sys.executable} -m pip install numpy" in farboard.err


def test_training_alone_needs_a_place(farboard: Farboard) -> None:
    assert farboard("demo", "--train-only") == 2
    assert "--dir" in farboard.err


def test_training_alone_fills_the_directory(farboard: Farboard, tmp_path: Path) -> None:
    steps = ("--steps", "15", "--fast")
    assert farboard("demo", "--train-only", "--dir", str(tmp_path / "runs"), *steps) == 0
    for run in RUNS:
        assert len(scalars(tmp_path / "runs" / run.name)["train/loss"]) == 15


class Demo:
    """A running `farboard demo`."""

    def __init__(self, *arguments: str, scratch: Path) -> None:
        command = [sys.executable, "-m", "farboard.cli.main", "demo", "--no-open", "--port", "0"]
        self.process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(scratch), "XDG_RUNTIME_DIR": str(scratch)},
        )
        self.logdir = Path(self._said(r"Training into (\S+)"))
        self.url, code = re.split("#code=", self._said(r"(http://\S+)"))
        self.secret = ""
        self.secret = self.ask("POST", "api/login", {"code": code})["secret"]

    def _said(self, pattern: str) -> str:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(f"never said {pattern}")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(self.url + path, method=method)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.secret:
            request.add_header("Authorization", f"Bearer {self.secret}")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def points(self, tag: str = "train/loss") -> int:
        runs = self.ask("GET", "api/runs")["runs"]
        series = [{"source": run["source"], "run": run["run"], "tag": tag} for run in runs]
        if not series:
            return 0
        answer = self.ask("POST", "api/statistics", {"series": series})
        return sum(row["points"] for row in answer["series"])


@pytest.mark.slow
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_a_real_demo_moves_and_leaves_nothing(tmp_path: Path, ending: signal.Signals) -> None:
    demo = Demo(scratch=tmp_path)
    with demo.process as process:
        try:
            first = wait_for(demo.points)
            wait_for(lambda: demo.points() > first)
            names = {run["run"] for run in demo.ask("GET", "api/runs")["runs"]}
            assert names == {run.name for run in RUNS}
            assert demo.logdir.parent == tmp_path
        finally:
            process.send_signal(ending)
        assert process.wait(DEADLINE_S) == (130 if ending == signal.SIGINT else -ending)
    wait_for(lambda: not demo.logdir.exists())


@pytest.mark.slow
def test_a_directory_that_was_named_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept:runs"
    steps = ("--steps", "50", "--fast")
    demo = Demo("--dir", str(kept), *steps, scratch=tmp_path)
    with demo.process as process:
        try:
            wait_for(lambda: demo.points() == len(RUNS) * 50)
            wait_for(lambda: demo.points("val/loss") == len(RUNS) * 6)
            wait_for(lambda: demo.points("best/val_accuracy") == len(RUNS))
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE_S) == 130
    assert len(scalars(kept / RUNS[0].name)["train/loss"]) == 50
