"""Small given layers, for what the notebooks build at their ends: each forward beside its backward.

Losses are taken example by example: ``softmax_cross_entropy`` gives the gradient of each example's own loss,
activations' gradients stay such, and ``Linear`` divides by the batch size where it comes to its parameters.
"""

import numpy as np

__all__ = ["Linear", "flatten", "flatten_backward", "relu", "relu_backward", "softmax_cross_entropy"]


class Linear:
    """Fully connected layer: y = x W^T + b.

    Attributes: W (O, I), b (O, 1); after ``backward`` dW (O, I) and db (O, 1), divided by the batch size.

    >>> layer = Linear(3, 2)
    >>> layer.forward(np.ones((4, 3))).shape, layer.backward(np.ones((4, 2))).shape, layer.db.shape
    ((4, 2), (4, 3), (2, 1))
    """

    def __init__(self, in_features: int, out_features: int) -> None:
        bound = 1 / np.sqrt(in_features)
        rng = np.random.default_rng()
        self.W = rng.uniform(-bound, bound, (out_features, in_features))
        self.b = rng.uniform(-bound, bound, (out_features, 1))
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)
        self.x: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """x: (B, I). Returns (B, O). Raises ValueError when x has other features."""
        if x.ndim != 2 or x.shape[1] != self.W.shape[1]:
            raise ValueError(f"Linear.forward: got x {x.shape}; expected (B, I) with I = {self.W.shape[1]}")
        self.x = x
        return x @ self.W.T + self.b.T

    def backward(self, delta: np.ndarray) -> np.ndarray:
        """delta: (B, O), gradient of the last output. Returns dx (B, I); sets dW and db."""
        if self.x is None:
            raise ValueError("Linear.backward: nothing to go back through; call forward first")
        B = len(self.x)
        if delta.shape != (B, len(self.W)):
            raise ValueError(f"Linear.backward: got delta {delta.shape}; expected {(B, len(self.W))}")
        self.dW = delta.T @ self.x / B
        self.db = delta.mean(axis=0)[:, None]
        return delta @ self.W


def relu(x: np.ndarray) -> np.ndarray:
    """Largest of x and 0, entry by entry.

    >>> relu(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """
    return np.maximum(x, 0)


def relu_backward(dy: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Gradient of ``relu``: dy where x was positive, else 0.

    >>> relu_backward(np.array([5.0, 5.0, 5.0]), np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 5.])
    """
    return dy * (x > 0)


def flatten(x: np.ndarray) -> np.ndarray:
    """Every example as one row. x: (B, ...). Returns (B, everything else).

    >>> flatten(np.ones((2, 4, 4, 3))).shape
    (2, 48)
    """
    return x.reshape(len(x), -1)


def flatten_backward(dy: np.ndarray, input_shape: tuple[int, ...]) -> np.ndarray:
    """Gradient of ``flatten``: the same numbers in the shape of its input.

    >>> flatten_backward(np.ones((2, 48)), (2, 4, 4, 3)).shape
    (2, 4, 4, 3)
    """
    return dy.reshape(input_shape)


def softmax_cross_entropy(logits: np.ndarray, labels: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean loss of a batch, and the gradient of each example's own loss: softmax(logits) - one_hot(labels).

    logits: (B, O), labels: (B,) ints from 0 to O - 1. Returns loss and delta (B, O); delta / B is the gradient of
    the mean. Raises ValueError when the shapes or the labels do not fit, or the batch is empty.

    >>> loss, delta = softmax_cross_entropy(np.zeros((2, 4)), np.array([0, 3]))
    >>> round(loss, 4), delta[0]
    (1.3863, array([-0.75,  0.25,  0.25,  0.25]))
    """
    if logits.ndim != 2 or labels.shape != logits.shape[:1] or not logits.size:
        raise ValueError(
            f"softmax_cross_entropy: got logits {logits.shape}, labels {labels.shape}; "
            "expected (B, O), (B,), neither of them 0"
        )
    if labels.dtype.kind not in "iu":
        raise ValueError(
            f"softmax_cross_entropy: got labels of dtype {labels.dtype}; expected ints, one class for each"
        )
    B, classes = logits.shape
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(
            f"softmax_cross_entropy: labels run from {labels.min()} to {labels.max()}; expected 0..{classes - 1}"
        )
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_softmax = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    chosen = np.arange(B), labels
    delta = np.exp(log_softmax)
    delta[chosen] -= 1
    return -float(log_softmax[chosen].mean()), delta
