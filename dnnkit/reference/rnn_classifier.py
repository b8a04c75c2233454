"""The MyTorch problem sheet: an Elman cell with its backward, and a classifier of sequences built of such cells.

Here gradients of weights are means over the batch and are added to what is there, because one cell serves
many time steps; gradients of activations are neither.
"""

from collections.abc import Sequence

import numpy as np

from dnnkit.layers import Linear
from dnnkit.reference.arguments import expect_shape, floats, match_shapes, whole_numbers

__all__ = ["RNNCell", "RNNPhonemeClassifier"]


class RNNCell:
    """Elman cell: h_t = tanh(W_ih x + b_ih + W_hh h_prev_t + b_hh), for a batch of rows.

    Attributes: W_ih (H, D), W_hh (H, H), b_ih (H,), b_hh (H,) and their gradients dW_ih, dW_hh, db_ih, db_hh.
    Raises ValueError when a size is below 1.

    >>> cell = RNNCell(input_size=3, hidden_size=5)
    >>> cell(np.ones((4, 3)), np.zeros((4, 5))).shape
    (4, 5)
    """

    def __init__(self, input_size: int, hidden_size: int) -> None:
        whole_numbers("RNNCell", 1, input_size=input_size, hidden_size=hidden_size)
        bound = 1 / np.sqrt(hidden_size)
        rng = np.random.default_rng()
        self.init_weights(
            rng.uniform(-bound, bound, (hidden_size, input_size)),
            rng.uniform(-bound, bound, (hidden_size, hidden_size)),
            rng.uniform(-bound, bound, hidden_size),
            rng.uniform(-bound, bound, hidden_size),
        )

    def init_weights(self, W_ih: np.ndarray, W_hh: np.ndarray, b_ih: np.ndarray, b_hh: np.ndarray) -> None:
        """Take copies of the given weights and begin with gradients of zero.

        W_ih: (H, D), W_hh: (H, H), b_ih: (H,), b_hh: (H,). Raises ValueError when the shapes do not match.
        """
        W_ih, W_hh, b_ih, b_hh = floats(W_ih, W_hh, b_ih, b_hh)
        match_shapes(
            "RNNCell.init_weights",
            W_ih=(W_ih, "H D"),
            W_hh=(W_hh, "H H"),
            b_ih=(b_ih, "H"),
            b_hh=(b_hh, "H"),
        )
        self.W_ih, self.W_hh, self.b_ih, self.b_hh = W_ih.copy(), W_hh.copy(), b_ih.copy(), b_hh.copy()
        self.zero_grad()

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        self.dW_ih, self.dW_hh = np.zeros_like(self.W_ih), np.zeros_like(self.W_hh)
        self.db_ih, self.db_hh = np.zeros_like(self.b_ih), np.zeros_like(self.b_hh)

    def __call__(self, x: np.ndarray, h_prev_t: np.ndarray) -> np.ndarray:
        return self.forward(x, h_prev_t)

    def forward(self, x: np.ndarray, h_prev_t: np.ndarray) -> np.ndarray:
        """One step of one layer. x: (B, D), h_prev_t: (B, H). Returns h_t (B, H)."""
        x, h_prev_t, W_ih, W_hh, b_ih, b_hh = floats(x, h_prev_t, self.W_ih, self.W_hh, self.b_ih, self.b_hh)
        match_shapes("RNNCell.forward", x=(x, "B D"), h_prev_t=(h_prev_t, "B H"), W_ih=(W_ih, "H D"))
        return np.tanh(x @ W_ih.T + b_ih + h_prev_t @ W_hh.T + b_hh)

    def backward(
        self, delta: np.ndarray, h_t: np.ndarray, h_prev_l: np.ndarray, h_prev_t: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Gradient of one step; the weights' part, divided by the batch size, is added to what is there.

        delta: (B, H), the gradient of h_t: (B, H); h_prev_l: (B, D), what the layer below gave;
        h_prev_t: (B, H), what the layer itself gave a step ago. Returns dx (B, D), dh_prev_t (B, H).
        """
        delta, h_t, h_prev_l, h_prev_t, W_ih, W_hh = floats(delta, h_t, h_prev_l, h_prev_t, self.W_ih, self.W_hh)
        B, *_ = match_shapes(
            "RNNCell.backward",
            delta=(delta, "B H"),
            h_t=(h_t, "B H"),
            h_prev_l=(h_prev_l, "B D"),
            h_prev_t=(h_prev_t, "B H"),
            W_ih=(W_ih, "H D"),
        )
        dz = delta * (1 - h_t * h_t)
        self.dW_ih += dz.T @ h_prev_l / B
        self.dW_hh += dz.T @ h_prev_t / B
        self.db_ih += dz.mean(axis=0)
        self.db_hh += dz.mean(axis=0)
        return dz @ W_ih, dz @ W_hh


class RNNPhonemeClassifier:
    """Layers of Elman cells over a sequence, and a linear layer on the top layer's last state.

    Attributes: rnn, the list of cells from the input up; output_layer, a ``Linear``; hiddens, after ``forward``,
    the states (L, B, H) at times 0..T.
    Raises ValueError when a size or the number of layers is below 1.

    >>> classifier = RNNPhonemeClassifier(input_size=3, hidden_size=5, output_size=10, num_layers=2)
    >>> classifier(np.ones((4, 7, 3))).shape, len(classifier.hiddens)
    ((4, 10), 8)
    """

    def __init__(self, input_size: int, hidden_size: int, output_size: int, num_layers: int = 2) -> None:
        sizes = {"input_size": input_size, "hidden_size": hidden_size, "output_size": output_size}
        whole_numbers("RNNPhonemeClassifier", 1, **sizes, num_layers=num_layers)
        self.hidden_size = hidden_size
        self.rnn = [RNNCell(input_size if layer == 0 else hidden_size, hidden_size) for layer in range(num_layers)]
        self.output_layer = Linear(hidden_size, output_size)
        self.hiddens: list[np.ndarray] = []

    def init_weights(self, rnn_weights: Sequence[Sequence[np.ndarray]], linear_weights: Sequence[np.ndarray]) -> None:
        """Take copies of the given weights.

        rnn_weights: for each layer (W_ih, W_hh, b_ih, b_hh); linear_weights: (W (O, H), b of O numbers).
        Raises ValueError when the number of layers or the shapes do not match; then all weights stay as they are.
        """
        function = "RNNPhonemeClassifier.init_weights"
        if len(rnn_weights) != len(self.rnn):
            raise ValueError(f"{function}: got weights for {len(rnn_weights)} layers; expected {len(self.rnn)}")
        for layer, (cell, weights) in enumerate(zip(self.rnn, rnn_weights, strict=True)):
            own = {"W_ih": cell.W_ih, "W_hh": cell.W_hh, "b_ih": cell.b_ih, "b_hh": cell.b_hh}
            for (name, array), new in zip(own.items(), weights, strict=True):
                expect_shape(function, f"{name} of layer {layer}", np.asarray(new), array.shape)
        W, b = floats(*linear_weights)
        expect_shape(function, "W", W, self.output_layer.W.shape)
        expect_shape(function, "b", b.ravel(), W.shape[:1])
        for cell, weights in zip(self.rnn, rnn_weights, strict=True):
            cell.init_weights(*weights)
        self.output_layer.W, self.output_layer.b = W.copy(), b.reshape(-1, 1).copy()

    def __call__(self, x: np.ndarray, h_0: np.ndarray | None = None) -> np.ndarray:
        return self.forward(x, h_0)

    def forward(self, x: np.ndarray, h_0: np.ndarray | None = None) -> np.ndarray:
        """Run through time and up through the layers; every call starts afresh.

        x: (B, T, D), h_0: (L, B, H) or None for zeros. Returns logits (B, O).
        Raises ValueError when the shapes do not match.
        """
        (x,) = floats(x)
        B, T, *_ = match_shapes("RNNPhonemeClassifier.forward", x=(x, "B T D"), W_ih=(self.rnn[0].W_ih, "H D"))
        shape = (len(self.rnn), B, self.hidden_size)
        h_0 = np.zeros(shape, x.dtype) if h_0 is None else np.array(h_0, x.dtype)
        expect_shape("RNNPhonemeClassifier.forward", "h_0", h_0, shape)
        self.x = x
        self.hiddens = [h_0]
        for t in range(T):
            h_t = np.empty(shape, x.dtype)
            below = x[:, t]
            for layer, cell in enumerate(self.rnn):
                below = h_t[layer] = cell(below, self.hiddens[t][layer])
            self.hiddens.append(h_t)
        return self.output_layer.forward(self.hiddens[-1][-1]).astype(x.dtype, copy=False)

    def backward(self, delta: np.ndarray) -> np.ndarray:
        """Back through time and down through the layers.

        delta: (B, O), gradient of each example's own loss with respect to its logits.
        Returns dh_0 (L, B, H), divided by the batch size: initial states count as parameters.
        Raises ValueError before the first ``forward``, or when delta has another shape than its logits.
        """
        if not self.hiddens:
            raise ValueError("RNNPhonemeClassifier.backward: nothing to go back through; call forward first")
        (delta,) = floats(delta)
        expect_shape("RNNPhonemeClassifier.backward", "delta", delta, (len(self.x), len(self.output_layer.W)))
        dh = np.zeros(self.hiddens[-1].shape, delta.dtype)
        dh[-1] = self.output_layer.backward(delta)
        for t in reversed(range(len(self.hiddens) - 1)):
            for layer in reversed(range(len(self.rnn))):
                below = self.x[:, t] if layer == 0 else self.hiddens[t + 1][layer - 1]
                dx, dh[layer] = self.rnn[layer].backward(
                    dh[layer], self.hiddens[t + 1][layer], below, self.hiddens[t][layer]
                )
                if layer > 0:
                    dh[layer - 1] += dx
        return dh / len(delta)
