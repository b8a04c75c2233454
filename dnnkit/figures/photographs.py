"""Photographs, their channels, and gradients over them."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from dnnkit.figures.page import DIVERGING, FAINT, INK, page

__all__ = ["gradient_over", "images"]

SIDE = 8.6  # inches, the width of a notebook's page


def images(named: dict[str, ArrayLike]) -> Figure:
    """Images side by side under their names.

    named: name -> (H, W, 3), colours in [0, 1], or (H, W), any numbers: grey from smallest to largest.
    Raises ValueError when there is no image, or one of another shape.
    """
    if not named:
        raise ValueError("images: no images came; expected a dictionary from names to arrays")
    pictures = {name: np.asarray(picture, float) for name, picture in named.items()}
    for name, picture in pictures.items():
        if not (picture.ndim == 2 or (picture.ndim == 3 and picture.shape[2] == 3)):
            raise ValueError(f"images: {name!r} has shape {picture.shape}; expected (H, W) or (H, W, 3)")
    tallest = max(picture.shape[0] / picture.shape[1] for picture in pictures.values())
    width = min(3.2, SIDE / len(pictures))
    figure = page(width * len(pictures), width * tallest + 0.4)
    grid = figure.subplots(1, len(pictures), squeeze=False)[0]
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.02, top=1 - 0.4 / figure.get_figheight(), wspace=0.04)
    for axes, (name, picture) in zip(grid, pictures.items(), strict=True):
        axes.imshow(np.clip(picture, 0, 1) if picture.ndim == 3 else picture, cmap="gray")
        axes.set_title(name, fontsize=10, color=INK)
        axes.axis("off")
    return figure


def gradient_over(image: ArrayLike, gradients: dict[str, ArrayLike]) -> Figure:
    """Gradients over the photograph they belong to: one row for each gradient, one column for each channel.

    image: (H, W, C) in [0, 1]; gradients: name -> (H, W, C).
    Blue is above zero, orange below; where a gradient is zero the pale photograph shows.
    Each row has its own scale.
    Raises ValueError when a gradient has not the shape of the image.
    """
    image = np.asarray(image, float)
    layers = {name: np.asarray(gradient, float) for name, gradient in gradients.items()}
    for name, gradient in layers.items():
        if image.ndim != 3 or gradient.shape != image.shape:
            raise ValueError(
                f"gradient_over: {name!r} is {gradient.shape}, the image {image.shape}; expected (H, W, C)"
            )
    H, W, C = image.shape
    width = min(2.8, SIDE / C)
    figure = page(width * C, len(layers) * (width * H / W + 0.35))
    grid = figure.subplots(len(layers), C, squeeze=False)
    top = 0.32 / figure.get_figheight()
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=1 - top, wspace=0.04, hspace=0.35 * W / (width * H))
    for row, (name, gradient) in zip(grid, layers.items(), strict=True):
        largest = np.abs(gradient).max() or 1
        for channel, axes in enumerate(row):
            strength = gradient[:, :, channel] / largest
            overlay = DIVERGING(np.where(strength > 0, 1.0, 0.0))
            overlay[..., 3] = np.abs(strength) ** 0.5
            axes.imshow(0.7 + 0.3 * image[:, :, channel], cmap="gray", vmin=0, vmax=1)
            axes.imshow(overlay, interpolation="nearest")
            axes.set_title(f"{name}, channel {channel}", fontsize=9, color=FAINT)
            axes.axis("off")
    return figure
