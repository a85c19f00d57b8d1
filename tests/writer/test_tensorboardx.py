"""tensorboardX and we, side by side on the same calls: the same records, or the same values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tensorboardX

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.comparison import both
from tests.writer.tensorboard_reader import tensors

if TYPE_CHECKING:
    from pathlib import Path

RNG = np.random.default_rng(11)
PIXELS = RNG.random((3, 9, 8), dtype=np.float32)
BATCH = RNG.integers(0, 256, (10, 1, 4, 5), dtype=np.uint8)
LABELS, GUESSES = RNG.integers(0, 2, 300), RNG.random(300)

SAME_BYTES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "scalar": ("add_scalar", ("a/b", 0.1, 7), {}),
    "histogram": ("add_histogram", ("h", RNG.normal(size=500), 1), {}),
    "histogram of few": ("add_histogram", ("h", RNG.normal(size=500), 1, "auto"), {"max_bins": 5}),
    "raw histogram": ("add_histogram_raw", ("h", 0, 2, 3, 3, 5, [1.0, 2.0], [1, 2], 4), {}),
    "image": ("add_image", ("i", PIXELS, 2), {}),
    "image in colour last": ("add_image", ("i", PIXELS.T, 2), {"dataformats": "WHC"}),
    "images": ("add_images", ("i", BATCH, 2), {}),
    "boxes": (
        "add_image_with_boxes",
        ("b", RNG.random((3, 30, 40)), np.array([[2, 3, 30, 20]])),
        {"labels": ["one"]},
    ),
    "text": ("add_text", ("t", "**bold**", 3), {}),
    "curve": ("add_pr_curve", ("p", LABELS, GUESSES, 5), {}),
    "curve with weights": ("add_pr_curve", ("p", LABELS, GUESSES, 5, 20, RNG.random(300)), {}),
    "raw curve": ("add_pr_curve_raw", ("p", *[np.arange(4)] * 6, 5, 4), {}),
    "layout": ("add_custom_scalars", ({"a": {"b": ["Multiline", ["x"]]}},), {}),
    "lines": ("add_custom_scalars_multilinechart", (["x", "y"],), {}),
    "margin": ("add_custom_scalars_marginchart", (["x", "y", "z"],), {}),
}


@pytest.mark.parametrize("name", SAME_BYTES)
def test_records_are_the_same(name: str, tmp_path: Path) -> None:
    method, arguments, keywords = SAME_BYTES[name]

    def call(writer: Any) -> None:
        getattr(writer, method)(*arguments, **keywords)

    theirs, ours = both(tensorboardX.SummaryWriter, tmp_path, call)
    assert ours == theirs
    assert len(ours.records) == 1


def test_meshes_have_the_same_numbers(tmp_path: Path) -> None:
    vertices, faces = RNG.random((1, 5, 3)), np.array([[[0, 1, 2]]])
    found = {}
    for kind, directory in ((tensorboardX.SummaryWriter, "theirs"), (SummaryWriter, "ours")):
        writer = kind(str(tmp_path / directory))
        writer.add_mesh("m", vertices, faces=faces, global_step=1)
        writer.close()
        series = tensors(tmp_path / directory)
        found[directory] = [points[0][2].tolist() for _, points in sorted(series.items())]
    assert sorted(map(str, found["ours"])) == sorted(map(str, found["theirs"]))


def test_hyperparameters_have_the_same_records(tmp_path: Path) -> None:
    hparams, metrics = {"lr": 0.5}, {"best": 1.0}  # one entry: maps have no order
    ours = {"run_name": "run"}
    theirs = {"name": "run"}

    def call(writer: Any) -> None:
        named = ours if isinstance(writer, SummaryWriter) else theirs
        writer.add_hparams(hparams, metrics, **named)

    expected, actual = both(tensorboardX.SummaryWriter, tmp_path, call)
    assert actual == expected
    assert {place for place, _ in actual.records} == {"run"}
