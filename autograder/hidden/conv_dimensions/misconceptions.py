"""Notebook 01: mistakes worth naming in sizes, parameter counts and receptive fields.

Each is what a student might hand in, complete in itself; its docstring is the hint. Those of the by-hand
questions are in `by_hand`, those of `conv1d` and `pointwise_conv` in `sliding`.
"""

import math

from autograder.hidden.conv_dimensions.by_hand import ANSWERS
from autograder.hidden.conv_dimensions.sliding import CONV1D, POINTWISE_CONV
from autograder.hidden.named import named
from autograder.items import Misconception

__all__ = ["MISCONCEPTIONS"]


def size_rounds_up(n, k, stride=1, padding=0, dilation=1):
    """What happens to a last window that is not complete? Try n = 6, k = 3, stride = 2 with a pencil."""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return math.ceil((n + 2 * padding - span) / stride) + 1


def size_pads_one_side(n, k, stride=1, padding=0, dilation=1):
    """At how many ends of the axis are zeros added?"""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + padding - span) // stride + 1


def size_forgets_first_position(n, k, stride=1, padding=0, dilation=1):
    """A filter as long as the input has one position, not none: count the starting position too."""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - span) // stride


def size_subtracts_one(n, k, stride=1, padding=0, dilation=1):
    """Check the sign of the 1 with a filter as long as the input: how often does it fit?"""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - span) // stride - 1


def size_adds_one_before_dividing(n, k, stride=1, padding=0, dilation=1):
    """Steps are counted in strides; is the starting position a part of a stride?"""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - span + 1) // stride


def size_is_a_float(n, k, stride=1, padding=0, dilation=1):
    """Which division gives a whole number of positions? Look at the type of your result."""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - span) / stride + 1


def size_ignores_dilation(n, k, stride=1, padding=0, dilation=1):
    """The taps of a dilated filter stand apart: how many entries lie from the first to the last?"""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - k) // stride + 1


def size_dilates_every_tap(n, k, stride=1, padding=0, dilation=1):
    """How many gaps are there between k taps?"""
    if min(n, k, stride, dilation) < 1 or padding < 0 or dilation * (k - 1) + 1 > n + 2 * padding:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - dilation * k) // stride + 1


def size_never_refuses(n, k, stride=1, padding=0, dilation=1):
    """What should a call do whose filter does not fit, or whose arguments make no sense?"""
    return (n + 2 * padding - dilation * (k - 1) - 1) // stride + 1


def size_lets_odd_arguments_pass(n, k, stride=1, padding=0, dilation=1):
    """You refuse a filter that does not fit; which strides, paddings, dilations, lengths make no sense?"""
    span = dilation * (k - 1) + 1
    if span > n + 2 * padding:
        raise ValueError("the filter does not fit")
    return (n + 2 * padding - span) // stride + 1


def size_checks_fit_before_padding(n, k, stride=1, padding=0, dilation=1):
    """Does a filter have to fit into the input, or into the padded input?"""
    span = dilation * (k - 1) + 1
    if min(n, k, stride, dilation) < 1 or padding < 0 or span > n:
        raise ValueError("the filter does not fit, or an argument is out of range")
    return (n + 2 * padding - span) // stride + 1


def shape_swaps_height_and_width(input_shape, filter_shape, stride=1, padding=0):
    """Which axis of the image comes first, and which of the filter?"""
    (H, W, _), (kh, kw, _, F) = input_shape, filter_shape
    return (W + 2 * padding - kw) // stride + 1, (H + 2 * padding - kh) // stride + 1, F


def shape_uses_one_filter_length(input_shape, filter_shape, stride=1, padding=0):
    """Filters need not be square: which length belongs to which axis?"""
    (H, W, _), (kh, _, _, F) = input_shape, filter_shape
    return (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kh) // stride + 1, F


def shape_keeps_input_channels(input_shape, filter_shape, stride=1, padding=0):
    """Each filter sums over all channels of the input. What decides how many channels come out?"""
    (H, W, C), (kh, kw, _, _) = input_shape, filter_shape
    return (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1, C


def shape_multiplies_channels(input_shape, filter_shape, stride=1, padding=0):
    """Does a filter give one number at each position, or one for each channel of the input?"""
    (H, W, C), (kh, kw, _, F) = input_shape, filter_shape
    return (H + 2 * padding - kh) // stride + 1, (W + 2 * padding - kw) // stride + 1, C * F


def shape_rounds_up(input_shape, filter_shape, stride=1, padding=0):
    """What happens to a last window that is not complete?"""
    (H, W, _), (kh, kw, _, F) = input_shape, filter_shape
    return -(-(H + 2 * padding - kh) // stride) + 1, -(-(W + 2 * padding - kw) // stride) + 1, F


def shape_forgets_padding(input_shape, filter_shape, stride=1, padding=0):
    """Which of the arguments does your result not depend on?"""
    (H, W, _), (kh, kw, _, F) = input_shape, filter_shape
    return (H - kh) // stride + 1, (W - kw) // stride + 1, F


def count_has_one_bias(filter_shape, bias=True):
    """Does one bias do for all filters?"""
    kh, kw, C, F = filter_shape
    return kh * kw * C * F + int(bias)


def count_has_a_bias_per_channel(filter_shape, bias=True):
    """Is a bias added before or after the sum over the channels?"""
    kh, kw, C, F = filter_shape
    return kh * kw * C * F + (C * F if bias else 0)


def count_forgets_channels(filter_shape, bias=True):
    """A filter reaches through the whole depth of its input."""
    kh, kw, _, F = filter_shape
    return kh * kw * F + (F if bias else 0)


def count_never_adds_bias(filter_shape, bias=True):
    """What does bias=True change?"""
    kh, kw, C, F = filter_shape
    return kh * kw * C * F


def pool_sums_channels(input_shape, K, S):
    """Does pooling mix channels?"""
    H, W, _ = input_shape
    return (H - K) // S + 1, (W - K) // S + 1, 1


def pool_divides_by_window(input_shape, K, S):
    """Windows need not lie side by side: S may differ from K."""
    H, W, C = input_shape
    return H // K, W // K, C


def pool_divides_by_stride(input_shape, K, S):
    """Does every step of S entries start a window that is complete?"""
    H, W, C = input_shape
    return H // S, W // S, C


def pool_rounds_up(input_shape, K, S):
    """What happens to a last window that is not complete?"""
    H, W, C = input_shape
    return -(-(H - K) // S) + 1, -(-(W - K) // S) + 1, C


def pool_swaps_height_and_width(input_shape, K, S):
    """Which axis of the image comes first?"""
    H, W, C = input_shape
    return (W - K) // S + 1, (H - K) // S + 1, C


def field_adds_filter_lengths(layers):
    """Two layers of 3 taps see 5 entries, not 6: what does a second layer add to what the first one saw?"""
    return sum(k for k, _ in layers)


def field_ignores_strides(layers):
    """After a layer with stride 2, how far apart in the input are two neighbouring outputs?"""
    return 1 + sum(k - 1 for k, _ in layers)


def field_uses_own_stride(layers):
    """Which strides spread a layer's taps apart: its own, or those of the layers before it?"""
    field, jump = 1, 1
    for k, stride in layers:
        jump *= stride
        field += (k - 1) * jump
    return field


def field_adds_strides(layers):
    """Two layers of stride 2, one after the other: is that a step of 4 or of 3 in the input?"""
    field, jump = 1, 1
    for k, stride in layers:
        field += (k - 1) * jump
        jump += stride - 1
    return field


def field_uses_last_stride_only(layers):
    """Do strides of layers further down count as well?"""
    field, jump = 1, 1
    for k, stride in layers:
        field += (k - 1) * jump
        jump = stride
    return field


def field_starts_from_wrong_end(layers):
    """Which end of the list is nearest the input?"""
    field, jump = 1, 1
    for k, stride in reversed(layers):
        field += (k - 1) * jump
        jump *= stride
    return field


def field_starts_from_zero(layers):
    """How many entries does one output see when there is no layer, or one of a single tap?"""
    field, jump = 0, 1
    for k, stride in layers:
        field += (k - 1) * jump
        jump *= stride
    return field


def field_empties_the_list(layers):
    """Call your function twice on the same list: what is left of the list after the first call?"""
    field, jump = 1, 1
    while layers:
        k, stride = layers.pop(0)
        field += (k - 1) * jump
        jump *= stride
    return field


MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "conv_output_size": named(
        size_rounds_up,
        size_pads_one_side,
        size_forgets_first_position,
        size_subtracts_one,
        size_adds_one_before_dividing,
        size_is_a_float,
        size_ignores_dilation,
        size_dilates_every_tap,
        size_never_refuses,
        size_lets_odd_arguments_pass,
        size_checks_fit_before_padding,
    ),
    "answers": ANSWERS,
    "conv_output_shape": named(
        shape_swaps_height_and_width,
        shape_uses_one_filter_length,
        shape_keeps_input_channels,
        shape_multiplies_channels,
        shape_rounds_up,
        shape_forgets_padding,
    ),
    "conv_parameter_count": named(
        count_has_one_bias, count_has_a_bias_per_channel, count_forgets_channels, count_never_adds_bias
    ),
    "conv1d": CONV1D,
    "pointwise_conv": POINTWISE_CONV,
    "pool_output_shape": named(
        pool_sums_channels,
        pool_divides_by_window,
        pool_divides_by_stride,
        pool_rounds_up,
        pool_swaps_height_and_width,
    ),
    "receptive_field": named(
        field_adds_filter_lengths,
        field_ignores_strides,
        field_uses_own_stride,
        field_adds_strides,
        field_uses_last_stride_only,
        field_starts_from_wrong_end,
        field_starts_from_zero,
        field_empties_the_list,
    ),
}
