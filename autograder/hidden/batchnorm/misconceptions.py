"""Notebook 05: mistakes worth naming in batch normalisation.

Each is what a student might hand in, complete in itself; its docstring is the hint. Those of images are in
`images`, those of the layer in `layer_mistakes`.
"""

import numpy as np

from autograder.hidden.batchnorm.images import BATCHNORM_CNN, BATCHNORM_CNN_BACKWARD
from autograder.hidden.batchnorm.layer_mistakes import MISTAKES
from autograder.hidden.named import named
from autograder.items import Misconception

__all__ = ["MISCONCEPTIONS"]


def sample_variance(x, gamma, beta, epsilon=1e-8):
    """Population or sample variance: by what do you divide?"""
    inv_std = 1 / np.sqrt(np.sum((x - x.mean(axis=0)) ** 2, axis=0) / max(len(x) - 1, 1) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def epsilon_outside_the_root(x, gamma, beta, epsilon=1e-8):
    """Where does epsilon stand, under the root or beside it? Try a large one."""
    inv_std = 1 / (np.sqrt(x.var(axis=0)) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def epsilon_of_another_size(x, gamma, beta, epsilon=1e-5):
    """Which epsilon is asked for when none is given?"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def statistics_of_each_example(x, gamma, beta, epsilon=1e-8):
    """Is the mean taken over the batch or over the features?"""
    inv_std = 1 / np.sqrt(x.var(axis=1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std[:, 0])


def statistics_of_everything(x, gamma, beta, epsilon=1e-8):
    """Has every feature a mean and a variance of its own?"""
    inv_std = np.full(x.shape[1], 1 / np.sqrt(x.var() + epsilon))
    x_hat = (x - x.mean()) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def divides_by_the_variance(x, gamma, beta, epsilon=1e-8):
    """Standard deviation or variance: what brings the variance to 1?"""
    inv_std = 1 / (x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def forgets_scale_and_shift(x, gamma, beta, epsilon=1e-8):
    """Which of the arguments does your y not depend on?"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return x_hat, (x_hat, gamma, inv_std)


def shifts_before_scaling(x, gamma, beta, epsilon=1e-8):
    """Which comes first, gamma or beta?"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * (x_hat + beta), (x_hat, gamma, inv_std)


def keeps_std_for_the_backward(x, gamma, beta, epsilon=1e-8):
    """y is right; does the cache hold the standard deviation, or its inverse?"""
    std = np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def keeps_a_row_for_the_backward(x, gamma, beta, epsilon=1e-8):
    """y is right; which shape is inv_std asked for in the cache?"""
    inv_std = 1 / np.sqrt(x.var(axis=0, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def keeps_x_for_the_backward(x, gamma, beta, epsilon=1e-8):
    """y is right; does the cache hold x or x_hat?"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x, gamma, inv_std)


def normalises_in_place(x, gamma, beta, epsilon=1e-8):
    """What is left of x after the call? An operator like -= works on the caller's array."""
    x -= x.mean(axis=0)
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x *= inv_std
    return gamma * x + beta, (x, gamma, inv_std)


def statistics_taken_for_constants(dy, cache):
    """The mean and the variance depend on x, too: which terms does that give?"""
    x_hat, gamma, inv_std = cache
    return gamma * inv_std * dy, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def mean_term_dropped(dy, cache):
    """If one x grows by a little, so does the mean: which term says so?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - x_hat * dgamma / len(dy)), dgamma, dbeta


def variance_term_dropped(dy, cache):
    """If one x grows by a little, the variance changes: which term says so?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - dbeta / len(dy)), dgamma, dbeta


def statistics_terms_not_averaged(dy, cache):
    """How much of the mean does one example make up?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - dbeta - x_hat * dgamma), dgamma, dbeta


def variance_term_with_the_wrong_sign(dy, cache):
    """Does a larger variance make y larger or smaller?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta - x_hat * dgamma) / len(dy)), dgamma, dbeta


def sample_variance_in_the_backward(dy, cache):
    """The forward took the population variance: by what must the backward divide?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - dbeta / len(dy) - x_hat * dgamma / max(len(dy) - 1, 1)), dgamma, dbeta


def dx_forgets_gamma(dy, cache):
    """On its way to x the gradient passes gamma: where does it come in?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def dx_forgets_the_deviation(dy, cache):
    """On its way to x the gradient passes the division by the standard deviation: where does it come in?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def dgamma_and_dbeta_averaged(dy, cache):
    """One gamma scales all examples: is its gradient a mean or a sum?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).mean(axis=0), dy.mean(axis=0)
    return gamma * inv_std * (dy - dbeta - x_hat * dgamma), dgamma, dbeta


def dgamma_without_x_hat(dy, cache):
    """y = gamma * x_hat + beta: what is the derivative with respect to gamma?"""
    x_hat, gamma, inv_std = cache
    dx_hat = dy * gamma
    dx = inv_std * (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0))
    return dx, dy.sum(axis=0), dy.sum(axis=0)


def dgamma_not_summed(dy, cache):
    """Which shape has gamma, and so its gradient?"""
    x_hat, gamma, inv_std = cache
    dx_hat = dy * gamma
    dx = inv_std * (dx_hat - dx_hat.mean(axis=0) - x_hat * (dx_hat * x_hat).mean(axis=0))
    return dx, dy * x_hat, dy


def gradients_in_another_order(dy, cache):
    """In which order are the three gradients asked for?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy)), dbeta, dgamma


def scales_dy_in_place(dy, cache):
    """What is left of dy after the call? An operator like *= works on the caller's array."""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dy *= gamma
    return inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0)), dgamma, dbeta


MISCONCEPTIONS: dict[str, tuple[Misconception, ...]] = {
    "batchnorm": named(
        sample_variance,
        epsilon_outside_the_root,
        epsilon_of_another_size,
        statistics_of_each_example,
        statistics_of_everything,
        divides_by_the_variance,
        forgets_scale_and_shift,
        shifts_before_scaling,
        keeps_std_for_the_backward,
        keeps_a_row_for_the_backward,
        keeps_x_for_the_backward,
        normalises_in_place,
    ),
    "batchnorm_backward": named(
        statistics_taken_for_constants,
        mean_term_dropped,
        variance_term_dropped,
        statistics_terms_not_averaged,
        variance_term_with_the_wrong_sign,
        sample_variance_in_the_backward,
        dx_forgets_gamma,
        dx_forgets_the_deviation,
        dgamma_and_dbeta_averaged,
        dgamma_without_x_hat,
        dgamma_not_summed,
        gradients_in_another_order,
        scales_dy_in_place,
    ),
    "batchnorm_cnn": BATCHNORM_CNN,
    "batchnorm_cnn_backward": BATCHNORM_CNN_BACKWARD,
    "BatchNorm2d": MISTAKES,
}
