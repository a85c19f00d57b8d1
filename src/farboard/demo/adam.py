"""The Adam optimizer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Adam:
    """Steps of a size of their own for every parameter (D. Kingma, J. Ba, ICLR 2015, algorithm 1).

    Updates the parameters in place.
    """

    def __init__(
        self, parameters: list[NDArray[np.float64]], beta1: float = 0.9, beta2: float = 0.999
    ) -> None:
        self._parameters = parameters
        self._betas = beta1, beta2
        self._means = [np.zeros_like(p) for p in parameters]
        self._squares = [np.zeros_like(p) for p in parameters]
        self._steps = 0

    def step(self, gradients: list[NDArray[np.float64]], learning_rate: float) -> None:
        """Go one step down."""
        beta1, beta2 = self._betas
        self._steps += 1
        unbias1, unbias2 = 1.0 - beta1**self._steps, 1.0 - beta2**self._steps
        for parameter, gradient, mean, square in zip(
            self._parameters, gradients, self._means, self._squares, strict=True
        ):
            mean += (1.0 - beta1) * (gradient - mean)
            square += (1.0 - beta2) * (gradient**2 - square)
            parameter -= learning_rate * (mean / unbias1) / (np.sqrt(square / unbias2) + 1e-8)
