"""A convolution of one image, forward and backward, with every product kept.

Notation of the course: y is the cross-correlation of the padded x with w; dy is the gradient of the loss with
respect to y. Both gradients are sliding filters again:

    dx  the reversed filter slides over dy, which stride has spread out and full padding surrounds
    dw  dy slides over the padded x, with stride and dilation changing places
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from dnnkit.trace.sliding import Axis, Bools, Cell, Floats, Ints, Sliding, slide

__all__ = ["ConvTrace", "trace_conv", "upstream"]


@dataclass(frozen=True, eq=False)
class ConvTrace:
    """One convolution in numbers.

    image    (H, W, C), without padding
    filters  (kh, kw, C, F)
    dy       (H', W', F)
    shape    the shape of y in the terms of the arguments: (n',), (H', W'), (H', W', F) or (1, H', W', F)
    """

    image: Floats
    filters: Floats
    dy: Floats
    shape: tuple[int, ...]
    y: Sliding
    dx: Sliding
    dw: Sliding

    @property
    def axes(self) -> list[Axis]:
        """The axes along which stride, padding and dilation act: one for a vector, two for an image."""
        return [self.y.columns] if len(self.shape) == 1 else [self.y.rows, self.y.columns]

    def image_gradient(self) -> Floats:
        """The part of dx that belongs to the image, without the padding: (H, W, C)."""
        return self.dx.output.reshape(-1, self.image.shape[2])[self._inside().ravel()].reshape(self.image.shape)

    def matrix(self) -> Floats:
        """The banded matrix that turns the flattened padded image into y.

        Returns (H'*W'*F, (H+2p)*(W+2p)*C), both sides row-major.
        """
        y, (height, width, channels) = self.y, self.y.input.shape
        matrix = np.zeros((*y.output.shape, height, width, channels))
        for i, row_indices in enumerate(y.rows.windows()):
            for j, column_indices in enumerate(y.columns.windows()):
                matrix[i, j][:, row_indices[:, None], column_indices] = self.filters.transpose(3, 0, 1, 2)
        return matrix.reshape(y.output.size, y.input.size)

    def is_image(self) -> Ints:
        """Which columns of :meth:`matrix` are numbers of the image, not padding: indices, (H*W*C,)."""
        return np.flatnonzero(np.broadcast_to(self._inside()[..., None], self.y.input.shape))

    def _inside(self) -> Bools:
        """Which cells of the padded plane are numbers of the image, not padding."""
        rows, columns = self.y.rows, self.y.columns
        return np.logical_and.outer(_image_or_padding(rows) == Cell.DATA, _image_or_padding(columns) == Cell.DATA)


def trace_conv(
    x: ArrayLike,
    w: ArrayLike,
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    dy: ArrayLike | None = None,
) -> ConvTrace:
    """Every number of the convolution of x with w, of its input gradient and of its filter gradient.

    x   (n,), (H, W), (H, W, C) or (1, H, W, C)
    w   (k,), (kh, kw) or (kh, kw, C, F)
    dy  the shape of y; :func:`upstream` where it is not given

    >>> trace_conv([1, 2, 3, 4], [1, -1]).y.output.ravel()
    array([-1., -1., -1.])

    Raises:
        ValueError: the shapes do not go together, or the filter does not fit.
    """
    image, filters, shape_of_y = _as_images(np.asarray(x, float), np.asarray(w, float))
    (height, width, _), (kh, kw, _, count) = image.shape, filters.shape
    flat = height == kh == 1 and np.ndim(x) == 1  # on a vector, stride and padding act along one axis
    rows = Axis(1, 1) if flat else Axis(height, kh, stride, padding, dilation)
    columns = Axis(width, kw, stride, padding, dilation)
    shape = shape_of_y(rows.size, columns.size)
    gradient = upstream(shape) if dy is None else np.asarray(dy, float)
    if gradient.shape != shape:
        raise ValueError(f"dy has shape {gradient.shape}; expected the shape of y, {shape}")
    gradient = gradient.reshape(rows.size, columns.size, count)
    padded = np.pad(image, ((rows.padding,) * 2, (columns.padding,) * 2, (0, 0)))
    return ConvTrace(
        image,
        filters,
        gradient,
        shape,
        _forward(rows, columns, padded, filters),
        _input_gradient(rows, columns, filters, gradient),
        _filter_gradient(rows, columns, padded, gradient),
    )


def upstream(shape: tuple[int, ...]) -> Floats:
    """A gradient dy of small whole numbers to look at, the same for the same shape."""
    return np.random.default_rng(0).integers(-2, 3, shape).astype(float)


def _as_images(x: Floats, w: Floats) -> tuple[Floats, Floats, Callable[[int, int], tuple[int, ...]]]:
    """x as (H, W, C), w as (kh, kw, C, F), and the shape of y as the caller's arguments would have it."""
    known = {(1, 1), (2, 2), (2, 4), (3, 4), (4, 4)}
    if (x.ndim, w.ndim) not in known or (x.ndim == 4 and len(x) != 1) or not x.size or not w.size:
        raise ValueError(
            f"x has shape {x.shape} and w {w.shape}; expected x (n,) with w (k,), x (H, W) with w (kh, kw), "
            "or one image x (H, W, C) or (1, H, W, C) with w (kh, kw, C, F)"
        )
    image = x.reshape(1, -1, 1) if x.ndim == 1 else x[..., None] if x.ndim == 2 else x.reshape(x.shape[-3:])
    filters = w.reshape(1, -1, 1, 1) if w.ndim == 1 else w[..., None, None] if w.ndim == 2 else w
    if image.shape[2] != filters.shape[2]:
        raise ValueError(f"x has {image.shape[2]} channels and w {filters.shape[2]}; they must be the same number")
    count = filters.shape[3]
    if x.ndim == 1:
        return image, filters, lambda _, columns: (columns,)
    if w.ndim == 2:
        return image, filters, lambda rows, columns: (rows, columns)
    batch = (1,) if x.ndim == 4 else ()
    return image, filters, lambda rows, columns: (*batch, rows, columns, count)


def _forward(rows: Axis, columns: Axis, padded: Floats, filters: Floats) -> Sliding:
    channels, count = filters.shape[2:]
    return slide(rows, columns, padded, filters, np.tile(np.arange(channels), (count, 1)))


def _input_gradient(rows: Axis, columns: Axis, filters: Floats, dy: Floats) -> Sliding:
    """The gradient of the padded input; its rim belongs to the padding and is dropped."""
    down, across = _spread(rows), _spread(columns)
    around = np.zeros((len(down), len(across), dy.shape[2]))
    around[np.ix_(down == Cell.DATA, across == Cell.DATA)] = dy
    channels, count = filters.shape[2:]
    return slide(
        Axis(len(down), rows.k, dilation=rows.dilation),
        Axis(len(across), columns.k, dilation=columns.dilation),
        around,
        filters[::-1, ::-1].swapaxes(2, 3),  # reversed, (kh, kw, F, C)
        np.tile(np.arange(count), (channels, 1)),
        input_kinds=_padding_first(down, across),
        output_kinds=np.maximum.outer(_image_or_padding(rows), _image_or_padding(columns)),
    )


def _spread(axis: Axis) -> Ints:
    """Kinds of the cells around dy: its values stride apart, zeros between, full padding outside."""
    between = np.full(axis.stride * (axis.size - 1) + 1, Cell.INSERTED)
    between[:: axis.stride] = Cell.DATA
    full = axis.extent - 1
    return np.pad(between, (full, full + axis.remainder), constant_values=Cell.PADDING)


def _padding_first(rows: Ints, columns: Ints) -> Ints:
    """The kinds of two axes as one plane: padding wins over inserted zeros, those over data."""
    padding = (rows[:, None] == Cell.PADDING) | (columns == Cell.PADDING)
    return np.where(padding, Cell.PADDING, np.maximum.outer(rows, columns))


def _image_or_padding(axis: Axis) -> Ints:
    """Kinds of the padded axis with no regard to what the windows read."""
    kinds = np.full(axis.padded, Cell.PADDING)
    kinds[axis.padding : axis.padding + axis.n] = Cell.DATA
    return kinds


def _filter_gradient(rows: Axis, columns: Axis, padded: Floats, dy: Floats) -> Sliding:
    """Plane c*F + f of the output is the gradient of w[:, :, c, f]: channel c times dy[:, :, f]."""
    channels, count = padded.shape[2], dy.shape[2]
    down = Axis(rows.padded - rows.remainder, rows.size, rows.dilation, 0, rows.stride)
    across = Axis(columns.padded - columns.remainder, columns.size, columns.dilation, 0, columns.stride)
    return slide(
        down,
        across,
        padded[: down.n, : across.n],
        np.tile(dy[:, :, None, :], channels),
        np.repeat(np.arange(channels), count)[:, None],
        input_kinds=np.maximum.outer(rows.kinds()[: down.n], columns.kinds()[: across.n]),
    )
