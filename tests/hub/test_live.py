"""The WebSocket: greeted, told, and never a queue that grows."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.websockets import WebSocket

from farboard.hub.live import Live, Outbox
from tests.hub.fake_link import add, until

if TYPE_CHECKING:
    import pytest
    from starlette.types import Message

    from farboard.hub.auth import Auth
    from farboard.hub.sources import Sources


def change(version: int, *runs: str, source: str = "x", reindex: bool = False) -> dict[str, object]:
    series = [{"run": run, "tag": "t", "kind": "scalar", "points": version} for run in runs]
    return {
        "type": "change", "source": source, "epoch": "e", "version": version,
        "reindex": reindex, "series": series,
    }  # fmt: skip


def entry(state: str, source: str = "x") -> dict[str, object]:
    return {"type": "source", "source": {"source": source, "state": state}}


async def test_messages_come_in_order() -> None:
    outbox = Outbox()
    for message in (entry("live"), change(1), entry("live", "y")):
        outbox.put(message)
    assert [(await outbox.take())["type"] for _ in range(3)] == ["source", "change", "source"]


async def test_a_slow_page_gets_newer_messages_not_more() -> None:
    outbox = Outbox()
    for version in range(1000):
        outbox.put(change(version, f"run{version % 3}"))
        outbox.put(entry(f"state {version}"))
    assert len(outbox) == 2
    got = [await outbox.take(), await outbox.take()]
    series = next(message for message in got if message["type"] == "change")["series"]
    assert {item["run"]: item["points"] for item in series} == {
        "run0": 999, "run1": 997, "run2": 998,
    }  # fmt: skip


async def test_a_change_never_overtakes_its_source() -> None:
    outbox = Outbox()
    outbox.put(change(1, "a"))
    outbox.put(entry("live"))
    outbox.put(change(2, reindex=True))
    outbox.put(entry("live with other numbers"))
    assert [(await outbox.take())["type"] for _ in range(2)] == ["source", "change"]


async def test_taking_waits_for_a_message() -> None:
    outbox = Outbox()
    taking = asyncio.create_task(outbox.take())
    await asyncio.sleep(0)
    assert not taking.done()
    outbox.put(entry("live"))
    assert await asyncio.wait_for(taking, 5) == entry("live")


class Page:
    """The other end of a WebSocket, as ASGI messages; reads only when `reading` is set."""

    def __init__(self) -> None:
        self.to_hub: asyncio.Queue[Message] = asyncio.Queue()
        self.got: list[Message] = []
        self.reading = asyncio.Event()
        self.reading.set()
        scope = {"type": "websocket", "path": "/api/changes", "headers": []}
        self.websocket = WebSocket(scope, self.to_hub.get, self._send)
        self.to_hub.put_nowait({"type": "websocket.connect"})

    async def _send(self, message: Message) -> None:
        await self.reading.wait()
        self.got.append(message)

    def say(self, value: object) -> None:
        self.to_hub.put_nowait({"type": "websocket.receive", "text": json.dumps(value)})

    def leave(self) -> None:
        self.to_hub.put_nowait({"type": "websocket.disconnect", "code": 1001})

    def messages(self) -> list[dict[str, object]]:
        return [json.loads(m["text"]) for m in self.got if m["type"] == "websocket.send"]


async def test_a_page_hears_what_happens_until_it_leaves(sources: Sources, auth: Auth) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    page = Page()
    serving = asyncio.create_task(Live(sources, auth).changes(page.websocket))
    page.say({"secret": auth.secret})
    await until(lambda: len(page.messages()) == 1)
    hello = page.messages()[0]
    assert hello["type"] == "hello"
    assert set(hello) == {"type", "hub", "sources"}
    link.publish(link.line(version=2))
    await until(lambda: page.messages()[-1]["type"] == "change")
    assert page.messages()[-1]["version"] == 2
    page.leave()
    await asyncio.wait_for(serving, 5)
    assert sources._listeners == []


async def test_a_page_that_does_not_read_holds_two_messages_at_most(
    sources: Sources, auth: Auth
) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    page = Page()
    serving = asyncio.create_task(Live(sources, auth).changes(page.websocket))
    page.say({"secret": auth.secret})
    await until(lambda: len(page.messages()) == 1)
    page.reading.clear()
    for version in range(2, 200):
        link.publish(link.line(version=version))
        await asyncio.sleep(0)
    await until(lambda: source.version == 199)
    page.reading.set()
    await until(lambda: page.messages()[-1].get("version") == 199)
    assert len(page.messages()) < 10
    page.leave()
    await asyncio.wait_for(serving, 5)


async def test_a_page_that_says_nothing_is_closed(
    sources: Sources, auth: Auth, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("farboard.hub.live.INTRODUCTION_WITHIN_S", 0.01)
    page = Page()
    await Live(sources, auth).changes(page.websocket)
    assert page.got[-1]["type"] == "websocket.close"
    assert page.got[-1]["code"] == 4401


async def test_ten_pages_hear_the_same(sources: Sources, auth: Auth) -> None:
    source, link = add(sources)
    await source.start()
    await source.wait_until_known()
    pages = [Page() for _ in range(10)]
    live = Live(sources, auth)
    serving = [asyncio.create_task(live.changes(page.websocket)) for page in pages]
    for page in pages:
        page.say({"secret": auth.secret})
    await until(lambda: all(page.messages() for page in pages))
    link.publish(link.line(version=2))
    await until(lambda: all(page.messages()[-1].get("version") == 2 for page in pages))
    for page in pages:
        page.leave()
    await asyncio.wait_for(asyncio.gather(*serving), 5)
