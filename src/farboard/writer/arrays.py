"""Arrays and tensors of every framework as numpy arrays, without importing any of them."""

from __future__ import annotations

from farboard.errors import FarboardError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_NUMERIC_KINDS = "biufc"
_STRIDED = "torch.strided"  # all others are sparse, or packed for one library


def snapshot(values: Any) -> NDArray[Any]:
    """Return a copy that nobody else changes; floats numpy does not know become float32.

    Takes Python's numbers and lists, numpy, and everything with `__array__` or `__dlpack__`. What
    is on a GPU is copied from there, gradients are left behind.

    Raises:
        FarboardError: numpy is not installed.
        TypeError: these are not numbers.
    """
    array = view_with_numpy(values)
    return array.copy(order="C")


def view_with_numpy(values: Any) -> NDArray[Any]:
    """Return a numpy array that may share the memory of these values.

    Raises:
        FarboardError: numpy is not installed.
        TypeError: these are not numbers.
    """
    import_numpy()
    return view(values)


def view(values: Any) -> NDArray[Any]:
    """As `view_with_numpy`, when numpy is known to be there."""
    import numpy as np

    if isinstance(values, np.ndarray):
        return _numeric(values)
    if isinstance(values, (int, float, complex, np.generic)):
        return _numeric(np.asarray(values))
    if isinstance(values, (list, tuple)):
        items = [one if isinstance(one, (int, float)) else view(one) for one in values]
        return _numeric(np.asarray(items, dtype=None if items else np.float64))
    if hasattr(values, "detach"):
        values = _from_torch(values)
    elif hasattr(values, "get") and hasattr(values, "__cuda_array_interface__"):
        values = values.get()  # cupy refuses to copy from the GPU by itself
    if hasattr(values, "__array__"):
        return _numeric(np.asarray(values))
    if hasattr(values, "__dlpack__"):
        return _numeric(np.from_dlpack(values))
    raise TypeError(f"expected numbers, an array or a tensor, not {type(values).__name__}")


def is_bfloat16(values: Any) -> bool:
    """Tell whether these have the 16 bits numpy has no type for."""
    return str(getattr(values, "dtype", "")).endswith("bfloat16")


def _is_unknown_float(values: Any) -> bool:
    """Tell whether these are floats of 8 or 16 bits that numpy has no type for."""
    return is_bfloat16(values) or "float8" in str(values.dtype)


def import_numpy() -> None:
    """Make sure that there is numpy.

    Raises:
        FarboardError: it is not installed.
    """
    try:
        import numpy  # noqa: F401, ICN001
    except ImportError:
        raise FarboardError(
            "arrays need numpy, which is not installed", "pip install 'farboard[train]'"
        ) from None


def _from_torch(tensor: Any) -> Any:
    """Undo, by the methods a torch tensor has, everything that numpy cannot see through."""
    tensor = tensor.detach()
    if getattr(tensor, "is_quantized", False):
        tensor = tensor.dequantize()
    if str(getattr(tensor, "layout", _STRIDED)) != _STRIDED:
        tensor = tensor.to_dense()
    if hasattr(tensor, "cpu"):
        tensor = tensor.cpu()
    if _is_unknown_float(tensor):
        tensor = tensor.float()
    elif str(tensor.dtype).endswith("complex32"):
        tensor = tensor.cfloat()
    for resolve in ("resolve_conj", "resolve_neg"):
        if hasattr(tensor, resolve):
            tensor = getattr(tensor, resolve)()
    return tensor


def _numeric(array: NDArray[Any]) -> NDArray[Any]:
    import numpy as np

    if array.dtype.kind in _NUMERIC_KINDS:
        return array
    if _is_unknown_float(array):  # jax brings types of its own
        return array.astype(np.float32)
    raise TypeError(f"expected numbers, not elements of type {array.dtype}")
