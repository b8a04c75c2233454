"""What the course promises: the graded items of every notebook, their points, and the modules that take them."""

GALLERY = "00_explore"
CODE: dict[str, dict[str, int]] = {
    GALLERY: {},
    "01_conv_dimensions": {
        "conv_output_size": 3,
        "answers": 6,
        "conv_output_shape": 2,
        "conv_parameter_count": 1,
        "conv1d": 4,
        "pointwise_conv": 2,
        "pool_output_shape": 1,
        "receptive_field": 3,
    },
    "02_conv_as_matrix": {
        "conv_matrix": 5,
        "conv_vs_dense": 3,
        "im2col": 5,
        "conv2d": 4,
        "conv_matrix_2d": 4,
    },
    "03_conv_backward": {
        "conv1d_backward_x": 3,
        "conv1d_backward_w": 3,
        "conv1d_backward_x_as_conv": 2,
        "kernel_gradient": 4,
        "sgd_step": 2,
        "conv2d_backward": 8,
        "patch_decomposition": 3,
    },
    "04_pooling": {
        "by_hand": 2,
        "maxpool2d": 4,
        "maxpool2d_backward": 6,
        "avgpool2d": 2,
        "avgpool2d_backward": 4,
    },
    "05_batchnorm": {
        "batchnorm": 4,
        "batchnorm_backward": 6,
        "batchnorm_cnn": 3,
        "batchnorm_cnn_backward": 3,
        "BatchNorm2d": 5,
    },
    "06_vanilla_rnn": {
        "task_types": 2,
        "VanillaRNN": 3,
        "rnn_step_forward": 3,
        "local_gradients": 3,
        "rnn_step_backward": 5,
        "rnn_forward": 3,
        "rnn_backward": 6,
        "gradient_norms": 4,
    },
    "07_rnn_classifier": {
        "RNNCell": 4,
        "RNNCell-backward": 6,
        "RNNPhonemeClassifier": 5,
        "RNNPhonemeClassifier-backward": 8,
    },
}
WRITTEN: dict[str, dict[str, int]] = {
    GALLERY: {},
    "01_conv_dimensions": {"what_1x1_does": 2},
    "02_conv_as_matrix": {"less_expressive": 2, "why_faster": 2},
    "03_conv_backward": {"weight_sharing": 2},
    "04_pooling": {"max_or_average": 2},
    "05_batchnorm": {"why_per_channel": 2},
    "06_vanilla_rnn": {"computational_graph": 3, "vanishing_exploding": 3},
    "07_rnn_classifier": {},
}
MODULE = {
    "01_conv_dimensions": "conv",
    "02_conv_as_matrix": "conv",
    "03_conv_backward": "conv",
    "04_pooling": "pooling",
    "05_batchnorm": "batchnorm",
    "06_vanilla_rnn": "rnn",
    "RNNCell": "rnn_cell",
    "RNNPhonemeClassifier": "rnn_classifier",
}
