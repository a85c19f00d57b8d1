"""What a far machine sends may be anything: looked at with care, once, here."""

from __future__ import annotations

import json
from typing import Any


class BadAnswerError(Exception):
    """What the far side sent is not in the agreed shape."""


def parse_object(text: bytes) -> dict[str, Any]:
    """Return a JSON object.

    Raises:
        BadAnswerError: it is something else.
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadAnswerError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadAnswerError("not a JSON object")
    return value


def object_in(parent: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the object of that name; an empty one when it is missing or something else."""
    value = parent.get(name)
    return value if isinstance(value, dict) else {}
