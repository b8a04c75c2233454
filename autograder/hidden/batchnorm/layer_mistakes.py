"""Notebook 05: mistakes worth naming in BatchNorm2d, each in one method of an otherwise right class."""

import numpy as np

from autograder.hidden.named import named
from dnnkit.reference import BatchNorm2d

__all__ = ["MISTAKES"]


class StartsWithVarianceZero(BatchNorm2d):
    """What would an untrained layer do in evaluation, if its running variance were zero?"""

    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        super().__init__(channels, momentum, epsilon)
        self.running_var = np.zeros(channels)


class TracksThePopulationVariance(BatchNorm2d):
    """The batch is normalised with the population variance; which one do the running statistics collect?"""

    def forward(self, x):
        return _forward(self, x, unbiased=False)


class NormalisesWithTheUnbiasedVariance(BatchNorm2d):
    """The running statistics collect the unbiased variance; which one normalises the batch?"""

    def forward(self, x):
        y = _forward(self, x)
        if not self.training:
            return y
        ratio = np.sqrt(x.var(axis=(0, 1, 2)) + self.epsilon) / np.sqrt(x.var(axis=(0, 1, 2), ddof=1) + self.epsilon)
        return self.beta + (y - self.beta) * ratio


class SwapsTheMomentum(BatchNorm2d):
    """Is momentum the part of the old value or of the new one?"""

    def forward(self, x):
        return _forward(self, x, share=1 - self.momentum)


class UsesTheBatchInEvaluation(BatchNorm2d):
    """Whose statistics are used in evaluation?"""

    def forward(self, x):
        training, self.training = self.training, True
        kept = self.running_mean, self.running_var
        y = super().forward(x) if x[..., 0].size > 1 else self.beta + 0 * x
        self.training = training
        if not training:
            self.running_mean, self.running_var = kept
        return y


class TracksInEvaluation(BatchNorm2d):
    """Do the running statistics change in evaluation?"""

    def forward(self, x):
        y = super().forward(x)
        if not self.training and x[..., 0].size > 1:
            mean, var = x.mean(axis=(0, 1, 2)), x.var(axis=(0, 1, 2), ddof=1)
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * var
        return y


class NormalisesWithTheRunningStatistics(BatchNorm2d):
    """Whose statistics are used while training?"""

    def forward(self, x):
        super().forward(x)
        return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.epsilon) + self.beta


class AddsGradientsUp(BatchNorm2d):
    """Are dgamma and dbeta set at each backward, or added to what is there?"""

    def backward(self, dy):
        before = getattr(self, "dgamma", 0), getattr(self, "dbeta", 0)
        dx = super().backward(dy)
        self.dgamma, self.dbeta = self.dgamma + before[0], self.dbeta + before[1]
        return dx


class PassesGradientsByTheStatistics(BatchNorm2d):
    """Mean and variance depend on x too; what do they send back?"""

    def forward(self, x):
        self.std = np.sqrt(x.var(axis=(0, 1, 2)) + self.epsilon)
        return super().forward(x)

    def backward(self, dy):
        super().backward(dy)
        return dy * self.gamma / self.std


def _forward(layer, x, unbiased=True, share=None):
    """The right forward, but for what an argument says."""
    kept = layer.running_mean, layer.running_var
    y = super(type(layer), layer).forward(x)
    if layer.training:
        share = layer.momentum if share is None else share
        var = x.var(axis=(0, 1, 2), ddof=1 if unbiased else 0)
        layer.running_mean = (1 - share) * kept[0] + share * x.mean(axis=(0, 1, 2))
        layer.running_var = (1 - share) * kept[1] + share * var
    return y


MISTAKES = named(
    StartsWithVarianceZero,
    TracksThePopulationVariance,
    NormalisesWithTheUnbiasedVariance,
    SwapsTheMomentum,
    UsesTheBatchInEvaluation,
    TracksInEvaluation,
    NormalisesWithTheRunningStatistics,
    AddsGradientsUp,
    PassesGradientsByTheStatistics,
)
