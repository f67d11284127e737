"""What a verification of an invariant is, so that ``dsr check`` can run those of all services (design.md §6).

A service names its checks under the entry-point group ``dsr.checks`` in pyproject.toml.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from shared.settings import Settings

GROUP = "dsr.checks"


class Finding(NamedTuple):
    """Whether an invariant holds. ``id`` is its number (``I4``); ``detail`` says what was seen."""

    id: str
    holds: bool
    detail: str


Check = Callable[[Settings], Awaitable[Sequence[Finding]]]
"""Reads live data and changes nothing. May raise ``DsrError`` when it cannot look."""
