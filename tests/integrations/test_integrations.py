"""The integrations, against fakes of the frameworks' extension points (`fakes.py`)."""

from __future__ import annotations

import importlib
import sys
from argparse import Namespace
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.integrations import fakes
from tests.writer.tensorboard_reader import event_files, payloads, scalars, tensors

if TYPE_CHECKING:
    from pathlib import Path

MODULES = ["lightning", "huggingface", "keras"]


@pytest.fixture(autouse=True)
def _no_framework(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("lightning", "pytorch_lightning", "transformers", "keras"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in MODULES:
        monkeypatch.delitem(sys.modules, f"farboard.integrations.{name}", raising=False)


def imported(
    name: str, framework: dict[str, ModuleType], monkeypatch: pytest.MonkeyPatch
) -> ModuleType:
    for module in framework.values():
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return importlib.import_module(f"farboard.integrations.{name}")


def curves(directory: Path) -> dict[str, list[tuple[int, float]]]:
    return {tag: [(s, v) for s, _, v in points] for tag, points in scalars(directory).items()}


def session(directory: Path) -> bytes:
    return b"".join(record for path in event_files(directory) for record in payloads(path))


@pytest.mark.parametrize(
    ("name", "install"),
    [("lightning", "lightning"), ("huggingface", "transformers"), ("keras", "keras")],
)
def test_without_its_framework_it_says_what_to_install(name: str, install: str) -> None:
    with pytest.raises(ImportError, match=f"this integration needs .*: pip install {install}$"):
        importlib.import_module(f"farboard.integrations.{name}")


def test_lightning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = imported("lightning", fakes.LIGHTNING, monkeypatch)
    logger = module.FarboardLogger(tmp_path, "mnist", system_interval_s=None)
    assert isinstance(logger, fakes.Logger)
    assert (logger.name, logger.version) == ("mnist", 0)
    logger.log_hyperparams(Namespace(lr=0.1, net={"depth": 3}, password="x"))
    logger.log_metrics({"train/loss": 0.5, "epoch": 0, "odd": "text"}, 10)
    logger.log_metrics({"train/loss": np.float32(0.25)}, 20)
    logger.experiment.add_text("note", "hello", 20)
    logger.log_graph(object())  # nothing to trace it with
    logger.save()
    assert curves(tmp_path / "mnist/version_0")["train/loss"] == [(10, 0.5), (20, 0.25)]
    logger.finalize("failed")
    data = session(tmp_path / "mnist/version_0")
    assert b"net/depth" in data
    assert b"password" in data
    assert data.count(b'"\x0b\x08\x02') == 1  # the session's end: a failure
    later = module.FarboardLogger(tmp_path, "mnist", system_interval_s=None)
    assert later.log_dir == str(tmp_path / "mnist" / "version_1")
    assert later.save_dir == str(tmp_path)
    assert later.root_dir == str(tmp_path / "mnist")


def test_lightnings_other_ranks_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = imported("lightning", fakes.LIGHTNING, monkeypatch)
    monkeypatch.setattr(fakes.rank_zero_only, "rank", 1)
    logger = module.FarboardLogger(tmp_path)
    logger.log_hyperparams({"lr": 0.1})
    logger.log_metrics({"loss": 0.5}, 1)
    logger.experiment.add_scalar("x", 1.0)
    logger.save()
    logger.finalize("success")
    assert not list(tmp_path.iterdir())


def trainer(directory: Path, *, first: bool = True) -> tuple[Any, Any]:
    args = SimpleNamespace(
        output_dir=str(directory),
        to_sanitized_dict=lambda: {"learning_rate": 5e-5, "output_dir": str(directory)},
    )
    return args, SimpleNamespace(global_step=7, is_world_process_zero=first)


def test_hugging_face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = imported("huggingface", fakes.TRANSFORMERS, monkeypatch)
    callback = module.FarboardCallback(tmp_path / "run", system_interval_s=None)
    assert isinstance(callback, fakes.TrainerCallback)
    args, state = trainer(tmp_path)
    model = SimpleNamespace(config=SimpleNamespace(to_dict=lambda: {"n_layer": 12}))
    callback.on_train_begin(args, state, None, model=model)
    logs = {"loss": 0.5, "grad_norm": 1.0, "epoch": 0.1}
    callback.on_log(args, state, None, logs=logs, model=model)
    state.global_step = 8
    callback.on_log(args, state, None, logs={"eval_loss": 0.4, "eval_text": "x"}, model=model)
    callback.on_train_end(args, state, None)
    assert curves(tmp_path / "run") == {
        "train/loss": [(7, 0.5)],
        "train/grad_norm": [(7, 1.0)],
        "train/epoch": [(7, pytest.approx(0.1))],
        "eval/loss": [(8, pytest.approx(0.4))],
    }
    assert b"model/n_layer" in session(tmp_path / "run")
    callback.on_log(args, state, None, logs={"test_loss": 0.3})  # evaluated after the training
    callback.writer.close()
    assert curves(tmp_path / "run")["test/loss"] == [(8, pytest.approx(0.3))]


def test_hugging_faces_default_and_other_ranks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = imported("huggingface", fakes.TRANSFORMERS, monkeypatch)
    args, state = trainer(tmp_path, first=False)
    silent = module.FarboardCallback(system_interval_s=None)
    silent.on_train_begin(args, state, None)
    silent.on_log(args, state, None, logs={"loss": 1.0})
    silent.on_train_end(args, state, None)
    assert not list(tmp_path.iterdir())
    args, state = trainer(tmp_path)
    callback = module.FarboardCallback(system_interval_s=None)
    callback.on_log(args, state, None, logs={"eval_loss": 1.0})  # evaluated without a training
    callback.on_train_end(args, state, None)
    (run,) = (tmp_path / "runs").iterdir()
    assert curves(run) == {"eval/loss": [(7, 1.0)]}


def test_keras(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = imported("keras", fakes.KERAS, monkeypatch)
    options = {"every_batches": 2, "system_interval_s": None}
    callback = module.FarboardCallback(tmp_path, {"lr": 0.1}, **options)
    assert isinstance(callback, fakes.Callback)
    callback.set_params({"epochs": 2, "steps": 3, "verbose": 0})
    callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=np.float32(0.5))))
    callback.on_train_begin()
    for epoch in range(2):
        for batch in range(3):
            callback.on_train_batch_end(batch, {"loss": float(batch)})
        callback.on_epoch_end(epoch, {"loss": 1.0 - epoch, "val_loss": 2.0 - epoch})
    callback.on_train_end()
    assert curves(tmp_path) == {
        "batch/loss": [(2, 1.0), (4, 0.0), (6, 2.0)],
        "train/loss": [(0, 1.0), (1, 0.0)],
        "val/loss": [(0, 2.0), (1, 1.0)],
        "train/learning_rate": [(0, 0.5), (1, 0.5)],
    }
    assert {"config/text_summary", "run/text_summary"} <= set(tensors(tmp_path))
    data = session(tmp_path)
    assert b"fit/epochs" in data
    assert b"SimpleNamespace" in data  # the optimizer's name
