"""A view that the page saved to a file (docs/views.md)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from farboard.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

MAX_BYTES = 1 << 20
KIND = "view"
HINT = "the page writes such files: the bookmark in its bar"


def read_view(file: Path) -> dict[str, Any]:
    """Read a view; what stands in it is for the page to understand.

    Raises:
        UsageError: the file cannot be read, or is no view.
    """
    try:
        if file.stat().st_size > MAX_BYTES:
            raise UsageError(f"{file} is larger than 1 MB, so it is no view", HINT)
        view = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"{file} is no view: not valid JSON", HINT) from None
    if not isinstance(view, dict) or view.get("farboard") != KIND:
        raise UsageError(f'{file} is no view: "farboard": "{KIND}" is missing', HINT)
    if not isinstance(view.get("fragment", ""), str):
        raise UsageError(f"{file} is no view: its fragment is no text", HINT)
    return view
