"""The plane of an array that is shown around a wrong number."""

import numpy as np
import pytest

from dnnkit.check.planes import plane


@pytest.mark.parametrize(
    ("shape", "where", "part", "framed"),
    [
        ((4,), (2,), "", [0, 2]),
        ((3, 4), (1, 2), "", [1, 2]),
        ((3, 4), None, "", None),
        ((1, 3, 4, 1), (0, 1, 2, 0), "", [1, 2]),
        ((2, 1, 3), (1, 0, 2), "", [1, 2]),
        ((2, 3, 4, 2), (1, 2, 3, 0), "[1, :, :, 0]", [2, 3]),
        ((2, 3, 2), (1, 0, 1), "[1, :, :]", [0, 1]),
        ((2, 3, 2), None, "[0, :, :]", None),
        ((30,), (29,), "[20:30]", [0, 9]),
        ((12, 11), (6, 0), "[1:11, 0:10]", [5, 0]),
    ],
)
def test_the_plane_holds_the_wrong_number_where_it_says(shape, where, part, framed):
    array = np.arange(np.prod(shape)).reshape(shape)
    found = plane("yours", array, where)
    assert (found.part, found.framed) == (part, framed)
    assert max(len(found.rows), *map(len, found.rows)) <= 10
    if where is not None:
        row, column = framed
        assert found.rows[row][column] == str(array[where])
