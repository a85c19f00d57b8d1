"""Runs `farboard` as a program of its own, with the real engine, and watches what it says."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from farboard.writer.summary_writer import SummaryWriter

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = [sys.executable, "-m", "farboard.cli.main"]
PATIENCE_S = 30.0


def write_run(directory: Path, points: int = 10) -> None:
    with SummaryWriter(directory) as writer:
        for step in range(points):
            writer.add_scalar("train/loss", 1 / (step + 1), step)


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    """One in which nothing of the user's is touched and no browser opens."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "NO_COLOR")
    }
    places = ("XDG_RUNTIME_DIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    own = {**dict.fromkeys(places, str(tmp_path)), "TERM": "xterm"}
    return {**kept, **own, **more}


class Board:
    """A running board: what it says in its terminal, and its API."""

    def __init__(self, tmp_path: Path, *arguments: str, in_terminal: bool = False) -> None:
        self.said = ""
        self._terminal, child_end = pty.openpty() if in_terminal else os.pipe()
        self.process = subprocess.Popen(
            [*PROGRAM, *arguments],
            stdin=child_end if in_terminal else subprocess.DEVNULL,
            stdout=child_end if in_terminal else subprocess.PIPE,
            stderr=child_end,
            env=environment(tmp_path),
            start_new_session=True,
            preexec_fn=_take_terminal if in_terminal else None,
        )
        os.close(child_end)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """The first match in what was said, from the beginning."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not (match := re.search(pattern, self.said)):
            left_s = deadline_s - time.monotonic()
            assert left_s > 0, f"never said {pattern!r}, but {self.said!r}"
            assert self._read(left_s), f"ended without {pattern!r}: {self.said!r}"
        return match

    def _read(self, within_s: float) -> bool:
        readable, _, _ = select.select([self._terminal], [], [], within_s)
        if not readable:
            return True
        try:
            data = os.read(self._terminal, 65536)
        except OSError:  # a terminal whose other end is closed
            data = b""
        self.said += data.decode(errors="replace")
        return bool(data)

    def press(self, keys: bytes) -> None:
        os.write(self._terminal, keys)

    def end(self, number: int = signal.SIGINT) -> int:
        """Sends a signal to the program alone; its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        while self._read(PATIENCE_S):
            pass
        return self.process.wait(PATIENCE_S)

    def hang_up(self) -> None:
        """Closes the terminal."""
        os.close(self._terminal)
        self._terminal = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()
        if self._terminal >= 0:
            self.hang_up()

    def api(self) -> Api:
        link = self.wait_for(r"(http://\S+?)/#code=([\w-]+)")
        return Api(link[1], link[2])


def _take_terminal() -> None:
    """Makes standard input the controlling terminal: Ctrl-C and hanging up mean something."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


class Api:
    """A logged-in client."""

    def __init__(self, url: str, code: str) -> None:
        self.url = url
        self.secret = ""
        self.secret = json.loads(self.ask("/api/login", {"code": code}))["secret"]

    def ask(self, path: str, body: Any = None, accept: str = "application/json") -> bytes:
        request = urllib.request.Request(
            self.url + path,
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.secret}", "Accept": accept},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=PATIENCE_S) as answer:
            data = answer.read()
            assert isinstance(data, bytes)
            return data

    def source(self) -> dict[str, Any]:
        entry = json.loads(self.ask("/api/status"))["sources"][0]
        assert isinstance(entry, dict)
        return entry

    def until(self, condition: Any) -> dict[str, Any]:
        """The source's entry, as soon as a condition holds for it."""
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition(entry := self.source()):
            assert time.monotonic() < deadline_s, entry
            time.sleep(0.05)
        return entry
