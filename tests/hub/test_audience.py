"""How long nobody has looked at a board: pages that are open, programs that ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from farboard.hub import audience as audience_module
from farboard.hub.audience import Audience

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time; change its only entry."""
    now = [100.0]
    monkeypatch.setattr(audience_module.time, "monotonic", lambda: now[0])
    return now


async def nothing(*_arguments: Any) -> Any:
    return {}


async def look(audience: Audience, path: str, kind: str = "http") -> None:
    await audience({"type": kind, "path": path}, nothing, nothing)


async def test_a_look_begins_the_time_anew(clock: list[float]) -> None:
    audience = Audience(nothing)
    clock[0] += 50
    assert audience.away_s == 50
    await look(audience, "/api/scalars")
    assert audience.away_s == 0
    clock[0] += 7
    assert audience.away_s == 7


@pytest.mark.parametrize("path", ["/api/status", "/api/code"])
async def test_farboard_boards_and_a_second_start_are_no_look(
    clock: list[float], path: str
) -> None:
    audience = Audience(nothing)
    clock[0] += 50
    await look(audience, path)
    assert audience.away_s == 50


async def test_an_open_page_looks_until_it_is_closed(clock: list[float]) -> None:
    async def page(_scope: Scope, _receive: Receive, _send: Send) -> None:
        clock[0] += 1000
        assert audience.away_s == 0

    audience = Audience(page)
    await look(audience, "/api/changes", "websocket")
    assert audience.away_s == 0
    clock[0] += 3
    assert audience.away_s == 3
