"""The callback in a real Trainer of Hugging Face: what it does arrives in the event files."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.writer.tensorboard_reader import curves, event_files, hparams, session_parts, tensors

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
transformers = pytest.importorskip("transformers", reason="transformers is not installed")
pytest.importorskip("accelerate", reason="accelerate is not installed")

torch.set_num_threads(1)  # threads of so small a model only wait for each other

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # what the framework says of its own surroundings
]

ROWS = 16
STEPS = [2, 4, 6, 8]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


class Kept(transformers.TrainerCallback):
    """Keeps what is logged: the truth the files are compared with."""

    def __init__(self) -> None:
        self.logs: list[tuple[int, dict[str, float]]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **_: Any) -> None:
        self.logs.append((state.global_step, dict(logs)))


def rows() -> list[dict[str, Any]]:
    words = torch.randint(0, 20, (ROWS, 6), generator=torch.Generator().manual_seed(1))
    return [{"input_ids": row, "labels": row} for row in words]


def trainer(directory: Path, *callbacks: Any, **settings: Any) -> Any:
    config = transformers.GPT2Config(
        vocab_size=20, n_positions=6, n_embd=8, n_layer=1, n_head=1, bos_token_id=0, eos_token_id=0
    )
    arguments = transformers.TrainingArguments(
        output_dir=str(directory / "out"),
        report_to="none",
        use_cpu=True,
        disable_tqdm=True,
        per_device_train_batch_size=4,
        num_train_epochs=2,
        logging_steps=2,
        eval_strategy="epoch",
        save_strategy="no",
        learning_rate=0.125,
        **settings,
    )
    return transformers.Trainer(
        transformers.GPT2LMHeadModel(config),
        arguments,
        train_dataset=rows(),
        eval_dataset=rows()[:4],
        callbacks=list(callbacks),
    )


def callback_for(directory: Path | None) -> Any:
    from farboard.integrations.huggingface import FarboardCallback

    return FarboardCallback(directory, system_interval_s=None)


def test_a_training_and_what_is_evaluated_later(tmp_path: Path) -> None:
    callback, kept = callback_for(tmp_path / "run"), Kept()
    whole = trainer(tmp_path, callback, kept, hub_token="s3cret")
    whole.train()
    predicted = whole.predict(rows()[:4]).metrics
    callback.writer.close()
    run = tmp_path / "run"
    written = curves(run)
    assert [step for step, _ in written["train/loss"]] == STEPS
    assert [step for step, _ in written["train/learning_rate"]] == STEPS
    assert [step for step, _ in written["eval/loss"]] == [4, 8]
    assert written["test/loss"] == [(8, pytest.approx(predicted["test_loss"]))]
    assert {"train/grad_norm", "train/epoch", "train/train_runtime"} <= set(written)
    for step, logs in kept.logs:
        for name, value in logs.items():
            group, _, rest = name.partition("_")
            tag = f"{group}/{rest}" if group in ("eval", "test") else f"train/{name}"
            assert (step, pytest.approx(value)) in written[tag], name
    told = hparams(run)
    assert (told["learning_rate"], told["num_train_epochs"]) == (0.125, 2)
    assert (told["model/n_layer"], told["model/model_type"]) == (1, "gpt2")
    assert "run/host" in told
    assert {"config/text_summary", "run/text_summary"} <= set(tensors(run))
    assert not any(b"s3cret" in path.read_bytes() for path in event_files(run))
    assert session_parts(run) == ["START", "SUCCESS"]


def test_another_training_goes_on_with_the_run(tmp_path: Path) -> None:
    callback = callback_for(tmp_path / "run")
    again = trainer(tmp_path, callback)
    again.train()
    again.train()
    run = tmp_path / "run"
    assert sorted(step for step, _ in curves(run)["train/loss"]) == sorted(STEPS + STEPS)
    assert session_parts(run) == ["START", "SUCCESS"] * 2


def test_by_default_a_run_of_its_own_in_the_output_directory(tmp_path: Path) -> None:
    callback = callback_for(None)
    trainer(tmp_path, callback).evaluate()  # without a training
    callback.writer.close()
    (run,) = (tmp_path / "out" / "runs").iterdir()
    assert [step for step, _ in curves(run)["eval/loss"]] == [0]


def test_other_processes_write_nothing(tmp_path: Path) -> None:
    silent = callback_for(tmp_path / "run")
    other = trainer(tmp_path, silent)
    other.is_world_process_zero = lambda: False
    other.state.is_world_process_zero = False
    other.evaluate()
    other.predict(rows()[:4])
    assert silent.writer is None
    assert not (tmp_path / "run").exists()


FAILING = """
import sys
from pathlib import Path
from tests.integrations.test_huggingface import callback_for, trainer
place = Path(sys.argv[1])
failing = trainer(place, callback_for(place / "run"))
failing.compute_loss = lambda *a, **k: 1 / 0
failing.train()
"""


def test_a_training_that_fails_is_a_run_that_failed(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "ignore", "-c", FAILING, str(tmp_path)]
    root = Path(__file__).parents[2]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    assert "ZeroDivisionError" in ended.stderr
    assert session_parts(tmp_path / "run") == ["START", "FAILURE"]
