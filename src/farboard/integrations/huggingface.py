"""Hugging Face's `Trainer`: a callback."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farboard.integrations.framework import grouped, missing, numbers
from farboard.writer.init import init

try:
    from transformers import TrainerCallback
except ImportError:
    raise missing("Hugging Face's transformers", "transformers") from None

if TYPE_CHECKING:
    import os

    from farboard.writer.summary_writer import SummaryWriter

_PREFIXES = {"eval_": "eval", "test_": "test"}


class FarboardCallback(TrainerCallback):  # type: ignore[misc]  # of a framework without types here
    """Logs what a `Trainer` logs: `Trainer(…, callbacks=[FarboardCallback("runs/a")])`.

    Metrics are called `train/…`, `eval/…` and `test/…`; the training's arguments and the model's
    configuration are hyperparameters. Only the first process of a distributed training writes.

    Args:
        logdir: the run's directory; by default a new one in `runs/` of the `output_dir`.
        options: as of `farboard.init`.
    """

    def __init__(self, logdir: str | os.PathLike[str] | None = None, **options: Any) -> None:
        super().__init__()
        self.writer: SummaryWriter | None = None
        self._logdir = logdir
        self._options = options

    def on_train_begin(
        self, args: Any, state: Any, control: Any, model: Any = None, **kwargs: Any
    ) -> None:
        """Begin the run, or go on with it when it has been trained before."""
        if self.writer is not None:
            self.writer.begin_session({})
        self._begin(args, state, model)

    def on_log(
        self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **kwargs: Any
    ) -> None:
        """Log what was measured, at the global step."""
        self._log(args, state, kwargs.get("model"), logs)

    def on_predict(
        self, args: Any, state: Any, control: Any, metrics: dict[str, Any], **kwargs: Any
    ) -> None:
        """Log what a prediction was worth, which a `Trainer` tells here only."""
        self._log(args, state, kwargs.get("model"), metrics)

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Close; what is evaluated later goes into another file of the run."""
        if self.writer is not None:
            self.writer.close()

    def _log(self, args: Any, state: Any, model: Any, logs: dict[str, Any] | None) -> None:
        self._begin(args, state, model)
        if self.writer is not None and logs:
            values = {grouped(n, _PREFIXES, "train"): v for n, v in numbers(logs).items()}
            self.writer.log(values, state.global_step)

    def _begin(self, args: Any, state: Any, model: Any) -> None:
        if self.writer is not None or not state.is_world_process_zero:
            return
        if self._logdir is None:
            name = f"{time.strftime('%b%d_%H-%M-%S')}_{socket.gethostname()}"
            self._logdir = Path(args.output_dir) / "runs" / name
        settings = dict(args.to_sanitized_dict())
        model_config = getattr(model, "config", None)
        if model_config is not None and hasattr(model_config, "to_dict"):
            settings["model"] = model_config.to_dict()
        self.writer = init(self._logdir, settings, **self._options)
