"""Sleep and another network are noticed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from farboard.link.surroundings import our_addresses, watch_surroundings
from tests.link.helpers import QUICK, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TIMING = replace(QUICK, tick_s=0.02, slept_s=60.0)


class World:
    """What the watch sees of the world."""

    def __init__(self) -> None:
        self.changes = 0
        self.looks = 0
        self.addresses = ("192.168.1.7", "")

    def changed(self) -> None:
        self.changes += 1

    def look(self) -> tuple[str, ...]:
        self.looks += 1
        return self.addresses

    async def some_looks(self) -> None:
        seen = self.looks
        await until(lambda: self.looks >= seen + 3)


@pytest.fixture
async def world(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    world = World()
    monkeypatch.setattr("farboard.link.surroundings.our_addresses", world.look)
    watching = asyncio.create_task(watch_surroundings(TIMING, world.changed))
    yield world
    watching.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await watching


async def test_nothing_is_said_while_nothing_happens(world: World) -> None:
    await world.some_looks()
    assert world.changes == 0


async def test_a_clock_that_jumps_is_sleep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    await world.some_looks()
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    await until(lambda: world.changes > 0)
    await world.some_looks()
    assert world.changes == 1


async def test_another_address_is_told_but_not_the_lack_of_one(world: World) -> None:
    await world.some_looks()
    world.addresses = ("", "")
    await world.some_looks()
    assert world.changes == 0, "without a network there is nothing to hurry for"
    world.addresses = ("192.168.1.7", "")
    await world.some_looks()
    assert world.changes == 0, "the same network as before"
    world.addresses = ("10.8.0.2", "")
    await world.some_looks()
    assert world.changes == 1


def test_our_addresses_are_looked_up_without_sending_anything() -> None:
    assert len(our_addresses()) == 2
