"""Real answers of the hub about a fixed logdir, kept as `*.json` beside this file.

`tests/hub/test_snapshots.py` holds that the hub still answers in these shapes, and the page's
tests read them (`web/test/api/snapshots.test.ts`), so that both sides mean the same.

    python -m tests.snapshots.hub     writes them anew
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.cli.programs import Api, Board
from tests.engine.event_files import append, histogram, scalar, write_series

DIRECTORY = Path(__file__).parent
TARGET = "runs"
START_S = 1_700_000_000.0
SERIES = [{"id": i, "source": TARGET, "run": run, "tag": "loss"} for i, run in enumerate("ab")]

# What is another one each time, and what stands for it.
VOLATILE: dict[str, Any] = {
    "asked": "/home/you/runs",
    "attempt": 0,
    "clock_correction_s": 0.0,
    "clock_skew_s": 0.0,
    "clock_uncertainty_s": 0.001,
    "epoch": "6f1d2c3b4a596877",
    "file_system": "ext4",
    "home": "/home/you",
    "host": "gpu1",
    "identity": "9f0c2a51 2049 1311",
    "last_heard_at_s": START_S,
    "memory_bytes": 21_000_000,
    "modified_at_s": START_S,
    "now_s": START_S,
    "path": "/home/you/runs",
    "pid": 4242,
    "platform": "linux x86_64",
    "received_bytes": 1000,
    "restored_bytes": 0,
    "rtt_ms": 0.5,
    "since_s": START_S,
    "started_at_s": START_S,
    "threads": 2,
    "unsaved_runs": 0,
    "user": "you",
    "version": 1,
    "view_id": "",
}
# How far the index has come depends on the moment.
INDEX = {"state": "on", "bytes": 0, "message": ""}


def write_logdir(logdir: Path) -> None:
    """Two runs: one with a value that is not finite, a lost record and a file of settings."""
    file = logdir / "a" / "events.out.tfevents.1700000000.gpu1"
    write_series(file, "loss", [1.0, float("nan"), 0.25], START_S)
    append(file, scalar("loss", 3, 1.0, START_S + 3)[:-1] + b"?")
    append(file, histogram("weights", 3, START_S + 4))
    (logdir / "a" / "hparams.yaml").write_text("lr: 0.1\nmodel:\n  depth: 4\nnote: null\n")
    other = logdir / "b" / "events.out.tfevents.1700000000.gpu1"
    write_series(other, "loss", [1.0, 0.5], START_S)


def take(directory: Path) -> dict[str, Any]:
    """Return the answers by name, what is volatile replaced.

    Args:
        directory: an empty one, for the logdir and what the program leaves behind.
    """
    write_logdir(directory / TARGET)
    place = Path.cwd()
    os.chdir(directory)  # The target is called as it is typed.
    try:
        board = Board(directory, TARGET, "--port", "0", "--no-open")
    finally:
        os.chdir(place)
    try:
        api = board.api()
        # The losses come with the status, which is asked for less often.
        api.until(lambda source: source["losses"] and source["load"]["state"] == "live")
        return {name: steady(answer) for name, answer in _ask_all(api, directory).items()}
    finally:
        board.close()


def _ask_all(api: Api, directory: Path) -> dict[str, Any]:
    asked = {
        "status": ("/api/status", None),
        "runs": ("/api/runs", None),
        "tags": ("/api/tags", None),
        "hparams": ("/api/hparams", None),
        "page": ("/api/page", None),
        "statistics": ("/api/statistics", {"series": SERIES, "slope": True}),
        "bands": ("/api/bands", {"groups": [{"id": 0, "series": SERIES}], "width_px": 4}),
    }
    answers = {name: json.loads(api.ask(path, body)) for name, (path, body) in asked.items()}
    return {**answers, **_messages(api, directory)}


def _messages(api: Api, directory: Path) -> dict[str, Any]:
    """The greeting of `/api/changes`, and the change when a point is written."""
    address = api.url.replace("http:", "ws:") + "/api/changes"
    with connect(address, proxy=None) as socket:
        socket.send(json.dumps({"secret": api.secret}))
        hello = json.loads(socket.recv(10))
        assert hello["type"] == "hello", hello
        file = directory / TARGET / "b" / "events.out.tfevents.1700000000.gpu1"
        append(file, scalar("loss", 2, float("inf"), START_S + 2))
        while True:
            message = json.loads(socket.recv(10))
            if message["type"] == "change" and message["series"]:
                return {"hello": hello, "change": message}


def steady(value: Any, name: str = "") -> Any:
    """Return an answer with fixed values for what is another one each time."""
    if name == "index" and isinstance(value, dict):
        value = {key: INDEX.get(key, item) for key, item in value.items()}
    if name in VOLATILE and not isinstance(value, dict | list):
        # Farboard's own version is a text, that of what was published a number.
        return "0.1.0" if name == "version" and isinstance(value, str) else VOLATILE[name]
    if isinstance(value, dict):
        return {key: steady(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [steady(item) for item in value]
    return value


def main() -> None:
    """Write them all anew."""
    with tempfile.TemporaryDirectory() as directory:
        answers = take(Path(directory))
    for name, answer in answers.items():
        (DIRECTORY / f"{name}.json").write_text(json.dumps(answer, indent=2) + "\n")


if __name__ == "__main__":
    main()
