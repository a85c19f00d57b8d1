"""PyTorch's tensors of all types and in all forms, through its own class and through ours.

The tables say where not the same records are written, and why. What is in a table and is the same
after all is an error, too.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.comparison import both, outcome, reason
from tests.writer.tensorboard_reader import curves, tensors

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
theirs = pytest.importorskip("torch.utils.tensorboard", reason="tensorboard is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

RANDOM = torch.Generator().manual_seed(3)
UNIT = torch.rand((3, 6, 5), generator=RANDOM)
ROWS = torch.rand((10, 7), generator=RANDOM)
BYTES = (torch.rand((10, 1, 4, 5), generator=RANDOM) * 255).byte()
FLOATS = ["float64", "float32", "float16", "bfloat16"]
FLOATS_OF_8_BITS = ["float8_e4m3fn", "float8_e4m3fnuz", "float8_e5m2", "float8_e5m2fnuz"]
INTEGERS = ["uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64"]
COMPLEX = ["complex32", "complex64", "complex128"]


@functools.cache
def kinds() -> dict[str, Any]:
    """Tensors of every type and in every form, all of the shape [3, 6, 5]."""
    half = UNIT * (UNIT > 0.5)
    found = {name: UNIT.to(getattr(torch, name)) for name in [*FLOATS, *FLOATS_OF_8_BITS, *COMPLEX]}
    found |= {name: (UNIT * 100).to(getattr(torch, name)) for name in INTEGERS}
    quantized = {
        f"quantized {name}": torch.quantize_per_tensor(UNIT, 0.01, 0, getattr(torch, name))
        for name in ("quint8", "qint8", "qint32")
    }
    channels = torch.tensor([0.01, 0.02, 0.03]), torch.zeros(3, dtype=torch.int)
    with torch.inference_mode():
        inference = UNIT * 1
    return {
        **found,
        **quantized,
        "quantized by channel": torch.quantize_per_channel(UNIT, *channels, 0, torch.quint8),
        "bool": UNIT > 0.5,
        "requires grad": UNIT.clone().requires_grad_(),
        "result of a grad": UNIT.clone().requires_grad_() * 2,
        "Parameter": torch.nn.Parameter(UNIT.clone()),
        "inference": inference,
        "permuted": UNIT.permute(2, 1, 0).contiguous().permute(2, 1, 0),
        "strided": UNIT.repeat_interleave(2, dim=2)[:, :, ::2],
        "expanded": UNIT[:1].expand(3, 6, 5),
        "conjugate": torch.complex(UNIT, UNIT).conj(),
        "negative": torch.complex(UNIT, -UNIT).conj().imag,
        "sparse": half.to_sparse(),
        "sparse, twice": torch.sparse_coo_tensor([[0, 0], [1, 1], [1, 1]], [0.25, 0.5], (3, 6, 5)),
        "sparse csr": torch.stack([half[0]] * 3).to_sparse_csr(),
        "mkldnn": UNIT.to_mkldnn(),
        "meta": UNIT.to("meta"),
    }


METHODS: dict[str, Callable[[Any, Any], object]] = {
    "add_scalar": lambda w, t: w.add_scalar("x", one_of(t), 1),
    "add_scalars": lambda w, t: w.add_scalars("x", {"a": one_of(t)}, 1),
    "add_tensor": lambda w, t: w.add_tensor("x", t, 1),
    "add_histogram": lambda w, t: w.add_histogram("x", t, 1),
    "add_image": lambda w, t: w.add_image("x", t, 1),
    "add_audio": lambda w, t: w.add_audio("x", flat(t), 1),
    "add_pr_curve": lambda w, t: w.add_pr_curve("x", UNIT > 0.5, t, 1),
    "add_mesh": lambda w, t: w.add_mesh("x", t[:, :, :3], global_step=1),
    "add_embedding": lambda w, t: w.add_embedding(t[0]),
    "add_hparams": lambda w, t: w.add_hparams({"a": one_of(t)}, {}, run_name="r"),
}


def one_of(tensor: Any) -> Any:
    return tensor[0, 0, :1]


def flat(tensor: Any) -> Any:
    return tensor.reshape(1, -1)


def plain(tensor: Any) -> Any:
    """The same numbers in the simplest form, by PyTorch itself."""
    tensor = tensor.dequantize() if tensor.is_quantized else tensor
    tensor = tensor.to_dense() if tensor.layout != torch.strided else tensor
    wider = {"float8": torch.float32, "bfloat16": torch.float32, "complex32": torch.complex64}
    for name, dtype in wider.items():
        tensor = tensor.to(dtype) if name in str(tensor.dtype) else tensor
    return tensor.resolve_conj().resolve_neg().contiguous()


WRITTEN = {
    "*: float8_*": "all floats are understood",
    "*: quantized *": "are written as the numbers they stand for",
    "*: sparse*": "are written with all their zeros",
    "*: mkldnn": "is written as any other",
    "*: conjugate": "is resolved",
    "*: negative": "is resolved",
    "*: complex32": "is written as the next wider type",
    "add_tensor: uint*": "has a place in a tensor",
    "add_audio: *int8": "are clipped, as other integers",
}
"""What PyTorch refuses and we write."""

REFUSED = {
    "*: meta": "it has no numbers; PyTorch invents some",
}
"""What PyTorch writes and we refuse."""

IN_16_BITS = "PyTorch scales it in 16 bits"
DIFFERENT = {
    "add_tensor: *float16": "PyTorch writes bits nobody can read",
    "add_tensor: uint8": "PyTorch uses a field readers do not look into",
    "add_audio: bfloat16": IN_16_BITS,
    "add_audio: int16": "int16 is taken as samples; PyTorch clips it to noise",
    "add_pr_curve: bfloat16": IN_16_BITS,
    "add_hparams: bool": "bools stay bools, as tensorboardX writes them",
    "add_hparams: complex*": "is a text; PyTorch writes its real part",
}
"""What is written otherwise."""

USED: set[str] = set()


@pytest.mark.parametrize("method", METHODS)
def test_tensors_of_every_kind(method: str, tmp_path: Path) -> None:
    call = METHODS[method]
    for kind, tensor in kinds().items():
        label, place = f"{method}: {kind}", tmp_path / kind
        expected, ours = both(
            theirs.SummaryWriter, place, lambda writer, tensor=tensor: call(writer, tensor)
        )
        if ours.error and expected.error:
            assert not ours.records, label
        elif ours.error:
            assert used(REFUSED, label), f"{label} is refused: {ours.error!r}"
        elif expected.error:
            assert used(WRITTEN, label), f"{label} is written, theirs: {expected.error!r}"
            simple = outcome(SummaryWriter, place / "plain", lambda w, t=tensor: call(w, plain(t)))
            assert ours == simple, label
        elif ours != expected:
            assert used(DIFFERENT, label), f"{label} differs"


def used(table: dict[str, str], label: str) -> str:
    pattern = reason(table, label)
    USED.add(pattern)
    return pattern


def test_tables_hold_nothing_else() -> None:
    """Runs after all of the above."""
    if not USED:
        pytest.skip("needs the tests above")
    assert {*WRITTEN, *REFUSED, *DIFFERENT} == USED


@pytest.mark.parametrize("dtype", [*FLOATS[:3], *INTEGERS[:6], "bool", "complex64", "complex128"])
def test_tensors_are_read_as_they_were(dtype: str, tmp_path: Path) -> None:
    """By TensorBoard, which reads neither bfloat16 nor wide integers without a sign."""
    tensor = kinds()[dtype]
    ours = outcome(SummaryWriter, tmp_path, lambda writer: writer.add_tensor("x", tensor, 1))
    assert ours.error is None
    ((step, _, array),) = tensors(tmp_path)["x"]
    wanted = plain(tensor).numpy()
    assert step == 1
    assert array.dtype.name == dtype
    assert np.array_equal(array.astype(wanted.dtype), wanted)


def test_tensors_where_pytorch_takes_none(tmp_path: Path) -> None:
    """Without axes among hyperparameters, as weights of a curve, bytes as pictures of vectors."""
    calls: dict[str, Callable[[Any], object]] = {
        "hparams": lambda w: w.add_hparams({"lr": torch.tensor(0.5)}, {}, run_name="r"),
        "weights": lambda w: w.add_pr_curve("p", ROWS > 0.5, ROWS, weights=ROWS),
        "pictures": lambda w: w.add_embedding(ROWS, label_img=BYTES),
    }
    found = {
        name: both(theirs.SummaryWriter, tmp_path / name, call) for name, call in calls.items()
    }
    assert all(ours.error is None for _, ours in found.values())
    assert isinstance(found["hparams"][0].error, IndexError)
    assert isinstance(found["weights"][0].error, TypeError)
    assert found["weights"][1].records
    sprites = [
        np.asarray(Image.open(path)) for path in sorted((tmp_path / "pictures").rglob("*.png"))
    ]
    ours, white = sprites
    assert set(white[:4, :5].ravel()) <= {0, 255}
    assert (ours[:4, :5, 0] == BYTES[0, 0].numpy()).all()


def test_bfloat16_keeps_its_range(tmp_path: Path) -> None:
    """PyTorch makes float16 of it: 1e5 is infinite there."""
    great = torch.tensor(1e5, dtype=torch.bfloat16)
    both(theirs.SummaryWriter, tmp_path, lambda writer: writer.add_scalar("x", great, 1))
    assert curves(tmp_path / "theirs")["x"] == [(1, float("inf"))]
    assert curves(tmp_path / "ours")["x"] == [(1, 99840.0)]


def test_many_elements_are_no_scalar(tmp_path: Path) -> None:
    ours = outcome(SummaryWriter, tmp_path, lambda writer: writer.add_scalar("x", ROWS, 1))
    assert isinstance(ours.error, ValueError)
