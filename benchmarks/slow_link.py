"""A network between two programs of this machine: delay both ways, a bottleneck, blackouts.

A relay in front of a port, in user space, so that nobody has to be root. What it takes from nature:

- One bottleneck for each direction, shared by all connections. Bytes leave it at its rate and
  arrive one delay later. Only so many may wait before it; then the relay stops reading, and the
  rest waits in the sender's socket, as it does with TCP. Its own sockets hold next to nothing.
- A connection is there one round trip and a half after it was asked for: SYN, SYN-ACK, ACK.
- In a blackout nothing passes. Afterwards connections go on when TCP would have tried again, not at
  once: those that were there after 0.3, 0.9, 2.1, 4.5 … s, new ones after 1, 3, 7, 15 … s, counted
  from the moment they first got no answer.

Run as a program it is such a relay, so that it shares no interpreter with what it measures. It
prints its port and obeys lines on stdin: `dark`, `light`, `count`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import json
import socket
import subprocess
import sys
from collections import deque
from typing import Any

_PIECE_BYTES = 8 * 1024
_SOCKET_BYTES = 16 * 1024
_RETRANSMIT_S = 0.3
_SYN_RETRY_S = 1.0
_END_S = 5.0


class Weather:
    """Whether anything passes, and when those who were cut off try again."""

    def __init__(self) -> None:
        self._light = asyncio.Event()
        self._light.set()
        self._dark_since_s = 0.0

    @property
    def dark(self) -> bool:
        """Whether nothing passes."""
        return not self._light.is_set()

    def change(self, *, dark: bool) -> None:
        """Begin or end a blackout."""
        if dark and not self.dark:
            self._dark_since_s = asyncio.get_running_loop().time()
        if dark:
            self._light.clear()
        else:
            self._light.set()

    async def pass_on(self, first_wait_s: float = _RETRANSMIT_S) -> None:
        """Return at once, or after a blackout when TCP would have tried again."""
        if not self.dark:
            return
        loop = asyncio.get_running_loop()
        lost_s = loop.time() if first_wait_s == _SYN_RETRY_S else self._dark_since_s
        tries_s = (lost_s + first_wait_s * (2**n - 1) for n in itertools.count(1))
        while self.dark:
            await self._light.wait()
            next_s = next(at_s for at_s in tries_s if at_s >= loop.time())
            await asyncio.sleep(next_s - loop.time())


class Bottleneck:
    """One direction: bytes wait for their turn, pass at a rate, and arrive later."""

    def __init__(self, rate_bytes_s: float, delay_s: float, queue_bytes: int) -> None:
        self._rate_bytes_s = rate_bytes_s
        self._delay_s = delay_s
        self._queue_bytes = queue_bytes
        self._free_s = 0.0
        self.passed_bytes = 0

    async def room(self) -> None:
        """Wait until the queue has room for a piece."""
        loop = asyncio.get_running_loop()
        room_s = self._queue_bytes / self._rate_bytes_s
        while self._free_s - loop.time() > room_s:  # noqa: ASYNC110 - others queue meanwhile
            await asyncio.sleep(self._free_s - loop.time() - room_s)

    def put(self, count_bytes: int) -> float:
        """Queue a piece; return when it arrives, on the loop's clock."""
        now_s = asyncio.get_running_loop().time()
        self._free_s = max(now_s, self._free_s) + count_bytes / self._rate_bytes_s
        self.passed_bytes += count_bytes
        return self._free_s + self._delay_s


class SlowLink:
    """The relay. `there` and `back` are its two directions, seen from who connects."""

    def __init__(self, to_port: int, rtt_s: float, rate_bytes_s: float) -> None:
        queue_bytes = int(rate_bytes_s * rtt_s)
        self.there = Bottleneck(rate_bytes_s, rtt_s / 2, queue_bytes)
        self.back = Bottleneck(rate_bytes_s, rtt_s / 2, queue_bytes)
        self.weather = Weather()
        self.port = 0
        self._to_port = to_port
        self._rtt_s = rtt_s
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen on `port`."""
        listener = _small_socket()
        listener.bind(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._server = await asyncio.start_server(self._serve, sock=listener, limit=_PIECE_BYTES)

    async def stop(self) -> None:
        """Break every connection and stop listening."""
        if self._server:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        writers = [writer]
        try:
            await self.weather.pass_on(_SYN_RETRY_S)
            await asyncio.sleep(1.5 * self._rtt_s)
            there = _small_socket()
            there.setblocking(False)
            await asyncio.get_running_loop().sock_connect(there, ("127.0.0.1", self._to_port))
            far_reader, far_writer = await asyncio.open_connection(sock=there, limit=_PIECE_BYTES)
            writers.append(far_writer)
            await asyncio.gather(
                self._carry(reader, far_writer, self.there),
                self._carry(far_reader, writer, self.back),
            )
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._connections.discard(task)
            for each in writers:
                each.transport.abort()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, way: Bottleneck
    ) -> None:
        flying: deque[tuple[float, bytes]] = deque()
        taken_off = asyncio.Event()
        landing = asyncio.create_task(self._land(flying, taken_off, writer))
        try:
            data = b" "
            while data:
                await way.room()
                data = await reader.read(_PIECE_BYTES)
                await self.weather.pass_on()
                flying.append((way.put(len(data)), data))
                taken_off.set()
            await landing
        finally:
            landing.cancel()

    async def _land(
        self,
        flying: deque[tuple[float, bytes]],
        taken_off: asyncio.Event,
        writer: asyncio.StreamWriter,
    ) -> None:
        loop = asyncio.get_running_loop()
        while True:
            while not flying:
                taken_off.clear()
                await taken_off.wait()
            arrives_s, data = flying.popleft()
            await asyncio.sleep(max(0.0, arrives_s - loop.time()))
            await self.weather.pass_on()
            if not data:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            writer.write(data)
            await writer.drain()


def _small_socket() -> socket.socket:
    """Make a socket that keeps little: what waits is to wait where the measured program sees it."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BYTES)
    return made


class LinkProcess:
    """A slow link in a process of its own; a context manager that ends it."""

    def __init__(self, to_port: int, rtt_ms: float, mbit_s: float) -> None:
        command = [sys.executable, "-m", "benchmarks.slow_link", str(to_port)]
        self._process = subprocess.Popen(
            [*command, "--rtt-ms", str(rtt_ms), "--mbit-s", str(mbit_s)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port: int = self._hear()["port"]

    def dark(self) -> None:
        """Let nothing pass."""
        self._tell("dark")

    def light(self) -> None:
        """Let everything pass again."""
        self._tell("light")

    def passed_bytes(self) -> tuple[int, int]:
        """Return how many bytes went there and came back."""
        said = self._tell("count")
        return said["there"], said["back"]

    def __enter__(self) -> LinkProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=_END_S)

    def _tell(self, word: str) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()
        return self._hear()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


async def _obey(link: SlowLink) -> None:
    """Do what the lines on stdin say, until they end."""
    await link.start()
    loop = asyncio.get_running_loop()
    _say({"port": link.port})
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        if line.strip() in ("dark", "light"):
            link.weather.change(dark=line.strip() == "dark")
        _say({"there": link.there.passed_bytes, "back": link.back.passed_bytes})
    await link.stop()


def _say(words: dict[str, int]) -> None:
    print(json.dumps(words), flush=True)


def main() -> None:
    """Be a relay until stdin ends."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("to_port", type=int)
    parser.add_argument("--rtt-ms", type=float, default=100.0)
    parser.add_argument("--mbit-s", type=float, default=20.0)
    arguments = parser.parse_args()
    rate_bytes_s = arguments.mbit_s * 1e6 / 8
    asyncio.run(_obey(SlowLink(arguments.to_port, arguments.rtt_ms / 1e3, rate_bytes_s)))


if __name__ == "__main__":
    main()
