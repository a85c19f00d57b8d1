"""TensorBoard's data server, the peer of the engine, as every benchmark starts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorboard_data_server  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from pathlib import Path


def data_server_command(logdir: Path, port_file: Path, *options: str) -> list[str]:
    """Return what starts it on a free port, which it writes into a file; ends with its stdin."""
    return [
        str(tensorboard_data_server.server_binary()),
        f"--logdir={logdir}",
        "--port=0",
        f"--port-file={port_file}",
        "--die-after-stdin",
        *options,
    ]
