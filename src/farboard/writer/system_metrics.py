"""What the machine does meanwhile: processor, memory, disk and GPUs, every few seconds.

The step of a point is the seconds since the run's first event file was made, so that the curves of
a run that was restarted go on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from farboard.writer.mapping import mapping_event
from farboard.writer.talk import warn

if TYPE_CHECKING:
    from collections.abc import Callable

    from farboard.writer.event_file import EventFile
    from farboard.writer.outbox import Outbox

    Readings = dict[str, float]
    Probe = Callable[[], Readings]

GROUP = "system"

_PERCENT = 100.0
_LEAST_INTERVAL_S = 0.1
_PROC = Path("/proc")


class SystemMetrics:
    """A daemon thread that reads and logs, from `begin` until the outbox says its last words."""

    def __init__(self, outbox: Outbox, file: EventFile, interval_s: float) -> None:
        self._outbox = outbox
        self._file = file
        self._interval_s = max(interval_s, _LEAST_INTERVAL_S)
        self._stop: threading.Event | None = None
        self._lock = threading.RLock()  # what is put after the end would begin another file
        directory = Path(file.directory)
        self._probes = probes(directory)
        self._began_s = began_s(directory)

    def begin(self) -> None:
        """Begin, or begin again after an end."""
        if self._stop is not None:
            return
        self._stop = stop = threading.Event()
        self._outbox.last_words.append(self.end)
        threading.Thread(
            target=self._run, args=(stop,), name="farboard-system", daemon=True
        ).start()

    def end(self) -> None:
        """End; nothing is put after this."""
        with self._lock:
            if self._stop is not None:
                self._stop.set()
                self._stop = None

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(self._interval_s):
            readings = [self._read(probe) for probe in list(self._probes)]
            now_s = time.time()
            values = {f"{GROUP}/{name}": value for part in readings for name, value in part.items()}
            arguments = (values, max(0, int(now_s - self._began_s)), now_s)
            with self._lock:
                if not stop.is_set():
                    self._outbox.put(self._file, mapping_event, arguments, quietly=True)

    def _read(self, probe: Probe) -> Readings:
        try:
            return probe()
        except Exception as error:  # noqa: BLE001  a driver may raise anything
            self._probes.remove(probe)
            warn("no more system metrics of one kind: %r", error)
            return {}


def probes(directory: Path) -> list[Probe]:
    """Return what can be read here."""
    found: list[Probe] = [_Processor(), lambda: disk(directory)]
    if (_PROC / "meminfo").exists():
        found += [memory, process_memory]
    return [*found, *_gpu_probes()]


def began_s(directory: Path) -> float:
    """Return when the first event file of a run was made, in Unix time, by the files' names."""
    times = []
    for path in directory.glob("*tfevents.*"):
        with contextlib.suppress(ValueError):
            times.append(float(path.name.partition("tfevents.")[2].partition(".")[0]))
    return min(times, default=time.time())


def memory() -> Readings:
    """Return how much of the machine's memory is used."""
    fields = {}
    for line in (_PROC / "meminfo").read_text().splitlines():
        name, _, value = line.partition(":")
        fields[name] = float(value.split()[0])
    used = 1.0 - fields["MemAvailable"] / fields["MemTotal"]
    return {"memory_percent": used * _PERCENT}


def process_memory() -> Readings:
    """Return how much memory this process holds."""
    pages = int((_PROC / "self" / "statm").read_text().split()[1])
    return {"process_memory_bytes": float(pages * os.sysconf("SC_PAGE_SIZE"))}


def disk(directory: Path) -> Readings:
    """Return how full the disk of the logs is."""
    usage = shutil.disk_usage(directory)
    used = 1.0 - usage.free / usage.total
    return {"disk_percent": used * _PERCENT, "disk_free_bytes": float(usage.free)}


class _Processor:
    """How busy the processors were since the last reading, all of them and for this process."""

    def __init__(self) -> None:
        self._last = self._times()

    def __call__(self) -> Readings:
        before, self._last = self._last, self._times()
        wall_s, process_s, busy, total = (
            now - then for now, then in zip(self._last, before, strict=True)
        )
        readings = {"process_cpu_percent": _PERCENT * process_s / wall_s} if wall_s > 0 else {}
        if total > 0:
            readings["cpu_percent"] = _PERCENT * busy / total
        return readings

    @staticmethod
    def _times() -> tuple[float, float, float, float]:
        busy = total = 0.0
        if (_PROC / "stat").exists():
            line = (_PROC / "stat").read_text().partition("\n")[0]
            user, nice, system, idle, waiting, *rest = map(float, line.split()[1:9])
            busy = user + nice + system + sum(rest)
            total = busy + idle + waiting
        return time.monotonic(), time.process_time(), busy, total


def _gpu_probes() -> list[Probe]:
    """Return a probe of NVIDIA's devices when their library for Python is installed and works."""
    try:
        import pynvml

        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
    except Exception:  # noqa: BLE001  no package, no driver, no device
        return []
    handles = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(count)]
    return [lambda: _gpus(pynvml, handles)]


def _gpus(pynvml: Any, handles: list[Any]) -> Readings:
    readings: Readings = {}
    for number, handle in enumerate(handles):
        name = f"gpu{number}"
        memory_info = pynvml.nvmlDeviceGetMemoryInfo(handle)
        readings[f"{name}/memory_percent"] = _PERCENT * memory_info.used / memory_info.total
        with contextlib.suppress(pynvml.NVMLError):  # not every device tells everything
            utilization = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
            readings[f"{name}/utilization_percent"] = float(utilization)
        with contextlib.suppress(pynvml.NVMLError):
            kind = pynvml.NVML_TEMPERATURE_GPU
            temperature = pynvml.nvmlDeviceGetTemperature(handle, kind)
            readings[f"{name}/temperature_celsius"] = float(temperature)
        with contextlib.suppress(pynvml.NVMLError):
            power_mw = pynvml.nvmlDeviceGetPowerUsage(handle)
            readings[f"{name}/power_watts"] = power_mw / 1000.0
    return readings
