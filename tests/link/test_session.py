"""A session begins with its first questions, which are answered once."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from farboard.errors import SourceDown
from farboard.link.process import Child
from farboard.link.session import shake_hands

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_always_asked_first_is_asked_ahead(fake_engine: Path) -> None:
    session = await shake_hands(await Child.start([str(fake_engine), "serve"]))
    shaken_s = time.time()
    try:
        ahead = await session.request("GET", "/api/status")
        assert ahead.asked_at_s <= shaken_s
        assert ahead.asked_at_s <= ahead.answered_at_s
        later = await session.request("GET", "/api/status")
        assert later.asked_at_s >= shaken_s
        for answer in (ahead, later):
            assert json.loads(await answer.read())
    finally:
        assert await session.end(5.0)


async def test_what_was_asked_ahead_and_not_wanted_ends_with_the_session(fake_engine: Path) -> None:
    session = await shake_hands(await Child.start([str(fake_engine), "serve"]))
    assert await session.end(5.0)
    with pytest.raises(SourceDown):
        await session.request("GET", "/api/status")
