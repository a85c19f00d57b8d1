"""A stand-in for the engine that is out to do harm: `hostile_engine.py WAY`, see WAYS.

All else it does as an engine would: two runs, one tag, changes that never end.
"""

# ruff: noqa: E501 - answers stand here as they are sent

from __future__ import annotations

import gzip
import json
import os
import select
import sys
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived, StreamEnded
from h2.exceptions import H2Error

NAME = "\x1b]0;owned\x07\x1b[2J<img src=x onerror=alert(1)>\u202egpj.exe/../../../etc/passwd\0"
PING = b"\0\0\x08\x06\0\0\0\0\0" + bytes(8)
SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
EMPTY_DATA = b"\0\0\0\0\0"
CHANGE = {
    "epoch": "e", "version": 1, "reindex": True, "series": [],
    "load": {"state": "live", "files": 1, "files_read": 1, "bytes": 1, "bytes_read": 1, "points": 1},
    "losses_total": {"count": 0, "bytes": 0},
}  # fmt: skip
STATUS = {
    "engine": {"epoch": "e", "now_s": 1.0, "user": "you", "home": "/home/you", "host": NAME},
    "logdir": {"asked": "r", "path": "/r", "state": "ok", "message": "", "closest": []},
    "load": CHANGE["load"], "losses": [], "losses_total": {"count": 0, "bytes": 0},
}  # fmt: skip
RUN = {
    "run": NAME, "files": 1, "bytes": 1, "points": 1, "superseded": 0, "tags": 1, "first_step": 0,
    "last_step": 0, "first_wall_time_s": 1.0, "last_wall_time_s": 1.0, "modified_at_s": 1.0,
}  # fmt: skip
RUNS = {"epoch": "e", "version": 1, "runs": [RUN]}
TAG = {
    "tag": NAME, "kind": "scalar", "plugin": "scalars", "display_name": NAME, "description": NAME,
    "run": [0], "points": [1], "superseded": [0], "first_step": [0], "last_step": [0],
    "min_step": [0], "max_step": [0], "first_wall_time_s": [1.0], "last_wall_time_s": [1.0],
    "last_value": [1.0], "nan": [0], "inf": [0], "last_non_finite_step": [None],
}  # fmt: skip
TAGS = {"epoch": "e", "version": 1, "runs": [NAME], "tags": [TAG]}
ROWS = f'run,tag,step,wall_time,value,superseded\n"{NAME}","{NAME}",0,1,1,0\n'.encode()
DEEP = b'{"epoch":"e","version":1,"runs":' + b"[" * 900 + b"]" * 900 + b',"tags":[]}'


def _with(value: object, **changed: object) -> bytes:
    return json.dumps({**value, **changed}).encode()  # type: ignore[dict-item]


# WAY: what is answered instead, by path.
WAYS: dict[str, dict[str, bytes]] = {
    "names": {},
    "status-types": {"/api/status": _with(STATUS, engine=[], load=7)},
    "status-nan": {"/api/status": b'{"engine": {"now_s": NaN}}'},
    "status-infinite": {"/api/status": b'{"engine": {"epoch": "e", "now_s": 1e999}}'},
    "status-digits": {"/api/status": b'{"engine": {"epoch": "e", "now_s": ' + b"9" * 4000 + b"}}"},
    "status-deep": {"/api/status": b'{"engine":' + b'{"a":' * 900 + b"1" + b"}" * 901},
    "status-huge": {"/api/status": b'{"engine":"' + b"x" * (40 << 20) + b'"}'},
    "status-bytes": {"/api/status": b"\xff\xfe\0\0"},
    "changes-types": {"/api/changes": _with(CHANGE, series=5) + b"\n"},
    "changes-names": {"/api/changes": _with(CHANGE, series=[{"run": [], "tag": {}}]) + b"\n"},
    "changes-version": {"/api/changes": _with(CHANGE, version="many") + b"\n"},
    "changes-deep": {"/api/changes": b'{"epoch":' + b"[" * 90_000},
    "runs-types": {"/api/runs": _with(RUNS, runs=[{"run": 5}])},
    "runs-count": {"/api/runs": _with(RUNS, runs=[{**RUN, "points": "many", "last_wall_time_s": []}])},
    "runs-nan": {"/api/runs": b'{"epoch":"e","version":1,"runs":[{"run":"a","points":-NaN}]}'},
    "runs-deep": {"/api/runs": DEEP, "/api/tags": DEEP},
    "tags-places": {"/api/tags": _with(TAGS, tags=[{**TAG, "run": [-1]}])},
    "tags-beyond": {"/api/tags": _with(TAGS, tags=[{**TAG, "run": [7]}])},
    "tags-types": {"/api/tags": _with(TAGS, tags=[{**TAG, "tag": 5}, None])},
    "tags-infinite": {"/api/tags": _with(TAGS).replace(b'"last_value": [1.0]', b'"last_value": [1e999]')},
    "others-source": {"/api/runs": _with(RUNS, runs=[{**RUN, "source": "here"}])},
}  # fmt: skip


class Hostile:
    def __init__(self, way: str) -> None:
        self.way = way
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.asked: dict[int, str] = {}
        self.pending: dict[int, bytes] = {}
        self.endless: dict[int, bytes] = {}
        self.changes: set[int] = set()

    def serve(self) -> None:
        self.h2.initiate_connection()
        while True:
            self.flush()
            busy = bool(self.endless)
            readable, _, _ = select.select([0], [], [], 0 if busy else 0.05)
            if readable:
                data = os.read(0, 1 << 16)
                if not data:
                    return
                for event in self.h2.receive_data(data):
                    if isinstance(event, RequestReceived):
                        path = dict(event.headers)[":path"].partition("?")[0]
                        self.asked[event.stream_id] = path
                    elif isinstance(event, StreamEnded):
                        self.answer(event.stream_id, self.asked[event.stream_id])
            for stream, piece in self.endless.items():
                if len(self.pending.get(stream, b"")) < len(piece):
                    self.pending[stream] = self.pending.get(stream, b"") + piece
            for stream in list(self.pending):
                self.send_some(stream)

    def answer(self, stream: int, path: str) -> None:  # noqa: C901 - one branch for each way
        way, _, of = self.way.partition(" ")
        special = WAYS.get(self.way, {}).get(path)
        if path == of and way == "silent":
            return
        if path == of and way == "endless":
            self.reply(stream, b'{"x": "')
            self.endless[stream] = b"x" * (1 << 16)
        elif path == of and way == "bomb":
            self.reply(stream, gzip.compress(b'{"x": "' + bytes(2 << 30)), "gzip")
        elif path == of and way == "after-end":
            self.reply(stream, gzip.compress(b"{}"), "gzip")
            self.endless[stream] = b"x" * (1 << 16)
        elif path == of and way == "lines":
            self.reply(stream, b"")
            self.endless[stream] = (json.dumps(CHANGE).encode() + b"\n") * 4000
        elif path == of and way == "empty-frames":
            self.h2.send_headers(stream, [(":status", "200")])
            self.flush()
            self.flood(EMPTY_DATA + stream.to_bytes(4, "big"))
        elif path == of and way in ("pings", "settings"):
            self.flood(PING if way == "pings" else SETTINGS)
        elif path == of and way == "goaway":
            self.h2.close_connection()
        elif path == of and way == "headers":
            many = [(":status", "200"), *((f"x{i}", "y" * 4000) for i in range(100))]
            self.h2.send_headers(stream, many)
        elif path == of and way == "hpack-bomb":
            # One entry in the table, named a hundred thousand times.
            self.h2.send_headers(
                stream, [(":status", "200"), ("x", "y" * 3900), *[("x", "y" * 3900)] * 9000]
            )
        elif path == "/api/changes":
            body = special or json.dumps(CHANGE).encode() + b"\n"
            self.reply(stream, body)
            self.changes.add(stream)
        else:
            usual = {
                "/api/status": _with(STATUS), "/api/runs": _with(RUNS), "/api/tags": _with(TAGS),
                "/api/export": ROWS,
            }  # fmt: skip
            self.reply(stream, special or usual.get(path, b"{}"))

    def reply(self, stream: int, body: bytes, encoding: str = "identity") -> None:
        self.h2.send_headers(stream, [(":status", "200"), ("content-encoding", encoding)])
        self.pending[stream] = body

    def send_some(self, stream: int) -> None:
        endless = stream in self.endless or stream in self.changes
        body = self.pending.pop(stream)
        try:
            while True:
                room = min(
                    self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size
                )
                size = min(room, len(body))
                self.h2.send_data(stream, body[:size], end_stream=size == len(body) and not endless)
                body = body[size:]
                if not body or not size:
                    break
        except H2Error:
            self.endless.pop(stream, None)
            return
        if body:
            self.pending[stream] = body

    def flood(self, frame: bytes) -> None:
        """Sends one frame for ever, and does not read."""
        block = frame * 4096
        end_s = time.monotonic() + 20
        while time.monotonic() < end_s:
            os.write(1, block)

    def flush(self) -> None:
        data = self.h2.data_to_send()
        while data:
            data = data[os.write(1, data) :]


if __name__ == "__main__":
    if "--version" in sys.argv:
        print("farboard-engine 0.1.0")
    else:
        Hostile(os.environ["HOSTILE_WAY"]).serve()
