"""What somebody else's writer and ours make of the same call, side by side."""

from __future__ import annotations

import fnmatch
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from PIL import Image
from tensorboard.compat.proto import event_pb2

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import payloads

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.writer.recordings import Records


@dataclass
class Outcome:
    """The records a call caused (but for those that name their writer), other files, its error."""

    records: Records = field(default_factory=list)
    other_files: dict[str, bytes] = field(default_factory=dict)
    error: Exception | None = None


def outcome(make: Callable[[str], Any], directory: Path, call: Callable[[Any], object]) -> Outcome:
    """Make a call with a writer of its own, always at the same moment, and read what it wrote."""
    found = Outcome()
    with patch("time.time", lambda: 1700000000.5):
        writer = make(str(directory))
        try:
            call(writer)
        except Exception as error:  # noqa: BLE001  told by the test
            found.error = error
        writer.close()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        place = str(path.relative_to(directory).parent)
        if "tfevents" in path.name:
            found.records += [(place, record) for record in payloads(path)[1:]]
        else:
            found.other_files[str(path.relative_to(directory))] = path.read_bytes()
    return found


def both(theirs: Any, directory: Path, call: Callable[[Any], object]) -> tuple[Outcome, Outcome]:
    """What a class of theirs and ours make of a call."""
    expected = outcome(theirs, directory / "theirs", call)
    return expected, outcome(SummaryWriter, directory / "ours", call)


def reason(table: dict[str, str], label: str) -> str:
    """The pattern in a table that covers a call of this label."""
    label = label.replace("[", "[[]")
    return next((p for p in table if fnmatch.fnmatchcase(label, p)), "")


def same(actual: Records, expected: Records) -> bool:
    """Whether records are the same; how well a PNG is packed is not ours, but its library's."""
    return actual == expected or without_png(actual) == without_png(expected)


def without_png(records: Records) -> list[tuple[str, bytes, list[Any]]]:
    """Records with their pictures taken out, and beside them their pixels."""
    found = []
    for directory, record in records:
        event = event_pb2.Event.FromString(record)
        pixels = []
        for value in event.summary.value:
            encoded = value.image.encoded_image_string if value.HasField("image") else b""
            if encoded.startswith(b"\x89PNG"):
                pixels.append(unpacked(encoded))
                value.image.encoded_image_string = b""
        found.append((directory, event.SerializeToString() if pixels else record, pixels))
    return found


def unpacked(png: bytes) -> tuple[Any, ...]:
    """The size, mode and pixels of a picture."""
    image = Image.open(io.BytesIO(png))
    return image.size, image.mode, image.tobytes()


def pictures(records: list[tuple[str, bytes]]) -> list[Any]:
    """The pixels of all frames of all images."""
    found = []
    for _, record in records:
        for value in event_pb2.Event.FromString(record).summary.value:
            image = Image.open(io.BytesIO(value.image.encoded_image_string))
            for number in range(getattr(image, "n_frames", 1)):
                image.seek(number)
                found.append(image.convert("RGB").tobytes())
    return found
