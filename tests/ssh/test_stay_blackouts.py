"""A bad network in the middle of a training; two hundred of these are benchmarks/blackouts.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.blackouts import black_out
from farboard.errors import FarboardError
from farboard.link.engine import find_engine

if TYPE_CHECKING:
    from tests.ssh.far import FarMachine

pytestmark = pytest.mark.slow


async def test_ten_blackouts_lose_no_point_and_double_none(far: FarMachine) -> None:
    try:
        find_engine()
    except FarboardError:
        pytest.skip("the engine is not built")
    far.start()
    outcome = await black_out(far, 10, seed=7)
    assert outcome.kinds.total() == 10
    assert outcome.written > 0
    assert outcome.there_once == outcome.there == outcome.written
    assert outcome.epochs <= outcome.engines, "nothing begins anew but with a new engine"
    assert (outcome.left_here, outcome.left_there) == (0, 0)
