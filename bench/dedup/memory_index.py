"""An index in memory, so that the engine's quality is measured without a store: blocks with a cap that are extended by
year and upazila when they are full, as the registry's are."""

from collections import Counter

from services.dedup.matching.blocking import Keys
from services.dedup.matching.engine import Engine
from services.dedup.matching.layout import Features

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
        for key in keys:
            self._add(key, number, features)
        return number

    def look_up(self, keys: Keys, features: Features) -> tuple[list[int], bool]:
        """Numbers of the records that share a key, and whether some had to be left out."""
        found: dict[int, None] = {}
        truncated = False
        blocks = self._blocks
        for key, kind in keys.items():
            block = blocks.get(key)
            if block is None:
                continue
            if isinstance(block, int):
                found[block] = None
                continue
            found.update(dict.fromkeys(block))
            if len(block) >= self._cap:
                for extended in self._engine.extended(key, features):
                    members = self._members(extended)
                    found.update(dict.fromkeys(members))
                    if len(members) < self._cap:
                        break
                else:
                    truncated = True
                    self.truncated_kinds[kind] += 1
        return list(found), truncated

    def _members(self, key: int) -> list[int]:
        block = self._blocks.get(key)
        return [] if block is None else [block] if isinstance(block, int) else block

    def _add(self, key: int, number: int, features: Features) -> None:
        if self._put(key, number):
            return
        for extended in self._engine.extended(key, features):
            if self._put(extended, number):
                return

    def _put(self, key: int, number: int) -> bool:
        """Whether there was room in this block."""
        block = self._blocks.get(key)
        if block is None:
            self._blocks[key] = number
        elif isinstance(block, int):
            self._blocks[key] = [block, number]
        elif len(block) < self._cap:
            block.append(number)
        else:
            return False
        return True
