"""The HTTP/2 client against a stand-in engine, and against streams that are none."""

from __future__ import annotations

import asyncio
import gzip
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farboard.errors import GarbledStream, SourceDown
from farboard.link.http2 import Connection, Framing, decoder
from farboard.link.process import Child

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

MEGABYTE = 1024 * 1024


@pytest.fixture
async def connection(fake_engine: Path) -> AsyncIterator[Connection]:
    child = await Child.start([str(fake_engine), "serve"])
    connection = Connection(child.stdout, child.stdin)
    connection.start()
    yield connection
    await connection.close()
    assert await child.end(5.0) == 0


async def get(connection: Connection, path: str) -> bytes:
    response = await connection.request("GET", path)
    assert response.status == 200
    return await response.read()


async def test_question_and_answer(connection: Connection) -> None:
    response = await connection.request("POST", "/echo", b"hello", {"Content-Type": "text/plain"})
    assert response.status == 200
    assert await response.read() == b"hello"
    assert (await connection.request("GET", "/nowhere")).status == 404


class CountingWriter:
    """Where bytes go, and in how many writes."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.writes.append(data)

    def is_closing(self) -> bool:
        return False


async def test_what_is_said_at_once_is_one_write() -> None:
    writer = CountingWriter()
    connection = Connection(asyncio.StreamReader(), writer)  # type: ignore[arg-type]
    connection.start(b"run\n")
    said = [connection.request("GET", path) for path in ("/api/runs", "/api/tags")]
    waiting = [asyncio.ensure_future(answer) for answer in (*said, connection.ping())]
    await asyncio.sleep(0.01)
    (write,) = writer.writes
    assert write.startswith(b"run\nPRI * HTTP/2.0")
    await connection.close()
    assert len(writer.writes) == 2
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_answers_larger_than_all_windows_in_both_directions(connection: Connection) -> None:
    body = random.Random(1).randbytes(5 * MEGABYTE)
    response = await connection.request("POST", "/echo", body)
    assert await response.read() == body


async def test_many_questions_at_once(connection: Connection) -> None:
    sizes = [1, 100_000, 3 * MEGABYTE, 0, 70_000] * 4
    answers = await asyncio.gather(*(get(connection, f"/zeros?{size}") for size in sizes))
    assert [len(answer) for answer in answers] == sizes


async def test_a_reader_that_stops_holds_up_nobody(connection: Connection) -> None:
    stopped = [await connection.request("GET", f"/zeros?{20 * MEGABYTE}") for _ in range(3)]
    assert len(await get(connection, f"/zeros?{5 * MEGABYTE}")) == 5 * MEGABYTE
    # What waits unread is bounded by the window of each stream.
    assert connection.received_bytes < (5 + 3 * 2.1) * MEGABYTE
    assert len(await stopped[0].read()) == 20 * MEGABYTE
    for response in stopped[1:]:
        response.cancel()


async def test_gzip_is_decoded_in_pieces(connection: Connection) -> None:
    response = await connection.request("GET", f"/gzip?{9 * MEGABYTE}")
    assert response.headers["content-encoding"] == "gzip"
    sizes = [len(chunk) async for chunk in response.chunks()]
    assert sum(sizes) == 9 * MEGABYTE
    assert max(sizes) <= MEGABYTE, "a small answer must not become one huge chunk"


async def test_an_endless_answer_arrives_as_it_is_written(connection: Connection) -> None:
    response = await connection.request("GET", "/ticks")
    lines = b""
    async for chunk in response.chunks():
        lines += chunk
        if lines.count(b"\n") >= 3:
            break
    assert lines.splitlines()[:3] == [b'{"tick": 1}'] * 3


async def test_abandoning_an_answer_cancels_it(connection: Connection) -> None:
    chunks = (await connection.request("GET", "/ticks")).chunks()
    await chunks.__anext__()
    await chunks.aclose()  # type: ignore[attr-defined]
    response = await connection.request("GET", "/ticks")
    response.cancel()
    asking = asyncio.ensure_future(connection.request("GET", "/never"))
    await asyncio.sleep(0.1)
    asking.cancel()
    await asyncio.wait((asking,))
    assert await get(connection, "/cancelled") == b"3"


async def test_ping_measures_the_round_trip(connection: Connection) -> None:
    first, second = await asyncio.gather(connection.ping(), connection.ping())
    assert 0 < first < 60
    assert 0 < second < 60


async def test_a_broken_off_answer_is_an_error_of_that_answer_only(connection: Connection) -> None:
    with pytest.raises(SourceDown, match="broke off"):
        await get(connection, "/half")
    assert await get(connection, "/zeros?3") == bytes(3)


async def test_the_end_of_the_engine_fails_everything_under_way(fake_engine: Path) -> None:
    child = await Child.start([str(fake_engine), "serve"])
    connection = Connection(child.stdout, child.stdin)
    connection.start()
    ticks = await connection.request("GET", "/ticks")
    waiting = [
        asyncio.ensure_future(ticks.read()),
        asyncio.ensure_future(connection.request("GET", "/never")),
        asyncio.ensure_future(connection.request("GET", "/exit?0")),
    ]
    errors = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(error) for error in errors] == [SourceDown] * 3
    assert "ended" in (await connection.lost).message
    for call in (connection.ping(), connection.request("GET", "/zeros?1")):
        with pytest.raises(SourceDown):
            await call
    await connection.close()
    await child.end(5.0)


async def test_foreign_text_is_quoted(fake_engine: Path) -> None:
    child = await Child.start([str(fake_engine), "serve"])
    connection = Connection(child.stdout, child.stdin)
    connection.start()
    with pytest.raises(GarbledStream, match='"job 17 done"'):
        await connection.request("GET", "/noise?job 17 done")
    await connection.close()
    await child.end(5.0)


@pytest.mark.parametrize("text", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0" * 100])
async def test_what_is_not_http2_is_an_error(text: bytes) -> None:
    reader = asyncio.StreamReader()
    reader.feed_data(text)
    reader.feed_eof()
    connection = Connection(reader, _NullWriter())  # type: ignore[arg-type]
    connection.start()
    with pytest.raises(SourceDown):
        await connection.ping()
    await connection.close()


class _NullWriter:
    def write(self, data: bytes) -> None:
        pass

    def is_closing(self) -> bool:
        return False

    async def drain(self) -> None:
        pass


FRAMES = st.lists(
    st.tuples(st.integers(0, 9), st.binary(max_size=300)).map(
        lambda frame: len(frame[1]).to_bytes(3, "big") + bytes([frame[0], 0, 0, 0, 0, 1]) + frame[1]
    )
)


@given(FRAMES, st.randoms(use_true_random=False))
def test_frames_are_followed_however_they_are_cut(frames: list[bytes], rng: random.Random) -> None:
    framing = Framing()
    stream = b"".join(frames)
    place = 0
    while place < len(stream):
        size = rng.randint(1, 40)
        framing.check(stream[place : place + size])
        place += size
    with pytest.raises(GarbledStream, match='"LATE"'):
        framing.check(b"LATE\n" + bytes(9))


def test_a_gzip_bomb_comes_in_bounded_pieces() -> None:
    pieces = decoder("gzip")(gzip.compress(bytes(50 * MEGABYTE)))
    assert max(len(piece) for piece in pieces) <= MEGABYTE


def test_an_unknown_encoding_is_an_error() -> None:
    with pytest.raises(SourceDown, match="br"):
        decoder("br")
