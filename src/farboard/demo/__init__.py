"""A real small training to look at: tells two spirals apart, several times at once, in numpy."""

from __future__ import annotations

DEFAULT_STEPS = 3000
STEPS_PER_S = 25
"""A pace to watch: the default number of steps takes two minutes."""
