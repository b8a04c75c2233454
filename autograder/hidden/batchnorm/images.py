"""Notebook 05: mistakes worth naming in batch normalisation of images."""

import numpy as np

from autograder.hidden.named import named

__all__ = ["BATCHNORM_CNN", "BATCHNORM_CNN_BACKWARD"]


def statistics_of_each_position(x, gamma, beta, epsilon=1e-8):
    """Does every position have statistics of its own, or every channel?"""
    inv_std = 1 / np.sqrt(x.var(axis=0) + epsilon)
    x_hat = (x - x.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def statistics_of_each_image(x, gamma, beta, epsilon=1e-8):
    """Does every image have statistics of its own, or does the whole batch count?"""
    inv_std = 1 / np.sqrt(x.var(axis=(1, 2), keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=(1, 2), keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std[:, 0, 0])


def statistics_of_each_pixel(x, gamma, beta, epsilon=1e-8):
    """Over which axes is the mean taken? One number for each channel must be left."""
    inv_std = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + epsilon)
    x_hat = (x - x.mean(axis=-1, keepdims=True)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std[..., 0])


def statistics_of_all_channels(x, gamma, beta, epsilon=1e-8):
    """Do the channels have statistics in common?"""
    inv_std = np.full(x.shape[-1], 1 / np.sqrt(x.var() + epsilon))
    x_hat = (x - x.mean()) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def reshapes_channels_first(x, gamma, beta, epsilon=1e-8):
    """After reshaping, does a column hold one channel and nothing else?"""
    C = x.shape[-1]
    flat = x.reshape(C, -1).T
    inv_std = 1 / np.sqrt(flat.var(axis=0) + epsilon)
    x_hat = (flat - flat.mean(axis=0)) * inv_std
    y = gamma * x_hat + beta
    return y.T.reshape(x.shape), (x_hat.T.reshape(x.shape), gamma, inv_std)


def sample_variance(x, gamma, beta, epsilon=1e-8):
    """Population or sample variance: by what do you divide?"""
    inv_std = 1 / np.sqrt(x.var(axis=(0, 1, 2), ddof=1) + epsilon)
    x_hat = (x - x.mean(axis=(0, 1, 2))) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def keeps_flat_x_hat(x, gamma, beta, epsilon=1e-8):
    """y is right; which shape is x_hat asked for in the cache?"""
    flat = x.reshape(-1, x.shape[-1])
    inv_std = 1 / np.sqrt(flat.var(axis=0) + epsilon)
    x_hat = (flat - flat.mean(axis=0)) * inv_std
    return (gamma * x_hat + beta).reshape(x.shape), (x_hat, gamma, inv_std)


def leaves_the_result_flat(x, gamma, beta, epsilon=1e-8):
    """Which shape has y?"""
    flat = x.reshape(-1, x.shape[-1])
    inv_std = 1 / np.sqrt(flat.var(axis=0) + epsilon)
    x_hat = (flat - flat.mean(axis=0)) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def epsilon_outside_the_root(x, gamma, beta, epsilon=1e-8):
    """Where does epsilon stand, under the root or beside it? Try a large one."""
    inv_std = 1 / (x.std(axis=(0, 1, 2)) + epsilon)
    x_hat = (x - x.mean(axis=(0, 1, 2))) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def ignores_epsilon(x, gamma, beta, epsilon=1e-8):
    """Do you hand epsilon on?"""
    inv_std = 1 / np.sqrt(x.var(axis=(0, 1, 2)) + 1e-8)
    x_hat = (x - x.mean(axis=(0, 1, 2))) * inv_std
    return gamma * x_hat + beta, (x_hat, gamma, inv_std)


def normalises_in_place(x, gamma, beta, epsilon=1e-8):
    """What is left of x after the call? An operator like -= works on the caller's array."""
    x -= x.mean(axis=(0, 1, 2))
    inv_std = 1 / np.sqrt(x.var(axis=(0, 1, 2)) + epsilon)
    x *= inv_std
    return gamma * x + beta, (x, gamma, inv_std)


def means_over_the_batch_only(dy, cache):
    """Each pixel counts as an example: over how many of them is the mean taken?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).sum(axis=(0, 1, 2)), dy.sum(axis=(0, 1, 2))
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def statistics_of_each_position_in_the_backward(dy, cache):
    """Over which axes does the forward take the mean and the variance?"""
    x_hat, gamma, inv_std = cache
    dx = gamma * inv_std * (dy - dy.mean(axis=0) - x_hat * (dy * x_hat).mean(axis=0))
    return dx, (dy * x_hat).sum(axis=(0, 1, 2)), dy.sum(axis=(0, 1, 2))


def dgamma_and_dbeta_of_each_position(dy, cache):
    """Which shape has gamma, and so its gradient?"""
    x_hat, gamma, inv_std = cache
    axes = (0, 1, 2)
    dx = gamma * inv_std * (dy - dy.mean(axis=axes) - x_hat * (dy * x_hat).mean(axis=axes))
    return dx, (dy * x_hat).sum(axis=0), dy.sum(axis=0)


def dgamma_and_dbeta_averaged(dy, cache):
    """One gamma scales all pixels of its channel: is its gradient a mean or a sum?"""
    x_hat, gamma, inv_std = cache
    dgamma, dbeta = (dy * x_hat).mean(axis=(0, 1, 2)), dy.mean(axis=(0, 1, 2))
    return gamma * inv_std * (dy - dbeta - x_hat * dgamma), dgamma, dbeta


def leaves_dx_flat(dy, cache):
    """Which shape has x, and so its gradient?"""
    x_hat, gamma, inv_std = cache
    dy, x_hat = dy.reshape(-1, len(gamma)), x_hat.reshape(-1, len(gamma))
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    return gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy)), dgamma, dbeta


def reshapes_channels_first_in_the_backward(dy, cache):
    """After reshaping, does a column hold one channel and nothing else?"""
    x_hat, gamma, inv_std = cache
    shape, C = dy.shape, len(gamma)
    dy, x_hat = dy.reshape(C, -1).T, x_hat.reshape(C, -1).T
    dgamma, dbeta = (dy * x_hat).sum(axis=0), dy.sum(axis=0)
    dx = gamma * inv_std * (dy - (dbeta + x_hat * dgamma) / len(dy))
    return dx.T.reshape(shape), dgamma, dbeta


def statistics_taken_for_constants(dy, cache):
    """The mean and the variance depend on x, too: which terms does that give?"""
    x_hat, gamma, inv_std = cache
    return gamma * inv_std * dy, (dy * x_hat).sum(axis=(0, 1, 2)), dy.sum(axis=(0, 1, 2))


def scales_dy_in_place(dy, cache):
    """What is left of dy after the call? An operator like *= works on the caller's array."""
    x_hat, gamma, inv_std = cache
    axes = (0, 1, 2)
    dgamma, dbeta = (dy * x_hat).sum(axis=axes), dy.sum(axis=axes)
    dy *= gamma
    return inv_std * (dy - dy.mean(axis=axes) - x_hat * (dy * x_hat).mean(axis=axes)), dgamma, dbeta


BATCHNORM_CNN = named(
    statistics_of_each_position,
    statistics_of_each_image,
    statistics_of_each_pixel,
    statistics_of_all_channels,
    reshapes_channels_first,
    sample_variance,
    keeps_flat_x_hat,
    leaves_the_result_flat,
    epsilon_outside_the_root,
    ignores_epsilon,
    normalises_in_place,
)

BATCHNORM_CNN_BACKWARD = named(
    means_over_the_batch_only,
    statistics_of_each_position_in_the_backward,
    dgamma_and_dbeta_of_each_position,
    dgamma_and_dbeta_averaged,
    leaves_dx_flat,
    reshapes_channels_first_in_the_backward,
    statistics_taken_for_constants,
    scales_dy_in_place,
)
