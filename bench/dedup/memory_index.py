"""An index in memory, so that the engine's quality is measured without a store: blocks with a cap that are extended by
year and upazila when they are full, as the registry's are."""

from collections import Counter

from services.dedup.matching.blocking import Candidates, Keys
from services.dedup.matching.engine import Engine
from services.dedup.matching.layout import Features
from services.dedup.matching.traits import TRAIT_BITS

CAP = 64
"""Records that a block holds before it goes on elsewhere."""


class MemoryIndex:
    """Packed features by number, found by blocking keys."""

    def __init__(self, engine: Engine, cap: int = CAP) -> None:
        self.packed: list[bytes] = []
        self.truncated_kinds: Counter[str] = Counter()
        self._engine = engine
        self._cap = cap
        self._blocks: dict[int, int | list[int]] = {}

    def add(self, packed: bytes, keys: Keys, features: Features) -> int:
        """Stores a record under its keys; its number."""
        number = len(self.packed)
        self.packed.append(packed)
        for key, (_, traits) in keys.items():
            self._add(key, number << TRAIT_BITS | traits, features)
        return number

    def look_up(self, keys: Keys, features: Features) -> tuple[list[int], bool]:
        """Numbers of the records to compare with, and whether some had to be left out."""
        candidates = Candidates(keys)
        crowded = truncated = False
        for key, (kind, _) in keys.items():
            block = self._members(key)
            candidates.add(key, block)
            if len(block) >= self._cap:
                crowded = True
                for extended in self._engine.extended(key, features):
                    members = self._members(extended)
                    candidates.add(key, members)
                    if len(members) < self._cap:
                        break
                else:
                    truncated = True
                    self.truncated_kinds[kind] += 1
        if crowded:
            candidates.leave_out_nobody()
        return list(candidates.found), truncated

    def _members(self, key: int) -> list[int]:
        block = self._blocks.get(key)
        return [] if block is None else [block] if isinstance(block, int) else block

    def _add(self, key: int, entry: int, features: Features) -> None:
        if self._put(key, entry):
            return
        for extended in self._engine.extended(key, features):
            if self._put(extended, entry):
                return

    def _put(self, key: int, entry: int) -> bool:
        """Whether there was room in this block."""
        block = self._blocks.get(key)
        if block is None:
            self._blocks[key] = entry
        elif isinstance(block, int):
            self._blocks[key] = [block, entry]
        elif len(block) < self._cap:
            block.append(entry)
        else:
            return False
        return True
