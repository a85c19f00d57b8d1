"""Audio in a real browser: what is played and drawn is what was written, in turn and together."""

from __future__ import annotations

import struct
import wave
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from playwright.sync_api import expect
from tensorboardX import SummaryWriter
from tensorboardX.proto.summary_pb2 import Summary

from tests.browser.media_logs import (
    RUNS,
    SAMPLE_RATE_HZ,
    STEPS,
    add_sound,
    flush,
    strings_value,
    tone,
    write_media_logs,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator

    from tests.browser.board_page import BoardPage, Card
    from tests.browser.served import Served

pytestmark = pytest.mark.slow

TAG = "sounds/tone"
NEWEST = STEPS[-1]

# In which row of a spectrogram the loudest line is, from the bottom, as a share of its height.
_LOUDEST = """(canvas) => {
    const copy = new OffscreenCanvas(canvas.width, canvas.height);
    const context = copy.getContext("2d", {willReadFrequently: true});
    context.drawImage(canvas, 0, 0);
    const {data} = context.getImageData(canvas.width >> 1, 0, 1, canvas.height);
    let best = 0;
    for (let row = 0; row < canvas.height; row++) {
        if (data[4 * row] + data[4 * row + 1] > data[4 * best] + data[4 * best + 1]) best = row;
    }
    return 1 - best / canvas.height;
}"""


@pytest.fixture(scope="module")
def served(serve_logs: Callable[..., Served]) -> Served:
    return serve_logs(write_media_logs)


@pytest.fixture
def board(served: Served, new_page: Callable[..., BoardPage]) -> BoardPage:
    board = new_page()
    board.open(served.link("kinds=audio"))
    return board


def clip(card: Card, run: str) -> Locator:
    """The sound of a run."""
    return card.element.locator(f'[data-testid="audio-clip"][data-run="{run}"]')


def is_playing(where: Locator) -> bool:
    """Whether it plays, and comes forward."""
    return bool(where.locator("audio").evaluate("(audio) => !audio.paused"))


def test_each_step_has_its_sound(board: BoardPage) -> None:
    card = board.card(TAG)
    for run in RUNS:
        facts = clip(card, run).get_by_test_id("audio-facts")
        expect(facts).to_contain_text("1.00 s · 8 kHz · 1 channel · 16 bit")
        audio = clip(card, run).locator("audio")
        board.until(lambda audio=audio: audio.evaluate("(a) => a.duration") == 1, "it is read")  # type: ignore[misc]
        with board.page.expect_download() as download:
            clip(card, run).get_by_role("link", name="save").click()
        with wave.open(str(download.value.path())) as written:
            assert written.getframerate() == SAMPLE_RATE_HZ
            assert written.readframes(SAMPLE_RATE_HZ) == tone(220 + 10 * NEWEST)
    before = clip(card, "first").locator("audio").get_attribute("src")
    card.element.get_by_label(f"step of {TAG}").press("Home")
    expect(clip(card, "first").locator("[data-step]")).to_have_attribute("data-step", "0")
    expect(clip(card, "first").locator("audio")).not_to_have_attribute("src", before or "")


def test_a_sound_is_drawn_at_its_frequency(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    add_sound(writer, TAG, tone(1000), 0)
    add_sound(writer, TAG, tone(3000), 1)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    card = board.card(TAG)
    spectrum = card.element.locator(".audio-spectrum")
    nyquist_hz = SAMPLE_RATE_HZ / 2
    board.until(
        lambda: spectrum.evaluate(_LOUDEST) == pytest.approx(3000 / nyquist_hz, abs=0.04), "3 kHz"
    )
    card.element.get_by_label(f"step of {TAG}").press("Home")
    board.until(
        lambda: spectrum.evaluate(_LOUDEST) == pytest.approx(1000 / nyquist_hz, abs=0.04), "1 kHz"
    )


def test_sounds_are_heard_in_turn_at_one_place_and_together(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    for run in RUNS:
        writer = SummaryWriter(str(tmp_path / "runs" / run))
        add_sound(writer, TAG, tone(440, 30), 0)
        writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    card = board.card(TAG)
    first, second = (clip(card, run) for run in RUNS)
    place = first.get_by_test_id("audio-picture")
    expect(place).to_have_attribute("aria-valuemax", "30")
    place.press("ArrowRight")
    first.get_by_test_id("audio-play").click()
    board.until(lambda: is_playing(first), "the first plays")
    board.until(lambda: float(place.get_attribute("aria-valuenow") or 0) > 0.8, "it comes forward")
    second.get_by_test_id("audio-play").click()
    board.until(lambda: is_playing(second), "the second plays")
    assert not is_playing(first)
    # It goes on where the first was, which is not the beginning.
    assert second.locator("audio").evaluate("(audio) => audio.currentTime") > 0.7
    card.get("audio-all").click()
    board.until(lambda: is_playing(first) and is_playing(second), "both play")
    at_s = [
        each.locator("audio").evaluate("(audio) => audio.currentTime") for each in (first, second)
    ]
    assert at_s[0] == pytest.approx(at_s[1], abs=0.5)
    card.get("audio-volume").fill("0.25")
    assert first.locator("audio").evaluate("(audio) => audio.volume") == 0.25
    card.get("audio-all").click()
    board.until(lambda: not is_playing(first) and not is_playing(second), "both stop")


def wav(code: int, bits: int, samples: bytes, channels: int = 2, rate_hz: int = 22_050) -> bytes:
    """A WAV file of any format."""
    width = channels * bits // 8
    fmt = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * width, width, bits)
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt
    chunks += b"data" + struct.pack("<I", len(samples)) + samples
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def test_every_format_of_pcm_is_drawn_and_labels_are_plain(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    sine = 0.5 * np.sin(np.linspace(0, 2000, 2 * 22_050))
    formats = {
        "8 bit": (1, 8, (sine * 127 + 128).astype("u1").tobytes()),
        "24 bit": (
            1,
            24,
            (sine * (2**23 - 1)).astype("<i4").view("u1").reshape(-1, 4)[:, :3].tobytes(),
        ),
        "32 bit": (3, 32, sine.astype("<f4").tobytes()),
    }
    for name, (code, bits, samples) in formats.items():
        writer = SummaryWriter(str(tmp_path / "runs" / name.split()[0]))
        strings = [wav(code, bits, samples), b"a **loud** <b onclick=x>one</b>"]
        value = strings_value(TAG, "audio", strings, [1, 2])
        writer.file_writer.add_summary(Summary(value=[value]), 0)
        writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    card = board.card(TAG)
    for name in formats:
        where = clip(card, name.split()[0])
        expect(where.get_by_test_id("audio-facts")).to_contain_text(
            f"1.00 s · 22.05 kHz · 2 channels · {name}"
        )
        expect(where.locator(".audio-label")).to_have_text("a loud one")
        expect(where.get_by_test_id("audio-trouble")).to_have_count(0)


def test_what_cannot_be_played_is_said_and_can_be_saved(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    audio = Summary.Audio(encoded_audio_string=b"no sound at all", content_type="audio/wav")
    writer.file_writer.add_summary(Summary(value=[Summary.Value(tag=TAG, audio=audio)]), 0)
    writer.close()
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    where = clip(board.card(TAG), "first")
    expect(where.get_by_test_id("audio-trouble")).to_contain_text("a type that is not played")
    with board.page.expect_download() as download:
        where.get_by_role("link", name="save").click()
    assert Path(download.value.path()).read_bytes() == b"no sound at all"


def test_new_sounds_come_by_themselves(
    serve: Callable[..., Served], new_page: Callable[..., BoardPage], tmp_path: Path
) -> None:
    writer = SummaryWriter(str(tmp_path / "runs" / "first"))
    add_sound(writer, TAG, tone(440), 0)
    flush(writer)
    board = new_page()
    board.open(serve(tmp_path / "runs", "--port", "0").link())
    where = clip(board.card(TAG), "first")
    expect(where.get_by_test_id("audio-facts")).to_contain_text("1.00 s")
    add_sound(writer, TAG, tone(440, 2), 1)
    writer.close()
    expect(where.get_by_test_id("audio-facts")).to_contain_text("2.00 s")
