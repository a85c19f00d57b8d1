"""Meshes: points in space, and the colours and triangles that go with them."""

from __future__ import annotations

import json

from farboard.writer import wire
from farboard.writer.summary import plugin_metadata, tensor_value
from farboard.writer.tensor import float_tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray

_PARTS = {"VERTEX": 1, "FACE": 2, "COLOR": 3}


def mesh_values(
    tag: str,
    vertices: NDArray[Any],
    faces: NDArray[Any] | None,
    colors: NDArray[Any] | None,
    config: str,
) -> list[bytes]:
    """Encode what there is of a mesh, each part [batch, n, 3], as a value of its own.

    `config` is JSON for three.js.
    """
    arrays = {"VERTEX": vertices, "FACE": faces, "COLOR": colors}
    parts = {part: array for part, array in arrays.items() if array is not None}
    components = sum(1 << _PARTS[part] for part in parts)
    values = []
    for part, array in parts.items():
        content = (
            wire.text(2, tag)
            + wire.integer(3, _PARTS[part])
            + wire.text(5, config)
            + wire.packed_integers(6, array.shape)
            + wire.integer(7, components)
        )
        metadata = plugin_metadata("mesh", content)
        tensor = float_tensor(array.shape, array)
        values.append(tensor_value(f"{tag}_{part}", tensor, metadata))
    return values


def config_json(config: dict[str, Any] | None) -> str:
    """Return the configuration as text, the same for the same settings."""
    return json.dumps(config or {}, sort_keys=True)


def checked_part(array: NDArray[Any]) -> NDArray[Any]:
    """Return a part of a mesh whose shape fits.

    Raises:
        TypeError: these are no places in space.
        ValueError: its shape does not fit.
    """
    if array.dtype.kind == "c":
        raise TypeError(f"parts of a mesh are real numbers, not {array.dtype}")
    if array.ndim != 3 or array.shape[2] != 3:
        raise ValueError(f"parts of a mesh have the shape [batch, n, 3], not {array.shape}")
    return array
