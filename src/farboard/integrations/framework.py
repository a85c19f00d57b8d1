"""What the integrations share: finding a framework, and naming what it logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from farboard.writer.scalar import as_float

if TYPE_CHECKING:
    from collections.abc import Mapping


def missing(what: str, install: str) -> ImportError:
    """Word the error of an integration whose framework is not there."""
    return ImportError(f"this integration needs {what}: pip install {install}")


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Return what is one number; a framework hands over other things, too."""
    found = {}
    for name, value in values.items():
        try:
            found[name] = as_float(value)
        except (TypeError, ValueError):  # noqa: PERF203  there are a dozen of them
            continue
    return found


def grouped(name: str, prefixes: Mapping[str, str], default: str) -> str:
    """Put a metric into a group: `val_loss` becomes `val/loss`, `loss` becomes `train/loss`."""
    for prefix, group in prefixes.items():
        if name.startswith(prefix):
            return f"{group}/{name.removeprefix(prefix)}"
    return f"{default}/{name}"
