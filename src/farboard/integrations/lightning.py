"""PyTorch Lightning: a logger, which is its extension point for experiments."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from farboard.integrations.framework import missing, numbers
from farboard.writer.provenance import as_mapping, provenance, table
from farboard.writer.summary_writer import SummaryWriter
from farboard.writer.talk import warn

try:
    from lightning.pytorch.loggers.logger import Logger, rank_zero_experiment
    from lightning.pytorch.utilities.rank_zero import rank_zero_only
except ImportError:
    try:
        from pytorch_lightning.loggers.logger import Logger, rank_zero_experiment
        from pytorch_lightning.utilities.rank_zero import rank_zero_only
    except ImportError:
        raise missing("PyTorch Lightning", "lightning") from None

if TYPE_CHECKING:
    import os
    from argparse import Namespace
    from collections.abc import Mapping


class FarboardLogger(Logger):  # type: ignore[misc]  # of a framework without types here
    """Logs a Lightning run: `Trainer(logger=FarboardLogger("runs"))`.

    `logger.experiment` is the `SummaryWriter`, for images, texts and the rest. Only the first
    process of a distributed training writes.

    Args:
        save_dir: where runs go; each into `save_dir/name/version_N`.
        name: of the experiment; may be empty.
        version: of the run; by default the first that is free.
        system_interval_s: how often the machine is logged as `system/…`; None: never.
        options: as of `SummaryWriter`.
    """

    def __init__(
        self,
        save_dir: str | os.PathLike[str] = "runs",
        name: str = "lightning",
        version: int | str | None = None,
        *,
        system_interval_s: float | None = 10.0,
        **options: Any,
    ) -> None:
        super().__init__()
        self._save_dir = Path(save_dir)
        self._name = name
        self._version = version
        self._system_interval_s = system_interval_s
        self._options = options
        self._writer: SummaryWriter | None = None
        self._has_begun = False

    @property
    def name(self) -> str:
        """Return the experiment's name."""
        return self._name

    @property
    def version(self) -> int | str:
        """Return the run's version."""
        if self._version is None:
            taken = [path.name for path in (self._save_dir / self._name).glob("version_*")]
            numbers_taken = [int(one[8:]) for one in taken if one[8:].isdigit()]
            self._version = max(numbers_taken, default=-1) + 1
        return self._version

    @property
    def root_dir(self) -> str:
        """Return the directory of all versions."""
        return str(self._save_dir / self._name)

    @property
    def save_dir(self) -> str:
        """Return where checkpoints may go, too."""
        return str(self._save_dir)

    @property
    def log_dir(self) -> str:
        """Return the directory of this run."""
        version = self.version
        last = version if isinstance(version, str) else f"version_{version}"
        return str(self._save_dir / self._name / last)

    @property
    @rank_zero_experiment  # type: ignore[untyped-decorator]
    def experiment(self) -> SummaryWriter:
        """Return the writer."""
        if self._writer is None:
            self._writer = SummaryWriter(self.log_dir, **self._options)
            self._writer.add_text("run", table(provenance()))
            if self._system_interval_s is not None:
                self._writer.log_system(self._system_interval_s)
        return self._writer

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_metrics(self, metrics: Mapping[str, Any], step: int | None = None) -> None:
        """Log metrics at a step."""
        self.experiment.log(numbers(metrics), step)

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_hyperparams(
        self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any
    ) -> None:
        """Log what the run is started with; what is told later is added."""
        origin = {f"run/{name}": text for name, text in provenance().items()}
        self.experiment.begin_session({**as_mapping(params), **origin})
        self._has_begun = True

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_graph(self, model: Any, input_array: Any = None) -> None:
        """Log the model's graph, when there is an input to trace it with; Lightning always asks."""
        example = getattr(model, "example_input_array", None)
        inputs = input_array if input_array is not None else example
        if inputs is None:
            return
        try:
            self.experiment.add_graph(model, inputs)
        except Exception as error:  # noqa: BLE001  nobody gives up a training for its picture
            warn("no graph is logged: %s", error)

    @rank_zero_only  # type: ignore[untyped-decorator]
    def save(self) -> None:
        """Make everything readable; the first time, after hyperparameters if there are any."""
        if not self._has_begun:
            self.log_hyperparams({})
        self.experiment.flush()

    @rank_zero_only  # type: ignore[untyped-decorator]
    def finalize(self, status: str) -> None:
        """Log how the run ended, and close."""
        if self._writer is not None:
            self._has_begun = False
            self._writer.close(failed=status not in ("success", "finished"))
