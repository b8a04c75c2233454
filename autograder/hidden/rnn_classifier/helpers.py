"""What the cells give while a case of the classifier runs, so that a wrong cell does not cost the classifier."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.given import Given
from autograder.items import given_by
from dnnkit import reference as ref
from dnnkit.check.outcome import Case, run

__all__ = ["cell_results"]


def cell_results(case: Case) -> Sequence[Given]:
    """Every call of a cell that the right classifier makes in `case`."""
    calls: list[Given] = []

    class Cell(ref.RNNCell):
        def forward(self, x: np.ndarray, h_prev_t: np.ndarray) -> np.ndarray:
            h_t = super().forward(x, h_prev_t)
            calls.append(given_by(super().forward, "RNNCell.forward", (x.copy(), h_prev_t.copy()), h_t.copy()))
            return h_t

        def backward(self, *args: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            kept = tuple(array.copy() for array in args)
            before = _gradients(self)
            result = super().backward(*args)
            adds = {name: after - before[name] for name, after in _gradients(self).items()}
            calls.append(given_by(super().backward, "RNNCell.backward", kept, result, adds))
            return result

    def classifier(input_size: int, hidden_size: int, output_size: int, num_layers: int = 2) -> Any:
        made = ref.RNNPhonemeClassifier(input_size, hidden_size, output_size, num_layers)
        sizes = [input_size] + (num_layers - 1) * [hidden_size]
        made.rnn = [Cell(size, hidden_size) for size in sizes]
        return made

    run(classifier, case)
    return calls


def _gradients(cell: ref.RNNCell) -> dict[str, np.ndarray]:
    return {name: getattr(cell, name).copy() for name in ("dW_ih", "dW_hh", "db_ih", "db_hh")}
