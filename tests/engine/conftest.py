"""The engine as a program: taken from `FARBOARD_ENGINE`, or the newest one cargo built."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from farboard.link.engine import Engine, platform_of
from tests.engine.client import EngineProcess

ENGINE_DIR = Path(__file__).parents[2] / "engine"

Start = Callable[..., EngineProcess]


@pytest.fixture(scope="session")
def engine_program() -> Path:
    named = os.environ.get("FARBOARD_ENGINE")
    if named:
        return Path(named)
    target = Path(os.environ.get("CARGO_TARGET_DIR", ENGINE_DIR / "target"))
    # `make wheels` leaves engines for other platforms there, too.
    programs = [
        path
        for path in target.glob("**/farboard-engine")
        if path.is_file() and Engine(path, platform_of(path)).runs_here()
    ]
    if not programs:
        pytest.fail("no engine: run `make engine`, or set FARBOARD_ENGINE")
    return max(programs, key=lambda path: path.stat().st_mtime)


@pytest.fixture
def start(engine_program: Path) -> Iterator[Start]:
    """Starts engines, and ends those that still run."""
    engines: list[EngineProcess] = []

    def start_engine(logdir: Path, *options: str) -> EngineProcess:
        engines.append(EngineProcess(engine_program, logdir, *options))
        return engines[-1]

    yield start_engine
    for engine in engines:
        if engine.process.poll() is None:
            engine.process.kill()
        engine.close()
