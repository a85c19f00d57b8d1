"""What the writer says by itself: to the logger `farboard`, which prints warnings by default."""

from __future__ import annotations


def warn(message: str, *values: object) -> None:
    """Say that something was lost or is not as it should be."""
    import logging  # takes longer to load than the writer, and is hardly ever needed

    logging.getLogger("farboard").warning(message, *values)
