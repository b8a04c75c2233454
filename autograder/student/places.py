"""Finding what a request names: a global, or an instance made earlier, and parts of either."""

from collections.abc import Mapping, Sequence
from typing import Any

Place = Sequence[str | int]  # a global's name or an instance's number, then attributes, keys and indices


class NotFound(LookupError):
    """Nothing stands at a place."""


class Places:
    """The globals of the notebook and the instances that were made for the grader."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._made: list[Any] = []

    def keep(self, value: Any) -> int:
        """Remember an instance; returns its number."""
        self._made.append(value)
        return len(self._made) - 1

    def find(self, place: Place) -> Any:
        """What stands at `place`. Raises NotFound."""
        first, *rest = place
        known: Any = self._made if isinstance(first, int) else self.namespace
        try:
            value = known[first]
            for part in rest:
                by_key = isinstance(value, (Mapping, list, tuple))
                value = value[part] if by_key else getattr(value, str(part))
        except (LookupError, AttributeError) as error:
            raise NotFound(str(error)) from None
        return value

    def put(self, place: Place, value: Any) -> None:
        """Set the attribute at the end of `place`. Raises NotFound."""
        setattr(self.find(place[:-1]), str(place[-1]), value)
