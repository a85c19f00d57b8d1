"""The frameworks' documented extension points, as small as they can be, where none is installed.

Each class has the methods, and each module the place, that the framework's own documentation
names: Lightning 2 (`loggers.Logger`, `rank_zero_only`), transformers (`TrainerCallback`), Keras 3
(`callbacks.Callback`).
"""

from __future__ import annotations

import contextlib
import importlib
import sys
import types
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


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
    return method  # there is one process


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
        "rank_zero_experiment": rank_zero_only,
    },
    lightning__pytorch__utilities__rank_zero={"rank_zero_only": rank_zero_only},
)
TRANSFORMERS = modules(transformers={"TrainerCallback": TrainerCallback})
KERAS = modules(keras__callbacks={"Callback": Callback})
NONE: dict[str, types.ModuleType] = {}
PACKAGES = ("lightning", "pytorch_lightning", "transformers", "keras")
INTEGRATIONS = {"lightning": LIGHTNING, "huggingface": TRANSFORMERS, "keras": KERAS}
OURS = [f"farboard.integrations.{name}" for name in INTEGRATIONS]


@contextlib.contextmanager
def installed(framework: dict[str, types.ModuleType]) -> Iterator[None]:
    """Have this framework and no other; afterwards those that are really installed are back."""
    real = {name: module for name, module in sys.modules.items() if _is_replaced(name)}
    for name in real:
        del sys.modules[name]
    sys.modules.update(dict.fromkeys(PACKAGES))  # type: ignore[arg-type]  # None: not installed
    sys.modules.update(framework)
    try:
        yield
    finally:
        for name in [name for name in sys.modules if _is_replaced(name)]:
            del sys.modules[name]
        sys.modules.update(real)


def _is_replaced(name: str) -> bool:
    return name.split(".")[0] in PACKAGES or name in OURS


def integration(name: str, framework: dict[str, types.ModuleType] | None = None) -> Any:
    """One of our modules, imported with the fake of its framework."""
    with installed(INTEGRATIONS[name] if framework is None else framework):
        return importlib.import_module(f"farboard.integrations.{name}")
