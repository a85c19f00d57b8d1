"""`farboard.init`: a writer that has already logged what the run is."""

from __future__ import annotations

from farboard.writer import hparams
from farboard.writer.provenance import as_mapping, provenance, table
from farboard.writer.summary_writer import SummaryWriter

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import Any


def init(
    logdir: str | os.PathLike[str] | None = None,
    config: Any = None,
    *,
    system_interval_s: float | None = 10.0,
    **options: Any,
) -> SummaryWriter:
    """Begin a run: `writer = farboard.init("runs/a", config={"lr": 0.1})`.

    The configuration, the command line, the commit and the host are logged as texts (`config`,
    `run`) and as hyperparameters; values whose names say that they are secrets are hidden. The end
    of the run is logged, too: as a failure, when an error leaves the `with` block or Python.

    Args:
        logdir: the run's directory; by default a new one under `runs/`.
        config: what the run is started with: a mapping, a dataclass, or what argparse returns.
        system_interval_s: how often processor, memory, disk and GPUs are logged as `system/…`;
            None: never.
        options: as of `SummaryWriter`.

    Raises:
        OSError: the directory or the file cannot be made.
        TypeError: the configuration has no names.
    """
    settings = hparams.plain(as_mapping(config))
    origin = provenance()
    writer = SummaryWriter(logdir, **options)
    if settings:
        writer.add_text("config", table(settings))
    writer.add_text("run", table(origin))
    writer.begin_session({**settings, **{f"run/{name}": text for name, text in origin.items()}})
    if system_interval_s is not None:
        writer.log_system(system_interval_s)
    return writer
