"""The convolution trace against PyTorch, and its products against its sums."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from dnnkit.trace import Axis, Cell, trace_conv


def torch_conv(trace, stride, padding, dilation):
    """y, dx and dw of the same convolution by PyTorch, channels last."""
    x = torch.tensor(trace.image.transpose(2, 0, 1)[None], requires_grad=True)
    w = torch.tensor(trace.filters.transpose(3, 2, 0, 1).copy(), requires_grad=True)
    y = torch.nn.functional.conv2d(x, w, stride=stride, padding=padding, dilation=dilation)
    y.backward(torch.tensor(trace.dy.transpose(2, 0, 1)[None].copy()))
    return (
        y.detach().numpy()[0].transpose(1, 2, 0),
        x.grad.numpy()[0].transpose(1, 2, 0),
        w.grad.numpy().transpose(2, 3, 1, 0),
    )


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 7), st.integers(1, 7), st.integers(1, 3)),
    kernel=st.tuples(st.integers(1, 3), st.integers(1, 4), st.integers(1, 2)),
    stride=st.integers(1, 3),
    padding=st.integers(0, 3),
    dilation=st.integers(1, 3),
)
def test_forward_and_both_gradients_equal_pytorch(size, kernel, stride, padding, dilation):
    assume(all(n + 2 * padding > (k - 1) * dilation for n, k in zip(size, kernel[:2], strict=False)))
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=size), rng.normal(size=(*kernel[:2], size[2], kernel[2]))
    trace = trace_conv(x, w, stride, padding, dilation)
    y, dx, dw = torch_conv(trace, stride, padding, dilation)
    assert_allclose(trace.y.output, y, atol=1e-12)
    inside = trace.dx.output_kinds == Cell.DATA
    assert_allclose(trace.dx.output[inside].reshape(dx.shape), dx, atol=1e-12)
    assert_allclose(trace.dw.output.reshape(dw.shape), dw, atol=1e-12)
    assert_allclose(trace.matrix() @ trace.y.input.ravel(), trace.y.output.ravel(), atol=1e-12)
    for view in (trace.y, trace.dx, trace.dw):
        assert_allclose(view.products.sum(axis=(3, 4, 5)), view.output, atol=1e-12)


def test_products_are_window_times_filter():
    x, w = np.arange(12.0).reshape(3, 4), np.array([[1.0, 2], [3, 4]])
    trace = trace_conv(x, w)
    assert_allclose(trace.y.products[1, 2, 0, :, :, 0], x[1:3, 2:4] * w)


def test_vector_pads_one_axis_only():
    trace = trace_conv(np.arange(5.0), [1, 2, 3], stride=2, padding=1)
    assert trace.y.input.shape == (1, 7, 1)
    assert trace.shape == (3,)
    assert_allclose(trace.y.output.ravel(), [3, 14, 11])


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "shape"),
    [
        ((6,), (3,), (4,)),
        ((6, 5), (3, 2), (4, 4)),
        ((6, 5, 2), (3, 2, 2, 3), (4, 4, 3)),
        ((1, 6, 5, 2), (3, 2, 2, 3), (1, 4, 4, 3)),
    ],
)
def test_shape_is_in_the_terms_of_the_arguments(x_shape, w_shape, shape):
    assert trace_conv(np.ones(x_shape), np.ones(w_shape)).shape == shape


def test_remainder_is_marked_unread():
    trace = trace_conv(np.ones((6, 6)), np.ones((3, 3)), stride=2)
    assert (trace.y.input_kinds[5] == Cell.UNREAD).all()
    assert (trace.y.input_kinds[:5, :5] == Cell.DATA).all()


@pytest.mark.parametrize(
    ("axis", "unread"),
    [
        (Axis(7, 3, stride=4), [3]),
        (Axis(9, 2, stride=3), [2, 5, 8]),
        (Axis(10, 2, stride=3, dilation=2), [1, 4, 7, 9]),
        (Axis(6, 3, dilation=2), []),
        (Axis(5, 2, stride=3, padding=1), [2, 5, 6]),
        (Axis(1, 1, padding=1, stride=2), [1]),
    ],
    ids=["gap", "gaps and a rest", "gaps that dilation leaves", "none", "padding in a gap and in the rest", "the one"],
)
def test_what_is_in_no_window_is_marked_unread(axis, unread):
    assert np.flatnonzero(axis.kinds() == Cell.UNREAD).tolist() == unread
    padding = [i for i in range(axis.padded) if not axis.padding <= i < axis.padding + axis.n and i not in unread]
    assert np.flatnonzero(axis.kinds() == Cell.PADDING).tolist() == padding


def test_the_filter_gradient_marks_the_same_cells():
    trace = trace_conv(np.ones((8, 7)), np.ones((3, 2)), stride=4)
    rows, columns = trace.dw.input_kinds.shape
    assert_allclose(trace.dw.input_kinds, trace.y.input_kinds[:rows, :columns])
    assert (trace.dw.input_kinds[3] == Cell.UNREAD).all()


def test_zeros_around_the_gradient_are_told_apart():
    kinds = trace_conv(np.ones(5), np.ones(2), stride=2).dx.input_kinds[0]
    p, d, i = Cell.PADDING, Cell.DATA, Cell.INSERTED
    assert kinds.tolist() == [p, d, i, d, p, p]


def test_matrix_columns_of_the_image_drop_the_padding():
    trace = trace_conv(np.arange(1.0, 5), [1, 1, 1], padding=1)
    assert trace.is_image().tolist() == [1, 2, 3, 4]
    assert_allclose(trace.matrix()[:, trace.is_image()] @ trace.image.ravel(), trace.y.output.ravel())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"n": 3, "k": 5}, "shorter filter or more padding"),
        ({"n": 3, "k": 2, "stride": 0}, "stride is 0"),
        ({"n": 3, "k": 2, "padding": -1}, "padding is -1"),
    ],
)
def test_axis_says_what_is_wrong(arguments, words):
    with pytest.raises(ValueError, match=words):
        Axis(**arguments)


@pytest.mark.parametrize(
    ("x", "w", "options", "words"),
    [
        (np.ones((2, 5, 5, 1)), np.ones((3, 3, 1, 1)), {}, "one image"),
        (np.ones((5, 5, 2)), np.ones((3, 3, 1, 1)), {}, "2 channels and w 1"),
        (np.ones((5, 5)), np.ones((3, 3)), {"dy": np.ones((2, 2))}, "the shape of y"),
        (np.ones((4, 5)), np.ones((3, 3)), {"dy": np.ones((3, 2))}, r"dy has shape \(3, 2\); .* y, \(2, 3\)"),
        (np.ones(5), np.ones(3), {"dy": np.ones((1, 3))}, r"dy has shape \(1, 3\); .* y, \(3,\)"),
        (np.ones((4, 5, 1)), np.ones((3, 3, 1, 1)), {"dy": np.ones((2, 3))}, r"dy has shape \(2, 3\); .* \(2, 3, 1\)"),
    ],
)
def test_trace_says_what_is_wrong(x, w, options, words):
    with pytest.raises(ValueError, match=words):
        trace_conv(x, w, **options)
