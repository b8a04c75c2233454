"""What long work is given to tell how far it is."""

from collections.abc import Callable

__all__ = ["Progress", "no_progress"]

Progress = Callable[[int, int], None]
"""Is told how many of how many are done."""


def no_progress(done: int, total: int) -> None:
    """Shows nothing."""
