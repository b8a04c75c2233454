"""Notebook 06: mistakes worth naming in VanillaRNN and in local_gradients."""

import numpy as np

from autograder.hidden.named import named
from autograder.items import Misconception
from dnnkit.reference import VanillaRNN, local_gradients

__all__ = ["GRADIENT_MISTAKES", "RNN_MISTAKES"]


class ForgetsTheState(VanillaRNN):
    """What does the new state take from the old one?"""

    def forward(self, x):
        self.hidden_state = np.tanh(self.W_xh @ x + self.Bh)
        return self.W_hy @ self.hidden_state + self.By


class NeverStoresTheState(VanillaRNN):
    """Where is the new state when forward is called again?"""

    def forward(self, x):
        h = np.tanh(self.W_hh @ self.hidden_state + self.W_xh @ x + self.Bh)
        return self.W_hy @ h + self.By


class MultipliesRows(VanillaRNN):
    """The state is a column: on which side of it does W_hh stand?"""

    def forward(self, x):
        self.hidden_state = np.tanh(self.hidden_state @ self.W_hh + self.W_xh @ x + self.Bh)
        return self.W_hy @ self.hidden_state + self.By


class ForgetsTheTanh(VanillaRNN):
    """What does the state pass through before it is stored?"""

    def forward(self, x):
        self.hidden_state = self.W_hh @ self.hidden_state + self.W_xh @ x + self.Bh
        return self.W_hy @ self.hidden_state + self.By


class SquashesTheOutput(VanillaRNN):
    """Is there a tanh in the equation of the output?"""

    def forward(self, x):
        return np.tanh(super().forward(x))


class ForgetsTheOutputBias(VanillaRNN):
    """Which of the biases does your output not depend on?"""

    def forward(self, x):
        return super().forward(x) - self.By


class ReadsTheOldState(VanillaRNN):
    """Is the output computed from the state before or after the step?"""

    def forward(self, x):
        old = self.hidden_state
        super().forward(x)
        return self.W_hy @ old + self.By


class StartsWithASquareState(VanillaRNN):
    """A state is a vector: what does broadcasting make of a matrix in its place?"""

    def __init__(self, input_size, hidden_size, output_size):
        super().__init__(input_size, hidden_size, output_size)
        self.hidden_state = np.zeros((hidden_size, hidden_size))


RNN_MISTAKES = named(
    ForgetsTheState,
    NeverStoresTheState,
    MultipliesRows,
    ForgetsTheTanh,
    SquashesTheOutput,
    ForgetsTheOutputBias,
    ReadsTheOldState,
    StartsWithASquareState,
)


def _with(name: str, hint: str, **wrong) -> Misconception:
    return Misconception(name, hint, local_gradients | wrong)


GRADIENT_MISTAKES = (
    _with("x_keeps_itself", "For p = x * wx: if x grows a little, by how many times that does p grow?",
          mul_x=lambda x, wx: (x, wx)),
    _with("h_keeps_itself", "For q = prev_h * wh: if prev_h grows a little, by how many times that does q grow?",
          mul_h=lambda prev_h, wh: (prev_h, wh)),
    _with("add_passes_its_inputs", "If one term of a sum grows a little, by how much does the sum grow?",
          add=lambda p, q, b: (p, q, b)),
    _with("tanh_itself", "The entry is the derivative of tanh, not its value.", tanh=lambda z: np.tanh(z)),
    _with("square_of_z", "The derivative of tanh is 1 minus the square of what?", tanh=lambda z: 1 - z**2),
)  # fmt: skip
