"""The two boards on a far machine: Farboard through ssh, TensorBoard through `ssh -L`."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import shutil
import subprocess
import tempfile
import threading
import time
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.boards import Farboard, TensorBoard
from benchmarks.slow_link import LinkProcess
from tests.ssh.far import FarMachine, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.make_logs import Shape

_POLL_S = 0.002
_GIVE_UP_S = 120.0
_SETTLED_S = 2.0
_GZIP = b"\x1f\x8b"
_LOGGED_IN = b"Accepted publickey"


class FarSide:
    """A real sshd behind a slow link. Make one with `far_side`."""

    def __init__(self, machine: FarMachine, link: LinkProcess, rtt_s: float) -> None:
        self.machine = machine
        self.link = link
        self._rtt_s = rtt_s

    def forget_engine(self) -> None:
        """Make the next start a cold one; what the engine keeps of the logs stays."""
        for engine in self.machine.engines:
            if engine.is_file():
                engine.unlink()

    def index_bytes(self) -> int:
        """Return how much the engine keeps of what it has read."""
        return sum(path.stat().st_size for path in self.machine.cache.rglob("*.index"))

    def next_login(self) -> Login:
        """Begin to watch for the next login."""
        return Login(self.machine.log, self._rtt_s / 2)


class Login:
    """When ssh, on this side, knows that the next login has succeeded: `at_s()`, in Unix time."""

    def __init__(self, log: Path, delay_s: float) -> None:
        self._log = log
        self._delay_s = delay_s
        self._seen = log.read_bytes().count(_LOGGED_IN)
        self._at_s = 0.0
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self._watching.start()

    def at_s(self) -> float:
        """Return the moment; wait for it."""
        self._watching.join(_GIVE_UP_S)
        if not self._at_s:
            raise RuntimeError("nobody has logged in")
        return self._at_s

    def _watch(self) -> None:
        until_s = time.monotonic() + _GIVE_UP_S
        while time.monotonic() < until_s:
            if self._log.read_bytes().count(_LOGGED_IN) > self._seen:
                self._at_s = time.time() + self._delay_s
                return
            time.sleep(_POLL_S)


@contextlib.contextmanager
def far_side(rtt_ms: float, mbit_s: float) -> Iterator[FarSide]:
    """Start sshd and the link in front of it; stop both."""
    with tempfile.TemporaryDirectory() as scratch:
        machine = FarMachine(Path(scratch) / "gpu1")
        machine.start()
        try:
            with LinkProcess(machine.port, rtt_ms, mbit_s) as link:
                machine.configure_client(
                    f"Port {link.port}", f"HostKeyAlias [127.0.0.1]:{machine.port}"
                )
                yield FarSide(machine, link, rtt_ms / 1e3)
        finally:
            # After the link, which may still have held what a blackout cut off.
            machine.stop()


class FarFarboard(Farboard):
    """`farboard gpu1:DIR`. `login` is the one it makes."""

    def __init__(self, far: FarSide, logdir: Path, shape: Shape, engine: Path | None) -> None:
        self._far = far
        self._engine = engine
        self.login = far.next_login()
        super().__init__(logdir, shape)

    def __enter__(self) -> FarFarboard:
        return self

    def command(self, logdir: Path) -> list[str]:
        """Return the command line of `farboard`."""
        engine = ["--engine", str(self._engine)] if self._engine else []
        self._target = f"{self._far.machine.name}:{logdir}"
        ssh = self._far.machine.ssh_arguments
        return [
            *super().command(logdir)[:3],
            self._target,
            *ssh,
            *engine,
            "--port",
            "0",
            "--no-open",
        ]

    def secret(self) -> str:
        """Return what requests need, for the printed code."""
        code = urllib.parse.urlsplit(self.address).fragment.removeprefix("code=")
        return str(Asker(self.address).post_json("/api/login", {"code": code})["secret"])

    def wait_until_kept(self) -> None:
        """Wait until the engine has read everything and put it into its index."""
        self.wait_until_loaded()
        size, seen_bytes = self._far.index_bytes, -1
        while not seen_bytes == size() > 0:
            seen_bytes = size()
            time.sleep(_SETTLED_S)

    def name_of_source(self) -> str:
        """Return what the hub calls the only target."""
        return self._target


class Tunnel:
    """`ssh -L` to a TensorBoard that runs there; a context manager that ends it."""

    data_paths: tuple[str, ...] = TensorBoard.data_paths

    def __init__(self, far: FarSide, board_address: str) -> None:
        port, there = free_port(), urllib.parse.urlsplit(board_address).port
        self.login = far.next_login()
        self.address = f"http://127.0.0.1:{port}/"
        forward = ["-N", "-o", "ExitOnForwardFailure=yes", "-L", f"{port}:127.0.0.1:{there}"]
        program = shutil.which("ssh") or "ssh"
        self._ssh = subprocess.Popen(
            [program, *far.machine.ssh_arguments, *forward, far.machine.name],
            stdin=subprocess.DEVNULL,
        )
        self._wait_until_open()

    def page_address(self) -> str:
        """Return the address to open."""
        return self.address

    def __enter__(self) -> Tunnel:
        return self

    def __exit__(self, *_: object) -> None:
        self._ssh.terminate()
        self._ssh.wait()

    def _wait_until_open(self) -> None:
        until_s = time.monotonic() + _GIVE_UP_S
        while time.monotonic() < until_s and self._ssh.poll() is None:
            with contextlib.suppress(OSError):
                http.client.HTTPConnection(urllib.parse.urlsplit(self.address).netloc).connect()
                return
            time.sleep(_POLL_S)
        raise RuntimeError("ssh -L does not listen")


class Asker:
    """Asks a local port again and again over one connection, as a browser does."""

    def __init__(self, address: str, secret: str = "") -> None:
        netloc = urllib.parse.urlsplit(address).netloc
        self._connection = http.client.HTTPConnection(netloc, timeout=_GIVE_UP_S)
        self._headers = {"Accept-Encoding": "gzip"}
        if secret:
            self._headers["Authorization"] = f"Bearer {secret}"

    def get(self, path: str) -> bytes:
        """Return a whole answer."""
        return b"".join(self.pieces("GET", path))

    def post(self, path: str, question: Any, accept: str = "application/json") -> bytes:
        """Return a whole answer to a question in JSON."""
        return b"".join(self.pieces("POST", path, json.dumps(question).encode(), accept))

    def get_json(self, path: str) -> Any:
        """Return an answer in JSON."""
        return json.loads(_unpacked(self.get(path)))

    def post_json(self, path: str, question: Any) -> Any:
        """Return an answer in JSON to a question in JSON."""
        return json.loads(_unpacked(self.post(path, question)))

    def pieces(
        self, method: str, path: str, body: bytes | None = None, accept: str = "*/*"
    ) -> Iterator[bytes]:
        """Yield an answer as it comes."""
        headers = {**self._headers, "Accept": accept, "Content-Type": "application/json"}
        self._connection.request(method, path, body, headers)
        answer = self._connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {answer.read()[:200]!r}")
        while piece := answer.read(16384):
            yield piece


def _unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(_GZIP) else content
