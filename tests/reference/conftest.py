"""PyTorch is the oracle of these tests: optional on a desk, obligatory where the suite decides."""

import os
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    if not os.environ.get("CI"):
        pytest.importorskip("torch")
    import torch

    torch.set_num_threads(1)
    return torch
