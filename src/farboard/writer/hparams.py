"""Hyperparameters: what a run was started with, what it is measured by, how it ended."""

from __future__ import annotations

import json
from collections.abc import Mapping

from farboard.writer import wire
from farboard.writer.event import summary_event
from farboard.writer.scalar import scalar_value
from farboard.writer.summary import metadata_value, plugin_metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    Value = str | bool | float

EXPERIMENT_TAG = "_hparams_/experiment"
START_TAG = "_hparams_/session_start_info"
END_TAG = "_hparams_/session_end_info"

SUCCESS, FAILURE = 1, 2
_STRING, _BOOL, _FLOAT64 = 1, 2, 3
_GREATEST = 2**1023  # of a float, about


def plain(hparams: Mapping[str, Any]) -> dict[str, Value]:
    """Return the values as numbers, bools and texts; None is left out.

    Nested mappings are joined with `/`, lists become JSON, functions and classes their name, and
    arrays of one element a number.
    """
    values: dict[str, Value] = {}
    for name, value in hparams.items():
        if isinstance(value, Mapping):
            values |= {f"{name}/{inner}": one for inner, one in plain(value).items()}
        elif value is not None:
            values[str(name)] = _plain(value)
    return values


def experiment_value(
    hparams: Mapping[str, Value],
    metrics: Iterable[str],
    domains: Mapping[str, Sequence[Any]] | None = None,
) -> bytes:
    """Encode which hyperparameters (with the values they may have) and metrics there are.

    Raises:
        TypeError: the values of a domain are not of their parameter's type.
    """
    domains = {name: _domain(name, hparams, domain) for name, domain in (domains or {}).items()}
    infos = b"".join(
        wire.message(4, _hparam_info(name, value, domains.get(name)))
        for name, value in hparams.items()
    )
    infos += b"".join(wire.message(5, wire.message(1, wire.text(2, metric))) for metric in metrics)
    return _value(EXPERIMENT_TAG, wire.message(2, infos))


def start_value(hparams: Mapping[str, Value], started_at_s: float = 0.0) -> bytes:
    """Encode the start of a session and its hyperparameters."""
    entries = b"".join(
        wire.message(1, wire.message(1, name.encode()) + wire.message(2, _struct_value(value)))
        for name, value in hparams.items()
    )
    return _value(START_TAG, wire.message(3, entries + wire.double(5, started_at_s)))


def end_value(status: int = SUCCESS, ended_at_s: float = 0.0) -> bytes:
    """Encode the end of a session."""
    content = wire.integer(1, status) + wire.double(2, ended_at_s)
    return _value(END_TAG, wire.message(4, content))


def session_events(
    session: Sequence[bytes], metrics: Mapping[str, float], step: int, wall_time_s: float
) -> list[bytes]:
    """Encode what belongs to a session, and its metrics as scalars."""
    values = [*session, *(scalar_value(tag, value) for tag, value in metrics.items())]
    return [summary_event([value], step, wall_time_s) for value in values]


def _domain(name: str, hparams: Mapping[str, Value], domain: Sequence[Any]) -> list[Value]:
    if name in hparams and isinstance(domain, (list, tuple)):
        values = [_plain(one) for one in domain]
        if all(_kind(one) == _kind(hparams[name]) for one in values):
            return values
    raise TypeError(
        f"hparam_domain_discrete[{name!r}] has to be a list of values of the type of "
        f"hparam_dict[{name!r}]"
    )


def _plain(value: Any) -> Value:
    if isinstance(value, (str, bool)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, float):
        return float(value)
    if isinstance(value, int):
        return int(value) if abs(value) < _GREATEST else str(value)
    if _elements(value) == 1:
        return _plain(value.item())
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, default=str)
    return str(value)


def _elements(value: Any) -> int:
    """Return how many elements an array or a tensor has; of torch's, `size` is a method."""
    if not hasattr(value, "item"):
        return 0
    numel = getattr(value, "numel", None)
    return int(numel()) if callable(numel) else int(getattr(value, "size", 1))


def _hparam_info(name: str, value: Value, domain: Sequence[Value] | None) -> bytes:
    content = wire.text(1, name) + wire.integer(4, _kind(value))
    if domain is None:
        return content
    values = b"".join(wire.message(1, _struct_value(one)) for one in domain)
    return content + wire.message(5, values)


def _kind(value: Value) -> int:
    return _STRING if isinstance(value, str) else _BOOL if isinstance(value, bool) else _FLOAT64


def _struct_value(value: Value) -> bytes:
    """Encode a `google.protobuf.Value`."""
    if isinstance(value, str):
        return wire.message(3, value.encode())
    if isinstance(value, bool):
        return wire.number_of(4, value)
    return wire.key(2, wire.FIXED64) + wire.DOUBLE.pack(value)


def _value(tag: str, content: bytes) -> bytes:
    return metadata_value(tag, plugin_metadata("hparams", content))
