"""Two hundred blackouts in the middle of a training; every point is to be there, exactly once.

A writer appends points on a far machine (a real sshd on loopback) without a pause. In front of it
stands a network that freezes and breaks at random moments for random lengths. In the end every
point is asked for; engines may be new ones, but the board is never told to begin anew for another
reason, and nothing is left running. Waiting times are shortened, so that it ends in some minutes.

    python -m benchmarks.blackouts [COUNT] [SEED]
"""

from __future__ import annotations

import asyncio
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.machine import describe_machine, write_result
from farboard.hub.sources import Sources
from farboard.link import Link, LinkOptions, LinkState, Timing
from farboard.link.engine import find_engine
from farboard.target import Target, parse_target
from farboard.writer.summary_writer import SummaryWriter
from tests.link.helpers import children
from tests.ssh.far import FarMachine, Relay

TAG = "train/loss"
POINT_EVERY_S = 0.01
LONGEST_S = 2.0
# How many of them come before the one before is over.
AGAIN_SHARE = 0.25
GIVE_UP_S = 120.0
TIMING = Timing(
    ping_s=0.1,
    quiet_s=0.2,
    lost_s=0.5,
    wake_s=0.2,
    connect_s=5.0,
    backoff_s=(0.0, 0.05, 0.1, 0.2),
    slow_retry_s=0.3,
    click_pause_s=0.1,
    killed_retry_s=0.3,
    silence_s=5,
)


class Training:
    """A thread that writes a point every few milliseconds; its value is twice its step."""

    def __init__(self, directory: Path) -> None:
        self.points = 0
        self._writer = SummaryWriter(directory, max_queue=1)
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._ends.wait(POINT_EVERY_S):
            self._writer.add_scalar(TAG, 2.0 * self.points, self.points)
            self.points += 1

    def end(self) -> None:
        """Write no more."""
        self._ends.set()
        self._thread.join()
        self._writer.close()


@dataclass
class Outcome:
    """What came of it.

    Attributes:
        kinds: how many blackouts of each kind there were.
        away_s: how long the board was without the engine, each time.
        points: how many were written, and how many of them the board has, each once.
        engines, epochs: how many engines there were; the board begins anew with each, never else.
        left_here, left_there: processes that outlived the end.
    """

    kinds: Counter[str] = field(default_factory=Counter)
    away_s: list[float] = field(default_factory=list)
    written: int = 0
    there_once: int = 0
    there: int = 0
    engines: int = 0
    epochs: int = 0
    left_here: int = 0
    left_there: int = 0
    took_s: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Return what the result file keeps."""
        away = sorted(self.away_s) or [0.0]
        return {
            "blackouts": {"all": self.kinds.total(), **self.kinds},
            "took_s": round(self.took_s, 1),
            "points": {
                "written": self.written,
                "there": self.there,
                "there_exactly_once": self.there_once,
            },
            "engines": self.engines,
            "epochs": self.epochs,
            "times_lost": len(self.away_s),
            "away_s": {"median": round(statistics.median(away), 2), "longest": round(away[-1], 2)},
            "left_running": {"here": self.left_here, "there": self.left_there},
        }


class Trial:
    """One training, one board, and a bad network between them."""

    def __init__(self, far: FarMachine, relay: Relay, seed: int) -> None:
        self.far = far
        self.relay = relay
        self.random = random.Random(seed)
        self.outcome = Outcome()
        self.sources = Sources()
        self._away_since_s: float | None = None
        self._epochs: set[str] = set()
        self._engines: set[int] = set()

    async def run(self, count: int) -> Outcome:
        """Let it train, black out `count` times, and look what is there in the end."""
        began_s = time.monotonic()
        here = children()
        training = Training(self.far.home / "runs" / "a")
        try:
            source = self.sources.add(parse_target("gpu1:runs"), self._make_link)
            self.sources.listen(self._hear)
            await source.start()
            for _ in range(count):
                if self.random.random() >= AGAIN_SHARE:
                    await self._until(lambda: source.state == "live")
                await asyncio.sleep(self.random.uniform(0.05, 0.6))
                await self._blackout()
            training.end()
            await self._until(lambda: source.state == "live" and self._points() >= training.points)
            steps = await self._ask()
        finally:
            training.end()
            await self.sources.close()
        await self._look_behind(here)
        self.outcome.written = training.points
        self.outcome.there = len(steps)
        self.outcome.there_once = sum(1 for many in Counter(steps).values() if many == 1)
        self.outcome.engines, self.outcome.epochs = len(self._engines), len(self._epochs)
        self.outcome.took_s = time.monotonic() - began_s
        return self.outcome

    async def _blackout(self) -> None:
        kind = self.random.choice(["freeze", "cut", "freeze and cut"])
        self.outcome.kinds[kind] += 1
        if kind == "cut":
            self.relay.cut()
            return
        self.relay.freeze()
        await asyncio.sleep(min(self.random.expovariate(2.0), LONGEST_S))
        if kind == "freeze and cut":
            self.relay.cut()
        self.relay.thaw()

    def _make_link(self, target: Target, on_state: Any) -> Link:
        options = LinkOptions(
            ssh_arguments=self.far.ssh_arguments,
            engine=find_engine().path,
            say=lambda _line: None,
            timing=TIMING,
        )

        def hear(state: LinkState) -> None:
            self._note_state(state)
            on_state(state)

        return Link(target, options, hear)

    def _note_state(self, state: LinkState) -> None:
        now_s = time.monotonic()
        if state.state in ("lost", "retrying") and self._away_since_s is None:
            self._away_since_s = now_s
        if state.state == "live" and self._away_since_s is not None:
            self.outcome.away_s.append(now_s - self._away_since_s)
            self._away_since_s = None

    def _hear(self, message: dict[str, Any]) -> None:
        if message["type"] != "source":
            return
        entry = message["source"]
        if entry["epoch"]:
            self._epochs.add(entry["epoch"])
        if entry["state"] == "live" and entry["engine"]:
            self._engines.add(entry["engine"]["pid"])

    def _points(self) -> int:
        (source,) = self.sources
        load = source.entry()["load"] or {}
        return int(load.get("points", 0))

    async def _ask(self) -> list[int]:
        """Ask for every point; return the steps of those whose value is right."""
        (source,) = self.sources
        question = {"series": [{"run": "a", "tag": TAG}], "width_px": None}
        body = json.dumps(question).encode()
        answer = await source.ask("POST", "/api/scalars", body)
        (series,) = json.loads(answer.body)["series"]
        return [
            int(step)
            for step, value in zip(series["step"], series["value"], strict=True)
            if value == 2.0 * step
        ]

    async def _look_behind(self, here: set[int]) -> None:
        """Count who is left when everybody has had time to notice the end."""
        deadline_s = time.monotonic() + 4 * TIMING.silence_s
        while time.monotonic() < deadline_s:
            self.outcome.left_there = len(self.far.processes)
            self.outcome.left_here = len(children() - here - self.far.processes)
            if not (self.outcome.left_there or self.outcome.left_here):
                return
            await asyncio.sleep(0.1)

    async def _until(self, true: Any) -> None:
        deadline_s = time.monotonic() + GIVE_UP_S
        while not true():
            if time.monotonic() > deadline_s:
                (source,) = self.sources
                raise TimeoutError(f"it never came back: {source.entry()}")
            await asyncio.sleep(0.02)


async def black_out(far: FarMachine, count: int, seed: int) -> Outcome:
    """Run one trial against a far machine that runs."""
    relay = Relay(far.port)
    await relay.start()
    far.configure_client(f"Port {relay.port}", f"HostKeyAlias [127.0.0.1]:{far.port}")
    try:
        return await Trial(far, relay, seed).run(count)
    finally:
        await relay.stop()


def main() -> None:
    """Run it, print what came of it, keep it."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    with tempfile.TemporaryDirectory() as directory:
        far = FarMachine(Path(directory) / "gpu1")
        far.start()
        try:
            outcome = asyncio.run(black_out(far, count, seed))
        finally:
            far.stop()
    result = {"seed": seed, **outcome.as_json()}
    print(json.dumps(result, indent=2))
    write_result("blackouts", {"machine": describe_machine(), **result})


if __name__ == "__main__":
    main()
