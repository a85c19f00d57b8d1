"""The demo's table of what is right and wrong."""

from __future__ import annotations

import numpy as np

from farboard.demo.report import report


def test_counts_each_of_the_four_cases() -> None:
    logits = np.array([-1.0, -1.0, 2.0, 2.0, 2.0, -3.0])
    arms = np.array([0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    assert report(logits, arms).splitlines() == [
        "**66.7%** right",
        "",
        "| is | says arm 0 | says arm 1 |",
        "|---|--:|--:|",
        "| **arm 0** | 2 | 1 |",
        "| **arm 1** | 1 | 2 |",
    ]
