"""Arrays and tensors of frameworks that are not installed, by what they promise to have."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest

from farboard.errors import FarboardError
from farboard.writer.arrays import is_bfloat16, snapshot
from farboard.writer.scalar import as_float, as_int64, as_step
from tests.writer.recordings import Tensor

VALUES = np.arange(6, dtype=np.float32).reshape(2, 3)


class Jax:
    """Has `__array__`, and a type of 16 bits that numpy has not."""

    dtype = "float32"

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return VALUES


class Dlpack:
    """Has nothing but the protocol."""

    def __dlpack__(self, **keywords: Any) -> Any:
        return VALUES.__dlpack__()

    def __dlpack_device__(self) -> tuple[int, int]:
        return VALUES.__dlpack_device__()


class Cupy:
    """Refuses `__array__`, and wants to be asked."""

    __cuda_array_interface__: dict[str, Any] = {}  # noqa: RUF012  as cupy has it

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        raise TypeError("Implicit conversion to a NumPy array is not allowed")

    def get(self) -> np.ndarray:
        return VALUES


@pytest.mark.parametrize(
    "value",
    [
        VALUES,
        VALUES.tolist(),
        [VALUES[0], Tensor(VALUES[1], "float32")],
        Tensor(VALUES, "float32"),
        Tensor(VALUES, "bfloat16"),
        Jax(),
        Dlpack(),
        Cupy(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_all_are_the_same_numbers(value: Any) -> None:
    array = snapshot(value)
    assert (array == VALUES).all()
    assert array.flags.owndata
    assert array.flags.c_contiguous


def test_bfloat16_is_seen() -> None:
    assert is_bfloat16(Tensor(VALUES, "bfloat16"))
    assert not is_bfloat16(VALUES)


@pytest.mark.parametrize("value", ["text", None, {"a": 1}, object(), ["a"], np.array(["a"])])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        snapshot(value)


def test_scalars_of_everything() -> None:
    ones = [3, 3.0, True + 2, np.float16(3), np.array([[3]]), Tensor(np.array([3.0]), "float64")]
    assert [as_float(one) for one in ones] == [3.0] * 6
    assert math.isnan(as_float(np.float32("nan")))
    assert as_int64(2**62 + 1) == 2**62 + 1
    assert as_int64(np.int64(2**62 + 1)) == 2**62 + 1
    assert as_step(np.array(4)) == 4
    assert as_step(None) == 0
    for value in (0.5, 2**63, math.inf, math.nan):
        with pytest.raises((ValueError, OverflowError)):
            as_int64(value)


def test_a_torch_tensor_of_many_elements_is_no_number() -> None:
    class Many:
        def item(self) -> float:
            raise RuntimeError("a Tensor with 3 elements cannot be converted to Scalar")

    class Lost:
        def item(self) -> float:
            raise RuntimeError("CUDA error: device-side assert triggered")

    with pytest.raises(ValueError, match="3 elements"):
        as_float(Many())
    with pytest.raises(RuntimeError, match="CUDA"):
        as_float(Lost())


def test_without_numpy_scalars_work_and_arrays_say_what_to_install() -> None:
    code = """
import sys, tempfile
sys.modules["numpy"] = None
from farboard import SummaryWriter
from farboard.errors import FarboardError
with tempfile.TemporaryDirectory() as directory, SummaryWriter(directory) as writer:
    writer.add_scalar("x", 1.0, 1)
    writer.log({"x": 1.0, "t": "text"})
    writer.add_hparams({"lr": 0.1}, {"best": 1})
    writer.add_custom_scalars({})
    try:
        writer.add_histogram("h", [1.0])
    except FarboardError as error:
        print(error, error.hint)
"""
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert said == "arrays need numpy, which is not installed pip install 'farboard[train]'\n"
    assert issubclass(FarboardError, Exception)
