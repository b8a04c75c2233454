"""dnnkit: the mathematics of convolutional and recurrent networks, in NumPy.

Rooms, each importing only those before it::

    errors  numeric  data       error tree, numerical gradients, stored arrays
    trace                       every intermediate number of one operation
    figures  widgets            pictures of traces
    check                       a student's function in, a report out

Nothing heavy is imported before it is used.
"""

__version__ = "0.1.0"
