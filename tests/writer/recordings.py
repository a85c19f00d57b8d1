"""Recorded calls of PyTorch's and tensorboardX's writers, to be repeated through ours.

`$FARBOARD_WRITERS` names the folder of the recordings; its README says what is in them.
"""

from __future__ import annotations

import base64
import functools
import json
import os
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import event_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

REFERENCE = Path(os.environ.get("FARBOARD_WRITERS", "/nonexistent"))

RENAMED = {"logdir": "log_dir", "name": "run_name"}
"""tensorboardX's names of arguments that PyTorch calls otherwise."""

Records = list[tuple[str, bytes]]
"""Directories below `runs/`, and the records that came into a file there, in order."""


class Tensor:
    """As much of a torch tensor as a writer may see: its memory is out of reach at first."""

    def __init__(self, array: NDArray[Any], dtype: str, *, reachable: bool = False) -> None:
        self._array = array
        self.dtype = f"torch.{dtype}"
        self.is_quantized = dtype.startswith("q")
        self._reachable = reachable

    def detach(self) -> Tensor:
        return self

    def cpu(self) -> Tensor:
        return Tensor(self._array, self.dtype.removeprefix("torch."), reachable=True)

    def float(self) -> Tensor:
        return Tensor(self._array.astype(np.float32), "float32", reachable=self._reachable)

    def dequantize(self) -> Tensor:
        return self.float()

    def numel(self) -> int:
        return self._array.size

    def size(self) -> tuple[int, ...]:
        return self._array.shape

    def item(self) -> Any:
        return self._array.item()

    def __int__(self) -> int:
        return int(self._array)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if not self._reachable:
            raise TypeError("can't convert cuda:0 device type tensor to numpy")
        if self.dtype == "torch.bfloat16":
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self._array


@dataclass
class Call:
    """One call, the records it caused then, and what it causes now."""

    run: str
    number: int
    method: str
    arguments: list[Any]
    keywords: dict[str, Any]
    raised: str
    expected: Records
    other_files: dict[str, str]
    actual: Records = field(default_factory=list)
    error: Exception | None = None

    @property
    def label(self) -> str:
        """A name for this call: its run, and its first text (or that it is the n-th)."""
        for named in (*self.arguments, self.keywords.get("run_name"), self.keywords.get("tag")):
            if isinstance(named, str):
                return f"{self.run}:{named}"
        return f"{self.run}:{self.number}"


def recorded(folder: str) -> dict[str, list[dict[str, Any]]]:
    """All calls of one of the writers, by run."""
    recording = json.loads((REFERENCE / folder / "calls.json").read_text())
    return {run["run"]: run["calls"] for run in recording["runs"]}


def repeat(folder: str, run: str, calls: list[dict[str, Any]], patch: Any) -> Iterator[Call]:
    """Make the calls again, in the current directory, at the recorded times."""
    writers: dict[str, SummaryWriter] = {}
    seen: dict[Path, int] = {}
    for number, recording in enumerate(calls):
        keywords = {k: argument(folder, v) for k, v in (recording["kwargs"] or {}).items()}
        for theirs, ours in RENAMED.items():
            if theirs in keywords:
                keywords[ours] = keywords.pop(theirs)
        arguments = [argument(folder, v) for v in recording.get("args") or []]
        call = Call(
            run=run,
            number=number,
            method=recording.get("method", recording["op"]),
            arguments=arguments,
            keywords=keywords,
            raised=(recording["raised"] or {}).get("type", ""),
            expected=_expected(folder, recording),
            other_files={f["file"]: f["sha256"] for f in recording.get("other_files") or []},
        )
        patch.setattr("time.time", lambda now=recording["clock"]: now)
        try:
            if recording["op"] == "open":
                writers[recording["writer"]] = SummaryWriter(**keywords)
            else:
                getattr(writers[recording["writer"]], call.method)(*arguments, **keywords)
            if call.method != "close":
                writers[recording["writer"]].flush()
        except Exception as error:  # noqa: BLE001  told by the test
            call.error = error
        call.actual = sorted(_new_records(seen), key=lambda record: record[0])
        yield call
    for writer in writers.values():
        writer.close()


def _expected(folder: str, recording: dict[str, Any]) -> Records:
    events = [event for event in recording["events"] if event["index"] > 0]
    records = [
        (str(Path(e["file"]).parent), _recorded(REFERENCE / folder / e["file"])[e["index"]])
        for e in events
    ]
    return sorted(records, key=lambda record: record[0])


def _new_records(seen: dict[Path, int]) -> Iterator[tuple[str, bytes]]:
    directories = [Path("runs"), *(p for p in Path("runs").rglob("*") if p.is_dir())]
    files = [path for directory in directories for path in event_files(directory)]
    for path in sorted(files, key=lambda path: int(path.name.split(".")[5])):
        with path.open("rb") as file:
            file.seek(seen.get(path, 0))
            records = list(_records(file.read()))
            first = 0 if path in seen else 1  # that one names its writer
            seen[path] = file.tell()
        yield from ((str(path.parent), record) for record in records[first:])


@functools.cache
def _recorded(path: Path) -> list[bytes]:
    return list(_records(path.read_bytes()))


def _records(data: bytes) -> Iterator[bytes]:
    """Payloads of whole records; that checksums are right is the matter of other tests."""
    while data:
        (length,) = struct.unpack_from("<Q", data)
        yield data[12 : 12 + length]
        data = data[length + 16 :]


def argument(folder: str, value: Any) -> Any:  # noqa: C901  one case for each kind
    """Turn a recorded argument into the value that was passed."""
    match value:
        case list():
            return [argument(folder, one) for one in value]
        case {"$float": text}:
            return float(text)
        case {"$complex": [real, imaginary]}:
            return complex(real, imaginary)
        case {"$np": dtype, "value": number}:
            return np.dtype(dtype).type(number)
        case {"$npy": file}:
            return np.load(REFERENCE / folder / file)
        case {"$torch": file, "dtype": dtype}:
            return Tensor(np.load(REFERENCE / folder / file), dtype)
        case {"$tuple": values}:
            return tuple(argument(folder, one) for one in values)
        case {"$bytes": text}:
            return base64.b64decode(text)
        case {"$path": path}:
            return Path(path)
        case {"$figure_rendered_chw": file}:
            return Figure(np.load(REFERENCE / folder / file))
        case {"$callable": name}:
            return type(name, (), {})
        case {"$module": _} | {"$proto": _}:
            return value
        case dict():
            return {key: argument(folder, one) for key, one in value.items()}
    return value


@dataclass
class Figure:
    """What a figure of matplotlib looked like, [3, height, width]."""

    pixels: NDArray[Any]
