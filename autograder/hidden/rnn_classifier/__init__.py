"""Notebook 07: the cell and the classifier.

Both are classes: a case makes an instance, gives it weights and looks at what comes. The classifier is judged with
cells that give the right results (`helpers.py`), and its backward on the right states, so that a mistake in the
cell or in the forward is charged there and nowhere else.
"""

from autograder.hidden.rnn_classifier import cell, classifier
from autograder.hidden.rnn_classifier.helpers import cell_results
from autograder.hidden.rnn_classifier.misconceptions import MISCONCEPTIONS
from autograder.items import Item
from dnnkit import reference as ref

__all__ = ["ITEMS"]

ITEMS: list[Item] = [
    Item("RNNCell", ref.RNNCell, cell.VISIBLE_FORWARD, cell.forward, MISCONCEPTIONS["RNNCell"]),
    Item("RNNCell-backward", ref.RNNCell, cell.VISIBLE_BACKWARD, cell.backward, MISCONCEPTIONS["RNNCell-backward"]),
    Item(
        "RNNPhonemeClassifier",
        ref.RNNPhonemeClassifier,
        classifier.VISIBLE_FORWARD,
        classifier.forward,
        MISCONCEPTIONS["RNNPhonemeClassifier"],
        given=cell_results,
    ),
    Item(
        "RNNPhonemeClassifier-backward",
        ref.RNNPhonemeClassifier,
        classifier.VISIBLE_BACKWARD,
        classifier.backward,
        MISCONCEPTIONS["RNNPhonemeClassifier-backward"],
        given=cell_results,
    ),
]
