"""Figures of matplotlib as pixels."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from numpy.typing import NDArray


def figure_pixels(figure: Any, *, close: bool) -> NDArray[Any]:
    """Draw a figure; return its pixels [height, width, 3] as uint8.

    Whoever has a figure has matplotlib: it is imported here and nowhere else.
    """
    import numpy as np
    from matplotlib import pyplot as plt
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    width, height = canvas.get_width_height()
    pixels = np.asarray(canvas.buffer_rgba(), dtype=np.uint8).reshape(height, width, 4)
    if close:
        plt.close(figure)
    return pixels[:, :, :3].copy()
