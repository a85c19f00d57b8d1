"""Recorded PyTorch calls, repeated through our writer: byte for byte the same events.

`$FARBOARD_WRITERS` names the folder of the recordings. The first event of a file differs by design:
it names its writer.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from farboard.writer.summary_writer import SummaryWriter
from tests.writer.tensorboard_reader import event_files, payloads

REFERENCE = Path(os.environ.get("FARBOARD_WRITERS", "/nonexistent"))
RUNS = ["add_scalar", "add_scalar_new_style", "add_scalar_walltimes"]

pytestmark = pytest.mark.skipif(not REFERENCE.is_dir(), reason="$FARBOARD_WRITERS is not set")


def argument(recorded: Any) -> Any:
    """Turn a recorded argument into the value that was passed; tensors come as arrays."""
    if not isinstance(recorded, dict):
        return recorded
    match recorded:
        case {"$float": text}:
            return float(text)
        case {"$complex": [real, imaginary]}:
            return complex(real, imaginary)
        case {"$np": dtype, "value": value}:
            return np.dtype(dtype).type(value)
        case {"$npy": file} | {"$torch": file}:
            return np.load(REFERENCE / "torch" / file)
    raise AssertionError(f"unknown kind of argument: {recorded}")


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_events_are_those_of_torch(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recording = json.loads((REFERENCE / "torch" / "calls.json").read_text())
    (run,) = (run for run in recording["runs"] if run["run"] == name)
    calls = [call for call in run["calls"] if call.get("method") == "add_scalar"]
    assert len(calls) > 10
    expected = []
    with SummaryWriter(tmp_path) as writer:
        for call in calls:
            monkeypatch.setattr("time.time", lambda call=call: call["clock"])
            arguments = [argument(a) for a in call["args"]]
            if call["raised"] and arguments[3:] != ["7.5"]:  # torch wants no text; we read it
                with pytest.raises((TypeError, ValueError)):
                    writer.add_scalar(*arguments, **call["kwargs"])
            elif not call["raised"]:
                writer.add_scalar(*arguments, **call["kwargs"])
            expected += [(event["bytes"], event["sha256"]) for event in call["events"]]
    (file,) = event_files(tmp_path)
    actual = [(len(event), hashlib.sha256(event).hexdigest()) for event in payloads(file)[1:]]
    assert actual == expected
