"""Pictures of the course: arrays in, a matplotlib Figure out.

::

    sliding          a filter at all its positions on a padded vector
    receptive_field  what one output of a stack of layers sees of its input
    shapes           the shape after every layer of a network, as blocks
    windows          pooling windows over an image, with the entries that won
    arrays           small arrays side by side, every entry a number on a diverging colour
    images           photographs or channels side by side
    gradient_over    gradients drawn over the photograph they belong to
    product          a small matrix times a vector, every entry a number
    pattern          a large matrix as a pattern of colours
    combination      coefficients times patches, and what they add up to
    measured         measured numbers over a size, on logarithmic axes
    curves           losses, norms or states over steps
    unrolled         a recurrent network unrolled in time
    step_graph       one scalar step of a recurrent network as a computational graph
    stacked          layers of recurrent cells through time, forward or backward
    histograms       how numbers are spread, panels over one range
    confusion        which class was taken for which

The figures show the numbers that they are given, above all the student's own, and work out none of them.
They use `matplotlib.figure.Figure` without pyplot: importing this room is light, and no figure stays open.
"""

from dnnkit.figures.arrays import arrays
from dnnkit.figures.classifier import stacked
from dnnkit.figures.curves import curves
from dnnkit.figures.matrices import pattern, product
from dnnkit.figures.measurements import measured
from dnnkit.figures.networks import receptive_field, shapes
from dnnkit.figures.patches import combination
from dnnkit.figures.photographs import gradient_over, images
from dnnkit.figures.pooling import windows
from dnnkit.figures.recurrent import step_graph, unrolled
from dnnkit.figures.training import confusion, histograms
from dnnkit.figures.vectors import sliding

__all__ = [
    "arrays",
    "combination",
    "confusion",
    "curves",
    "gradient_over",
    "histograms",
    "images",
    "measured",
    "pattern",
    "product",
    "receptive_field",
    "shapes",
    "sliding",
    "stacked",
    "step_graph",
    "unrolled",
    "windows",
]
