"""Makes pictures of the board: six to look at while working on it, and the two of the README.

`make screenshots` writes build/screenshots/*.png; with `--readme` also docs/images/*.png, in few
colours so that they stay small.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from benchmarks.page import CHROMIUM, CHROMIUM_ARGUMENTS
from farboard import SummaryWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "screenshots"
IMAGES = ROOT / "docs" / "images"
README_COLOURS = 256
STEPS = 2000
STEP_S = 0.8
MACHINES = {"gpu1": (3e-4, 1e-3), "gpu2": (3e-3, 1e-2)}


@dataclass(frozen=True)
class Shot:
    """One picture: a window, and what is done in it before.

    Args:
        name: of the file; those that begin with `board-` are the README's.
        width, height: of the window, in CSS pixels.
        theme: `light` or `dark`.
        fragment: settings, as in the address.
        act: what a person does first.
    """

    name: str
    width: int
    height: int
    theme: str
    fragment: str = "smoothing=0.8"
    act: Callable[[Page], None] = lambda _page: None


def _table(page: Page) -> None:
    page.keyboard.press("t")


def _palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("loss")


def _point(page: Page) -> None:
    page.locator('[data-tag="train/loss"] .u-over').hover(position={"x": 60, "y": 30})


SHOTS = (
    Shot("board-light", 1280, 800, "light", act=_point),
    Shot("board-dark", 1280, 800, "dark", act=_point),
    Shot("table", 1920, 1000, "light", act=_table),
    Shot("wide", 2560, 1300, "dark"),
    Shot("telephone", 380, 780, "light"),
    Shot("palette", 1280, 800, "dark", act=_palette),
)


def write_logs(root: Path) -> None:
    """Write a small sweep: four learning rates, two seeds, on two machines, up to now."""
    began_s = time.time() - STEPS * STEP_S
    for machine, rates in MACHINES.items():
        for rate in rates:
            for seed in range(2):
                directory = root / machine / f"lr={rate:g}" / f"seed-{seed}"
                _write_run(directory, rate, seed, began_s)


def _write_run(directory: Path, rate: float, seed: int, began_s: float) -> None:
    random = np.random.default_rng([seed, int(rate * 1e5)])
    directory.mkdir(parents=True)
    config = f"lr: {rate}\nseed: {seed}\nmodel:\n  width: 256\n  depth: 6\noptimizer: adamw\n"
    (directory / "config.yaml").write_text(config)
    speed = 900 * (1e-3 / rate) ** 0.5
    floor = 0.24 + 0.1 * abs(np.log10(rate / 1.5e-3))
    with SummaryWriter(directory) as writer:
        for step in range(STEPS):
            wall_time_s = began_s + step * STEP_S
            clean = floor + 2.1 * np.exp(-step / speed)
            loss = clean * np.exp(random.normal(0, 0.06))
            writer.add_scalar("train/loss", loss, step, wall_time_s)
            norm = 0.4 + 3 * np.exp(-step / 300) + random.gamma(2, 0.05)
            writer.add_scalar("train/grad_norm", norm, step, wall_time_s)
            warm = min(1.0, step / 200) * 0.5 * (1 + np.cos(np.pi * step / STEPS))
            writer.add_scalar("train/lr", rate * warm, step, wall_time_s)
            if step % 20 == 0:
                held_out = clean * 1.08 + 0.02 + random.normal(0, 0.01)
                writer.add_scalar("val/loss", held_out, step, wall_time_s)
                writer.add_scalar("val/accuracy", 1 - 0.34 * held_out, step, wall_time_s)
                writer.add_scalar("system/gpu_percent", 92 + random.normal(0, 2), step, wall_time_s)


@contextlib.contextmanager
def _board(root: Path) -> Iterator[str]:
    """Start the board on these logs; yields a link with a code."""
    spec = ",".join(f"{machine}:{root / machine}" for machine in MACHINES)
    program = [sys.executable, "-m", "farboard.cli.main", "--logdir_spec", spec]
    running = subprocess.Popen(
        [*program, "--port", "0", "--no-open"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stderr is not None
        for line in running.stderr:
            if found := re.search(r"http://\S+?/#code=[\w-]+", line):
                yield found[0]
                return
        raise RuntimeError("the board did not start")
    finally:
        running.send_signal(signal.SIGINT)
        running.wait()


def take(shots: tuple[Shot, ...], out: Path) -> None:
    """Take the pictures into a directory."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as playwright:
        write_logs(Path(scratch))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        with _board(Path(scratch)) as link:
            # A code works once: what the first page remembers lets in the others.
            first = browser.new_page()
            first.goto(link)
            first.wait_for_selector('[data-testid="card"][data-state="drawn"]')
            known = first.context.storage_state()
            address = link.partition("#")[0]
            for shot in shots:
                context = browser.new_context(
                    viewport={"width": shot.width, "height": shot.height},
                    color_scheme="dark" if shot.theme == "dark" else "light",
                    storage_state=known,
                )
                page = context.new_page()
                page.goto(f"{address}#{shot.fragment}")
                page.wait_for_selector('[data-testid="card"][data-state="drawn"]')
                page.wait_for_timeout(1500)
                shot.act(page)
                page.wait_for_timeout(1500)
                page.screenshot(path=out / f"{shot.name}.png")
                context.close()
        browser.close()


def main() -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--readme", action="store_true", help="also make the README's anew")
    arguments = parser.parse_args()
    take(SHOTS, OUT)
    print(f"{len(SHOTS)} pictures in {OUT}")
    if arguments.readme:
        IMAGES.mkdir(exist_ok=True)
        for shot in SHOTS:
            if shot.name.startswith("board-"):
                picture = Image.open(OUT / f"{shot.name}.png").convert("RGB")
                few = picture.quantize(README_COLOURS, dither=Image.Dither.NONE)
                few.save(IMAGES / f"{shot.name}.png", optimize=True)


if __name__ == "__main__":
    main()
