"""The logger in a real PyTorch Lightning: what a `Trainer` does arrives in the event files."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest

from tests.writer.tensorboard_reader import curves, event_files, graphs, hparams, session_parts

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
lightning = pytest.importorskip("lightning.pytorch", reason="PyTorch Lightning is not installed")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

torch.set_num_threads(1)  # threads of so small a model only wait for each other

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # what the framework says of its own surroundings
]

BATCHES, EPOCHS = 6, 2
QUIET = {
    "accelerator": "cpu",
    "enable_progress_bar": False,
    "enable_model_summary": False,
    "max_epochs": EPOCHS,
    "log_every_n_steps": 2,
}


class Model(lightning.LightningModule):
    """A line, which keeps what it logged."""

    def __init__(self, lr: float = 0.125, layers: dict[str, int] | None = None) -> None:
        super().__init__()
        self.save_hyperparameters()
        self.line = torch.nn.Linear(3, 1)
        self.losses: list[float] = []
        self.fail_at = -1

    def forward(self, x: Any) -> Any:
        return self.line(x)

    def training_step(self, batch: Any, number: int) -> Any:
        if self.global_step == self.fail_at:
            raise ArithmeticError("as planned")
        loss = self(batch).square().mean()
        self.losses.append(loss.item())
        self.log("train/loss", loss)
        self.log("one", torch.ones(1, 1, dtype=torch.bfloat16))
        return loss

    def validation_step(self, batch: Any, number: int) -> None:
        self.log("val/loss", 0.25)

    def test_step(self, batch: Any, number: int) -> None:
        self.log_dict({"test/loss": 0.5, "test/accuracy": torch.tensor(1)})

    def configure_optimizers(self) -> Any:
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

    def batches(self) -> Any:
        rows = torch.rand((2 * BATCHES, 3), generator=torch.Generator().manual_seed(1))
        return torch.utils.data.DataLoader(rows, batch_size=2)

    train_dataloader = val_dataloader = test_dataloader = batches


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def logger_in(directory: Path, **options: Any) -> Any:
    from farboard.integrations.lightning import FarboardLogger

    return FarboardLogger(directory, "line", system_interval_s=None, **options)


def test_a_fit_and_a_test(tmp_path: Path) -> None:
    model, logger = Model(layers={"depth": 3}), logger_in(tmp_path)
    trainer = lightning.Trainer(logger=logger, **QUIET)
    trainer.fit(model)
    run = tmp_path / "line/version_0"
    assert trainer.logger is logger
    assert logger.log_dir == str(run)
    steps = [1, 3, 5, 7, 9, 11]
    losses = [(step, pytest.approx(model.losses[step])) for step in steps]
    written = curves(run)
    assert written["train/loss"] == losses
    assert written["one"] == [(step, 1.0) for step in steps]
    assert written["val/loss"] == [(5, 0.25), (11, 0.25)]
    assert sorted(written["epoch"]) == sorted(
        [(step, step // BATCHES) for step in steps] + [(5, 0), (11, 1)]
    )
    told = hparams(run)
    assert (told["lr"], told["layers/depth"]) == (0.125, 3)
    assert "run/host" in told
    assert session_parts(run) == ["START", "SUCCESS"]
    checkpoints = list((run / "checkpoints").iterdir())
    assert [path.suffix for path in checkpoints] == [".ckpt"]
    trainer.test(model)
    assert curves(run)["test/loss"] == [(12, 0.5)]
    assert curves(run)["test/accuracy"] == [(12, 1.0)]
    assert session_parts(run) == ["START", "SUCCESS", "START", "SUCCESS"]


def test_each_run_has_a_version_of_its_own(tmp_path: Path) -> None:
    for version in range(2):
        logger = logger_in(tmp_path)
        lightning.Trainer(logger=logger, **QUIET | {"max_epochs": 1}).fit(Model())
        assert logger.version == version
        assert (tmp_path / f"line/version_{version}/checkpoints").is_dir()
    named = logger_in(tmp_path, version="again")
    trainer = lightning.Trainer(logger=named, **QUIET | {"max_epochs": 1})
    trainer.fit(Model())
    assert (tmp_path / "line/again/checkpoints").is_dir()
    assert trainer.default_root_dir != str(tmp_path)
    assert trainer.log_dir == str(tmp_path)  # Lightning's, of loggers that are not its own


def test_a_fit_that_fails_is_a_run_that_failed(tmp_path: Path) -> None:
    model = Model()
    model.fail_at = 4
    with pytest.raises(ArithmeticError):
        lightning.Trainer(logger=logger_in(tmp_path), **QUIET).fit(model)
    run = tmp_path / "line/version_0"
    assert [step for step, _ in curves(run)["train/loss"]] == [1, 3]
    assert session_parts(run) == ["START", "FAILURE"]


def test_a_model_without_hyperparameters_begins_and_ends_too(tmp_path: Path) -> None:
    class Bare(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(3, 1)

        def training_step(self, batch: Any, number: int) -> Any:
            if self.global_step == 4:
                raise ArithmeticError("as planned")
            return self.line(batch).square().mean()

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.5)

    with pytest.raises(ArithmeticError):
        lightning.Trainer(logger=logger_in(tmp_path), **QUIET).fit(Bare(), Model().batches())
    run = tmp_path / "line/version_0"
    assert session_parts(run) == ["START", "FAILURE"]
    assert "run/host" in hparams(run)


def test_another_fit_goes_on_with_the_run(tmp_path: Path) -> None:
    logger = logger_in(tmp_path)
    for _ in range(2):
        lightning.Trainer(logger=logger, **QUIET).fit(Model())
    run = tmp_path / "line/version_0"
    assert [step for step, _ in curves(run)["train/loss"]] == [1, 3, 5, 7, 9, 11] * 2
    assert session_parts(run) == ["START", "SUCCESS"] * 2


def test_ctrl_c_is_a_run_that_failed(tmp_path: Path) -> None:
    class Interrupted(lightning.Callback):
        def on_train_batch_end(self, *_: Any) -> None:
            raise KeyboardInterrupt

    trainer = lightning.Trainer(logger=logger_in(tmp_path), callbacks=[Interrupted()], **QUIET)
    with pytest.raises(SystemExit):
        trainer.fit(Model())
    assert session_parts(tmp_path / "line/version_0") == ["START", "FAILURE"]


def test_a_graph_is_logged_where_there_is_an_example(tmp_path: Path) -> None:
    model = Model()
    model.example_input_array = torch.zeros(2, 3)
    lightning.Trainer(logger=logger_in(tmp_path), **QUIET).fit(model)
    (graph,) = graphs(tmp_path / "line/version_0")
    assert any("line" in node.name for node in graph.node)


def test_a_model_that_cannot_be_traced_trains_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Untraceable(Model):
        def forward(self, x: Any) -> Any:
            if torch.jit.is_tracing():
                raise RuntimeError("not this one")
            return super().forward(x)

    model = Untraceable()
    model.example_input_array = torch.zeros(2, 3)
    lightning.Trainer(logger=logger_in(tmp_path), **QUIET).fit(model)
    run = tmp_path / "line/version_0"
    assert not graphs(run)
    assert len(curves(run)["train/loss"]) == 6
    assert "no graph is logged: not this one" in caplog.text


def test_other_ranks_write_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lightning.pytorch.utilities.rank_zero import rank_zero_only

    monkeypatch.setattr(rank_zero_only, "rank", 1)
    logger = logger_in(tmp_path)
    logger.log_hyperparams({"lr": 0.1})
    logger.log_metrics({"loss": 0.5}, 1)
    logger.experiment.add_scalar("x", 1.0)
    logger.save()
    logger.finalize("success")
    assert not list(tmp_path.iterdir())


def test_two_processes_write_one_run(tmp_path: Path) -> None:
    trainer = lightning.Trainer(
        logger=logger_in(tmp_path), devices=2, strategy="ddp_spawn", **QUIET
    )
    trainer.fit(Model())
    run = tmp_path / "line/version_0"
    assert [path.name for path in (tmp_path / "line").iterdir()] == ["version_0"]
    assert [step for step, _ in curves(run)["train/loss"]] == [1, 3, 5]
    assert len(event_files(run)) == 1
    assert session_parts(run) == ["START", "SUCCESS"]


def test_the_older_package_takes_the_logger_too(tmp_path: Path) -> None:
    older = pytest.importorskip("pytorch_lightning", reason="the older package is not installed")

    class Line(older.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.line = torch.nn.Linear(3, 1)
            self.save_hyperparameters({"lr": 0.5})

        def training_step(self, batch: Any, number: int) -> Any:
            loss = self.line(batch).square().mean()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD(self.parameters(), lr=0.5)

    trainer = older.Trainer(logger=logger_in(tmp_path), **QUIET)
    trainer.fit(Line(), Model().batches())
    run = tmp_path / "line/version_0"
    assert [step for step, _ in curves(run)["loss"]] == [1, 3, 5, 7, 9, 11]
    assert hparams(run)["lr"] == 0.5
    assert session_parts(run) == ["START", "SUCCESS"]
