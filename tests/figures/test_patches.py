"""The change of a filter as a combination of patches: what is written, what is chosen, what is refused."""

import numpy as np
import pytest

from dnnkit import figures

PATCHES = np.arange(8).reshape(2, 2, 2)


def test_combination_writes_every_patch_with_its_coefficient() -> None:
    (axes,) = figures.combination(PATCHES, [-0.5, 2], [[8, 9.5], [11, 12.5]], name="change").axes
    written = [text.get_text() for text in axes.texts]
    first, second = ["−0.5 ·", "0", "1", "2", "3", "+"], ["2 ·", "4", "5", "6", "7", "="]
    assert written == first + second + ["change", "8", "9.5", "11", "12.5"]


def test_combination_shows_the_largest_coefficients_of_many_and_counts_the_rest() -> None:
    coefficients = np.array([1, -9, 2, 8, -3, 7, 4, -6, 5, 0.5])
    (axes,) = figures.combination(np.ones((10, 1, 1)), coefficients, [[9.5]]).axes
    written = [text.get_text() for text in axes.texts]
    assert [text for text in written if text.endswith("·")] == ["−9 ·", "8 ·", "7 ·", "−6 ·", "5 ·", "4 ·"]
    assert "4\nmore" in written


def test_combination_leaves_out_numbers_that_would_not_fit() -> None:
    (axes,) = figures.combination(np.ones((6, 5, 5)), np.ones(6), np.full((5, 5), 6)).axes
    assert [text.get_text() for text in axes.texts if text.get_text()] == ["1 ·", "+"] * 5 + ["1 ·", "=", "sum"]


@pytest.mark.parametrize(
    ("patches", "coefficients", "total"),
    [
        (PATCHES, [1, 2, 3], np.eye(2)),
        (PATCHES, [1, 2], np.eye(3)),
        (PATCHES[0], [1, 2], np.eye(2)),
        (np.zeros((0, 2, 2)), [], np.eye(2)),
        (PATCHES, [1, 2], 5),
    ],
)
def test_combination_refuses_shapes_that_do_not_go_together(patches: list, coefficients: list, total: list) -> None:
    with pytest.raises(ValueError, match="combination: "):
        figures.combination(patches, coefficients, total)
