"""What students never receive: hidden cases, misconceptions and other solutions, one folder a notebook.

Every folder holds ``__init__.py`` with ``ITEMS`` (cases and points), ``misconceptions.py`` (named wrong
implementations) and ``styles.py`` (other right implementations, which must get full points).
"""

import importlib
import importlib.util
from pathlib import Path

from autograder.items import Item

__all__ = ["ASSIGNMENTS", "folder_of", "items_of"]

ASSIGNMENTS = (
    "01_conv_dimensions",
    "02_conv_as_matrix",
    "03_conv_backward",
    "04_pooling",
    "05_batchnorm",
    "06_vanilla_rnn",
    "07_rnn_classifier",
)


def items_of(assignment: str) -> dict[str, Item]:
    """The judged items of an assignment by name; empty where its graded cells are ordinary tests alone.

    >>> "conv1d" in items_of("01_conv_dimensions")
    True
    >>> items_of("of_your_own")
    {}
    """
    module = f"{__name__}.{_package(assignment)}"
    if importlib.util.find_spec(module) is None:
        return {}
    return {item.name: item for item in importlib.import_module(module).ITEMS}


def folder_of(assignment: str) -> Path:
    """Where the hidden cases of an assignment are; there is no such folder where it has none.

    >>> folder_of("04_pooling").name
    'pooling'
    """
    return Path(__file__).parent / _package(assignment)


def _package(assignment: str) -> str:
    return assignment.lstrip("0123456789_")
