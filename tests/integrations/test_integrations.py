"""The integrations where no framework is installed, against fakes of the extension points.

What a framework really does is in `test_lightning.py`, `test_huggingface.py` and `test_keras.py`.
"""

from __future__ import annotations

from argparse import Namespace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.integrations import fakes
from tests.writer.tensorboard_reader import curves, hparams, session_parts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "install"),
    [("lightning", "lightning"), ("huggingface", "transformers"), ("keras", "keras")],
)
def test_without_its_framework_it_says_what_to_install(name: str, install: str) -> None:
    with pytest.raises(ImportError, match=f"this integration needs .*: pip install {install}$"):
        fakes.integration(name, fakes.NONE)


def test_lightning(tmp_path: Path) -> None:
    logger = fakes.integration("lightning").FarboardLogger(
        tmp_path, "mnist", system_interval_s=None
    )
    logger.log_hyperparams(Namespace(lr=0.1, net={"depth": 3}, password="x"))
    logger.log_metrics({"train/loss": 0.5, "epoch": 0, "odd": "text"}, 10)
    logger.log_metrics({"train/loss": np.float32(0.25)}, 20)
    logger.log_graph(object())  # nothing to trace it with
    logger.save()
    run = tmp_path / "mnist/version_0"
    assert curves(run) == {"train/loss": [(10, 0.5), (20, 0.25)], "epoch": [(10, 0)]}
    logger.finalize("failed")
    told = hparams(run)
    assert (told["net/depth"], told["password"]) == (3, "***")
    assert session_parts(run) == ["START", "FAILURE"]


def test_hugging_face(tmp_path: Path) -> None:
    callback = fakes.integration("huggingface").FarboardCallback(tmp_path, system_interval_s=None)
    args: Any = SimpleNamespace(output_dir="out", to_sanitized_dict=lambda: {"seed": 1})
    state = SimpleNamespace(global_step=7, is_world_process_zero=True)
    model = SimpleNamespace(config=SimpleNamespace(to_dict=lambda: {"n_layer": 12}))
    callback.on_train_begin(args, state, None, model=model)
    callback.on_log(args, state, None, logs={"loss": 0.5, "eval_text": "x"}, model=model)
    callback.on_predict(args, state, None, {"test_loss": 0.25})
    callback.on_train_end(args, state, None)
    assert curves(tmp_path) == {"train/loss": [(7, 0.5)], "test/loss": [(7, 0.25)]}
    assert hparams(tmp_path)["model/n_layer"] == 12
    assert session_parts(tmp_path) == ["START", "SUCCESS"]


def test_keras(tmp_path: Path) -> None:
    options = {"every_batches": 2, "system_interval_s": None}
    callback = fakes.integration("keras").FarboardCallback(tmp_path, {"lr": 0.1}, **options)
    callback.set_params({"epochs": 1, "steps": 3})
    callback.set_model(SimpleNamespace(optimizer=SimpleNamespace(learning_rate=np.float32(0.5))))
    callback.on_train_begin()
    for batch in range(3):
        callback.on_train_batch_end(batch, {"loss": float(batch)})
    callback.on_epoch_end(0, {"loss": 1.0, "val_loss": 2.0})
    callback.on_train_end()
    assert curves(tmp_path) == {
        "batch/loss": [(2, 1.0)],
        "train/loss": [(0, 1.0)],
        "val/loss": [(0, 2.0)],
        "train/learning_rate": [(0, 0.5)],
    }
    assert hparams(tmp_path)["optimizer"] == "SimpleNamespace"
    assert session_parts(tmp_path) == ["START", "SUCCESS"]
