"""The MyTorch cell and classifier against PyTorch's, and against the numerical gradient of their own forward."""

from types import ModuleType

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dnnkit import reference as ref
from dnnkit.numeric import numerical_gradient, relative_error

sweep = settings(max_examples=50)
PARAMETERS = ("W_ih", "W_hh", "b_ih", "b_hh")


def draw_weights(rng: np.random.Generator, D: int, H: int, O: int, L: int, dtype: type = np.float64) -> tuple:  # noqa: E741
    def draw(*shape: int) -> np.ndarray:
        return (0.7 * rng.normal(size=shape)).astype(dtype)

    layers = [(draw(H, D if layer == 0 else H), draw(H, H), draw(H), draw(H)) for layer in range(L)]
    return layers, (draw(O, H), draw(O))


@sweep
@given(
    B=st.integers(1, 4),
    T=st.integers(1, 5),
    D=st.integers(1, 4),
    H=st.integers(1, 4),
    L=st.integers(1, 4),
    given_h_0=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
)
@example(B=1, T=1, D=1, H=1, L=1, given_h_0=False, dtype=np.float64)
@example(B=3, T=4, D=2, H=3, L=4, given_h_0=True, dtype=np.float64)
def test_classifier(
    torch: ModuleType, agree, B: int, T: int, D: int, H: int, L: int, given_h_0: bool, dtype: type
) -> None:
    rng = np.random.default_rng(0)
    rnn_weights, (W, b) = draw_weights(rng, D, H, 5, L, dtype)
    x, h_0, delta = (rng.normal(size=s).astype(dtype) for s in ((B, T, D), (L, B, H), (B, 5)))
    if not given_h_0:
        h_0 *= 0
    rnn = torch.nn.RNN(D, H, num_layers=L, batch_first=True, dtype=torch.from_numpy(x).dtype)
    linear = torch.nn.Linear(H, 5, dtype=torch.from_numpy(x).dtype)
    with torch.no_grad():
        for layer, weights in enumerate(rnn_weights):
            for name, value in zip(PARAMETERS, weights, strict=True):
                gate = name.replace("W", "weight").replace("b_", "bias_")
                getattr(rnn, f"{gate}_l{layer}").copy_(torch.from_numpy(value))
        linear.weight.copy_(torch.from_numpy(W))
        linear.bias.copy_(torch.from_numpy(b))
    th_0 = torch.from_numpy(h_0).requires_grad_()
    tlogits = linear(rnn(torch.from_numpy(x), th_0)[0][:, -1])
    (tlogits * torch.from_numpy(delta)).sum(dim=1).mean().backward()

    classifier = ref.RNNPhonemeClassifier(D, H, 5, num_layers=L)
    classifier.init_weights(rnn_weights, (W, b))
    logits = classifier(x, h_0) if given_h_0 else classifier(x)
    dh_0 = classifier.backward(delta)
    pairs = [(logits, tlogits), (dh_0, th_0.grad)]
    pairs += [(classifier.output_layer.dW, linear.weight.grad), (classifier.output_layer.db[:, 0], linear.bias.grad)]
    for layer, cell in enumerate(classifier.rnn):
        for name in PARAMETERS:
            gate = name.replace("W", "weight").replace("b_", "bias_")
            pairs.append((getattr(cell, f"d{name}"), getattr(rnn, f"{gate}_l{layer}").grad))
    for ours, theirs in pairs:
        agree(ours, theirs, dtype)


def test_cell_adds_up_what_it_averages() -> None:
    rng = np.random.default_rng(0)
    cell = ref.RNNCell(2, 3)
    x, h_prev_t, delta = rng.normal(size=(4, 2)), rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    h_t = cell(x, h_prev_t)
    dx, dh_prev_t = cell.backward(delta, h_t, x, h_prev_t)
    once = {name: getattr(cell, f"d{name}").copy() for name in PARAMETERS}
    assert relative_error(dx, numerical_gradient(lambda x: cell(x, h_prev_t), x, delta)) < 1e-8
    assert relative_error(dh_prev_t, numerical_gradient(lambda h: cell(x, h), h_prev_t, delta)) < 1e-8
    for name in PARAMETERS:
        weights = {n: getattr(cell, n).copy() for n in PARAMETERS}

        def forward(value: np.ndarray, name: str = name, weights: dict = weights) -> np.ndarray:
            other = ref.RNNCell(2, 3)
            other.init_weights(**(weights | {name: value}))
            return other.forward(x, h_prev_t)

        assert relative_error(once[name], numerical_gradient(forward, weights[name], delta) / 4) < 1e-8
    cell.backward(delta, h_t, x, h_prev_t)
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(cell, f"d{name}"), 2 * once[name])
    cell.zero_grad()
    assert not any(np.any(getattr(cell, f"d{name}")) for name in PARAMETERS)


def test_every_forward_starts_afresh() -> None:
    rng = np.random.default_rng(0)
    classifier = ref.RNNPhonemeClassifier(2, 3, 4, num_layers=2)
    x, delta = rng.normal(size=(5, 6, 2)), rng.normal(size=(5, 4))
    first = classifier(x)
    dh_0 = classifier.backward(delta)
    classifier(rng.normal(size=(1, 2, 2)), np.ones((2, 1, 3)))
    np.testing.assert_array_equal(classifier(x), first)
    np.testing.assert_array_equal(classifier.backward(delta), dh_0)
    assert [h.shape for h in classifier.hiddens] == [(2, 5, 3)] * 7
    np.testing.assert_array_equal(classifier.hiddens[0], np.zeros((2, 5, 3)))
    one_step = classifier.rnn[1](classifier.rnn[0](x[:, 0], np.zeros((5, 3))), np.zeros((5, 3)))
    np.testing.assert_array_equal(classifier.hiddens[1][1], one_step)


def test_dh_0_is_the_numerical_gradient_of_the_mean_loss() -> None:
    rng = np.random.default_rng(0)
    classifier = ref.RNNPhonemeClassifier(2, 3, 4, num_layers=3)
    x, h_0, delta = rng.normal(size=(5, 4, 2)), rng.normal(size=(3, 5, 3)), rng.normal(size=(5, 4))
    classifier(x, h_0)
    dh_0 = classifier.backward(delta)
    assert relative_error(dh_0, numerical_gradient(lambda h: classifier(x, h), h_0, delta) / 5) < 1e-8


def test_given_weights_and_states_are_copied() -> None:
    rnn_weights, linear_weights = draw_weights(np.random.default_rng(0), 2, 3, 4, 1)
    classifier, h_0 = ref.RNNPhonemeClassifier(2, 3, 4, num_layers=1), np.zeros((1, 5, 3))
    classifier.init_weights(rnn_weights, linear_weights)
    classifier(np.ones((5, 2, 2)), h_0)
    for given_array, kept in (
        (rnn_weights[0][0], classifier.rnn[0].W_ih),
        (linear_weights[0], classifier.output_layer.W),
        (linear_weights[1], classifier.output_layer.b),
        (h_0, classifier.hiddens[0]),
    ):
        assert not np.shares_memory(given_array, kept)
    assert classifier.output_layer.b.shape == (4, 1)


def of_other_sizes(D: int = 2, H: int = 3, O: int = 4) -> tuple:  # noqa: E741
    return draw_weights(np.random.default_rng(1), D, H, O, 2)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (of_other_sizes(H=5), r"got W_ih of layer 0 \(5, 2\); expected \(3, 2\)"),
        (of_other_sizes(D=1), r"got W_ih of layer 0 \(3, 1\); expected \(3, 2\)"),
        ((of_other_sizes()[0], of_other_sizes(H=5)[1]), r"got W \(4, 5\); expected \(4, 3\)"),
        (of_other_sizes(O=6), r"got W \(6, 3\); expected \(4, 3\)"),
        ((of_other_sizes()[0], (np.ones((4, 3)), np.ones(3))), r"got b \(3,\); expected \(4,\)"),
    ],
)
def test_weights_that_do_not_match_change_nothing(weights: tuple, message: str) -> None:
    classifier, x = ref.RNNPhonemeClassifier(2, 3, 4), np.ones((5, 4, 2))
    before = classifier(x)
    with pytest.raises(ValueError, match=f"^RNNPhonemeClassifier.init_weights: {message}"):
        classifier.init_weights(*weights)
    np.testing.assert_array_equal(classifier(x), before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c, x: c(x[0]), r"RNNPhonemeClassifier.forward: got x \(4, 2\), .* expected x \(B, T, D\)"),
        (lambda c, x: c(x, np.zeros((1, 5, 3))), r"got h_0 \(1, 5, 3\); expected \(2, 5, 3\)"),
        (lambda c, x: c(x[:, :, :1]), "^RNNPhonemeClassifier.forward: got .* but D is 1 and 2"),
        (lambda c, x: c.rnn[0](x[:, 0, :1], np.zeros((5, 3))), "^RNNCell.forward: got .* but D is 1 and 2"),
        (lambda c, x: c.init_weights([], ()), "got weights for 0 layers; expected 2"),
        (lambda c, x: c.backward(x), r"RNNPhonemeClassifier.backward: .* forward"),
        (lambda c, x: (c(x), c.backward(np.ones((5, 3)))), r"^RNNPhone.*: got delta \(5, 3\); expected \(5, 4\)"),
        (lambda c, x: ref.RNNCell(3, 0), "^RNNCell: hidden_size is 0; expected an int of at least 1"),
        (lambda c, x: ref.RNNPhonemeClassifier(3, 5, 10, num_layers=0), "^RNNPhonemeClassifier: num_layers is 0"),
        (lambda c, x: ref.RNNPhonemeClassifier(3, 5, 0), "^RNNPhonemeClassifier: output_size is 0"),
        (lambda c, x: c.rnn[0].init_weights(*np.ones((4, 3, 3))), "RNNCell.init_weights: got"),
        (lambda c, x: c.rnn[0].backward(*np.ones((4, 5, 2))), "RNNCell.backward: got .* but H is"),
    ],
)
def test_nonsense_is_refused_in_words(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call(ref.RNNPhonemeClassifier(2, 3, 4), np.ones((5, 4, 2)))
