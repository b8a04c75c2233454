"""Notebook 05: other right layers, each complete in itself."""

import numpy as np

__all__ = ["LAYERS"]


class LayerChannelByChannel:
    """One channel after the other."""

    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.gamma, self.beta = np.ones(channels), np.zeros(channels)
        self.running_mean, self.running_var = np.zeros(channels), np.ones(channels)
        self.momentum, self.epsilon, self.training = momentum, epsilon, True

    def forward(self, x):
        y, self.x_hat = np.zeros(x.shape), np.zeros(x.shape)
        self.std = np.zeros(x.shape[3])
        running_mean, running_var = self.running_mean.copy(), self.running_var.copy()
        for c in range(x.shape[3]):
            values = x[:, :, :, c]
            if self.training:
                mean, var = values.mean(), values.var()
                n = values.size
                running_mean[c] += self.momentum * (mean - running_mean[c])
                running_var[c] += self.momentum * (var * n / (n - 1) - running_var[c])
            else:
                mean, var = self.running_mean[c], self.running_var[c]
            self.std[c] = np.sqrt(var + self.epsilon)
            self.x_hat[..., c] = (values - mean) / self.std[c]
            y[..., c] = self.gamma[c] * self.x_hat[..., c] + self.beta[c]
        self.running_mean, self.running_var = running_mean, running_var
        return y

    def backward(self, dy):
        C = dy.shape[3]
        dx, self.dgamma, self.dbeta = np.zeros(dy.shape), np.zeros(C), np.zeros(C)
        for c in range(C):
            g, x_hat = dy[..., c], self.x_hat[..., c]
            self.dgamma[c], self.dbeta[c] = np.sum(g * x_hat), np.sum(g)
            dx[..., c] = self.gamma[c] / self.std[c] * (g - g.mean() - x_hat * np.mean(g * x_hat))
        return dx


class LayerWithChannelsFirst:
    """Channels as rows: a matrix (C, B * H * W) and back."""

    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.gamma = np.full(channels, 1.0)
        self.beta = np.full(channels, 0.0)
        self.running_mean = np.full(channels, 0.0)
        self.running_var = np.full(channels, 1.0)
        self.training = True
        self.momentum = momentum
        self.epsilon = epsilon

    def forward(self, x):
        rows = np.moveaxis(x, -1, 0).reshape(x.shape[-1], -1)
        if self.training:
            mean, var = rows.mean(1), rows.var(1)
            unbiased = np.cov(rows).reshape(len(rows), -1).diagonal()
            self.running_mean = (1 - self.momentum) * self.running_mean + self.momentum * mean
            self.running_var = (1 - self.momentum) * self.running_var + self.momentum * unbiased
        else:
            mean, var = self.running_mean, self.running_var
        self.inv_std = (var + self.epsilon) ** -0.5
        self.x_hat = (x - mean) * self.inv_std
        return self.gamma * self.x_hat + self.beta

    def backward(self, dy):
        self.dgamma = np.einsum("bhwc,bhwc->c", dy, self.x_hat)
        self.dbeta = np.einsum("bhwc->c", dy)
        count = dy[..., 0].size
        return self.gamma * self.inv_std * (dy - self.dbeta / count - self.x_hat * self.dgamma / count)


class LayerStepByStep:
    """Backward along the graph: x_hat, variance, mean."""

    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.gamma, self.beta = np.ones((channels,)), np.zeros((channels,))
        self.running_mean, self.running_var = np.zeros((channels,)), np.ones((channels,))
        self.momentum, self.epsilon = momentum, epsilon
        self.training = True

    def forward(self, x):
        if not self.training:
            return self.gamma * (x - self.running_mean) / np.sqrt(self.running_var + self.epsilon) + self.beta
        m = self.momentum
        self.mu = np.mean(x, axis=(0, 1, 2))
        self.var = np.mean((x - self.mu) ** 2, axis=(0, 1, 2))
        self.running_mean = m * self.mu + (1 - m) * self.running_mean
        self.running_var = m * np.var(x, axis=(0, 1, 2), ddof=1) + (1 - m) * self.running_var
        self.x = x
        return self.gamma * (x - self.mu) / np.sqrt(self.var + self.epsilon) + self.beta

    def backward(self, dy):
        centred, s = self.x - self.mu, np.sqrt(self.var + self.epsilon)
        n = self.x.shape[0] * self.x.shape[1] * self.x.shape[2]
        self.dgamma = np.sum(dy * centred / s, axis=(0, 1, 2))
        self.dbeta = dy.sum(axis=0).sum(axis=0).sum(axis=0)
        dx_hat = dy * self.gamma
        dvar = np.sum(dx_hat * centred, axis=(0, 1, 2)) * -0.5 / s**3
        dmu = -np.sum(dx_hat, axis=(0, 1, 2)) / s
        return dx_hat / s + dvar * 2 * centred / n + dmu / n


class LayerOfRows:
    """Every pixel a row, and the gradient of a channel through its Jacobian."""

    def __init__(self, channels, momentum=0.1, epsilon=1e-5):
        self.momentum, self.epsilon, self.training = momentum, epsilon, True
        self.gamma = np.ones(channels)
        self.beta = np.zeros(channels)
        self.running_mean = np.zeros(channels)
        self.running_var = np.ones(channels)

    def forward(self, x):
        rows = x.reshape(-1, x.shape[-1])
        mean, var = self.running_mean, self.running_var
        if self.training:
            N = len(rows)
            mean, var = rows.sum(axis=0) / N, rows.var(axis=0)
            self.running_mean = self.running_mean + self.momentum * (mean - self.running_mean)
            self.running_var = self.running_var + self.momentum * (var * N / (N - 1) - self.running_var)
        self.inv_std = 1 / np.sqrt(var + self.epsilon)
        self.x_hat = (rows - mean) * self.inv_std
        return (self.x_hat * self.gamma + self.beta).reshape(x.shape)

    def backward(self, dy):
        rows = dy.reshape(-1, dy.shape[-1])
        N = len(rows)
        self.dgamma, self.dbeta = (rows * self.x_hat).sum(axis=0), rows.sum(axis=0)
        dx = np.empty(rows.shape)
        for c in range(rows.shape[1]):
            jacobian = np.eye(N) - 1 / N - np.outer(self.x_hat[:, c], self.x_hat[:, c]) / N
            dx[:, c] = self.gamma[c] * self.inv_std[c] * (jacobian @ rows[:, c])
        return dx.reshape(dy.shape)


LAYERS = (LayerChannelByChannel, LayerWithChannelsFirst, LayerStepByStep, LayerOfRows)
