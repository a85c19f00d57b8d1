"""A link to an engine that is a few Python values: what it answers is set by the test."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
import time
from typing import TYPE_CHECKING, Any

from farboard.errors import FarboardError, SourceDown
from farboard.link import LinkState
from farboard.target import Target

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from farboard.hub.source import Source
    from farboard.hub.sources import Sources
    from farboard.link.state import State

Json = dict[str, Any]


class FakeResponse:
    def __init__(
        self,
        status: int,
        chunks: AsyncIterator[bytes],
        content_type: str,
        encoding: str = "identity",
        **headers: str,
    ) -> None:
        self.status = status
        self.encoding = encoding
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.headers = {"content-type": content_type, **more}
        self.cancelled = False
        self.asked_at_s = self.answered_at_s = time.time()
        self._chunks = chunks

    def chunks(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def read(self, *, decoded: bool = True, at_most_bytes: int = 1 << 30) -> bytes:
        body = b"".join([chunk async for chunk in self._chunks])
        return gzip.decompress(body) if decoded and self.encoding == "gzip" else body

    def cancel(self) -> None:
        self.cancelled = True


class FakeLink:
    """Answers from `answers`: path → bytes, JSON value, or a function of the request's body."""

    def __init__(self, target: Target, on_state: Callable[[LinkState], None]) -> None:
        self.target = target
        self.state = LinkState("connecting", time.time())
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str, Any, str]] = []
        self.headers: dict[str, str] = {}
        self.start_error: FarboardError | None = None
        self.retried = 0
        self.closed = False
        self.says_goodbye = True
        self.engines = 0
        self.epoch = ""
        self.identity: Any = None
        self.ahead_s = 0.0
        self._on_state = on_state
        self._streams: list[asyncio.Queue[Json | None]] = []
        self._first_line: Json = {}

    # What the hub calls

    async def start(self) -> None:
        if self.start_error:
            self.become("failed", message=self.start_error.message, hint=self.start_error.hint)
            raise self.start_error
        self.new_engine()
        self.become("live")

    async def request(
        self, method: str, path: str, body: bytes | None = None, headers: Any = None
    ) -> FakeResponse:
        if self.state.state not in ("live", "quiet"):
            raise SourceDown("the link is down")
        asked = None if body is None else json.loads(body)
        self.headers = dict(headers or {})
        self.asked.append((method, path, asked, (headers or {}).get("accept", "")))
        if path == "/api/changes":
            return FakeResponse(200, self._changes(), "application/x-ndjson")
        answer = self.answers[path]
        if callable(answer):
            answer = answer(asked)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if isinstance(answer, FakeResponse):
            return answer
        if isinstance(answer, bytes):
            return FakeResponse(200, pieces(answer), "")
        return FakeResponse(200, pieces(json.dumps(answer).encode()), "application/json")

    def retry_now(self) -> None:
        self.retried += 1

    async def login_again(self) -> None:
        self.become("live")

    async def close(self) -> bool:
        self.closed = True
        return self.says_goodbye

    # What the test calls

    def become(self, state: State, **fields: Any) -> None:
        self.state = dataclasses.replace(self.state, state=state, since_s=time.time(), **fields)
        self._on_state(self.state)

    def new_engine(self, load: str = "live", points: int = 0) -> None:
        self.engines += 1
        self.epoch = f"epoch-{self.engines}"
        self._first_line = self.line(load=load, points=points)
        self.answers.setdefault("/api/status", lambda _: self.status())

    def status(self) -> Json:
        return {
            "engine": {
                "epoch": self.epoch,
                "now_s": time.time() + self.ahead_s,
                "user": "you",
                "home": "/home/you",
            },
            "logdir": {
                "asked": "runs",
                "path": "/home/you/runs",
                "state": "ok",
                "message": "",
                "closest": [],
                "identity": self.identity,
            },
            "load": self._first_line["load"],
            "losses": [],
            "losses_total": {"count": 0, "bytes": 0},
        }

    def line(self, *, load: str = "live", points: int = 0, version: int = 1, **more: Any) -> Json:
        return {
            "epoch": self.epoch,
            "version": version,
            "reindex": False,
            "load": {"state": load, "points": points},
            "losses_total": {"count": 0, "bytes": 0},
            "series": [],
            **more,
        }

    def publish(self, line: Json) -> None:
        self._first_line = {**line, "series": []}
        for stream in self._streams:
            stream.put_nowait(line)

    def drop(self) -> None:
        """The connection breaks."""
        self.become("lost", message="connection lost")
        for stream in self._streams:
            stream.put_nowait(None)

    async def _changes(self) -> AsyncIterator[bytes]:
        stream: asyncio.Queue[Json | None] = asyncio.Queue()
        self._streams.append(stream)
        try:
            line: Json | None = self._first_line
            while line is not None:
                yield json.dumps(line).encode() + b"\n"
                line = await stream.get()
            raise SourceDown("the connection ended")
        finally:
            self._streams.remove(stream)


async def pieces(data: bytes, size_bytes: int = 7) -> AsyncIterator[bytes]:
    for place in range(0, len(data), size_bytes):
        yield data[place : place + size_bytes]


def target(label: str = "gpu1:runs") -> Target:
    host, colon, path = label.partition(":")
    if not colon:
        return Target(kind="local", path=f"/here/{label}", label=label)
    return Target(kind="ssh", path=path, label=label, host=host)


def add(sources: Sources, label: str = "gpu1:runs") -> tuple[Source, FakeLink]:
    source = sources.add(target(label), FakeLink)  # type: ignore[arg-type]
    link = source.link
    assert isinstance(link, FakeLink)
    return source, link


async def until(condition: Callable[[], bool]) -> None:
    """Waits for something that other tasks bring about; fails the test when they do not."""

    async def look() -> None:
        while not condition():  # noqa: ASYNC110 - any condition, not one that could tell
            await asyncio.sleep(0.005)

    await asyncio.wait_for(look(), 5)
