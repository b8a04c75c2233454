"""What holds for every graded name: it is there, is called as the course says, keeps types and spares its arguments."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dnnkit import reference as ref

SIGNATURES = """
    conv_output_size(n, k, stride=1, padding=0, dilation=1)
    conv_output_shape(input_shape, filter_shape, stride=1, padding=0)
    conv_parameter_count(filter_shape, bias=True)
    conv1d(x, w, stride=1, padding=0, dilation=1)
    pointwise_conv(x, w)
    pool_output_shape(input_shape, K, S)
    receptive_field(layers)
    conv_matrix(w, n, stride=1, padding=0, dilation=1)
    conv_vs_dense(n, k, padding=0)
    im2col(x, kh, kw, stride=1, padding=0, dilation=1)
    conv2d(x, w, b=None, stride=1, padding=0, dilation=1)
    conv_matrix_2d(w, height, width)
    conv1d_backward_x(dy, w)
    conv1d_backward_w(dy, x)
    conv1d_backward_x_as_conv(dy, w)
    kernel_gradient(X, dY)
    sgd_step(w, X, dY, lr)
    conv2d_backward(dy, x, w, stride=1, padding=0, dilation=1)
    patch_decomposition(X, dY, lr)
    pool_by_hand(X, dY)
    maxpool2d(x, K, S)
    maxpool2d_backward(dy, x, K, S)
    avgpool2d(x, K, S)
    avgpool2d_backward(dy, input_shape, K, S)
    batchnorm(x, gamma, beta, epsilon=1e-08)
    batchnorm_backward(dy, cache)
    batchnorm_cnn(x, gamma, beta, epsilon=1e-08)
    batchnorm_cnn_backward(dy, cache)
    BatchNorm2d(channels, momentum=0.1, epsilon=1e-05)
    BatchNorm2d.forward(self, x)
    BatchNorm2d.backward(self, dy)
    VanillaRNN(input_size, hidden_size, output_size)
    VanillaRNN.forward(self, x)
    rnn_step_forward(x, prev_h, Wx, Wh, b)
    rnn_step_backward(dnext_h, cache)
    rnn_forward(x, h0, Wx, Wh, b)
    rnn_backward(dh, cache)
    gradient_norms(Wh, h)
    RNNCell(input_size, hidden_size)
    RNNCell.init_weights(self, W_ih, W_hh, b_ih, b_hh)
    RNNCell.zero_grad(self)
    RNNCell.forward(self, x, h_prev_t)
    RNNCell.backward(self, delta, h_t, h_prev_l, h_prev_t)
    RNNPhonemeClassifier(input_size, hidden_size, output_size, num_layers=2)
    RNNPhonemeClassifier.init_weights(self, rnn_weights, linear_weights)
    RNNPhonemeClassifier.forward(self, x, h_0=None)
    RNNPhonemeClassifier.backward(self, delta)
"""
DICTS = {"answers", "task_types", "local_gradients"}


def bare_signature(call: Callable[..., Any]) -> str:
    signature = inspect.signature(call)
    parameters = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    return str(signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty))


@pytest.mark.parametrize("line", SIGNATURES.split("\n")[1:-1])
def test_signature_is_the_course_s(line: str) -> None:
    path, bracket, rest = line.strip().partition("(")
    call: Any = ref
    for name in path.split("."):
        call = getattr(call, name)
    assert bare_signature(call) == bracket + rest


def test_all_lists_the_graded_names_and_no_others() -> None:
    calls = {line.strip().partition("(")[0] for line in SIGNATURES.strip().splitlines()}
    assert set(ref.__all__) == {name for name in calls if "." not in name} | DICTS
    assert all(isinstance(getattr(ref, name), dict) for name in DICTS)


IMAGES, SMALL, FILTERS = (2, 6, 5, 3), (2, 3, 2, 3), (3, 2, 3, 4)
STEP = ((4, 2), (4, 3), (2, 3), (3, 3), (4, 3))
SEQUENCE = ((4, 5, 2), (4, 3), (2, 3), (3, 3), (3,))


def classifier_both_ways(x, h_0, delta, *weights):
    classifier = ref.RNNPhonemeClassifier(2, 3, 6, num_layers=1)
    classifier.init_weights([weights[:4]], weights[4:])
    return classifier.forward(x, h_0), classifier.backward(delta), classifier.rnn[0].dW_ih, classifier.hiddens[-1]


# What is called, and the shapes of the arrays it is called with.
CALLS: dict[str, tuple[Callable[..., Any], tuple[tuple[int, ...], ...]]] = {
    "conv1d": (lambda x, w: ref.conv1d(x, w, 2, 1), ((7,), (3,))),
    "pointwise_conv": (ref.pointwise_conv, ((5, 4, 3), (3, 2))),
    "conv_matrix": (lambda w: ref.conv_matrix(w, 6, 1, 1), ((3,),)),
    "conv_matrix_2d": (lambda w: ref.conv_matrix_2d(w, 4, 5), ((2, 3),)),
    "im2col": (lambda x: ref.im2col(x, 3, 2, 1, 1), (IMAGES,)),
    "im2col of a window as large as the image": (lambda x: ref.im2col(x, 6, 5), (IMAGES,)),
    "conv2d": (lambda x, w, b: ref.conv2d(x, w, b, 1, 1), (IMAGES, FILTERS, (4,))),
    "conv2d of one channel, no padding": (ref.conv2d, ((2, 6, 5, 1), (3, 2, 1, 4))),
    "conv2d of many channels, no padding": (ref.conv2d, ((2, 6, 5, 9), (3, 2, 9, 4))),
    "conv2d_backward": (ref.conv2d_backward, ((2, 4, 4, 4), IMAGES, FILTERS)),
    "conv2d_backward, many": (ref.conv2d_backward, ((2, 4, 4, 4), (2, 6, 5, 9), (3, 2, 9, 4))),
    "conv1d_backward_x": (ref.conv1d_backward_x, ((4,), (3,))),
    "conv1d_backward_x_as_conv": (ref.conv1d_backward_x_as_conv, ((4,), (3,))),
    "conv1d_backward_w": (ref.conv1d_backward_w, ((4,), (6,))),
    "kernel_gradient": (ref.kernel_gradient, ((5, 5), (3, 3))),
    "sgd_step": (lambda w, X, dY: ref.sgd_step(w, X, dY, np.float64(0.1)), ((3, 3), (5, 5), (3, 3))),
    "patch_decomposition": (lambda X, dY: ref.patch_decomposition(X, dY, np.float64(0.1)), ((5, 5), (3, 3))),
    "patch_decomposition, one patch": (lambda X, dY: ref.patch_decomposition(X, dY, 0.1), ((5, 5), (1, 1))),
    "pool_by_hand": (lambda X, dY: list(ref.pool_by_hand(X, dY).values()), ((2, 2), (1, 1))),
    "maxpool2d": (lambda x: ref.maxpool2d(x, 2, 2), (IMAGES,)),
    "maxpool2d, K = 1": (lambda x: ref.maxpool2d(x, 1, 1), (IMAGES,)),
    "maxpool2d_backward": (lambda dy, x: ref.maxpool2d_backward(dy, x, 2, 2), (SMALL, IMAGES)),
    "avgpool2d": (lambda x: ref.avgpool2d(x, 1, 1), (IMAGES,)),
    "avgpool2d_backward": (lambda dy: ref.avgpool2d_backward(dy, IMAGES, 2, 2), (SMALL,)),
    "batchnorm": (lambda x, g, b: ref.batchnorm(x, g, b, np.float64(1))[0], ((6, 3), (3,), (3,))),
    "batchnorm's cache": (lambda x, g, b: ref.batchnorm(x, g, b, np.float64(1))[1][::2], ((6, 3), (3,), (3,))),
    "batchnorm_backward": (lambda dy, *c: ref.batchnorm_backward(dy, c), ((6, 3), (6, 3), (3,), (3,))),
    "batchnorm_cnn": (lambda x, g, b: ref.batchnorm_cnn(x, g, b)[0], (IMAGES, (3,), (3,))),
    "batchnorm_cnn_backward": (lambda dy, *c: ref.batchnorm_cnn_backward(dy, c), (IMAGES, IMAGES, (3,), (3,))),
    "BatchNorm2d": (lambda x, dy: ((n := ref.BatchNorm2d(3)).forward(x), n.backward(dy)), (IMAGES, IMAGES)),
    "rnn_step_forward": (lambda *a: ref.rnn_step_forward(*a)[0], (*STEP[:4], (3,))),
    "rnn_step_backward": (lambda dh, *c: ref.rnn_step_backward(dh, c), ((4, 3), *STEP)),
    "rnn_forward": (lambda *a: ref.rnn_forward(*a)[0], SEQUENCE),
    "rnn_backward": (lambda dh, *c: ref.rnn_backward(dh, [c, c]), ((4, 2, 3), *STEP)),
    "gradient_norms": (ref.gradient_norms, ((3, 3), (4, 3))),
    "classifier": (
        classifier_both_ways,
        ((5, 4, 2), (1, 5, 3), (5, 6), (3, 2), (3, 3), (3,), (3,), (6, 3), (6,)),
    ),
}


def arrays_of(result: Any) -> list[np.ndarray]:
    return list(result) if isinstance(result, tuple | list) else [result]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_types_are_kept_and_arguments_spared(name: str, dtype: type) -> None:
    call, shapes = CALLS[name]
    rng = np.random.default_rng(0)
    arguments = [rng.integers(1, 9, size=shape).astype(dtype) for shape in shapes]
    for argument in arguments:
        argument.flags.writeable = False
    once, twice = arrays_of(call(*arguments)), arrays_of(call(*arguments))
    for a, b in zip(once, twice, strict=True):
        assert a.dtype == (np.float32 if dtype == np.float32 else np.float64)
        assert a.flags.writeable
        assert not any(np.shares_memory(a, argument) for argument in arguments)
        np.testing.assert_array_equal(a, b)


# The argument whose type decides, where it is not the first.
DECIDES = dict.fromkeys(("conv1d_backward_w", "conv2d_backward", "conv2d_backward, many", "sgd_step"), 1)
DECIDES |= dict.fromkeys(("maxpool2d_backward", "gradient_norms"), 1)
CLASSES = {"BatchNorm2d", "classifier"}
SINGLE, DOUBLE = np.float32, np.float64


@pytest.mark.parametrize("name", [name for name in CALLS if name not in CLASSES])
@pytest.mark.parametrize(("dtype", "rest"), [(SINGLE, DOUBLE), (DOUBLE, SINGLE), (SINGLE, np.int64)])
def test_one_argument_decides_on_the_type(name: str, dtype: type, rest: type) -> None:
    call, shapes = CALLS[name]
    rng = np.random.default_rng(0)
    plain = [rng.integers(1, 5, size=shape).astype(DOUBLE) for shape in shapes]
    mixed = [a.astype(dtype if i == DECIDES.get(name, 0) else rest) for i, a in enumerate(plain)]
    for a, b in zip(arrays_of(call(*mixed)), arrays_of(call(*plain)), strict=True):
        assert a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def types(*arrays: np.ndarray) -> set[type]:
    return {a.dtype.type for a in arrays}


@pytest.mark.parametrize("training", [True, False])
def test_batch_norm_layer_gives_what_it_gets_and_keeps_its_own(training: bool) -> None:
    layer = ref.BatchNorm2d(3)
    layer.training = training
    ones = np.ones(IMAGES, SINGLE)
    assert types(layer.forward(ones), layer.backward(ones), layer.dgamma, layer.dbeta) == {SINGLE}
    assert types(layer.backward(ones.astype(DOUBLE))) == {DOUBLE}
    assert types(layer.gamma, layer.beta, layer.running_mean, layer.running_var) == {DOUBLE}


def test_recurrent_classes_give_what_they_get_and_keep_their_own() -> None:
    rnn = ref.VanillaRNN(2, 3, 4)
    assert types(rnn.forward(np.ones(2, SINGLE)), rnn.hidden_state) == {SINGLE}
    assert types(rnn.forward(np.ones(2)), rnn.hidden_state, rnn.W_hh) == {DOUBLE}
    cell, x, h = ref.RNNCell(2, 3), np.ones((5, 2), SINGLE), np.ones((5, 3), SINGLE)
    assert types(cell(x, h), cell(x, h.astype(DOUBLE)), *cell.backward(h, h, x, h)) == {SINGLE}
    assert types(cell(x.astype(DOUBLE), h), cell.W_ih, cell.dW_ih, cell.db_hh) == {DOUBLE}
    classifier = ref.RNNPhonemeClassifier(2, 3, 4)
    x, delta = np.ones((5, 6, 2), SINGLE), np.ones((5, 4), SINGLE)
    assert types(classifier(x), classifier.backward(delta), *classifier.hiddens) == {SINGLE}
    assert types(classifier.backward(delta.astype(DOUBLE)), classifier.rnn[0].dW_ih) == {DOUBLE}
    assert types(classifier(x.astype(DOUBLE), np.ones((2, 5, 3), SINGLE))) == {DOUBLE}


@pytest.mark.parametrize("name", CALLS)
def test_strides_and_memory_order_make_no_difference(name: str) -> None:
    call, shapes = CALLS[name]
    rng = np.random.default_rng(0)
    plain = [rng.normal(size=shape) for shape in shapes]
    strided = [np.repeat(np.asfortranarray(a)[::-1], 2, axis=-1)[..., ::2][::-1] for a in plain]
    for a, b in zip(arrays_of(call(*plain)), arrays_of(call(*strided)), strict=True):
        assert a.shape == b.shape
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
