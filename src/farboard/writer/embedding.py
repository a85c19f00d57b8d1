"""Embeddings: vectors with labels and little pictures, in files beside the event file."""

from __future__ import annotations

import math
import os

from farboard.writer.image import grid, png

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    from numpy.typing import NDArray

CONFIG = "projector_config.pbtxt"

_ESCAPES = str.maketrans({"%": "%25", "/": "%2f", "\\": "%5c"})


def directory_of(tag: str, step: int) -> str:
    """Return the directory of an embedding, relative to its run."""
    return f"{step:05d}/{tag.translate(_ESCAPES)}"


def check_embedding(
    vectors: NDArray[Any], metadata: Sequence[Any] | None, pictures: NDArray[Any] | None
) -> None:
    """Refuse what does not fit together.

    Raises:
        ValueError: there are not as many labels or pictures as vectors.
    """
    if vectors.ndim != 2:
        raise ValueError(f"vectors have the shape [count, dimensions], not {vectors.shape}")
    if metadata is not None and len(metadata) != len(vectors):
        raise ValueError(f"{len(metadata)} labels for {len(vectors)} vectors")
    if pictures is None:
        return
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3):
        raise ValueError(f"pictures have the shape [count, 1 or 3, h, w], not {pictures.shape}")
    if len(pictures) != len(vectors):
        raise ValueError(f"{len(pictures)} pictures for {len(vectors)} vectors")


def write_embedding(
    directory: Path,
    vectors: NDArray[Any],
    metadata: Sequence[Any] | None,
    header: Sequence[str] | None,
    pictures: NDArray[Any] | None,
) -> None:
    """Write the tables and the sheet of pictures of one embedding.

    Args:
        directory: made when it is missing.
        vectors: [count, dimensions].
        metadata: one label for each, or with a header a row of labels.
        header: names of the columns of `metadata`.
        pictures: [count, 1 or 3 channels, height, width], uint8 or in [0, 1].

    Raises:
        OSError: the disk refused.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if metadata is not None:
        rows = [header, *metadata] if header else metadata
        lines = ["\t".join(map(str, row)) if header else str(row) for row in rows]
        (directory / "metadata.tsv").write_bytes(_lines(lines))
    if pictures is not None:
        (directory / "sprite.png").write_bytes(sprite(pictures))
    table = ["\t".join(map(str, vector)) for vector in vectors.tolist()]
    (directory / "tensors.tsv").write_bytes(_lines(table))


def sprite(pictures: NDArray[Any]) -> bytes:
    """Lay pictures out in a square, as PNG."""
    import numpy as np
    from PIL import Image

    columns = math.ceil(math.sqrt(len(pictures)))
    sheet = grid(pictures.transpose(0, 2, 3, 1), columns)
    height, width, _ = sheet.shape
    square = np.zeros((max(height, width), width, 3), dtype=sheet.dtype)
    square[:height] = sheet
    if square.dtype != np.uint8:
        square = (square.astype(np.float64) * 255).clip(0, 255).astype(np.uint8)
    return png(Image.fromarray(square))


def config_entry(
    tag: str, step: int, *, has_metadata: bool, picture_size_px: tuple[int, int] | None
) -> str:
    """Return what the projector's configuration says of one embedding, as text protobuf."""
    directory = directory_of(tag, step)
    lines = [f'  tensor_name: "{_quoted(f"{tag}:{step:05d}")}"']
    if has_metadata:
        lines.append(f'  metadata_path: "{_quoted(directory)}/metadata.tsv"')
    if picture_size_px is not None:
        lines += ["  sprite {", f'    image_path: "{_quoted(directory)}/sprite.png"']
        lines += [f"    single_image_dim: {size}" for size in picture_size_px]
        lines.append("  }")
    lines.append(f'  tensor_path: "{_quoted(directory)}/tensors.tsv"')
    return "\n".join(["embeddings {", *lines, "}", ""])


def write_config(run: Path, entries: Sequence[str]) -> None:
    """Replace the configuration in one piece: nobody reads half of it.

    Raises:
        OSError: the disk refused; what was there before still is.
    """
    temporary = run / f".{CONFIG}.{os.getpid()}"
    try:
        temporary.write_text("".join(entries), encoding="utf-8")
        temporary.replace(run / CONFIG)
    finally:
        temporary.unlink(missing_ok=True)


def _lines(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode()


def _quoted(text: str) -> str:
    """Escape text as protobuf's text format does: everything but printable ASCII in octal."""
    special = {"\n": r"\n", "\r": r"\r", "\t": r"\t", '"': r"\"", "'": r"\'", "\\": r"\\"}
    out = []
    for character in text:
        if character in special:
            out.append(special[character])
        elif " " <= character <= "~":
            out.append(character)
        else:
            out += [f"\\{byte:03o}" for byte in character.encode()]
    return "".join(out)
