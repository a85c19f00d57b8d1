"""The house rule on imports: `cli → hub → link → target → errors`, and the writer stands alone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import farboard

PACKAGE = Path(farboard.__file__).parent

MAY_IMPORT = {
    "cli": {"hub", "link", "target", "errors", "demo", "writer"},
    "hub": {"link", "target", "errors"},
    "link": {"target", "errors"},
    "target": {"errors"},
    "errors": set[str](),
    "demo": {"writer", "errors"},
    "integrations": {"writer", "errors"},
    "writer": {"errors"},
    "": {"writer"},
}


def layer(path: Path) -> str:
    """`hub` for hub/app.py, `target` for target.py, empty for the package's own __init__."""
    first = path.relative_to(PACKAGE).parts[0]
    return "" if first == "__init__.py" else first.removesuffix(".py")


def farboard_layers_imported_by(path: Path) -> set[str]:
    """Layers named in any import statement of a file, also inside functions."""
    package = ["farboard", *path.relative_to(PACKAGE).parent.parts]
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] == "farboard" and len(parts) > 1 and not parts[1].startswith("__"):
                found.add(parts[1])
    return found


@pytest.mark.parametrize(
    "path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_imports_point_one_way(path: Path) -> None:
    own = layer(path)
    assert own in MAY_IMPORT, f"{own}: a new layer needs its place in ARCHITECTURE.md and here"
    assert farboard_layers_imported_by(path) - {own} <= MAY_IMPORT[own]


def test_the_rule_sees_imports() -> None:
    assert "hub" in farboard_layers_imported_by(PACKAGE / "cli" / "board.py")


@pytest.mark.parametrize(
    "statement",
    ["import farboard", "from farboard import SummaryWriter", "from farboard import init"],
)
def test_the_training_side_loads_no_server(statement: str) -> None:
    code = f"{statement}; import sys; print(*sys.modules)"
    modules = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    unwanted = {"starlette", "uvicorn", "click", "rich", "h2", "farboard.hub", "farboard.link"}
    unwanted |= {"numpy", "PIL", "asyncio", "multiprocessing", "tensorboard", "torch"}
    assert not unwanted & set(modules)


def test_the_writer_loads_nothing_that_takes_long() -> None:
    code = f"import sys; sys.path.insert(0, {str(PACKAGE.parent)!r}); import farboard"
    code += "; farboard.SummaryWriter; print(*sys.modules)"
    modules = subprocess.run(  # -S: what the environment loads by itself does not count
        [sys.executable, "-S", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    slow = {"typing", "pathlib", "re", "enum", "urllib.parse", "logging", "socket", "inspect"}
    assert not slow & set(modules)
