"""The demo's training as a process of its own, which ends with the one that holds its stdin."""

from __future__ import annotations

import argparse
import os
import shutil
import threading
from pathlib import Path

from farboard.demo import STEPS_PER_S
from farboard.demo.runs import train_all


def main() -> None:
    """Train into the directory named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m farboard.demo", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--fast", action="store_true", help="no pace to watch")
    parser.add_argument(
        "--remove", action="store_true", help="at the end of stdin remove the directory"
    )
    arguments = parser.parse_args()
    stop = threading.Event()
    threading.Thread(target=_stop_at_end_of_stdin, args=(stop,), daemon=True).start()
    train_all(
        arguments.directory,
        steps=arguments.steps,
        steps_per_s=None if arguments.fast else STEPS_PER_S,
        stop=stop,
    )
    if arguments.remove:
        stop.wait()
        shutil.rmtree(arguments.directory, ignore_errors=True)


def _stop_at_end_of_stdin(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()


if __name__ == "__main__":
    main()
