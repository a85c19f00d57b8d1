"""Each example of docs/logging.md runs; those of frameworks against fakes of them."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from farboard.writer.outbox import end_all
from tests.integrations import fakes
from tests.writer.tensorboard_reader import event_files, tensors

TEXT = (Path(__file__).parents[2] / "docs" / "logging.md").read_text()
EXAMPLES = re.findall(r"^```python(?: with=(\w+))?\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def fit(*_: Any, epochs: int, callbacks: list[Any]) -> None:
    """As much of Keras's `fit` as calls callbacks."""
    for callback in callbacks:
        callback.set_params({"epochs": epochs})
        callback.set_model(SimpleNamespace(optimizer=None))
        callback.on_train_begin()
        for epoch in range(epochs):
            callback.on_epoch_end(epoch, {"loss": 0.5})
        callback.on_train_end()


def hugging_face_trainer(_model: Any, callbacks: list[Any]) -> None:
    args = SimpleNamespace(output_dir="out", to_sanitized_dict=lambda: {"seed": 1})
    state = SimpleNamespace(global_step=1, is_world_process_zero=True)
    for callback in callbacks:
        callback.on_train_begin(args, state, None)
        callback.on_log(args, state, None, logs={"loss": 0.5})
        callback.on_train_end(args, state, None)


def lightning_trainer(logger: Any) -> None:
    logger.log_metrics({"loss": 0.5}, 1)


NAMES: dict[str, dict[str, Any]] = {
    "keras": {"model": SimpleNamespace(fit=fit), "x": None, "y": None},
    "lightning": {"Trainer": lightning_trainer},
    "huggingface": {"Trainer": hugging_face_trainer, "model": None},
    "": {},
}


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example_runs(number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    framework, code = EXAMPLES[number]
    monkeypatch.chdir(tmp_path)
    with fakes.installed(fakes.INTEGRATIONS.get(framework, fakes.NONE)):
        exec(compile(code, f"logging.md example {number}", "exec"), dict(NAMES[framework]))
    end_all()
    directories = {path.parent for path in tmp_path.rglob("*tfevents*")}
    assert directories
    for directory in directories:
        assert event_files(directory)
        assert tensors(directory)


def test_there_are_examples_of_everything() -> None:
    assert {framework for framework, _ in EXAMPLES} == set(NAMES)
    assert len(EXAMPLES) >= 8


def test_every_method_is_in_the_documentation_or_pytorchs() -> None:
    from farboard.writer.summary_writer import SummaryWriter

    ours = {"log", "log_system", "begin_session", "lost_values", "close"}
    for name in ours:
        assert hasattr(SummaryWriter, name)
        assert f"writer.{name}" in TEXT
