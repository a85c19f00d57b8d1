"""The two boards as a person starts them: a command, an address it prints, a page behind it."""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING, Any

from benchmarks.make_logs import tag_names

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.make_logs import Shape

_ADDRESS = re.compile(r"http://(?:localhost|127\.0\.0\.1)\S*")
_GIVE_UP_S = 300.0
_POLL_S = 0.05
_END_S = 10.0


class Board:
    """A running board; a context manager that ends it. `started_at_s` is Unix time."""

    name = ""
    data_paths: tuple[str, ...] = ()
    """What begins the path of a request for data; all else is the page itself."""

    def __init__(self, logdir: Path, shape: Shape) -> None:
        self.shape = shape
        # Away from boards that run already: both leave notes for later starts.
        self._scratch = tempfile.TemporaryDirectory()
        scratch = {"TMPDIR": self._scratch.name, "XDG_RUNTIME_DIR": self._scratch.name}
        self.started_at_s = time.time()
        self._process = subprocess.Popen(
            self.command(logdir),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, **scratch, "PYTHONUNBUFFERED": "1"},
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read_output, daemon=True).start()
        self.address = self._printed_address()

    def command(self, logdir: Path) -> list[str]:
        """Return the command line that starts it on a port of its own choice."""
        raise NotImplementedError

    def page_address(self) -> str:
        """Return the address to open, good for one browser."""
        raise NotImplementedError

    def wait_for_anything(self) -> None:
        """Wait until a page that is opened now has something to draw."""
        raise NotImplementedError

    def wait_until_loaded(self) -> None:
        """Wait until every point is loaded."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The process that was started."""
        return self._process.pid

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._scratch.cleanup()

    def _read_output(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _printed_address(self) -> str:
        said = []
        while (line := self._lines.get(timeout=_GIVE_UP_S)) is not None:
            said.append(line)
            if found := _ADDRESS.search(line):
                return found.group()
        raise RuntimeError(f"{self.name} did not start:\n{''.join(said)}")

    def _wait_for(self, condition: Any) -> None:
        until_s = time.monotonic() + _GIVE_UP_S
        while not condition():
            if time.monotonic() > until_s:
                raise RuntimeError(f"{self.name} does not load everything")
            time.sleep(_POLL_S)


class TensorBoard(Board):
    """TensorBoard with its default settings."""

    name = "TensorBoard"
    data_paths = ("/data/", "/experiment/")

    def command(self, logdir: Path) -> list[str]:
        """Return the command line of `tensorboard`."""
        program = "from tensorboard.main import run_main; run_main()"
        arguments = ["--logdir", str(logdir), "--host", "127.0.0.1", "--port", "0"]
        return [sys.executable, "-c", program, *arguments]

    def page_address(self) -> str:
        """Return the printed address."""
        return self.address

    def wait_for_anything(self) -> None:
        """Wait for the first tag: a page opened before stays empty until it is reloaded."""
        self._wait_for(lambda: self._ask("data/plugin/timeseries/tags")["scalars"]["runTagInfo"])

    def wait_until_loaded(self) -> None:
        """Wait until the last step of every run is there."""
        self.wait_for_anything()
        self._wait_for(self._has_last_steps)

    def _has_last_steps(self) -> bool:
        """Whether every run's file is read to its end: its last record is of the last tag."""
        tag = tag_names(self.shape.tags)[-1]
        requests = json.dumps([{"plugin": "scalars", "tag": tag}])
        (answer,) = self._ask("data/plugin/timeseries/timeSeries", {"requests": requests})
        series = answer.get("runToSeries", {}).values()
        last_steps = [points[-1]["step"] for points in series]
        return last_steps == [self.shape.steps - 1] * self.shape.runs

    def _ask(self, path: str, form: dict[str, str] | None = None) -> Any:
        data = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(urllib.parse.urljoin(self.address, path), data) as answer:
            return json.load(answer)


class Farboard(Board):
    """Farboard as `farboard --logdir DIR`."""

    name = "Farboard"
    data_paths = ("/api/",)
    _secret = ""

    def command(self, logdir: Path) -> list[str]:
        """Return the command line of `farboard`."""
        program = "from farboard.cli.main import main; main()"
        return [sys.executable, "-c", program, "--logdir", str(logdir), "--port", "0", "--no-open"]

    def page_address(self) -> str:
        """Return the printed address, or one like it with a new code."""
        if not self._secret:
            return self.address
        code = self._ask("POST", "/api/code")["code"]
        return urllib.parse.urljoin(self.address, f"/#code={code}")

    def wait_for_anything(self) -> None:
        """Return at once: the page waits by itself."""

    def wait_until_loaded(self) -> None:
        """Wait until the engine is live and has every point."""
        code = urllib.parse.urlsplit(self.address).fragment.removeprefix("code=")
        self._secret = self._ask("POST", "/api/login", {"code": code})["secret"]
        self._wait_for(self._is_live)

    def _is_live(self) -> bool:
        (source,) = self._ask("GET", "/api/status")["sources"]
        load = source["load"] or {}
        return load.get("state") == "live" and load["points"] == self.shape.points

    def _ask(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            urllib.parse.urljoin(self.address, path),
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json"},
        )
        if self._secret:
            request.add_header("Authorization", f"Bearer {self._secret}")
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
