"""Traces: arrays in, every intermediate number of one operation out, as frozen dataclasses.

A trace multiplies one window at a time, as the definition says. It is made for looking, not for speed.
"""

from dnnkit.trace.batchnorm import BatchNormTrace, trace_batchnorm
from dnnkit.trace.compare import Comparison, compare, compare_each, effective_matrix
from dnnkit.trace.conv import ConvTrace, trace_conv, upstream
from dnnkit.trace.pooling import PoolTrace, trace_pooling
from dnnkit.trace.rnn import Layer, RNNTrace, spectral_radius, trace_rnn
from dnnkit.trace.sliding import Axis, Cell, Sliding, slide

__all__ = [
    "Axis",
    "BatchNormTrace",
    "Cell",
    "Comparison",
    "ConvTrace",
    "Layer",
    "PoolTrace",
    "RNNTrace",
    "Sliding",
    "compare",
    "compare_each",
    "effective_matrix",
    "slide",
    "spectral_radius",
    "trace_batchnorm",
    "trace_conv",
    "trace_pooling",
    "trace_rnn",
    "upstream",
]
