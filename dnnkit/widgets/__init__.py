"""Widgets: pictures that answer a finger at once, every number of them computed by NumPy."""

from dnnkit.widgets.batch_norm_axes import BatchNormAxes
from dnnkit.widgets.pooling import Pooling
from dnnkit.widgets.sliding_filter import SlidingFilter
from dnnkit.widgets.unrolled_rnn import UnrolledRNN
from dnnkit.widgets.view import View

__all__ = ["BatchNormAxes", "Pooling", "SlidingFilter", "UnrolledRNN", "View"]
