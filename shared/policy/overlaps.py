"""Which programmes exclude each other: a place in one claims (person, group) (design.md §7)."""

from collections.abc import Mapping

from pydantic import Field

from shared.policy.base import Basis, Key, PolicyPart, Text


class OverlapGroup(PolicyPart):
    """A person holds at most one place among ``programmes``; ``exceptions`` says which stay outside, and why."""

    code: Key
    name_en: Text
    name_bn: Text
    programmes: tuple[str, ...] = Field(min_length=2)
    exceptions: Mapping[str, Text] = Field(default_factory=dict)
    basis: Basis
    source: Text
