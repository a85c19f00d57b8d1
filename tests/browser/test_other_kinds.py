"""What has no cards is counted below the sections, with the way to its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect

from farboard.writer.summary_writer import SummaryWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.board_page import BoardPage
    from tests.browser.served import Served

pytestmark = pytest.mark.slow


def test_meshes_are_counted_and_the_way_to_them_is_told(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    with SummaryWriter(tmp_path / "runs" / "a") as writer:
        writer.add_scalar("loss", 1, 1)
        writer.add_hparams({"lr": 0.1}, {"best": 1})  # seen in the table of runs
        writer.add_mesh("cloud", np.zeros((1, 4, 3)), np.zeros((1, 4, 3), np.uint8), global_step=1)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    said = board.page.get_by_test_id("other-kinds")
    expect(said).to_contain_text("2 tags of other kinds in these files: 2 mesh.")
    expect(said.locator("code")).to_have_text("farboard export TARGET --kind mesh --to DIR")
