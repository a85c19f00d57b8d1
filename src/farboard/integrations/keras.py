"""Keras: a callback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from farboard.integrations.framework import grouped, missing, numbers
from farboard.writer.init import init

try:
    from keras.callbacks import Callback
except ImportError:
    raise missing("Keras", "keras") from None

if TYPE_CHECKING:
    import os

    from farboard.writer.summary_writer import SummaryWriter

_PREFIXES = {"val_": "val"}


class FarboardCallback(Callback):  # type: ignore[misc]  # of a framework without types here
    """Logs a `fit`: `model.fit(…, callbacks=[FarboardCallback("runs/a")])`.

    At the end of each epoch `train/…`, `val/…` and the learning rate; in between, when asked,
    `batch/…`, with the number of batches so far as the step.

    Args:
        logdir: the run's directory; by default a new one under `runs/`.
        config: what the run is started with, besides what Keras knows.
        every_batches: how often batches are logged; None: never.
        options: as of `farboard.init`.
    """

    def __init__(
        self,
        logdir: str | os.PathLike[str] | None = None,
        config: dict[str, Any] | None = None,
        every_batches: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        self.writer: SummaryWriter | None = None
        self._logdir = logdir
        self._config = config or {}
        self._every_batches = every_batches
        self._options = options
        self._batches = 0

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Begin the run, or go on with it when it has been trained before."""
        known = {f"fit/{name}": value for name, value in (self.params or {}).items()}
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            known["optimizer"] = type(optimizer).__name__
        if self.writer is None:
            self.writer = init(self._logdir, {**known, **self._config}, **self._options)
        else:
            self.writer.begin_session(known)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Log a batch now and then."""
        self._batches += 1
        if self.writer is None or not self._every_batches or not logs:
            return
        if self._batches % self._every_batches == 0:
            values = {f"batch/{name}": value for name, value in numbers(logs).items()}
            self.writer.log(values, self._batches)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log an epoch."""
        if self.writer is None:
            return
        values = {grouped(n, _PREFIXES, "train"): v for n, v in numbers(logs or {}).items()}
        optimizer = getattr(self.model, "optimizer", None)
        values |= numbers({"train/learning_rate": getattr(optimizer, "learning_rate", None)})
        self.writer.log(values, epoch)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close; another `fit` goes on in another file of the run."""
        if self.writer is not None:
            self.writer.close()
