"""A small HTTP/2 client for an engine on pipes: one thread, one connection, many streams."""

from __future__ import annotations

import gzip
import json
import os
import select
import subprocess
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import h2.connection
import h2.events

if TYPE_CHECKING:
    from pathlib import Path

PATIENCE_S = 20.0


@dataclass
class Answer:
    """What came back on one stream so far."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False
    line_start: int = 0

    @property
    def status(self) -> int:
        return int(self.headers[":status"])

    @property
    def content(self) -> bytes:
        """The body, uncompressed."""
        if self.headers.get("content-encoding") == "gzip":
            return gzip.decompress(bytes(self.body))
        return bytes(self.body)

    def json(self) -> Any:
        return json.loads(self.content)


class EngineProcess:
    """An engine on a logdir, and a connection to it."""

    def __init__(self, program: Path, logdir: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [program, "serve", "--logdir-hex", os.fsencode(logdir).hex(), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.connection = h2.connection.H2Connection()
        self.connection.initiate_connection()
        self.answers: dict[int, Answer] = {}
        self.pings = 0
        self.flush()

    def flush(self) -> None:
        assert self.process.stdin
        self.process.stdin.write(self.connection.data_to_send())
        self.process.stdin.flush()

    def pump(self, deadline: float) -> None:
        """Takes in what the engine has sent; waits for something until `deadline`."""
        assert self.process.stdout
        left_s = deadline - time.monotonic()
        assert left_s > 0, "the engine is silent"
        ready, _, _ = select.select([self.process.stdout], [], [], left_s)
        data = os.read(self.process.stdout.fileno(), 65536) if ready else b""
        assert data or not ready, "the engine has ended"
        for event in self.connection.receive_data(data):
            self.take(event)
        self.flush()

    def take(self, event: h2.events.Event) -> None:
        if isinstance(event, h2.events.ResponseReceived):
            headers = {name.decode(): value.decode() for name, value in event.headers}
            self.answers[event.stream_id].headers = headers
        elif isinstance(event, h2.events.DataReceived):
            self.answers[event.stream_id].body += event.data
            length = event.flow_controlled_length
            self.connection.acknowledge_received_data(length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded):
            self.answers[event.stream_id].ended = True
        elif isinstance(event, h2.events.PingAckReceived):
            self.pings += 1

    def open(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Sends a request; the answer fills while others are waited for."""
        stream = self.connection.get_next_available_stream_id()
        names = [
            (":method", method),
            (":path", path),
            (":scheme", "http"),
            (":authority", "engine"),
        ]
        names += [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.connection.send_headers(stream, names, end_stream=body is None)
        answer = self.answers.setdefault(stream, Answer())
        if body is not None:
            self.send(
                stream, answer, body if isinstance(body, bytes) else json.dumps(body).encode()
            )
        self.flush()
        return answer

    def send(self, stream: int, answer: Answer, body: bytes) -> None:
        """Sends a body as the windows allow; stops when the engine has answered before its end."""
        deadline = time.monotonic() + PATIENCE_S
        self.flush()
        while body and not answer.headers:
            size = min(16384, self.connection.local_flow_control_window(stream))
            self.connection.send_data(stream, body[:size])
            body = body[size:]
            self.flush()
            while (
                body
                and not answer.headers
                and not self.connection.local_flow_control_window(stream)
            ):
                self.pump(deadline)
        if not answer.headers:
            self.connection.end_stream(stream)

    def wait(self, answer: Answer) -> Answer:
        deadline = time.monotonic() + PATIENCE_S
        while not answer.ended:
            self.pump(deadline)
        return answer

    def get(self, path: str, **headers: str) -> Any:
        answer = self.wait(self.open("GET", path, **headers))
        assert answer.status == 200, answer.content
        return answer.json()

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        return self.wait(self.open("POST", path, body, **headers))

    def scalars(self, **request: Any) -> list[dict[str, Any]]:
        """The rows of a JSON answer to `POST /api/scalars`."""
        answer = self.post("/api/scalars", request, accept="application/json")
        assert answer.status == 200, answer.content
        rows: list[dict[str, Any]] = answer.json()["series"]
        return rows

    def next_line(self, stream: Answer) -> dict[str, Any]:
        """The next line of `/api/changes`."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            text = bytes(stream.body)
            if stream.headers.get("content-encoding") == "gzip":
                text = zlib.decompressobj(wbits=31).decompress(text)
            end = text.find(b"\n", stream.line_start)
            if end >= 0:
                line: dict[str, Any] = json.loads(text[stream.line_start : end])
                stream.line_start = end + 1
                return line
            self.pump(deadline)

    def until_live(self) -> None:
        """Waits until everything that was there at the start has been read."""
        changes = self.open("GET", "/api/changes")
        while self.next_line(changes)["load"]["state"] != "live":
            pass

    def close(self) -> int:
        """Ends stdin and gives the exit code."""
        assert self.process.stdin
        self.process.stdin.close()
        code = self.process.wait(PATIENCE_S)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()
        return code
