"""Real data, small enough to come with the package: nothing is downloaded. See README.md for sources and licences.

::

    digits      1,797 handwritten digits, 8 x 8
    phonemes    2,790 clips of synthesised speech, log-mel frames
    photograph  one photograph, in any size up to 384 x 384

`cases/` holds what the visible checks compare with (see dnnkit.check.stored).
"""

from importlib import resources
from typing import NamedTuple

import numpy as np

from dnnkit.errors import CourseError

__all__ = ["Examples", "digits", "phonemes", "photograph"]


class Examples(NamedTuple):
    """Examples to train on, others to test on, and what the labels mean.

    x_train, x_test: (N, ...) floats; y_train, y_test: (N,) ints, an index into names.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    names: tuple[str, ...]


def digits() -> Examples:
    """Handwritten digits, one channel, ink from 0 to 1; every fifth is for the test.

    Returns x (N, 8, 8, 1) and labels 0..9.

    >>> digits().x_train.shape, digits().x_test.shape
    ((1438, 8, 8, 1), (359, 8, 8, 1))
    """
    stored = _load("digits.npz")
    x, y = stored["images"][..., None] / 16, stored["labels"].astype(int)
    test = np.arange(len(x)) % 5 == 4
    return Examples(x[~test], y[~test], x[test], y[test], tuple("0123456789"))


def phonemes() -> Examples:
    """Clips of speech, about a sixth of a second each; the test has other voices than the training.

    Returns x (N, 16, 20), 16 frames of 20 mel bands in dB above the clip's mean, and the phoneme in the middle.

    >>> phonemes().x_train.shape, phonemes().x_test.shape
    ((2250, 16, 20), (540, 16, 20))
    >>> len(phonemes().names)
    15
    """
    stored = _load("phonemes.npz")
    x_train, x_test = ((stored[name] - 128.0) * stored["step"] for name in ("x_train", "x_test"))
    y_train, y_test = (stored[name].astype(int) for name in ("y_train", "y_test"))
    return Examples(x_train, y_train, x_test, y_test, tuple(stored["names"].tolist()))


def photograph(size: int | None = None) -> np.ndarray:
    """matplotlib's sample photograph, a portrait of Grace Hopper, colours from 0 to 1.

    Returns (600, 512, 3), or with a size (size, size, 3): a square around the face, each pixel the mean of an area.
    Raises ValueError when the size is not from 1 to 384, the pixels of that square.

    >>> photograph(size=96).shape
    (96, 96, 3)
    """
    from matplotlib.cbook import get_sample_data
    from matplotlib.image import imread

    picture = imread(get_sample_data("grace_hopper.jpg", asfileobj=False)) / 255
    if size is None:
        return picture
    square = picture[20:404, 96:480]
    if not 1 <= size <= len(square):
        raise ValueError(f"photograph: got size {size}; expected None or 1 to {len(square)}")
    edges = np.arange(size + 1) * len(square) // size
    sums = np.add.reduceat(np.add.reduceat(square, edges[:-1], axis=0), edges[:-1], axis=1)
    sides = np.diff(edges)
    return sums / (sides[:, None] * sides)[..., None]


def _load(name: str) -> dict[str, np.ndarray]:
    """All arrays of a file beside this one."""
    file = resources.files(__name__) / name
    if not file.is_file():
        raise CourseError(f"dnnkit's data file {name} is missing; install dnnkit again.")
    with file.open("rb") as stream, np.load(stream, allow_pickle=False) as stored:
        return dict(stored)
