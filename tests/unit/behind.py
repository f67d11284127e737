"""One HTTP side for all tests of a service: to make it takes longer than most tests that ask it something."""

from collections.abc import Callable
from typing import Any, Generic, TypeVar

W = TypeVar("W")


class Behind(Generic[W]):
    """What is behind an HTTP side: the ``world`` that a test has put there last."""

    world: W

    def part(self, of: Callable[[W], Any]) -> Any:
        """Stands for a part of the world, of whichever it is when it is used."""
        return _Part(self, of)


class _Part:
    def __init__(self, behind: Behind[Any], of: Callable[[Any], Any]) -> None:
        self._behind, self._of = behind, of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._of(self._behind.world), name)
