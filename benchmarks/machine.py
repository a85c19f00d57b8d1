"""What the benchmarks share: the machine they ran on, a process's memory, warm files, results."""

from __future__ import annotations

import json
import os
import platform
import statistics
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
_READ_BYTES = 1 << 20
_PACKAGES = ("tensorboard", "tensorboard-data-server")


def describe_machine() -> dict[str, Any]:
    """Return what somebody needs to judge figures from another machine."""
    return {
        "platform": f"{platform.system()} {platform.machine()}",
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in _PACKAGES},
    }


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return platform.processor()


def peak_memory_bytes(pid: int) -> int:
    """Return the most memory a running process ever held at once."""
    return _memory(pid, "VmHWM:")


def memory_bytes(pid: int) -> int:
    """Return the memory that a running process holds now."""
    return _memory(pid, "VmRSS:")


def _memory(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise LookupError(f"process {pid} has no memory any more")


def cpu_s(pid: int) -> float:
    """Return the processor time that a running process has used, in all its threads."""
    # What stands before the last bracket is the program's name, which may hold anything.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def warm(logdir: Path) -> int:
    """Read every file once, so that nobody waits for the disk; return how many bytes that were."""
    size_bytes = 0
    for path in sorted(logdir.rglob("*tfevents*")):
        with path.open("rb") as file:
            while chunk := file.read(_READ_BYTES):
                size_bytes += len(chunk)
    return size_bytes


def spread(values: list[float]) -> dict[str, Any]:
    """Return the median, and everything it is the median of."""
    rounded = [round(value, 4) for value in values]
    return {"median": round(statistics.median(values), 4), "all": rounded}


def write_result(name: str, result: dict[str, Any]) -> Path:
    """Keep a result as JSON under benchmarks/results/."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    path.write_text(json.dumps(result, indent=2) + "\n")
    return path
