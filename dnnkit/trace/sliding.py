"""A filter slides over an input: every number on the way, one window at a time.

Forward pass, input gradient and filter gradient of a convolution are all the same movement, so each of
them is one :class:`Sliding`; :mod:`dnnkit.trace.conv` says what slides over what.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

__all__ = ["Axis", "Cell", "Sliding", "slide"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Cell(IntEnum):
    """Where a cell of a drawn array comes from."""

    DATA = 0
    PADDING = 1
    UNREAD = 2  # in no window: between two of them, or behind the last
    INSERTED = 3  # a zero between the gradients of a strided convolution


@dataclass(frozen=True)
class Axis:
    """The windows of length k along one axis of length n.

    >>> Axis(n=7, k=3, stride=2, padding=1).size
    4

    Raises:
        ValueError: an argument is out of range, or the filter does not fit.
    """

    n: int
    k: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        least = {"n": 1, "k": 1, "stride": 1, "padding": 0, "dilation": 1}
        for name, minimum in least.items():
            if getattr(self, name) < minimum:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least {minimum}")
        if self.extent > self.padded:
            raise ValueError(
                f"a filter of length {self.k} with dilation {self.dilation} covers {self.extent} numbers, "
                f"but the input of length {self.n} with padding {self.padding} has only {self.padded}; "
                "take a shorter filter or more padding"
            )

    @property
    def padded(self) -> int:
        """Length with the padding on both sides."""
        return self.n + 2 * self.padding

    @property
    def extent(self) -> int:
        """How many numbers one window covers, those that dilation skips included."""
        return (self.k - 1) * self.dilation + 1

    @property
    def size(self) -> int:
        """Number of windows, rounded down."""
        return (self.padded - self.extent) // self.stride + 1

    @property
    def remainder(self) -> int:
        """How many numbers at the end no window reaches."""
        return self.padded - self.extent - self.stride * (self.size - 1)

    def windows(self) -> Ints:
        """Indices into the padded axis that each window reads: shape (size, k)."""
        starts = self.stride * np.arange(self.size)
        return starts[:, None] + self.dilation * np.arange(self.k)

    def kinds(self) -> Ints:
        """The :class:`Cell` of each padded index: shape (padded,)."""
        kinds = np.full(self.padded, Cell.PADDING)
        kinds[self.padding : self.padding + self.n] = Cell.DATA
        kinds[np.setdiff1d(np.arange(self.padded), self.windows())] = Cell.UNREAD
        return kinds


@dataclass(frozen=True, eq=False)
class Sliding:
    """What slides over what, and each product and sum of it.

    input         (H, W, C), with all its zeros
    filters       (kh, kw, M, F)
    reads         (F, M): output plane f reads the input planes reads[f]
    products      (Ho, Wo, F, kh, kw, M)
    output        (Ho, Wo, F), the products added up
    input_kinds   (H, W), :class:`Cell`
    output_kinds  (Ho, Wo), :class:`Cell`
    """

    rows: Axis
    columns: Axis
    input: Floats
    filters: Floats
    reads: Ints
    products: Floats
    output: Floats
    input_kinds: Ints
    output_kinds: Ints


def slide(
    rows: Axis,
    columns: Axis,
    padded: Floats,
    filters: Floats,
    reads: Ints,
    input_kinds: Ints | None = None,
    output_kinds: Ints | None = None,
) -> Sliding:
    """Multiply every window of ``padded`` with the filters, as the definition of cross-correlation says.

    padded   (H, W, C)
    filters  (kh, kw, M, F)
    reads    (F, M)
    """
    kh, kw, members, count = filters.shape
    products = np.empty((rows.size, columns.size, count, kh, kw, members))
    by_filter = filters.transpose(3, 0, 1, 2)
    for i, row_indices in enumerate(rows.windows()):
        for j, column_indices in enumerate(columns.windows()):
            window = padded[row_indices][:, column_indices]
            products[i, j] = window[:, :, reads].transpose(2, 0, 1, 3) * by_filter
    if input_kinds is None:
        input_kinds = np.maximum.outer(rows.kinds(), columns.kinds())
    if output_kinds is None:
        output_kinds = np.full((rows.size, columns.size), Cell.DATA)
    output = products.sum(axis=(3, 4, 5))
    return Sliding(rows, columns, padded, filters, reads, products, output, input_kinds, output_kinds)
