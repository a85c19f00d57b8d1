"""How the engine begins and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.engine.event_files import write_series

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.conftest import Start


def test_it_ends_when_stdin_ends(start: Start, tmp_path: Path) -> None:
    engine = start(tmp_path)
    engine.get("/api/status")
    assert engine.close() == 0


def test_it_ends_when_stdin_ends_though_nobody_reads_what_it_writes(
    start: Start, tmp_path: Path
) -> None:
    write_series(tmp_path / "events.out.tfevents.1.x", "loss", [0.1 * i for i in range(60_000)])
    engine = start(tmp_path)
    engine.until_live()
    engine.connection.increment_flow_control_window(1 << 24)
    engine.connection.update_settings({4: 1 << 24})  # SETTINGS_INITIAL_WINDOW_SIZE
    engine.get("/api/status")
    engine.open("POST", "/api/export", {})
    engine.open("GET", "/api/changes")
    time.sleep(0.5)  # time to fill the pipe; without it the test is only weaker
    assert engine.close() == 0


def test_it_ends_when_it_hears_nothing(start: Start, tmp_path: Path) -> None:
    engine = start(tmp_path, "--silence-timeout", "1")
    engine.get("/api/status")
    assert engine.process.wait(20) == 0


def test_it_stays_while_it_hears_pings(start: Start, tmp_path: Path) -> None:
    engine = start(tmp_path, "--silence-timeout", "2")
    for sent in range(1, 9):
        engine.connection.ping(b"hello...")
        engine.flush()
        while engine.pings < sent:
            engine.pump(time.monotonic() + 5)
        time.sleep(0.5)
    assert engine.process.poll() is None


def test_pings_are_answered_while_it_works(start: Start, tmp_path: Path) -> None:
    write_series(tmp_path / "events.out.tfevents.1.x", "loss", [0.1 * i for i in range(50_000)])
    engine = start(tmp_path, "--threads", "1")
    engine.until_live()
    series = [{"run": ".", "tag": "loss", "id": i} for i in range(2000)]
    work = engine.open(
        "POST", "/api/scalars", {"series": series, "smoothing": 0.9, "width_px": 1000}
    )
    engine.connection.ping(b"are you ")
    engine.flush()
    while not engine.pings:
        engine.pump(time.monotonic() + 20)
    assert not work.body


@pytest.mark.parametrize(
    "arguments", [[], ["run"], ["serve"], ["serve", "--logdir"], ["serve", "--logdir-hex", "xyz"]]
)
def test_bad_arguments_are_explained(engine_program: Path, arguments: list[str]) -> None:
    result = subprocess.run([engine_program, *arguments], capture_output=True, text=True)
    assert result.returncode == 90
    assert result.stdout == ""
    assert result.stderr.startswith("farboard-engine: ")
    assert "usage:" in result.stderr


def test_what_is_not_http2_is_refused(engine_program: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [engine_program, "serve", "--logdir", tmp_path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    process.stdin.write(b"Welcome to the cluster.\nLast login: yesterday\n")
    process.stdin.flush()
    assert process.wait(20) == 92
    assert b"HTTP/2" in process.stderr.read()
    for pipe in (process.stdin, process.stdout, process.stderr):
        pipe.close()


def test_it_is_nice_when_asked(start: Start, tmp_path: Path) -> None:
    engine = start(tmp_path, "--nice")
    engine.get("/api/status")
    here = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, engine.process.pid) == min(here + 10, 19)


def test_a_zooming_page_may_take_back_many_requests(start: Start, tmp_path: Path) -> None:
    write_series(tmp_path / "events.out.tfevents.1.x", "loss", [0.1 * i for i in range(1000)])
    engine = start(tmp_path)
    engine.until_live()
    for _ in range(300):
        stream = engine.connection.get_next_available_stream_id()
        engine.open(
            "POST", "/api/scalars", {"series": [{"run": ".", "tag": "loss"}], "width_px": 9}
        )
        engine.connection.reset_stream(stream, error_code=8)
        engine.flush()
    assert engine.get("/api/runs")["runs"][0]["points"] == 1000


def test_a_signal_ends_it(start: Start, tmp_path: Path) -> None:
    engine = start(tmp_path)
    engine.get("/api/status")
    engine.process.send_signal(signal.SIGTERM)
    assert engine.process.wait(20) == -signal.SIGTERM
