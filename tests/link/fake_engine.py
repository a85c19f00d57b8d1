"""A stand-in for the engine: HTTP/2 on stdin and stdout, with the ways to misbehave tests need.

    GET  /api/status       what it was started with
    GET  /zeros?BYTES      that many bytes
    GET  /gzip?BYTES       that many, compressed
    POST /echo             the body, back
    GET  /ticks            a line each 50 ms, for ever
    GET  /never            no answer
    GET  /half             half an answer, then a reset
    GET  /noise?TEXT       writes TEXT into the stream, as a background job of a start-up file would
    GET  /exit?CODE        ends at once
    GET  /freeze?SECONDS   stands still, as a stopped process or a dead network would
    GET  /cancelled        how many answers were cancelled by the client

It ends with code 0 when stdin ends.
"""

from __future__ import annotations

import gzip
import json
import os
import select
import sys
import time
from pathlib import Path

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, StreamReset
from h2.exceptions import StreamClosedError


class FakeEngine:
    def __init__(self, arguments: list[str]) -> None:
        self.arguments = arguments
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.asked: dict[int, tuple[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.pending: dict[int, bytes] = {}
        self.ticking: set[int] = set()
        self.cancelled = 0

    def serve(self) -> None:
        self.h2.initiate_connection()
        self.flush()
        while True:
            readable, _, _ = select.select([0], [], [], 0.05)
            if readable:
                data = os.read(0, 65536)
                if not data:
                    return
                for event in self.h2.receive_data(data):
                    self.handle(event)
            for stream in self.ticking:
                self.pending[stream] = self.pending.get(stream, b"") + b'{"tick": 1}\n'
            self.send_pending()
            self.flush()

    def handle(self, event: object) -> None:
        if isinstance(event, RequestReceived):
            headers = {str(name): str(value) for name, value in event.headers}
            self.asked[event.stream_id] = (headers[":method"], headers[":path"])
            self.bodies[event.stream_id] = b""
        elif isinstance(event, DataReceived):
            self.bodies[event.stream_id] += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self.answer(event.stream_id)
        elif isinstance(event, StreamReset):
            self.cancelled += 1
            self.pending.pop(event.stream_id, None)
            self.ticking.discard(event.stream_id)

    def answer(self, stream: int) -> None:
        method, path = self.asked[stream]
        path, _, argument = path.partition("?")
        if path in ("/exit", "/noise", "/freeze", "/half", "/ticks", "/never"):
            self.misbehave(stream, path, argument)
        elif path == "/zeros":
            self.reply(stream, bytes(int(argument)))
        elif path == "/gzip":
            body = gzip.compress(bytes(int(argument)))
            self.reply(stream, body, [("content-encoding", "gzip")])
        elif path == "/cancelled":
            self.reply(stream, str(self.cancelled).encode())
        elif path == "/echo" and method == "POST":
            self.reply(stream, self.bodies[stream])
        elif path == "/api/status":
            self.reply(stream, json.dumps(self.status()).encode())
        else:
            self.h2.send_headers(stream, [(":status", "404")], end_stream=True)

    def status(self) -> dict[str, object]:
        asked = ""
        if "--logdir-hex" in self.arguments:
            after = self.arguments.index("--logdir-hex") + 1
            asked = bytes.fromhex(self.arguments[after]).decode()
        return {
            "engine": {"pid": os.getpid(), "home": os.environ.get("HOME", "")},
            "logdir": {"asked": asked, "state": "ok"},
            "arguments": self.arguments,
            "cwd": str(Path.cwd()),
        }

    def misbehave(self, stream: int, path: str, argument: str) -> None:
        if path == "/exit":
            os._exit(int(argument))
        elif path == "/noise":
            os.write(1, argument.encode() + b"\n")
        elif path == "/freeze":
            time.sleep(float(argument))
            self.reply(stream, b"thawed")
        elif path == "/half":
            self.h2.send_headers(stream, [(":status", "200")])
            self.h2.send_data(stream, b"half")
            self.h2.reset_stream(stream)
        elif path == "/ticks":
            self.h2.send_headers(stream, [(":status", "200")])
            self.ticking.add(stream)

    def reply(self, stream: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        self.h2.send_headers(stream, [(":status", "200"), *(headers or [])])
        self.pending[stream] = body

    def send_pending(self) -> None:
        for stream, body in list(self.pending.items()):
            try:
                rest = self.send_some(stream, body)
            except StreamClosedError:
                rest = b""
                self.ticking.discard(stream)
            if rest or stream in self.ticking:
                self.pending[stream] = rest
            else:
                del self.pending[stream]

    def send_some(self, stream: int, body: bytes) -> bytes:
        while True:
            size = min(len(body), self.h2.local_flow_control_window(stream), 16384)
            last = size == len(body) and stream not in self.ticking
            if size or last:
                self.h2.send_data(stream, body[:size], end_stream=last)
            body = body[size:]
            if not body or not size:
                return body

    def flush(self) -> None:
        data = self.h2.data_to_send()
        while data:
            data = data[os.write(1, data) :]


def main() -> None:
    if sys.argv[1:] == ["--version"]:
        print("farboard-engine 0.1.0")
        return
    FakeEngine(sys.argv[1:]).serve()


if __name__ == "__main__":
    main()
