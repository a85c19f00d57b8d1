"""`farboard demo`: a real small training, and the board on it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import click

from farboard.cli.board import How, show_board
from farboard.cli.config import read_config
from farboard.cli.options import no_open_option, port_option
from farboard.cli.talk import Talk
from farboard.demo import DEFAULT_STEPS, STEPS_PER_S
from farboard.errors import FarboardError, UsageError
from farboard.hub.page import Page
from farboard.hub.sockets import Wish
from farboard.target import Target

# Small matrices: more threads per product only get into each other's way.
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONSAFEPATH": "1"}


@click.command("demo", short_help="Train a small network and watch it.")
@click.option(
    "--dir",
    "directory",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep the event files here. Default: a directory that is removed at the end.",
)
@port_option
@no_open_option
@click.option(
    "--steps",
    type=click.IntRange(1),
    default=DEFAULT_STEPS,
    show_default=True,
    metavar="N",
    help=f"Steps of each run; {STEPS_PER_S} a second.",
)
@click.option("--fast", is_flag=True, help="Train as fast as it goes.")
@click.option("--train-only", is_flag=True, help="Only train, into --dir, without a board.")
def command(
    *,
    directory: Path | None,
    port: int | None,
    no_open: bool,
    steps: int,
    fast: bool,
    train_only: bool,
) -> None:
    """Train a small network several times at once, with different learning rates, and watch.

    It learns to tell two spirals apart. Ctrl-C stops training and board.
    """
    if importlib.util.find_spec("numpy") is None:
        raise FarboardError(
            "the demo trains a small network and needs numpy",
            f"{sys.executable} -m pip install numpy",
        )
    if train_only and directory is None:
        raise UsageError("--train-only needs --dir", "say where the event files go")
    config = read_config()
    logdir = (directory or Path(tempfile.mkdtemp(prefix="farboard-demo-"))).absolute()
    training = start_training(logdir, steps=steps, fast=fast, remove=directory is None)
    talk = Talk()
    talk.line(f"Training into {logdir}")
    if train_only:
        if training.wait() != 0:
            raise FarboardError("the training ended with an error")
        return
    target = Target("local", str(logdir), label="demo")
    how = How(
        wish=Wish(port, first=config.port),
        open_page=config.open_page and not no_open,
        await_logdir=True,
        page=Page(config.page, config.theme),
    )
    show_board([target], how, talk)


def start_training(
    logdir: Path, *, steps: int, fast: bool, remove: bool
) -> subprocess.Popen[bytes]:
    """Train in a process of its own, so that the board stays quick.

    However we end, our end of its stdin closes; then it stops, and removes `logdir` if told to.
    """
    arguments = ["--steps", str(steps), *["--fast"] * fast, *["--remove"] * remove]
    return subprocess.Popen(
        [sys.executable, "-m", "farboard.demo", str(logdir), *arguments],
        stdin=subprocess.PIPE,
        env={**os.environ, **_ENVIRONMENT},
        start_new_session=True,  # Ctrl-C is for us
    )
