"""Histograms in a real browser, from event files whose buckets are known."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect
from tensorboard.plugins.distribution.compressor import compress_histogram
from tensorboardX import SummaryWriter

from tests.browser.board_page import asked, number
from tests.browser.plot_page import Plot, away, rgb
from tests.browser.served import Served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Locator, Response

    from tests.browser.board_page import BoardPage

pytestmark = pytest.mark.slow

TAG = "layer/weights"
STEPS = (0, 10, 20, 30, 40)
# Values from 0 to 4 in four buckets.
EDGES = [1.0, 2.0, 3.0, 4.0]
WHITE = (255, 255, 255, 255)


def counts(run: str, step: int) -> list[int]:
    """`early` stays in its first two buckets; `late` goes up with the step."""
    if run == "early":
        return [300, 100, 0, 0]
    return [100 if bucket == min(3, step // 10) else 0 for bucket in range(4)]


def write(writer: SummaryWriter, run: str, step: int, tag: str = TAG) -> None:
    """One histogram, whose values reach over the whole of its buckets."""
    written = counts(run, step)
    filled = [bucket for bucket, count in enumerate(written) if count]
    low, high = float(filled[0]), float(filled[-1] + 1)
    writer.add_histogram_raw(tag, low, high, sum(written), 1.0, 1.0, EDGES, written, step)


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two runs of five histograms, and one without."""
    directory = tmp_path_factory.mktemp("histograms")
    for run in ("early", "late"):
        writer = SummaryWriter(str(directory / "runs" / run))
        for step in STEPS:
            write(writer, run, step)
        writer.close()
    writer = SummaryWriter(str(directory / "runs" / "without"))
    writer.add_scalar("loss", 1, 1)
    writer.close()
    served = Served(directory, directory / "runs", "--port", "0")
    yield served
    served.end()


def card(board: BoardPage, tag: str = TAG) -> Locator:
    """The card of histograms, when it is drawn."""
    element = board.get("card", tag=tag, kind="histogram")
    element.scroll_into_view_if_needed()
    drawn(board, tag)
    return element


def drawn(board: BoardPage, tag: str = TAG) -> None:
    """Waits for all answers."""
    element = board.get("card", tag=tag, kind="histogram")
    expect(element.get_by_test_id("plots")).to_have_attribute("data-state", "drawn")
    board.page.wait_for_timeout(100)


def plot(board: BoardPage, run: str, tag: str = TAG) -> Plot:
    """The plot of a run."""
    return Plot(board, card(board, tag).locator(f'[data-testid="run-plot"][data-run="{run}"]'))


@pytest.fixture
def open_few(few: Served, new_page: Callable[..., BoardPage]) -> Callable[[str], BoardPage]:
    """Opens the board of two runs with some settings."""

    def open_board(fragment: str) -> BoardPage:
        board = new_page()
        board.open(few.link(fragment))
        card(board)
        return board

    return open_board


def bounds(text: str) -> tuple[float, float]:
    """Of `1.5 … 2`; rounded to four digits."""
    low, _, high = text.partition(" … ")
    return number(low), number(high)


def test_lines_stand_one_before_the_other_and_say_what_was_written(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("hist=offset")
    late = plot(board, "late")
    # The newest is at the bottom right, in the run's own colour; the oldest at the left top.
    newest = late.colour(0.87, 0.97)
    oldest = late.colour(0.12, 0.2)
    assert away(newest, rgb(board.colour("late"))) < 20
    assert away(oldest, newest) > 40
    assert away(oldest, WHITE) > 20
    assert late.colour(0.12, 0.97)[3] == 0 or away(late.colour(0.12, 0.97), WHITE) < 20
    for (x, y), step in (((0.87, 0.97), 40), ((0.12, 0.25), 0)):
        tip = late.point(x, y)
        assert tip["title"] == "late"
        assert number(tip["step"]) == step
        low, high = bounds(tip["values"])
        assert number(tip["count"]) == pytest.approx(100 * (high - low), rel=0.03)
        assert tip["of"].startswith("100 ")


def test_lines_may_stand_on_one_base(open_few: Callable[[str], BoardPage]) -> None:
    board = open_few("hist=overlay")
    early = plot(board, "early")
    tip = early.point(0.37, 0.7)
    low, high = bounds(tip["values"])
    assert 1 <= low < high <= 2 + 1e-9
    assert number(tip["count"]) == pytest.approx(100 * (high - low), rel=0.03)


def test_a_heat_map_has_its_colours_where_the_counts_are(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("hist=heat")
    late = plot(board, "late")
    # Steps 0 to 40 along, values 0 to 4 up: on the diagonal there is something, and nothing else.
    for i, step in enumerate(STEPS):
        x = min(0.98, max(0.02, step / 40))
        there = [away(late.colour(x, 1 - (bucket + 0.5) / 4), WHITE) > 40 for bucket in range(4)]
        assert there == [bucket == min(3, i) for bucket in range(4)], step
    tip = late.point(0.5, 1 - 2.5 / 4)
    assert number(tip["step"]) == 20
    low, high = bounds(tip["values"])
    assert number(tip["count"]) == pytest.approx(100 * (high - low), rel=0.03)
    early = plot(board, "early")
    strong, weak = early.colours((0.5, 1 - 0.5 / 4), (0.5, 1 - 1.5 / 4))
    assert away(strong, WHITE) > away(weak, WHITE) > 20


def test_logarithmic_colours_bring_out_the_small_counts(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("hist=heat")
    early = plot(board, "early")
    before = away(early.colour(0.5, 1 - 1.5 / 4), early.colour(0.5, 1 - 0.5 / 4))
    card(board).get_by_test_id("histogram-log").click()
    board.until(
        lambda: away(early.colour(0.5, 1 - 1.5 / 4), early.colour(0.5, 1 - 0.5 / 4)) < before - 5,
        "nearer colours",
    )
    board.page.wait_for_url("**hist=heat,log*")


def test_the_fan_says_what_tensorboard_computes(open_few: Callable[[str], BoardPage]) -> None:
    board = open_few("hist=fan")
    tip = plot(board, "early").point(0.5, 0.5)
    buckets = [(i, i + 1, count) for i, count in enumerate(counts("early", 20)) if count]
    wanted = [value for _, value in compress_histogram(buckets)]
    names = ["minimum", "6.68", "15.87", "30.85", "median", "69.15", "84.13", "93.32", "maximum"]
    said = {name.replace("\u202f%", ""): text for name, text in tip.items()}
    assert [number(said[name]) for name in names] == pytest.approx(wanted, abs=2e-3)


def test_a_card_may_be_drawn_in_its_own_way_and_all_like_it(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("")
    element = card(board)
    element.get_by_role("radio", name="heat map").check()
    expect(element.get_by_test_id("plots")).to_have_attribute("data-mode", "heat")
    board.page.wait_for_timeout(400)
    assert "hist=" not in board.page.url
    board.page.reload()
    expect(card(board).get_by_test_id("plots")).to_have_attribute("data-mode", "heat")
    card(board).hover()
    card(board).get_by_test_id("card-more").click()
    board.get("histogram-mode-all").click()
    board.page.wait_for_url("**hist=heat*")


def test_a_click_takes_the_board_to_a_step_and_back(open_few: Callable[[str], BoardPage]) -> None:
    board = open_few("hist=heat")
    late = plot(board, "late")
    board.page.mouse.click(*late.place(0.5, 0.5))
    board.page.wait_for_url("**step=20*")
    board.page.mouse.click(*late.place(0.5, 0.5))
    board.page.wait_for_url(lambda url: "step=" not in url)


def test_the_keyboard_goes_through_columns_and_chooses_one(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("hist=heat")
    host = plot(board, "late").host
    host.focus()
    host.press("ArrowLeft")
    host.press("ArrowLeft")
    tip = board.get("media-tooltip")
    expect(tip).to_contain_text("30")
    host.press("Enter")
    board.page.wait_for_url("**step=30*")
    host.press("Escape")
    expect(tip).to_have_count(0)


def asks(response: Response) -> dict[str, Any] | None:
    """The question, if it is one for histograms."""
    return asked(response) if response.url.endswith("/api/histograms") else None


def test_a_drag_asks_for_the_range_and_a_double_click_for_all(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("hist=heat")
    late = plot(board, "late")
    with board.page.expect_response(lambda r: (asks(r) or {}).get("range") is not None) as answer:
        late.drag((0.3, 0.05), (0.7, 0.5))
    start, end = asked(answer.value)["range"]
    assert (start, end) == pytest.approx((12, 28), abs=1)
    low, high = asked(answer.value)["y_range"]
    assert (low, high) == pytest.approx((2, 3.85), abs=0.15)
    (late_answer,) = [s for s in answer.value.json()["series"] if s["run"] == "late"]
    assert late_answer["histograms"] == 1
    drawn(board)
    assert number(late.point(0.5, 0.5)["step"]) == 20
    with board.page.expect_response(lambda r: (asks(r) or {"range": 0})["range"] is None):
        board.page.mouse.dblclick(*late.place(0.5, 0.5))
    expect(card(board).get_by_test_id("zoom-reset")).to_have_count(0)


def test_a_run_that_would_be_a_line_on_the_axis_of_all_gets_its_own(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    for run, width in (("calm", 1.0), ("wild", 20.0)):
        writer = SummaryWriter(str(tmp_path / "runs" / run))
        for step in STEPS:
            edges = [width * part / 10 for part in range(1, 11)]
            writer.add_histogram_raw(TAG, 0.0, width, 100, 1.0, 1.0, edges, [10] * 10, step)
        writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    element = card(board)
    notes = element.get_by_test_id("histogram-notes")
    expect(notes).to_contain_text("an axis of values of its own")
    calm = plot(board, "calm")
    assert bounds(calm.point(0.8, 0.97)["values"])[1] == pytest.approx(0.8, abs=0.05)

    element.get_by_test_id("histogram-one-axis").click()
    board.page.wait_for_url("**hist=same*")
    expect(notes).to_have_count(0)
    board.until(lambda: calm.colour(0.8, 0.97)[3] == 0, "nothing of it there")

    element.hover()
    element.get_by_test_id("card-more").click()
    board.get("histogram-axis").click()
    board.page.wait_for_url("**hist=own*")
    expect(notes).to_contain_text("an axis of values of its own")


def test_hidden_runs_have_no_plot(open_few: Callable[[str], BoardPage]) -> None:
    board = open_few("")
    expect(card(board).get_by_test_id("run-plot")).to_have_count(2)
    board.get("run-row", run="early").get_by_test_id("run-check").uncheck()
    expect(card(board).get_by_test_id("run-plot")).to_have_count(1)
    board.get("run-row", run="late").get_by_test_id("run-check").uncheck()
    expect(board.get("card", tag=TAG)).to_contain_text("No visible run has this tag.")


def test_what_is_seen_and_all_that_was_written_are_saved(
    open_few: Callable[[str], BoardPage],
) -> None:
    board = open_few("")

    def saved(testid: str) -> bytes:
        card(board).hover()
        card(board).get_by_test_id("card-more").click()
        with board.page.expect_download() as download:
            board.get(testid).click()
        path = download.value.path()
        return path.read_bytes()

    rows = [line.split(",") for line in saved("save-seen-csv").decode().splitlines()[1:]]
    of_early = [row for row in rows if row[1] == "early"]
    assert sum(float(row[-1]) for row in of_early) == pytest.approx(400 * len(STEPS))
    assert saved("save-png").startswith(b"\x89PNG")
    lines = [json.loads(line) for line in saved("save-jsonl").decode().splitlines()]
    assert [(line["run"], line["step"]) for line in lines] == [
        (run, step) for run in ("early", "late") for step in STEPS
    ]
    for line in lines:
        kept = [count for _, _, count in line["bins"]]
        assert [count for count in kept if count] == [
            count for count in counts(line["run"], line["step"]) if count
        ]


def test_new_histograms_appear(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "late"))
    write(writer, "late", 0)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link("hist=heat"))
    count = card(board).get_by_test_id("plot-count")
    expect(count).to_have_text("1 histogram")
    writer = SummaryWriter(str(tmp_path / "runs" / "late"), filename_suffix=".2")
    for step in (10, 20, 30):
        write(writer, "late", step)
    writer.close()
    expect(count).to_have_text("4 histograms")
    drawn(board)
    assert number(plot(board, "late").point(0.97, 0.1)["step"]) == 30


def test_many_histograms_are_added_up_and_it_is_said(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "early"))
    for step in range(2000):
        write(writer, "early", step)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    count = card(board).get_by_test_id("plot-count")
    expect(count).to_contain_text("2000 histograms, ")
    expect(count).to_contain_text("column")
    tip = plot(board, "early").point(0.37, 0.97)
    added = number(tip["added up"].split()[0])
    low, high = bounds(tip["values"])
    assert added > 10
    assert number(tip["count"]) == pytest.approx(300 * added * (high - low), rel=0.03)


def test_a_damaged_histogram_is_told_and_the_others_are_drawn(
    tmp_path: Path, serve: Callable[..., Served], new_page: Callable[..., BoardPage]
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "a"))
    # Long enough to be read only when it is looked at.
    edges = [float(i) for i in range(1, 2001)]
    for step in range(4):
        writer.add_histogram_raw(TAG, 0.0, 2000.0, 2000, 1.0, 1.0, edges, [1] * 2000, step)
    writer.close()
    (file,) = (tmp_path / "runs" / "a").glob("events.*")
    content = bytearray(file.read_bytes())
    starts, at = [], 0
    while at < len(content):
        starts.append(at)
        at += struct.unpack_from("<Q", content, at)[0] + 16
    large = [start for start in starts if struct.unpack_from("<Q", content, start)[0] > 8192]
    content[large[1] + 9000] ^= 0xFF
    file.write_bytes(content)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link("hist=heat"))
    notes = card(board).get_by_test_id("histogram-notes")
    expect(notes).to_contain_text("1 of 4 histograms cannot be read: ")
    assert number(plot(board, "a").point(0.97, 0.5)["step"]) == 3
