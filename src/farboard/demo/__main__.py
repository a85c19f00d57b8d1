"""The demo's training as a process of its own; it ends with the process that holds its stdin."""

from __future__ import annotations

import argparse
import os
import signal
import threading
from pathlib import Path

from farboard.demo.runs import STEPS_PER_S, train_all


def main() -> None:
    """Train into the directory named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m farboard.demo", description=__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--fast", action="store_true", help="no pace to watch")
    arguments = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for our parent, who closes our stdin
    stop = threading.Event()
    threading.Thread(target=_stop_at_end_of_stdin, args=(stop,), daemon=True).start()
    train_all(
        arguments.directory,
        steps=arguments.steps,
        steps_per_s=None if arguments.fast else STEPS_PER_S,
        stop=stop,
    )


def _stop_at_end_of_stdin(stop: threading.Event) -> None:
    while os.read(0, 4096):
        pass
    stop.set()


if __name__ == "__main__":
    main()
