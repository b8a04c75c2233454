"""Sizes: how many numbers come out of a layer, how many it learns, how far it sees.

Everything here is integer arithmetic on one axis at a time; the two axes of an image never meet.
"""

from collections.abc import Mapping, Sequence

from dnnkit.reference.arguments import whole_numbers

__all__ = [
    "answers",
    "conv_output_shape",
    "conv_output_size",
    "conv_parameter_count",
    "output_sizes",
    "pool_output_shape",
    "pool_sizes",
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
    ValueError: conv_output_size: a filter of length k = 3 with dilation 2 spans 5 entries, but n = 4; \
take a shorter filter or a longer input
    """
    _expect_fit("conv_output_size", {"n": n}, {"k": k}, stride, padding, dilation)
    return int((n + 2 * padding - dilation * (k - 1) - 1) // stride + 1)


def output_sizes(
    function: str,
    input: Mapping[str, int],
    window: Mapping[str, int],
    stride: int,
    padding: int = 0,
    dilation: int = 1,
) -> list[int]:
    """``conv_output_size`` of every axis; input and window give its length and the filter's, each under its name.

    An error speaks of the function that was called and of these names.

    >>> output_sizes("conv2d", {"H": 8, "W": 6}, {"kh": 5, "kw": 3}, stride=2, padding=1)
    [3, 3]
    """
    lengths = zip(input.values(), window.values(), strict=True)
    try:
        return [conv_output_size(n, k, stride, padding, dilation) for n, k in lengths]
    except ValueError:
        _expect_fit(function, input, window, stride, padding, dilation)  # the same in the caller's words
        raise


def pool_sizes(function: str, input: Mapping[str, int], K: int, S: int) -> list[int]:
    """How many windows of length K, S apart, there are along every axis; input gives its length under its name.

    >>> pool_sizes("maxpool2d", {"H": 7, "W": 4}, K=3, S=2)
    [3, 1]
    """
    whole_numbers(function, 1, **input, K=K, S=S)
    for axis, n in input.items():
        if n < K:
            raise ValueError(f"{function}: a window of length K = {K} does not fit on {axis} = {n}; take a smaller K")
    return [conv_output_size(n, K, S) for n in input.values()]


def conv_output_shape(
    input_shape: Sequence[int], filter_shape: Sequence[int], stride: int = 1, padding: int = 0
) -> tuple[int, int, int]:
    """Shape of the output of a convolution: each filter gives one channel.

    input_shape: (H, W, C); filter_shape: (kh, kw, C, F). Returns (H', W', F).
    Raises ValueError when the channels differ or the filter does not fit.

    >>> conv_output_shape((32, 32, 3), (5, 5, 3, 10), padding=2)
    (32, 32, 10)
    """
    H, W, C = _axes("conv_output_shape", "input_shape", input_shape, "H, W, C")
    kh, kw, channels, F = _axes("conv_output_shape", "filter_shape", filter_shape, "kh, kw, C, F")
    if channels != C:
        raise ValueError(
            f"conv_output_shape: the filters {tuple(filter_shape)} have {channels} channels, "
            f"the image {tuple(input_shape)} has {C}; expected the same number"
        )
    rows, columns = output_sizes("conv_output_shape", {"H": H, "W": W}, {"kh": kh, "kw": kw}, stride, padding)
    return rows, columns, F


def conv_parameter_count(filter_shape: Sequence[int], bias: bool = True) -> int:
    """Count what a convolution learns: all filter entries and, with ``bias``, one number per filter.

    filter_shape: (kh, kw, C, F). The size of the image plays no part.

    >>> conv_parameter_count((5, 5, 3, 10)), conv_parameter_count((5, 5, 3, 10), bias=False)
    (760, 750)
    """
    kh, kw, C, F = _axes("conv_parameter_count", "filter_shape", filter_shape, "kh, kw, C, F")
    return kh * kw * C * F + (F if bias else 0)


def pool_output_shape(input_shape: Sequence[int], K: int, S: int) -> tuple[int, int, int]:
    """Shape of the output of a pooling layer: the windows of a convolution, channel by channel.

    input_shape: (H, W, C). Returns (H', W', C). Rounds down when S does not divide.
    Raises ValueError when the window does not fit or an argument is out of range.

    >>> pool_output_shape((7, 4, 16), K=2, S=2)
    (3, 2, 16)
    """
    H, W, C = _axes("pool_output_shape", "input_shape", input_shape, "H, W, C")
    rows, columns = pool_sizes("pool_output_shape", {"H": H, "W": W}, K, S)
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
    for layer, (k, stride) in enumerate(layers):
        whole_numbers("receptive_field", 1, **{f"k of layers[{layer}]": k, f"stride of layers[{layer}]": stride})
        field += (int(k) - 1) * jump
        jump *= int(stride)
    return field


def _expect_fit(
    function: str, input: Mapping[str, int], window: Mapping[str, int], stride: int, padding: int, dilation: int
) -> None:
    whole_numbers(function, 1, **input, **window, stride=stride, dilation=dilation)
    whole_numbers(function, 0, padding=padding)
    for (axis, n), (taps, k) in zip(input.items(), window.items(), strict=True):
        padded, span = n + 2 * padding, dilation * (k - 1) + 1
        if span > padded:
            spread = f" with dilation {dilation}" if dilation > 1 else ""
            around = f", {padded} with its padding" if padding else ""
            raise ValueError(
                f"{function}: a filter of length {taps} = {k}{spread} spans {span} entries, "
                f"but {axis} = {n}{around}; take a shorter filter or a longer input"
            )


def _axes(function: str, name: str, shape: Sequence[int], axes: str) -> list[int]:
    if len(shape) != axes.count(",") + 1:
        raise ValueError(f"{function}: {name} is {tuple(shape)}; expected ({axes})")
    sizes = {f"{axis} of {name}": size for axis, size in zip(axes.split(", "), shape, strict=True)}
    whole_numbers(function, 1, **sizes)
    return [int(size) for size in shape]


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
