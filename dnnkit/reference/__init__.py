"""The graded answers of the course, readable and fast. Not part of what students install.

::

    dimensions       01  output sizes, parameters, receptive field
    convolution      01-03  one and two dimensions, as loops over taps and as matrices, forward and backward
    pooling          04  max and average

Arrays go in as they are and are never changed; float32 in gives float32 out.
A call that makes no sense raises ``ValueError`` with the shapes in words.
"""

from dnnkit.reference.convolution import conv1d, pointwise_conv
from dnnkit.reference.dimensions import (
    answers,
    conv_output_shape,
    conv_output_size,
    conv_parameter_count,
    pool_output_shape,
    receptive_field,
)
from dnnkit.reference.pooling import (
    avgpool2d,
    avgpool2d_backward,
    maxpool2d,
    maxpool2d_backward,
    pool_by_hand,
)

__all__ = [
    "answers",
    "avgpool2d",
    "avgpool2d_backward",
    "conv1d",
    "conv_output_shape",
    "conv_output_size",
    "conv_parameter_count",
    "maxpool2d",
    "maxpool2d_backward",
    "pointwise_conv",
    "pool_by_hand",
    "pool_output_shape",
    "receptive_field",
]
