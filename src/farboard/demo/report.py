"""What a network gets right and wrong, as a table in Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def report(logits: NDArray[np.float64], arms: NDArray[np.float64]) -> str:
    """Return how many points of each arm were taken for which; `logits` are log odds of arm 1."""
    says_1, is_1 = logits > 0.0, arms > 0.5
    right = np.mean(says_1 == is_1)
    rows = [
        f"| **arm {arm}** | {np.sum(mask & ~says_1)} | {np.sum(mask & says_1)} |"
        for arm, mask in enumerate((~is_1, is_1))
    ]
    return "\n".join(
        [f"**{right:.1%}** right", "", "| is | says arm 0 | says arm 1 |", "|---|--:|--:|", *rows]
    )
