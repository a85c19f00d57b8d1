"""A small HTTP/2 client with prior knowledge, over any pair of byte streams.

Two windows, two purposes. The connection window bounds what is under way between the two ends: it
is given back as bytes arrive, so that a small answer never queues behind megabytes of a large one.
The stream window bounds what waits here unread: it is given back as the reader takes its bytes, so
that a reader that has stopped holds up nobody else.

What is said within two turns of the event loop goes out in one write: ssh makes a packet of each,
and TCP holds a second small one back until the first was acknowledged, a round trip later (Nagle's
algorithm, which ssh switches off for terminals only).
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
import zlib
from collections import deque
from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    PingAckReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
)
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from farboard.errors import GarbledStream, SourceDown
from farboard.link.window import Window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

_STREAM_WINDOW_BYTES = 2 * 1024 * 1024
_READ_BYTES = 64 * 1024
_MAX_FRAME_BYTES = 16 * 1024
_FRAME_HEADER_BYTES = 9
_HIGHEST_FRAME_TYPE = 0x10
_INFLATED_BYTES = 1024 * 1024
# An answer that is read as a whole must fit in memory whatever a far machine sends.
_MAX_BODY_BYTES = 512 * 1024 * 1024
# What we say waits here when the far end does not listen: every question of ours, but not the
# answers to a flood of pings and settings.
_MAX_UNSAID_BYTES = 2 * 1024 * 1024
# Of an answer that is passed on as it was sent, this much cannot unfold to more than 256 MiB.
_UNFOLDS_TO_LITTLE_BYTES = 256 * 1024


class Response:
    """An answer: read it whole with `read`, or in pieces with `chunks`; `cancel` abandons it."""

    def __init__(self, connection: Connection, stream: _Stream) -> None:
        self._connection = connection
        self._stream = stream
        self.status = stream.status
        self.headers: Mapping[str, str] = stream.headers
        self.asked_at_s = stream.asked_at_s
        self.answered_at_s = stream.answered_at_s
        """When the question was put and the head of the answer came, in Unix time."""

    @property
    def encoding(self) -> str:
        """The content coding in which the engine sent the body: `identity` or `gzip`."""
        return self.headers.get("content-encoding", "identity")

    async def read(self, *, decoded: bool = True, at_most_bytes: int = _MAX_BODY_BYTES) -> bytes:
        """Read the whole body, decoded or as the engine sent it.

        Raises:
            SourceDown: the connection or the answer broke off, or it is too large.
        """
        parts, size = [], 0
        async for chunk in self.chunks(decoded=decoded):
            size += len(chunk)
            if size > at_most_bytes:
                self.cancel()
                raise SourceDown(f"the engine's answer is larger than {at_most_bytes} bytes")
            parts.append(chunk)
        if not decoded and size > _UNFOLDS_TO_LITTLE_BYTES:
            self._check_unfolded(parts, at_most_bytes)
        return b"".join(parts)

    def _check_unfolded(self, parts: Sequence[bytes], at_most_bytes: int) -> None:
        """Who unfolds it later may trust its size."""
        decode, size = decoder(self.encoding), 0
        for part in parts:
            for piece in decode(part):
                size += len(piece)
                if size > at_most_bytes:
                    raise SourceDown(f"the engine's answer is larger than {at_most_bytes} bytes")

    async def chunks(self, *, decoded: bool = True) -> AsyncIterator[bytes]:
        """Read the body, decoded or not, as it arrives. Abandoning the iteration cancels it.

        Raises:
            SourceDown: the connection or the answer broke off.
        """
        decode = decoder(self.encoding if decoded else "identity")
        try:
            async for chunk in self._connection.received(self._stream):
                for piece in decode(chunk):
                    yield piece
        except zlib.error as error:
            raise SourceDown(f"the engine's answer is damaged ({error})") from error
        finally:
            self.cancel()

    def cancel(self) -> None:
        """Tell the engine that nobody reads the rest; nothing if all was read."""
        self._connection.cancel(self._stream)


class Connection:
    """An HTTP/2 connection as its client. Start it with `start`, end it with `close`."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # Latin-1 decodes any byte: a far end cannot break us with a header.
        config = H2Configuration(client_side=True, header_encoding="latin-1")
        self._h2 = H2Connection(config)
        self._streams: dict[int, _Stream] = {}
        self._pings: dict[bytes, tuple[float, asyncio.Future[float]]] = {}
        self._ping_numbers = itertools.count(1)
        self._framing = Framing()
        self._window = Window()
        self._moved = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._writing: asyncio.Handle | None = None
        self._words = b""
        self._refused = False
        self.received_bytes = 0
        self.heard_at_s: float | None = None
        """When bytes last arrived, on the monotonic clock."""
        self.lost: asyncio.Future[SourceDown] = asyncio.get_running_loop().create_future()
        """Done as soon as the connection is of no more use, with the reason."""

    def start(self, words: bytes = b"") -> None:
        """Say hello, after `words` to whom may stand before the engine, and begin to listen."""
        self._words = words
        self._h2.local_settings = Settings(
            client=True,
            initial_values={
                SettingCodes.INITIAL_WINDOW_SIZE: _STREAM_WINDOW_BYTES,
                SettingCodes.ENABLE_PUSH: 0,
                SettingCodes.MAX_FRAME_SIZE: _MAX_FRAME_BYTES,
            },
        )
        self._h2.initiate_connection()
        self._give_back()
        self._flush()
        self._pump = asyncio.create_task(self._listen())

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request and wait for the head of its answer.

        Raises:
            SourceDown: the connection is lost, or the engine broke off the answer.
        """
        await self._until(lambda: self._h2.open_outbound_streams < self._most_streams())
        if self._refused:
            raise SourceDown("the engine is ending")
        number = self._h2.get_next_available_stream_id()
        stream = self._streams[number] = _Stream(number)
        try:
            self._h2.send_headers(number, _head(method, path, headers or {}), end_stream=not body)
            self._flush()
            if body:
                await self._send_body(stream, body)
            await stream.head
        except BaseException:
            self.cancel(stream)
            raise
        return Response(self, stream)

    async def ping(self) -> float:
        """Ask whether the far end is there; return the round-trip time in seconds.

        Raises:
            SourceDown: the connection was lost before an answer came.
        """
        self._raise_if_lost()
        name = next(self._ping_numbers).to_bytes(8, "big")
        answered: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._pings[name] = (time.monotonic(), answered)
        try:
            self._h2.ping(name)
            self._flush()
            return await answered
        finally:
            self._pings.pop(name, None)

    async def received(self, stream: _Stream) -> AsyncIterator[bytes]:
        """Read the body of an answer as it arrives, still encoded."""
        while True:
            while stream.chunks:
                data, counted_bytes = stream.chunks.popleft()
                self._taken(stream, counted_bytes)
                yield data
            if stream.error:
                raise stream.error
            if stream.ended:
                return
            stream.arrived.clear()
            await stream.arrived.wait()

    def cancel(self, stream: _Stream) -> None:
        """Stop an answer that has not ended, and forget it."""
        if self._streams.pop(stream.number, None) is None or self.lost.done():
            return
        with contextlib.suppress(H2Error):
            self._h2.reset_stream(stream.number, ErrorCodes.CANCEL)
            self._flush()
        self._notify()

    async def close(self) -> None:
        """Say goodbye and stop listening; the byte streams are the caller's to close."""
        if not self.lost.done():
            with contextlib.suppress(H2Error):
                self._h2.close_connection()
                self._write()
            self._lose(SourceDown("the link was closed"))
        if self._pump:
            self._pump.cancel()
            await asyncio.wait([self._pump])

    async def _send_body(self, stream: _Stream, body: bytes) -> None:
        rest = memoryview(body)
        while rest:
            await self._until(
                lambda: (
                    stream.number not in self._streams
                    or stream.head.done()
                    or self._h2.local_flow_control_window(stream.number) > 0
                )
            )
            if stream.head.done() or stream.number not in self._streams:
                return  # The answer came (or broke off) before it had read all of the question.
            size = min(
                len(rest),
                self._h2.local_flow_control_window(stream.number),
                self._h2.max_outbound_frame_size,
            )
            piece, rest = rest[:size], rest[size:]
            self._h2.send_data(stream.number, bytes(piece), end_stream=not rest)
            self._write()
            with contextlib.suppress(OSError):  # `_listen` learns of it and says why.
                await self._writer.drain()

    async def _until(self, possible: Callable[[], bool]) -> None:
        """Wait until something the far end permits is possible."""
        self._raise_if_lost()
        while not possible():
            self._moved.clear()
            await self._moved.wait()
            self._raise_if_lost()

    def _most_streams(self) -> int:
        return self._h2.remote_settings.max_concurrent_streams

    def _notify(self) -> None:
        self._moved.set()

    async def _listen(self) -> None:
        try:
            while data := await self._reader.read(_READ_BYTES):
                self._receive(data)
                # Frames cost us more than whoever floods us with them: others have their turn.
                await asyncio.sleep(0)
        except OSError as error:
            self._lose(SourceDown(f"the connection broke ({error})"))
        except SourceDown as error:
            self._lose(error)
        except H2Error as error:
            self._lose(SourceDown(f"the engine does not speak HTTP/2 ({error})"))
        else:
            self._lose(SourceDown("the connection ended"))

    def _receive(self, data: bytes) -> None:
        now_s = time.monotonic()
        self._framing.check(data)
        self.received_bytes += len(data)
        self.heard_at_s = now_s
        self._window.received(len(data), now_s)
        for event in self._h2.receive_data(data):
            self._handle(event, now_s)
        self._give_back()
        self._flush()
        self._notify()
        if self._writer.transport.get_write_buffer_size() > _MAX_UNSAID_BYTES:
            raise SourceDown("the engine talks without listening")

    def _handle(self, event: Event, now_s: float) -> None:
        if isinstance(event, PingAckReceived):
            self._answer_ping(event.ping_data, now_s)
        elif isinstance(event, ConnectionTerminated):
            self._refused = True  # What is under way may still be answered; new questions may not.
        elif isinstance(event, (DataReceived, ResponseReceived, StreamEnded, StreamReset)):
            stream = self._streams.get(event.stream_id)
            if stream:
                stream.handle(event)
            if isinstance(event, (StreamEnded, StreamReset)):
                self._streams.pop(event.stream_id, None)

    def _answer_ping(self, name: bytes, now_s: float) -> None:
        sent_s, answered = self._pings.get(name, (now_s, None))
        if answered and not answered.done():
            self._window.round_trip(now_s - sent_s)
            answered.set_result(now_s - sent_s)

    def _taken(self, stream: _Stream, count_bytes: int) -> None:
        stream.taken_bytes += count_bytes
        if stream.taken_bytes < _STREAM_WINDOW_BYTES // 8 or stream.ended or self.lost.done():
            return
        with contextlib.suppress(H2Error):
            self._h2.increment_flow_control_window(stream.taken_bytes, stream.number)
            self._flush()
        stream.taken_bytes = 0

    def _give_back(self) -> None:
        missing_bytes = self._window.size_bytes - self._h2.inbound_flow_control_window
        if missing_bytes >= self._window.update_bytes:
            self._h2.increment_flow_control_window(missing_bytes)

    def _flush(self) -> None:
        """Write what is to be said, together with what else is said in this turn."""
        if self._writing is None:
            # Tasks that were made in this turn have their say in the next.
            self._writing = asyncio.get_running_loop().call_soon(self._write_next)

    def _write_next(self) -> None:
        self._writing = asyncio.get_running_loop().call_soon(self._write)

    def _write(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        data, self._words = self._words + self._h2.data_to_send(), b""
        if data and not self._writer.is_closing():
            self._writer.write(data)

    def _raise_if_lost(self) -> None:
        if self.lost.done():
            raise self.lost.result()

    def _lose(self, reason: SourceDown) -> None:
        if self.lost.done():
            return
        self.lost.set_result(reason)
        for stream in self._streams.values():
            stream.fail(reason)
        self._streams.clear()
        for _, answered in self._pings.values():
            if not answered.done():
                answered.set_exception(reason)
        self._notify()


class _Stream:
    """One question under way and what has arrived of its answer."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.head: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.status = 0
        self.headers: dict[str, str] = {}
        self.chunks: deque[tuple[bytes, int]] = deque()
        self.arrived = asyncio.Event()
        self.taken_bytes = 0
        self.ended = False
        self.error: SourceDown | None = None
        self.asked_at_s = self.answered_at_s = time.time()

    def handle(self, event: DataReceived | ResponseReceived | StreamEnded | StreamReset) -> None:
        if isinstance(event, StreamReset):
            self.fail(SourceDown("the engine broke off its answer"))
        elif isinstance(event, ResponseReceived):
            self._begin([(str(name), str(value)) for name, value in event.headers])
        elif isinstance(event, DataReceived):
            # An empty frame costs the sender nothing, and must cost us nothing either.
            if event.data or event.flow_controlled_length:
                self.chunks.append((event.data, event.flow_controlled_length))
        else:
            self.ended = True
        self.arrived.set()

    def _begin(self, headers: list[tuple[str, str]]) -> None:
        self.answered_at_s = time.time()
        self.headers = {name: value for name, value in headers if not name.startswith(":")}
        status = dict(headers).get(":status", "")
        self.status = int(status) if status.isascii() and status.isdigit() else 0
        if not self.head.done():
            self.head.set_result(None)

    def fail(self, error: SourceDown) -> None:
        self.error = error
        self.arrived.set()
        if not self.head.done():
            self.head.set_exception(error)
            self.head.exception()  # The asker may have gone; then nobody else looks at it.


class Framing:
    """Follows the frame headers, so that foreign text is found, and quoted, where it begins."""

    def __init__(self) -> None:
        self._skip_bytes = 0
        self._partial = b""

    def check(self, data: bytes) -> None:
        """Raise `GarbledStream` where a frame header cannot be one."""
        if self._skip_bytes >= len(data):
            self._skip_bytes -= len(data)
            return
        rest = self._partial + data[self._skip_bytes :]
        place = 0
        while place + _FRAME_HEADER_BYTES <= len(rest):
            size = int.from_bytes(rest[place : place + 3], "big")
            kind = rest[place + 3]
            if size > _MAX_FRAME_BYTES or kind > _HIGHEST_FRAME_TYPE:
                quote = _printable(rest[place:])
                raise GarbledStream(f'something else writes into the engine\'s stream ("{quote}")')
            place += _FRAME_HEADER_BYTES + size
        self._skip_bytes = max(0, place - len(rest))
        self._partial = rest[place:]


def _printable(data: bytes) -> str:
    text = data[:200].decode("utf-8", "replace").strip()
    first_line = text.splitlines()[0] if text else ""
    return "".join(c if c.isprintable() else "." for c in first_line)[:60]


def _head(method: str, path: str, headers: Mapping[str, str]) -> list[tuple[str, str]]:
    head = [
        (":method", method),
        (":scheme", "http"),
        (":authority", "farboard"),
        (":path", path),
    ]
    given = {"accept-encoding": "gzip"} | {name.lower(): value for name, value in headers.items()}
    return head + list(given.items())


def decoder(encoding: str) -> Callable[[bytes], Iterator[bytes]]:
    """Return a function that decodes the next piece of a body; for gzip in bounded steps."""
    if encoding == "identity":
        return lambda data: iter((data,))
    if encoding != "gzip":
        raise SourceDown(f"the engine answered in an encoding we did not ask for ({encoding})")
    inflate = zlib.decompressobj(wbits=31)

    def pieces(data: bytes) -> Iterator[bytes]:
        if data and inflate.eof:
            raise SourceDown("the engine's answer goes on after its end")
        while data:
            piece = inflate.decompress(data, _INFLATED_BYTES)
            if piece:
                yield piece
            data = inflate.unconsumed_tail

    return pieces
