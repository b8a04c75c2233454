"""Sizes against counting, and the by-hand answers against arrays of those sizes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dnnkit import reference as ref


def count_positions(n: int, k: int, stride: int, padding: int, dilation: int) -> int:
    """Walk the filter along the axis, as the definition says."""
    padded, start, count = n + 2 * padding, 0, 0
    while start + dilation * (k - 1) < padded:
        start, count = start + stride, count + 1
    return count


@given(
    n=st.integers(1, 20),
    k=st.integers(1, 7),
    stride=st.integers(1, 5),
    padding=st.integers(0, 4),
    dilation=st.integers(1, 4),
)
def test_output_size_counts_positions(n: int, k: int, stride: int, padding: int, dilation: int) -> None:
    expected = count_positions(n, k, stride, padding, dilation)
    if expected == 0:
        with pytest.raises(ValueError, match=f"^conv_output_size: a filter of length k = {k}"):
            ref.conv_output_size(n, k, stride, padding, dilation)
    else:
        assert ref.conv_output_size(n, k, stride, padding, dilation) == expected


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0, 1), "n is 0"),
        ((5, 0), "k is 0"),
        ((5, 3, 0), "stride is 0"),
        ((5, 3, 1, -1), "padding is -1"),
        ((5, 3, 1, 0, 0), "dilation is 0"),
        ((5.0, 3), "n is 5.0"),
        ((5, 3, 1.5), "stride is 1.5"),
    ],
)
def test_output_size_names_the_argument_out_of_range(arguments: tuple, named: str) -> None:
    with pytest.raises(ValueError, match=f"^conv_output_size: {named}"):
        ref.conv_output_size(*arguments)


def test_numpy_ints_do_and_plain_ints_come_back() -> None:
    size = ref.conv_output_size(np.int64(32), np.int32(5), stride=np.int8(2))
    assert (size, type(size)) == (14, int)
    assert all(type(n) is int for n in ref.conv_output_shape(np.array([8, 6, 3]), np.array([3, 3, 3, 4])))


@given(
    image=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    filters=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 2),
)
def test_shapes_are_those_of_real_outputs(image: tuple, filters: tuple, stride: int, padding: int) -> None:
    x, w = np.ones((1, *image, 2)), np.ones((*filters, 2, 3))
    if max(k - n for n, k in zip(image, filters, strict=True)) > 2 * padding:
        with pytest.raises(ValueError, match="conv_output_shape: a filter of length"):
            ref.conv_output_shape((*image, 2), w.shape, stride, padding)
    else:
        y = ref.conv2d(x, w, stride=stride, padding=padding)
        assert ref.conv_output_shape((*image, 2), w.shape, stride, padding) == y.shape[1:]
    K = filters[0]
    if min(image) >= K:
        assert ref.pool_output_shape((*image, 2), K, stride) == ref.maxpool2d(x, K, stride).shape[1:]


def test_shapes_that_do_not_belong_together() -> None:
    with pytest.raises(ValueError, match=r"filters \(5, 5, 4, 10\) have 4 channels, the image .* has 3"):
        ref.conv_output_shape((32, 32, 3), (5, 5, 4, 10))
    with pytest.raises(ValueError, match=r"^pool_output_shape: input_shape is \(32, 32\); expected \(H, W, C\)"):
        ref.pool_output_shape((32, 32), 2, 2)
    with pytest.raises(ValueError, match=r"^pool_output_shape: S is 0"):
        ref.pool_output_shape((32, 32, 3), 2, 0)
    with pytest.raises(ValueError, match=r"^pool_output_shape: a window of length K = 3 does not fit on W = 2; take"):
        ref.pool_output_shape((32, 2, 3), 3, 1)
    with pytest.raises(ValueError, match=r"^conv_parameter_count: kw of filter_shape is 0"):
        ref.conv_parameter_count((5, 0, 3, 10))
    with pytest.raises(ValueError, match=r"^conv_output_shape: stride is 0"):
        ref.conv_output_shape((32, 32, 3), (5, 5, 3, 10), stride=0)


def test_parameters_are_the_entries_of_the_filters() -> None:
    w, b = np.ones((5, 3, 2, 7)), np.ones(7)
    assert ref.conv_parameter_count(w.shape) == w.size + b.size
    assert ref.conv_parameter_count(w.shape, bias=False) == w.size


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 3)), max_size=5))
def test_receptive_field_is_the_interval_one_output_reads(layers: list[tuple[int, int]]) -> None:
    first, last = 0, 0
    for k, stride in reversed(layers):
        first, last = first * stride, last * stride + k - 1
    assert ref.receptive_field(layers) == last - first + 1


def test_receptive_field_refuses_a_layer_without_taps() -> None:
    with pytest.raises(ValueError, match=r"^receptive_field: k of layers\[1\] is 0; expected an int of at least 1"):
        ref.receptive_field([(3, 1), (0, 1)])


def test_answers_of_problem_1() -> None:
    image, filters, one = np.ones((1, 32, 32, 3)), np.ones((5, 5, 3, 10)), np.ones((5, 5, 3, 1))
    assert ref.answers == {
        "plain": ref.conv2d(image, one).shape[1:],
        "padded": ref.conv2d(image, one, padding=2).shape[1:],
        "stacked": ref.conv2d(image, filters, padding=2).shape[1:],
        "parameters": filters.size,
        "parameters_with_bias": filters.size + 10,
        "pointwise": ref.pointwise_conv(image[0], np.ones((3, 7))).shape[:2],
    }
    assert ref.answers["plain"] == (28, 28, 1)
    assert (ref.answers["parameters"], ref.answers["parameters_with_bias"]) == (750, 760)
