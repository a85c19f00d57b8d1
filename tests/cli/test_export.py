"""`farboard export`: what is asked for, where it goes, and what happens when it breaks."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, Any

import pytest

from farboard.errors import SourceDown
from tests.hub.fake_link import FakeResponse
from tests.hub.test_join import part, tag

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.cli.conftest import Farboard
    from tests.hub.fake_link import FakeLink

ROWS = b"run,tag,step,wall_time,value,superseded\na,loss,0,1.5,0.25,0\n"


@pytest.fixture(autouse=True)
def _answers(farboard: Farboard) -> None:
    def prepare(link: FakeLink) -> None:
        link.answers["/api/tags"] = part(
            ["a", "b"],
            tag("val/loss", [0, 1]),
            tag("loss", [0, 1]),
            tag("weights", [0], "histogram"),
        )
        link.answers["/api/export"] = ROWS

    farboard.prepare = prepare


def asked(farboard: Farboard) -> Any:
    return farboard.links[0].asked[-1][2]


def test_everything_goes_to_standard_output(farboard: Farboard) -> None:
    assert farboard("export", "gpu1:runs") == 0
    assert farboard.out.encode() == ROWS
    assert asked(farboard) == {"series": None, "restarts": "latest", "format": "csv"}


def test_options_are_passed_on(farboard: Farboard) -> None:
    assert farboard("export", "gpu1:runs", "--restarts", "all", "--format", "jsonl") == 0
    assert asked(farboard) == {"series": None, "restarts": "all", "format": "jsonl"}


@pytest.mark.parametrize(("options", "series"), [
    (("--run", "^b"), [("b", "val/loss"), ("b", "loss")]),
    (("--tag", "^loss$"), [("a", "loss"), ("b", "loss")]),
    (("--tag", "s{2}", "--run", "a|x"), [("a", "val/loss"), ("a", "loss")]),
])  # fmt: skip
def test_series_are_chosen_by_regular_expression(
    farboard: Farboard, options: tuple[str, ...], series: list[tuple[str, str]]
) -> None:
    assert farboard("export", "gpu1:runs", *options) == 0
    assert [(item["run"], item["tag"]) for item in asked(farboard)["series"]] == series


@pytest.mark.parametrize("options", [("--run", "c"), ("--tag", "weights"), ("--tag", "LOSS")])
def test_no_match_is_an_error(farboard: Farboard, options: tuple[str, ...]) -> None:
    assert farboard("export", "gpu1:runs", *options) == 1
    assert "no scalar matches" in farboard.err
    assert farboard.out == ""


def test_a_file_appears_complete_with_ordinary_permissions(
    farboard: Farboard, tmp_path: Path
) -> None:
    output = tmp_path / "all.csv"
    output.write_text("old")
    umask = os.umask(0o027)
    try:
        assert farboard("export", "gpu1:runs", "-o", str(output)) == 0
    finally:
        os.umask(umask)
    assert output.read_bytes() == ROWS
    assert stat.S_IMODE(output.stat().st_mode) == 0o640
    assert list(tmp_path.iterdir()) == [output]
    assert farboard.out == ""


def test_a_broken_export_leaves_the_old_file(farboard: Farboard, tmp_path: Path) -> None:
    prepare = farboard.prepare

    async def breaks() -> AsyncIterator[bytes]:
        yield ROWS
        raise SourceDown("the link broke")

    def prepare_to_break(link: FakeLink) -> None:
        prepare(link)
        link.answers["/api/export"] = lambda _: FakeResponse(200, breaks(), "text/csv")

    farboard.prepare = prepare_to_break
    output = tmp_path / "all.csv"
    output.write_text("old")
    assert farboard("export", "gpu1:runs", "-o", str(output)) == 7
    assert output.read_text() == "old"
    assert list(tmp_path.iterdir()) == [output]
    assert "the link broke" in farboard.err


def test_a_device_stays_what_it_is(farboard: Farboard, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(os.devnull)
    assert farboard("export", "gpu1:runs", "-o", str(link)) == 0
    assert link.is_symlink()


def test_a_place_that_cannot_be_written_is_named(farboard: Farboard, tmp_path: Path) -> None:
    output = tmp_path / "none" / "all.csv"
    assert farboard("export", "gpu1:runs", "-o", str(output)) == 1
    assert f"cannot write {output}" in farboard.err
