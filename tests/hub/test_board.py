"""A board on real sockets, with real HTTP and WebSocket clients."""

from __future__ import annotations

import asyncio
import json
import os
from typing import TYPE_CHECKING

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from farboard.hub.board import Board
from farboard.hub.roster import Welcome
from farboard.hub.running import find_running
from farboard.hub.sockets import Wish, listen
from farboard.target import parse_target
from tests.hub.fake_link import FakeLink, FakeResponse, add

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from farboard.hub.source import Source


@pytest.fixture
def refusals() -> list[tuple[str, str]]:
    return []


@pytest.fixture
async def board(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusals: list[tuple[str, str]]
) -> AsyncIterator[Board]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    listening = listen(Wish(port=0))
    board = Board(listening, ["x"], lambda who, why: refusals.append((who, why)), bundle)
    async with board:
        yield board


async def login(board: Board, client: httpx.AsyncClient) -> str:
    code = board.new_link().partition("#code=")[2]
    answer = await client.post(f"{board.listening.url}api/login", json={"code": code})
    secret = answer.json()["secret"]
    client.headers["authorization"] = f"Bearer {secret}"
    assert isinstance(secret, str)
    return secret


def redirects_in(directory: Path) -> list[Path]:
    return list(directory.glob("farboard-*/open.html"))


async def live(board: Board) -> FakeLink:
    source, link = add(board.sources)
    await source.start()
    await source.wait_until_known()
    return link


async def test_a_link_leads_to_everything(board: Board) -> None:
    link = await live(board)
    async with httpx.AsyncClient() as client:
        assert (await client.get(board.listening.url)).status_code == 200
        secret = await login(board, client)
        status = (await client.get(f"{board.listening.url}api/status")).json()
        assert status["sources"][0]["state"] == "live"
    address = f"ws://127.0.0.1:{board.listening.port}/api/changes"
    async with connect(address, proxy=None) as websocket:
        await websocket.send(json.dumps({"secret": secret}))
        assert json.loads(await websocket.recv())["type"] == "hello"
        link.publish(link.line(version=2))
        while (message := json.loads(await websocket.recv()))["type"] != "change":
            pass
        assert message["version"] == 2


async def test_foreign_websockets_get_an_http_status(
    board: Board, refusals: list[tuple[str, str]]
) -> None:
    address = f"ws://127.0.0.1:{board.listening.port}/api/changes"
    with pytest.raises(InvalidStatus) as caught:
        async with connect(address, proxy=None, origin="http://evil.example"):  # type: ignore[arg-type]
            pass
    assert caught.value.response.status_code == 403
    assert refusals == [("http://evil.example", "foreign Origin")]


async def test_ending_waits_for_nobody(board: Board) -> None:
    link = await live(board)

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"row\n" * 1000
            await asyncio.sleep(0.01)

    link.answers["/api/export"] = lambda _: FakeResponse(200, endless(), "text/csv")
    link.answers["/api/runs"] = lambda _: asyncio.Event().wait()
    async with httpx.AsyncClient() as client:
        secret = await login(board, client)
        export = f"{board.listening.url}api/export"
        address = f"ws://127.0.0.1:{board.listening.port}/api/changes"
        async with (
            client.stream("POST", export, json={"series": None}) as rows,
            connect(address, proxy=None) as websocket,
        ):
            await websocket.send(json.dumps({"secret": secret}))
            await websocket.recv()
            await anext(rows.aiter_raw())
            hanging = asyncio.create_task(client.get(f"{board.listening.url}api/runs"))
            await asyncio.sleep(0.05)
            await asyncio.wait_for(board.__aexit__(None, None, None), 5)
            await asyncio.wait_for(websocket.wait_closed(), 5)
            assert websocket.close_code == 1012
            done, _ = await asyncio.wait([hanging], timeout=5)
            assert done
            if hanging.exception() is None:
                assert hanging.result().status_code == 500
    assert link.closed
    listen(Wish(port=board.listening.port)).close()


async def test_a_second_start_finds_the_first_one(board: Board) -> None:
    found = await asyncio.to_thread(find_running, ["x"], None)
    assert found is not None
    running, code = found
    assert running.pid == os.getpid()
    async with httpx.AsyncClient() as client:
        answer = await client.post(f"{running.url}api/login", json={"code": code})
    assert answer.json() == {"secret": running.secret}


async def test_the_redirect_file_goes_when_its_code_was_used(
    board: Board, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("farboard.hub.browser._readable_place", lambda: None)
    monkeypatch.setattr("webbrowser.open", lambda _url: True)
    board.open_page(lambda: None)
    (file,) = redirects_in(tmp_path)
    code = file.read_text().partition("#code=")[2].partition('"')[0]
    async with httpx.AsyncClient() as client:
        await client.post(f"{board.listening.url}api/login", json={"code": code})
    assert redirects_in(tmp_path) == []


async def test_a_second_start_does_not_find_a_board_that_lacks_what_it_asks_for(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    async def start(_source: Source) -> None:
        pass

    async def found() -> bool:
        return await asyncio.to_thread(find_running, ["x"], None) is not None

    welcome = Welcome(parse_target, FakeLink, start, lambda _line: None)  # type: ignore[arg-type]
    board = Board(listen(Wish(port=0)), ["x"], lambda _who, _why: None, bundle, welcome=welcome)
    async with board, httpx.AsyncClient() as client:
        add(board.sources, "gpu1:runs")
        await login(board, client)
        url = f"{board.listening.url}api/sources"
        for path, body, is_found in (
            ("", {"target": "gpu2:runs"}, True),
            ("/remove", {"source": "gpu2:runs"}, True),
            ("/remove", {"source": "gpu1:runs"}, False),
            ("", {"target": "gpu1:runs"}, True),
        ):
            assert (await client.post(url + path, json=body)).status_code == 200
            assert await found() is is_found
    assert not os.listdir(tmp_path / "farboard")  # noqa: PTH208 - a look, not a walk
