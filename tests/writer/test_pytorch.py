"""PyTorch's own class and ours, side by side on the same calls: the same records.

Tensors of all types and in all forms are in `test_pytorch_tensors.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tensorboard.compat.proto import event_pb2, graph_pb2

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.comparison import Outcome, both, outcome, pictures
from tests.writer.tensorboard_reader import event_files

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
theirs = pytest.importorskip("torch.utils.tensorboard", reason="tensorboard is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Call = Callable[[Any], object]

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]


def generator() -> Any:
    return torch.Generator().manual_seed(3)


UNIT = torch.rand((3, 6, 5), generator=generator())
NORMAL = torch.randn(500, generator=generator())
LABELS, GUESSES = (NORMAL > 0).int(), torch.rand(500, generator=generator())
PLACES = torch.rand((1, 7, 3), generator=generator())
BYTES = (torch.rand((10, 1, 4, 5), generator=generator()) * 255).byte()
LAYOUT = {"a": {"b": ["Multiline", ["x"]], "c": ["Margin", ["x", "y", "z"]]}}


class Model(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.ReLU())
        self.head = torch.nn.Linear(18, 2)

    def forward(self, x: Any) -> Any:
        return self.head(self.body(x).flatten(1))


def figure() -> Any:
    matplotlib = pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    matplotlib.use("agg")
    from matplotlib import pyplot as plt

    drawn, axes = plt.subplots(figsize=(2, 1.5))
    axes.plot([1, 3, 2], label="a curve")
    axes.legend()
    return drawn


def onnx_file(directory: Path) -> str:
    onnx = pytest.importorskip("onnx", reason="onnx is not installed")
    sizes = [onnx.helper.make_tensor_value_info(name, 1, [2, 3]) for name in "xy"]
    node = onnx.helper.make_node("LeakyRelu", ["x"], ["y"], alpha=0.5)
    path = directory / "model.onnx"
    graph = onnx.helper.make_graph([node], "graph", sizes[:1], sizes[1:])
    onnx.save(onnx.helper.make_model(graph), path)
    return str(path)


SAME_BYTES: dict[str, Call] = {
    "scalar": lambda w: w.add_scalar("a/b", torch.tensor([[0.1]]), 7),
    "scalar without a step": lambda w: w.add_scalar("x", 1),
    "scalar at a time": lambda w: w.add_scalar("x", 1.5, torch.tensor(2), walltime=5.5),
    "scalar of the new kind": lambda w: w.add_scalar("x", 0.1, 7, new_style=True),
    "scalar in 64 bits": lambda w: w.add_scalar("x", 0.1, 7, None, True, True),
    "scalars": lambda w: w.add_scalars("a/b", {"train": torch.tensor(0.5), "val": 0.7}, 1),
    "tensor": lambda w: w.add_tensor("t", UNIT, 3),
    "histogram": lambda w: w.add_histogram("h", NORMAL, 1),
    "histogram of few": lambda w: w.add_histogram("h", NORMAL, 1, "auto", max_bins=5),
    "histogram of NaN": lambda w: w.add_histogram("h", torch.tensor([1.0, float("nan")]), 1),
    "histogram with some beyond": lambda w: w.add_histogram("h", torch.tensor([1.0, 1e21]), 1),
    "histogram of one": lambda w: w.add_histogram("h", torch.tensor(2.0), 1),
    "raw histogram": lambda w: w.add_histogram_raw("h", 0, 2, 3, 3, 5, [1.0, 2.0], [1, 2], 4),
    "image": lambda w: w.add_image("i", UNIT, 2),
    "image in colour last": lambda w: w.add_image("i", UNIT.permute(1, 2, 0), dataformats="HWC"),
    "image without colour": lambda w: w.add_image("i", UNIT[0], 2, dataformats="HW"),
    "images": lambda w: w.add_images("i", BYTES, 2),
    "boxes": lambda w: w.add_image_with_boxes(
        "b", UNIT.repeat(1, 6, 6), torch.tensor([[2, 3, 30, 20]]), labels=["one"]
    ),
    "figure": lambda w: w.add_figure("f", figure(), 1),
    "figures": lambda w: w.add_figure("f", [figure(), figure()], 1),
    "audio": lambda w: w.add_audio("a", NORMAL.clip(-1, 1)[None], 1, sample_rate=8000),
    "text": lambda w: w.add_text("t", "**bold**", 3),
    "curve": lambda w: w.add_pr_curve("p", LABELS, GUESSES, 5),
    "curve of bools": lambda w: w.add_pr_curve("p", NORMAL > 0, GUESSES, 5, num_thresholds=20),
    "curve with weights": lambda w: w.add_pr_curve("p", LABELS, GUESSES, weights=GUESSES.numpy()),
    "raw curve": lambda w: w.add_pr_curve_raw("p", *[torch.arange(4.0)] * 6, 5, 4),
    "points": lambda w: w.add_mesh("m", PLACES, global_step=1),
    "mesh": lambda w: w.add_mesh(
        "m",
        PLACES,
        colors=(PLACES * 255).int(),
        faces=torch.tensor([[[0, 1, 2]]]),
        config_dict={"camera": {"cls": "PerspectiveCamera"}},
    ),
    "embedding": lambda w: w.add_embedding(
        NORMAL.reshape(10, 50), list("abcdefghij"), BYTES / 255, 4
    ),
    "embedding with columns": lambda w: w.add_embedding(
        UNIT[0], [[n, f"ü{n}"] for n in range(6)], tag="a/b", metadata_header=["n", "text"]
    ),
    "hyperparameters": lambda w: w.add_hparams(
        {"lr": torch.tensor([0.5])}, {"best": torch.tensor(1.5)}, run_name="run"
    ),
    "layout": lambda w: w.add_custom_scalars(LAYOUT),
    "lines": lambda w: w.add_custom_scalars_multilinechart(["x", "y"]),
    "margin": lambda w: w.add_custom_scalars_marginchart(["x", "y", "z"], "c", "t"),
}


@pytest.mark.parametrize("name", SAME_BYTES)
def test_records_are_the_same(name: str, tmp_path: Path) -> None:
    expected, ours = both(theirs.SummaryWriter, tmp_path, SAME_BYTES[name])
    assert expected.error is None
    assert ours == expected
    assert ours.records or ours.other_files


def test_every_method_is_compared() -> None:
    elsewhere = {"add_graph", "add_onnx_graph", "add_video"}
    called = {name for call in SAME_BYTES.values() for name in call.__code__.co_names}
    methods = {name for name in dir(theirs.SummaryWriter) if name.startswith("add_")}
    assert methods - called == elsewhere


@pytest.mark.parametrize("strict", [True, False])
def test_graphs_are_the_same(strict: bool, tmp_path: Path) -> None:
    model, inputs = Model(), torch.zeros(2, 1, 5, 5)

    def call(writer: Any) -> None:
        writer.add_graph(model, inputs, use_strict_trace=strict)

    expected, ours = both(theirs.SummaryWriter, tmp_path, call)
    assert as_messages(ours) == as_messages(expected)
    assert len(ours.records) == 2  # the graph, and what its step did
    assert model.training


def test_a_model_that_cannot_be_traced_is_refused_by_both(tmp_path: Path) -> None:
    def call(writer: Any) -> None:
        writer.add_graph(Model(), torch.zeros(2, 7))

    expected, ours = both(theirs.SummaryWriter, tmp_path, call)
    assert type(ours.error) is type(expected.error)
    assert ours.records == expected.records == []


def test_onnx_graphs_are_the_same(tmp_path: Path) -> None:
    path = onnx_file(tmp_path)
    expected, ours = both(
        theirs.SummaryWriter, tmp_path, lambda writer: writer.add_onnx_graph(path)
    )
    assert expected.error is None
    assert as_messages(ours) == as_messages(expected) != []


def as_messages(found: Outcome) -> list[Any]:
    """Records as messages: maps have no order."""
    messages = []
    for place, record in found.records:
        event = event_pb2.Event.FromString(record)
        graph = graph_pb2.GraphDef.FromString(event.graph_def)
        event.graph_def = b""
        messages.append((place, event, graph))
    return messages


def test_videos_have_the_same_frames(tmp_path: Path) -> None:
    pytest.importorskip("moviepy.editor", reason="moviepy 1, which PyTorch needs, is not installed")
    frames = (torch.rand((3, 4, 3, 8, 8), generator=generator()) * 255).byte()
    expected, ours = both(
        theirs.SummaryWriter, tmp_path, lambda writer: writer.add_video("v", frames, 1, fps=10)
    )
    assert expected.error is None
    assert pictures(ours.records) == pictures(expected.records) != []


def test_several_calls_and_a_past_are_the_same(tmp_path: Path) -> None:
    found = []
    for make, name in ((theirs.SummaryWriter, "theirs"), (SummaryWriter, "ours")):

        def begin(directory: str, make: Any = make) -> Any:
            return make(directory, purge_step=5, filename_suffix=".s")

        def call(writer: Any) -> None:
            writer.add_scalar("x", 1.0, 5)
            writer.flush()
            writer.add_text("t", "text", 6)
            writer.add_embedding(UNIT[0], tag="a")
            writer.add_embedding(UNIT[1], tag="b", global_step=3)

        found.append(outcome(begin, tmp_path / name, call))
        assert [path.suffix for path in event_files(tmp_path / name)] == [".s"]
    assert found[0] == found[1]


@pytest.mark.parametrize("log_dir", ["", None])
def test_no_directory_is_a_new_one_below_runs(
    log_dir: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for make in (theirs.SummaryWriter, SummaryWriter):
        make(log_dir).close()
    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
