"""The graded answers of the course, readable and fast. Not part of what students install.

::

    dimensions       01      output sizes, parameters, receptive field
    convolution_1d   01-03   of vectors: as a sliding filter and as a matrix
    convolution_2d   01-03   of images: im2col and one matrix product
    pooling          04      maximum and mean of windows
    batchnorm        05      of features and of channels
    rnn              06      one step, a sequence, gradients through time
    rnn_classifier   07      Elman cells in layers, and a classifier on top

Arrays go in as they are and are never changed; float32 in gives float32 out. The type of x decides (of X, of h), or
that of dy where there is no x, and whatever meets it is cast to it; integers become float64. What a class keeps from
call to call (weights, gradients that add up, running statistics) stays in its own type.
A call that makes no sense raises ``ValueError`` with the shapes in words.
"""

from dnnkit.reference.batchnorm import (
    BatchNorm2d,
    batchnorm,
    batchnorm_backward,
    batchnorm_cnn,
    batchnorm_cnn_backward,
)
from dnnkit.reference.convolution_1d import (
    conv1d,
    conv1d_backward_w,
    conv1d_backward_x,
    conv1d_backward_x_as_conv,
    conv_matrix,
    conv_vs_dense,
)
from dnnkit.reference.convolution_2d import (
    conv2d,
    conv2d_backward,
    conv_matrix_2d,
    im2col,
    kernel_gradient,
    patch_decomposition,
    pointwise_conv,
    sgd_step,
)
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
from dnnkit.reference.rnn import (
    VanillaRNN,
    gradient_norms,
    local_gradients,
    rnn_backward,
    rnn_forward,
    rnn_step_backward,
    rnn_step_forward,
    task_types,
)
from dnnkit.reference.rnn_classifier import (
    RNNCell,
    RNNPhonemeClassifier,
)

__all__ = [
    "BatchNorm2d",
    "RNNCell",
    "RNNPhonemeClassifier",
    "VanillaRNN",
    "answers",
    "avgpool2d",
    "avgpool2d_backward",
    "batchnorm",
    "batchnorm_backward",
    "batchnorm_cnn",
    "batchnorm_cnn_backward",
    "conv1d",
    "conv1d_backward_w",
    "conv1d_backward_x",
    "conv1d_backward_x_as_conv",
    "conv2d",
    "conv2d_backward",
    "conv_matrix",
    "conv_matrix_2d",
    "conv_output_shape",
    "conv_output_size",
    "conv_parameter_count",
    "conv_vs_dense",
    "gradient_norms",
    "im2col",
    "kernel_gradient",
    "local_gradients",
    "maxpool2d",
    "maxpool2d_backward",
    "patch_decomposition",
    "pointwise_conv",
    "pool_by_hand",
    "pool_output_shape",
    "receptive_field",
    "rnn_backward",
    "rnn_forward",
    "rnn_step_backward",
    "rnn_step_forward",
    "sgd_step",
    "task_types",
]
