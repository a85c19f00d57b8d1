"""Images in a real browser: every step shows what was written, and what cannot be shown is said."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter
from tensorboardX.proto.summary_pb2 import Summary

from tests.browser.media_logs import (
    RUNS,
    STEPS,
    flush,
    images_value,
    picture,
    write_media_logs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

TAG = "train/sample"
NEWEST = STEPS[-1]

# The pixels of an <img>, as RGBA, row by row; null: another picture took its place meanwhile.
_PIXELS_OF = """async (image) => {
    if (!await image.decode().then(() => true, () => false)) return null;
    const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
    const context = canvas.getContext("2d", {willReadFrequently: true});
    context.drawImage(image, 0, 0);
    const {data, width, height} = context.getImageData(0, 0, canvas.width, canvas.height);
    return {width, height, data: [...data]};
}"""


@pytest.fixture(scope="module")
def served(serve_logs: Callable[..., Served]) -> Served:
    return serve_logs(write_media_logs)


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link("kinds=image"))
    return board


def tile(board: BoardPage, run: str, tag: str = TAG) -> Locator:
    """The picture of a run."""
    return board.get("card", tag=tag).locator(f'[data-testid="image-tile"][data-run="{run}"]')


def pixels_of(image: Locator) -> npt.NDArray[np.uint8] | None:
    """Rows of RGBA pixels, as the browser decodes them; None while the picture is changing."""
    found: dict[str, Any] | None = image.evaluate(_PIXELS_OF)
    if found is None:
        return None
    return np.array(found["data"], np.uint8).reshape(found["height"], found["width"], 4)


def shows(image: Locator, written: npt.NDArray[np.uint8]) -> bool:
    """Whether every pixel is as it was written."""
    if image.count() != 1:
        return False
    pixels = pixels_of(image)
    if pixels is None:
        return False
    return pixels.shape[:2] == written.shape[:2] and bool((pixels[..., :3] == written).all())


def wait_for_picture(board: BoardPage, run: str, step: int, tag: str = TAG) -> None:
    """Waits for the picture that a run wrote at a step."""
    image = tile(board, run, tag).locator("img")
    board.until(lambda: shows(image, picture(run, step)), f"{tag} of {run} at {step}")


def slide(card: Card, key: str) -> None:
    """Presses a key on the card's slider."""
    card.element.get_by_label(f"step of {card.tag}").press(key)


def focus(card: Card) -> None:
    """Gives the card the focus that its keys need."""
    card.element.locator(".media-body").focus()


def look_at(board: BoardPage, run: str, tag: str = TAG) -> Locator:
    """Opens the viewer on a run's picture."""
    tile(board, run, tag).get_by_test_id("image-open").click()
    viewer = board.get("viewer")
    expect(viewer).to_be_visible()
    expect(viewer.locator(".viewer-stage")).not_to_have_attribute("data-busy", "true")
    return viewer


def test_every_step_shows_the_pixels_that_were_written(board: BoardPage) -> None:
    card = board.card(TAG)
    for run in RUNS:
        wait_for_picture(board, run, NEWEST)
        expect(tile(board, run)).to_contain_text(run)
    focus(card)
    for step in reversed(STEPS[:-1]):
        board.page.keyboard.press("ArrowLeft")
        for run in RUNS:
            wait_for_picture(board, run, step)
            expect(tile(board, run).locator("[data-step]")).to_have_attribute(
                "data-step", str(step)
            )
    board.page.keyboard.press("End")
    wait_for_picture(board, "first", NEWEST)


def test_cards_go_together_until_one_goes_its_own_way(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    for tag in ("a/one", "b/two"):
        writer = SummaryWriter(str(tmp_path / "runs" / "first"), filename_suffix=tag[0])
        for step in STEPS:
            writer.add_image(tag, picture("first", step), step, dataformats="HWC")
        writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    one, two = board.card("a/one"), board.card("b/two")
    wait_for_picture(board, "first", NEWEST, "a/one")
    slide(one, "Home")
    for tag in ("a/one", "b/two"):
        wait_for_picture(board, "first", STEPS[0], tag)
    two.get("step-link").click()
    slide(two, "ArrowRight")
    wait_for_picture(board, "first", STEPS[1], "b/two")
    wait_for_picture(board, "first", STEPS[0], "a/one")
    board.get("board-step").get_by_role("slider").press("End")
    wait_for_picture(board, "first", NEWEST, "a/one")
    wait_for_picture(board, "first", STEPS[1], "b/two")
    two.get("step-link").click()
    wait_for_picture(board, "first", NEWEST, "b/two")


def test_a_run_that_has_nothing_yet_is_said_with_the_way_there(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    for run, first in (("early", 0), ("late", 100)):
        writer = SummaryWriter(str(tmp_path / "runs" / run))
        for step in range(first, first + 30, 10):
            writer.add_image(TAG, picture("first", step % 100), step, dataformats="HWC")
        writer.close()
    board = new_page()
    served = serve(tmp_path / "runs", "--port", "0")
    board.open(served.link("step=20"))
    card = board.card(TAG)
    board.until(lambda: shows(tile(board, "early").locator("img"), picture("first", 20)), "step 20")
    expect(card.element.locator(".not-yet")).to_contain_text("late")
    card.element.get_by_label("go to step 100").click()
    board.until(lambda: shows(tile(board, "late").locator("img"), picture("first", 0)), "late")

    alone = new_page()
    alone.open(served.link("step=20&only=late"))
    expect(alone.get("media-empty")).to_contain_text(
        "No visible run has a value at or before step 20"
    )
    alone.get("step-first").click()
    alone.until(lambda: shows(tile(alone, "late").locator("img"), picture("first", 0)), "late")


def test_over_steps_each_picture_stands_at_its_step(board: BoardPage) -> None:
    card = board.card(TAG)
    wait_for_picture(board, "first", NEWEST)
    card.element.hover()
    card.get("image-mode").get_by_role("radio", name="over steps").check()
    rows = card.element.locator(".image-strip-row")
    expect(rows).to_have_count(len(RUNS))
    for row, run in enumerate(RUNS):
        for step in STEPS[-3:]:
            cell = rows.nth(row).locator(f'[data-step="{step}"] img')
            board.until(
                lambda cell=cell, run=run, step=step: shows(cell, picture(run, step)),  # type: ignore[misc]
                f"{run} at {step}",
            )
    rows.nth(1).locator(f'[data-step="{STEPS[-2]}"]').get_by_test_id("image-open").click()
    expect(board.get("viewer")).to_contain_text(f"second · {STEPS[-2]}")


def test_the_viewer_tells_the_values_of_pixels(board: BoardPage) -> None:
    wait_for_picture(board, "second", NEWEST)
    viewer = look_at(board, "second")
    canvas = viewer.get_by_test_id("viewer-pane").locator("canvas")
    box = canvas.bounding_box()
    assert box
    written = picture("second", NEWEST)
    height, width = written.shape[:2]
    scale = min(box["width"] / width, box["height"] / height)
    left = box["x"] + (box["width"] - width * scale) / 2
    top = box["y"] + (box["height"] - height * scale) / 2
    for x, y in ((0, 0), (1, 0), (47, 31)):
        board.page.mouse.move(left + (x + 0.5) * scale, top + (y + 0.5) * scale)
        expect(viewer.get_by_test_id("loupe")).to_have_attribute(
            "data-pixel", ",".join(map(str, (x, y, *written[y, x], 255)))
        )


def test_the_viewer_compares(board: BoardPage) -> None:
    wait_for_picture(board, "first", NEWEST)
    wait_for_picture(board, "second", NEWEST)
    viewer = look_at(board, "first")
    viewer.get_by_test_id("viewer-mode").get_by_role("radio", name="difference").check()
    height, width = picture("first", NEWEST).shape[:2]
    # All but the white pixel, and by 180 in blue.
    expect(viewer.get_by_test_id("viewer-difference")).to_have_text(
        f"{width * height - 1} of {width * height} pixels differ, at most by 180 of 255"
    )
    viewer.get_by_test_id("viewer-mode").get_by_role("radio", name="side").check()
    viewer.get_by_test_id("viewer-chip").filter(has_text="second").click()
    expect(viewer.get_by_test_id("viewer-pane")).to_have_count(2)
    # Two steps of a run: what is held stays while the step moves.
    viewer.get_by_test_id("viewer-chip").filter(has_text="second").click()
    viewer.get_by_test_id("viewer-hold").click()
    viewer.locator(".viewer-stage").press("ArrowLeft")
    viewer.get_by_test_id("viewer-mode").get_by_role("radio", name="difference").check()
    expect(viewer.get_by_test_id("viewer-difference")).to_have_text(
        f"{width * height - 1} of {width * height} pixels differ, at most by 50 of 255"
    )


def test_the_viewer_has_keys_and_gives_the_focus_back(board: BoardPage) -> None:
    wait_for_picture(board, "first", NEWEST)
    viewer = look_at(board, "first")
    zoom = viewer.get_by_test_id("viewer-zoom")
    expect(zoom).to_have_text("fits")
    board.page.keyboard.press("1")
    expect(zoom).to_have_text("100 %")
    board.page.keyboard.press("+")
    expect(zoom).to_have_text("150 %")
    board.page.keyboard.press("0")
    expect(zoom).to_have_text("fits")
    board.page.keyboard.press("ArrowLeft")
    expect(viewer.get_by_test_id("viewer-chip").first).to_contain_text(f"first · {STEPS[-2]}")
    board.page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    opener = tile(board, "first").get_by_test_id("image-open")
    expect(opener).to_be_focused()


def test_a_channel_alone_is_drawn_as_a_grey(board: BoardPage) -> None:
    wait_for_picture(board, "second", NEWEST)
    viewer = look_at(board, "second")
    viewer.get_by_test_id("viewer-channel").select_option("blue")
    canvas = viewer.get_by_test_id("viewer-pane").locator("canvas")
    # Looked at in a copy: reading the page's own would change how it is drawn.
    middle = """(canvas) => {
        const copy = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
        copy.drawImage(canvas, -canvas.width / 2, -canvas.height / 2);
        return [...copy.getImageData(0, 0, 1, 1).data];
    }"""
    board.until(lambda: canvas.evaluate(middle) == [200, 200, 200, 255], "blue as a grey")
    viewer.get_by_test_id("viewer-reset").click()
    board.until(lambda: canvas.evaluate(middle) == [250, 0, 200, 255], "as it was written")


def test_all_pictures_of_a_step_are_saved_as_they_were_written(board: BoardPage) -> None:
    card = board.card(TAG)
    wait_for_picture(board, "first", NEWEST)
    card.element.hover()
    card.get("card-more").click()
    with board.page.expect_download() as download:
        card.get("save-images").click()
    assert download.value.suggested_filename == "train_sample.zip"
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names == [f"train_sample_{run}_step{NEWEST}.png" for run in RUNS]
        assert all(archive.read(name).startswith(b"\x89PNG") for name in names)


def test_a_damaged_picture_is_said_in_its_place(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (96, 96, 3), np.uint8)
    for run in RUNS:
        writer = SummaryWriter(str(tmp_path / "runs" / run))
        writer.add_image(TAG, noise, 0, dataformats="HWC")
        writer.add_scalar("train/loss", 1.0, 1)
        writer.close()
    (file,) = (tmp_path / "runs" / "second").iterdir()
    written = bytearray(file.read_bytes())
    written[written.index(b"IDAT") + 500] ^= 1
    file.write_bytes(written)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link("kinds=image"))
    board.until(lambda: shows(tile(board, "first").locator("img"), noise), "the sound one")
    expect(tile(board, "second").get_by_test_id("picture-trouble")).to_have_text(
        "damaged: the payload does not match its checksum"
    )


def test_what_is_no_raster_image_is_never_drawn(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>document.title = "run"</script></svg>'
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    image = Summary.Image(height=1, width=1, colorspace=3, encoded_image_string=svg)
    writer.file_writer.add_summary(Summary(value=[Summary.Value(tag=TAG, image=image)]), 0)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    unshown = tile(board, "first").get_by_test_id("picture-unshown")
    expect(unshown).to_contain_text("a type that is not shown")
    expect(tile(board, "first").locator("img")).to_have_count(0)
    with board.page.expect_download() as download:
        unshown.click()
    assert Path(download.value.path()).read_bytes() == svg
    assert "farboard" in board.page.title()


def test_new_pictures_come_by_themselves(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "first"), flush_secs=1)
    writer.add_image(TAG, picture("first", 0), 0, dataformats="HWC")
    flush(writer)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    wait_for_picture(board, "first", 0)
    for step in (10, 20):
        writer.add_image(TAG, picture("first", step), step, dataformats="HWC")
        flush(writer)
        wait_for_picture(board, "first", step)
    # Who has gone back stays there.
    slide(board.card(TAG), "Home")
    wait_for_picture(board, "first", 0)
    writer.add_image(TAG, picture("first", 30), 30, dataformats="HWC")
    writer.close()
    expect(board.get("board-step").get_by_role("slider")).to_have_attribute("max", "3")
    wait_for_picture(board, "first", 0)


def test_pictures_of_several_machines_stand_beside_each_other(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    for machine, run in (("here", "first"), ("there", "second")):
        writer = SummaryWriter(str(tmp_path / machine / run))
        writer.add_image(TAG, picture(run, 10), 10, dataformats="HWC")
        writer.close()
    board = new_page()
    board.open(serve(tmp_path / "here", tmp_path / "there", "--port", "0").link())
    for machine, run in (("here", "first"), ("there", "second")):
        wait_for_picture(board, run, 10)
        expect(tile(board, run)).to_contain_text(f"{machine}/{run}")


def test_all_samples_of_a_step_are_reached(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    samples = [picture("first", step) for step in STEPS[:3]]
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    writer.file_writer.add_summary(Summary(value=[images_value(TAG, samples)]), 0)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    card = board.card(TAG)
    tiles = card.element.get_by_test_id("image-tile")
    expect(tiles).to_have_count(3)
    for nth, sample in enumerate(samples):
        image = tiles.nth(nth).locator("img")
        board.until(lambda image=image, sample=sample: shows(image, sample), f"sample {nth}")  # type: ignore[misc]
    card.element.hover()
    card.get("image-sample").select_option("1")
    expect(tiles).to_have_count(1)
    expect(tiles).to_contain_text("2 of 3")
    board.until(lambda: shows(tiles.locator("img"), samples[1]), "the second alone")


def test_a_click_on_a_chart_is_a_step_for_the_pictures(
    served: Served, new_page: Callable[..., BoardPage]
) -> None:
    board = new_page()
    board.open(served.link("smoothing=0&tags=train/"))
    chart = board.card("train/loss")
    chart.wait_for_line("first")
    board.get("card", tag=TAG, kind="image").scroll_into_view_if_needed()
    wait_for_picture(board, "first", NEWEST)
    chart.tip_at(0.5)
    board.page.mouse.click(*chart.place(0.5))
    wait_for_picture(board, "first", STEPS[2])
    board.until(lambda: "step=20" in board.page.url, "the address has it")
    # A drag is for the chart alone.
    chart.drag(0.1, 0.4)
    board.until(lambda: "zoom=" in board.page.url, "zoomed")
    assert "step=20" in board.page.url
    wait_for_picture(board, "first", STEPS[2])


def test_large_pictures_come_as_small_as_they_are_shown(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    noise = np.random.default_rng(0).integers(0, 256, (400, 600, 3), np.uint8)
    writer.add_image(TAG, noise, 0, dataformats="HWC")
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    image = tile(board, "first").locator("img")
    expect(image).to_have_attribute("data-width", "256")
    viewer = look_at(board, "first")
    expect(viewer.locator(".viewer-name")).to_contain_text("600")
    board.page.keyboard.press("Escape")
    card = board.card(TAG)
    for _ in range(3):
        card.element.hover()
        card.get("image-larger").click()
    board.until(lambda: shows(image, noise), "the original where it is as large")


def test_a_long_name_leaves_room_for_the_step(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    run = "ablation/without-augmentation-lr0.0003/seed-0"
    writer = SummaryWriter(str(tmp_path / "runs" / run))
    writer.file_writer.add_summary(
        Summary(value=[images_value(TAG, [picture("first", 0)] * 2)]), 1900
    )
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    label = tile(board, run).locator(".run-label").first
    # Both at once: the picture above them finds its height when it comes.
    name, step = label.evaluate(
        """(label) => [".middle", "[data-step]"].map((part) => {
            const { left, right, top, bottom } = label.querySelector(part).getBoundingClientRect();
            return { left, right, top, bottom };
        })"""
    )
    assert step["top"] >= name["bottom"] - 1 or step["left"] >= name["right"]
    assert label.locator(".middle").evaluate("(name) => name.scrollWidth <= name.clientWidth")
