"""The slow link: nothing is lost, nothing comes too early, nothing passes in the dark."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest

from benchmarks.slow_link import SlowLink

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RTT_S = 0.05
RATE_BYTES_S = 1e6


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


@pytest.fixture
async def link() -> AsyncIterator[SlowLink]:
    """A slow link in front of a server that says what it hears."""
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    slow = SlowLink(server.sockets[0].getsockname()[1], RTT_S, RATE_BYTES_S)
    await slow.start()
    yield slow
    await slow.stop()
    server.close()


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_everything_arrives_in_order_and_the_end_does_too(link: SlowLink) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    said = random.Random(1).randbytes(300_000)
    reading = asyncio.ensure_future(reader.read(-1))
    began_s = now_s()
    writer.write(said)
    writer.write_eof()
    assert await asyncio.wait_for(reading, 30) == said
    # Three half round trips of the handshake, one there, one back; and the time at the bottleneck.
    assert now_s() - began_s >= 2.5 * RTT_S + len(said) / RATE_BYTES_S
    assert link.there.passed_bytes == link.back.passed_bytes == len(said)
    writer.close()


async def test_connections_share_the_bottleneck(link: SlowLink) -> None:
    async def send(count_bytes: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        writer.write(bytes(count_bytes))
        await reader.readexactly(count_bytes)
        writer.close()

    began_s = now_s()
    await asyncio.wait_for(asyncio.gather(send(100_000), send(100_000)), 30)
    assert now_s() - began_s >= 2.5 * RTT_S + 200_000 / RATE_BYTES_S


async def test_nothing_passes_in_the_dark_and_nothing_is_lost(link: SlowLink) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
    writer.write(b"before")
    assert await asyncio.wait_for(reader.readexactly(6), 30) == b"before"
    link.weather.change(dark=True)
    writer.write(b"during")
    fresh = asyncio.ensure_future(asyncio.open_connection("127.0.0.1", link.port))
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(reader.readexactly(6), 6 * RTT_S)
    passed_bytes = link.there.passed_bytes
    assert passed_bytes == len("before")
    link.weather.change(dark=False)
    assert await asyncio.wait_for(reader.readexactly(6), 30) == b"during"
    fresh_reader, fresh_writer = await fresh
    fresh_writer.write(b"fresh")
    assert await asyncio.wait_for(fresh_reader.readexactly(5), 30) == b"fresh"
    for each in (writer, fresh_writer):
        each.close()
