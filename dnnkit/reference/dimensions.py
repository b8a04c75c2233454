"""Sizes: how many numbers come out of a layer, how many it learns, how far it sees.

Everything here is integer arithmetic on one axis at a time; the two axes of an image never meet.
"""

from collections.abc import Sequence

import numpy as np

__all__ = [
    "answers",
    "conv_output_shape",
    "conv_output_size",
    "conv_parameter_count",
    "output_sizes",
    "pool_output_shape",
    "receptive_field",
]


def conv_output_size(n: int, k: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Count the positions that a filter of ``k`` taps takes on an axis of ``n`` entries.

    The filter spans ``dilation*(k - 1) + 1`` entries of the ``n + 2*padding`` there are and moves
    ``stride`` entries at a time::

        n_out = floor((n + 2*padding - dilation*(k - 1) - 1) / stride) + 1

    Raises ValueError when the filter is longer than the padded axis or an argument is out of range.

    >>> conv_output_size(32, 5), conv_output_size(32, 5, padding=2), conv_output_size(32, 5, stride=2)
    (28, 32, 14)
    >>> conv_output_size(4, 3, dilation=2)
    Traceback (most recent call last):
    ValueError: a filter of length 3 with dilation 2 spans 5 entries; the padded input has 4 + 2*0 = 4
    """
    _whole_numbers(1, n=n, k=k, stride=stride, dilation=dilation)
    _whole_numbers(0, padding=padding)
    padded, span = n + 2 * padding, dilation * (k - 1) + 1
    if span > padded:
        raise ValueError(
            f"a filter of length {k} with dilation {dilation} spans {span} entries; "
            f"the padded input has {n} + 2*{padding} = {padded}"
        )
    return int((padded - span) // stride + 1)


def output_sizes(
    function: str,
    input: Sequence[int],
    window: Sequence[int],
    stride: int,
    padding: int = 0,
    dilation: int = 1,
) -> list[int]:
    """``conv_output_size`` of every axis; an error begins with the name of the function that was called."""
    try:
        return [conv_output_size(n, k, stride, padding, dilation) for n, k in zip(input, window, strict=True)]
    except ValueError as error:
        raise ValueError(f"{function}: {error}") from None


def conv_output_shape(
    input_shape: Sequence[int], filter_shape: Sequence[int], stride: int = 1, padding: int = 0
) -> tuple[int, int, int]:
    """Shape of the output of a convolution: each filter gives one channel.

    input_shape: (H, W, C); filter_shape: (kh, kw, C, F). Returns (H', W', F).
    Raises ValueError when the channels differ or the filter does not fit.

    >>> conv_output_shape((32, 32, 3), (5, 5, 3, 10), padding=2)
    (32, 32, 10)
    """
    H, W, C = _axes("input_shape", input_shape, "H, W, C")
    kh, kw, channels, F = _axes("filter_shape", filter_shape, "kh, kw, C, F")
    if channels != C:
        raise ValueError(
            f"conv_output_shape: the filters {tuple(filter_shape)} have {channels} channels, "
            f"the image {tuple(input_shape)} has {C}; expected the same number"
        )
    rows, columns = output_sizes("conv_output_shape", (H, W), (kh, kw), stride, padding)
    return rows, columns, F


def conv_parameter_count(filter_shape: Sequence[int], bias: bool = True) -> int:
    """Count what a convolution learns: all filter entries and, with ``bias``, one number per filter.

    filter_shape: (kh, kw, C, F). The size of the image plays no part.

    >>> conv_parameter_count((5, 5, 3, 10)), conv_parameter_count((5, 5, 3, 10), bias=False)
    (760, 750)
    """
    kh, kw, C, F = _axes("filter_shape", filter_shape, "kh, kw, C, F")
    return kh * kw * C * F + (F if bias else 0)


def pool_output_shape(input_shape: Sequence[int], K: int, S: int) -> tuple[int, int, int]:
    """Shape of the output of a pooling layer: the windows of a convolution, channel by channel.

    input_shape: (H, W, C). Returns (H', W', C). Rounds down when S does not divide.

    >>> pool_output_shape((7, 4, 16), K=2, S=2)
    (3, 2, 16)
    """
    H, W, C = _axes("input_shape", input_shape, "H, W, C")
    rows, columns = output_sizes("pool_output_shape", (H, W), (K, K), S)
    return rows, columns, C


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """Length of the stretch of input that one output of a stack of layers sees, along one axis.

    layers: [(k, stride), ...], ``layers[0]`` nearest the input.
    One step in a layer's input is ``jump`` steps in the first layer's, the product of the strides before it:
    a filter of k taps sees ``(k - 1)*jump`` further. Raises ValueError when a k or stride is below 1.

    >>> receptive_field([(3, 1), (3, 1)]), receptive_field([(3, 2), (3, 1)])
    (5, 7)
    """
    field, jump = 1, 1
    for k, stride in layers:
        _whole_numbers(1, k=k, stride=stride)
        field += (int(k) - 1) * jump
        jump *= int(stride)
    return field


def _axes(name: str, shape: Sequence[int], axes: str) -> list[int]:
    if len(shape) != axes.count(",") + 1:
        raise ValueError(f"{name} is {tuple(shape)}; expected ({axes})")
    _whole_numbers(1, **{f"{axis} of {name}": size for axis, size in zip(axes.split(", "), shape, strict=True)})
    return [int(size) for size in shape]


def _whole_numbers(lowest: int, **arguments: int) -> None:
    for name, value in arguments.items():
        if not isinstance(value, (int, np.integer)) or value < lowest:
            raise ValueError(f"{name} is {value!r}; expected an int of at least {lowest}")


_image = (32, 32, 3)
_pointwise_filters = (1, 1, 3, 10)

# Problem 1 (a): a 32x32 image of 3 channels under 5x5x3 filters, then under 1x1 filters.
answers: dict[str, tuple[int, ...] | int] = {
    "plain": conv_output_shape(_image, (5, 5, 3, 1)),
    "padded": conv_output_shape(_image, (5, 5, 3, 1), padding=2),
    "stacked": conv_output_shape(_image, (5, 5, 3, 10), padding=2),
    "parameters": conv_parameter_count((5, 5, 3, 10), bias=False),
    "parameters_with_bias": conv_parameter_count((5, 5, 3, 10)),
    "pointwise": conv_output_shape(_image, _pointwise_filters)[:2],
}
