"""The frameworks' documented extension points, as small as they can be; none is installed here.

Each class has the methods, and each module the place, that the framework's own documentation
names: Lightning 2 (`loggers.Logger`, `rank_zero_only`), transformers (`TrainerCallback`), Keras 3
(`callbacks.Callback`).
"""

from __future__ import annotations

import functools
import types
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def modules(**contents: dict[str, Any]) -> dict[str, types.ModuleType]:
    """Modules by name (`__` for dots), and the packages above them."""
    found: dict[str, types.ModuleType] = {}
    for name, names in contents.items():
        dotted = name.replace("__", ".")
        parts = dotted.split(".")
        for length in range(1, len(parts) + 1):
            parent = ".".join(parts[:length])
            found.setdefault(parent, types.ModuleType(parent))
        vars(found[dotted]).update(names)
    return found


def rank_zero_only(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def only(*args: Any, **kwargs: Any) -> Any:
        return method(*args, **kwargs) if rank_zero_only.rank == 0 else None  # type: ignore[attr-defined]

    return only


rank_zero_only.rank = 0  # type: ignore[attr-defined]


class Nothing:
    """What other ranks have as their experiment."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


def rank_zero_experiment(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self: rank_zero_only(method)(self) or Nothing()


class Logger(ABC):
    @property
    @abstractmethod
    def name(self) -> str | None: ...

    @property
    @abstractmethod
    def version(self) -> int | str | None: ...

    @abstractmethod
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None: ...

    @abstractmethod
    def log_hyperparams(self, params: Any, *args: Any, **kwargs: Any) -> None: ...

    def log_graph(self, model: Any, input_array: Any = None) -> None:
        return None

    def save(self) -> None:
        return None

    def finalize(self, status: str) -> None:
        return None


class TrainerCallback:
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...

    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None: ...


class Callback:
    def __init__(self) -> None:
        self.params: dict[str, Any] | None = None
        self._model: Any = None

    @property
    def model(self) -> Any:
        return self._model

    def set_params(self, params: dict[str, Any]) -> None:
        self.params = params

    def set_model(self, model: Any) -> None:
        self._model = model


LIGHTNING = modules(
    lightning__pytorch__loggers__logger={
        "Logger": Logger,
        "rank_zero_experiment": rank_zero_experiment,
    },
    lightning__pytorch__utilities__rank_zero={"rank_zero_only": rank_zero_only},
)
TRANSFORMERS = modules(transformers={"TrainerCallback": TrainerCallback})
KERAS = modules(keras__callbacks={"Callback": Callback})
