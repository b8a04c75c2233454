"""PyTorch is the oracle of these tests: optional on a desk, obligatory where the suite decides."""

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings

from dnnkit.numeric import relative_error

# No test passes or fails by how long it takes on a busy machine.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="module", autouse=True)
def all_memory_is_written(no_lucky_memory: None) -> None:
    """The reference leaves no number unwritten in an array that it returns."""


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    if not os.environ.get("CI"):
        pytest.importorskip("torch")
    import torch

    torch.set_num_threads(1)
    torch.backends.mkldnn.set_flags(False)  # oneDNN's float32 convolutions crash on some tiny images
    return torch


@pytest.fixture(scope="session")
def agree() -> Callable[[np.ndarray, Any, type], None]:
    """Ours has the asked type and PyTorch's values: to 1e-10 in float64, to rounding (1e-4) in float32."""

    def check(ours: np.ndarray, theirs: Any, dtype: type) -> None:
        expected = theirs.detach().numpy()
        assert ours.dtype == dtype
        if dtype == np.float64:
            assert relative_error(ours, expected) < 1e-10
        else:
            np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-4)

    return check
