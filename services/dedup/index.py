"""The index: which people share a blocking key, with a block's size bounded whatever clerks type.

A row is (key, entry): two numbers of 64 bits. An entry is the person's ref, under which the packed features stand
elsewhere, above the traits that say more of the person than the key (``traits.py``). One person has some six rows;
rows are never changed or removed.

A block holds ``BLOCK_MAX`` rows, of as many people but for revisions that changed a trait. Whoever comes to a full one
is entered under the key *extended* by the year of birth, and where that is full too, by year and upazila. Where that is
full as well, no row is written: the look-up is *truncated*, which everybody who looks there is told. A block only
grows, so whoever looks into a block that is not full need not look further, and whoever finds it full looks on where
the later ones were entered.

Where no block is full, of two who are in the index each is shown the other, or neither is. Whoever comes to a full one
is shown all who share any key, traits or no: a second key that both share may be the full one, and not tell of it.
"""

from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from itertools import chain
from operator import eq, itemgetter
from typing import Final

import msgspec

from services.dedup.matching.blocking import Candidates, Keys
from services.dedup.matching.engine import Engine
from services.dedup.matching.layout import Features
from services.dedup.matching.traits import TRAIT_BITS
from services.dedup.tables import INDEX, REF_BYTES, IndexRow
from shared.store.port import Store

BLOCK_MAX: Final = 100
"""People in a block. At fifty million, blocks hold about 20 (dedup.md, Blocking keys); at 100, eleven keys (eight
kinds, three of them in two scripts) in three lengths are 3,300 comparisons, some milliseconds, at the very worst."""

READ_MAX: Final = 4 * BLOCK_MAX
"""A process that does not know yet that a block is full fills it on for one batch; beyond this it is truncated."""

LEVELS: Final = 3
"""The key itself, extended by the year, extended by year and upazila."""

_FULL_KEYS_KNOWN: Final = 20_000

_KEY: Final = itemgetter(0)
_ROW: Final = partial(tuple.__new__, IndexRow)
"""``IndexRow._make`` without counting to two, for what is made six times for each application."""


class Looking(msgspec.Struct, frozen=True, gc=False):
    """Somebody to look for: the features, and their keys.

    ``ref`` is that of somebody who is in the register or comes into it, ``rows`` are then the rows in blocks that are
    not full.
    """

    features: Features
    keys: Keys
    ref: int | None = None
    rows: Sequence[IndexRow] = ()


class Near(msgspec.Struct, frozen=True, gc=False):
    """Who is to be compared with somebody: ``refs`` with the kinds of key that hit; ``truncated`` names the kinds
    of key of which not everybody could be looked at."""

    refs: Mapping[int, tuple[str, ...]]
    truncated: tuple[str, ...]


def ref_of(application_id: str) -> int:
    """The number by which the index names an application: ``REF_BYTES`` of a hash. Of fifty million some two
    thousand share theirs with another, which costs a comparison."""
    return int.from_bytes(blake2b(application_id.encode(), digest_size=REF_BYTES).digest(), "little", signed=True)


def rows_of(keys: Keys, ref: int) -> list[IndexRow]:
    """The rows of somebody in blocks that are not full."""
    number = ref << TRAIT_BITS
    return [_ROW((key, number + traits)) for key, (_, traits) in keys.items()]


class Index:
    """Enters and finds. The number of store calls does not grow with the batch."""

    def __init__(self, store: Store, engine: Engine, block_max: int = BLOCK_MAX, read_max: int = READ_MAX) -> None:
        self._store, self._engine = store, engine
        self._block_max, self._read_max = block_max, read_max
        self._full: OrderedDict[int, None] = OrderedDict()

    def looking(self, features: Features, ref: int | None = None) -> Looking:
        """Somebody to look for, and to enter under ``ref``."""
        keys = self._engine.keys(features)
        return Looking(features, keys) if ref is None else Looking(features, keys, ref, rows_of(keys, ref))

    def looking_of(self, packed: bytes, ref: int | None = None) -> Looking:
        """The same of packed features; raises ``PackedFeaturesDamaged``."""
        return self.looking(self._engine.unpack(packed), ref)

    def rows(self, batch: Sequence[Looking]) -> list[IndexRow]:
        """The rows to insert for these people, who have refs, in the order of the keys.

        Look-ups come after, and tell which blocks are full.
        """
        if any(someone.ref is None for someone in batch):
            raise ValueError("somebody without a ref would be entered where nobody finds them")
        rows = _rows(batch)
        keys = list(map(_KEY, rows))
        if self._full.keys().isdisjoint(keys) and not any(map(eq, keys, keys[self._block_max :])):
            return rows  # nearly always
        placed: list[IndexRow] = []
        sizes: Counter[int] = Counter()
        for someone in batch:
            for base, entry in someone.rows:
                place: int | None = base
                if self._is_full(base, sizes):
                    extended = self._engine.extended(base, someone.features)
                    place = next((key for key in extended if not self._is_full(key, sizes)), None)
                if place is not None:
                    sizes[place] += 1
                    placed.append(IndexRow(place, entry))
        return sorted(placed, key=_KEY)

    async def look_up(self, batch: Sequence[Looking]) -> list[Near]:
        """Who is to be compared with each of these; in one store call, and two more where blocks are full.

        Whoever has a ref is in the index himself, and nobody is near himself.
        """
        candidates = [Candidates(someone.keys) for someone in batch]
        truncated: list[dict[str, None]] = [{} for _ in batch]
        crowded: set[int] = set()
        blocks = await self._first_blocks(batch)
        asking = [
            (at, key, key)
            for at, someone in enumerate(batch)
            for key in someone.keys
            if key in blocks  # most keys are nobody else's
        ]
        for level in range(LEVELS):
            full: list[tuple[int, int]] = []
            for at, key, place in asking:
                block, someone = blocks.get(place, ()), batch[at]
                read = block[: self._read_max] if len(block) > self._read_max else block
                candidates[at].add(key, read)
                size = len(block)
                if level == 0 and size == self._block_max - 1 and _is_left_out(someone, key, block):
                    size += 1  # he was not sent on, since the block was not full
                if size >= self._block_max:
                    self._note_full(place)
                    full.append((at, key))
                    if level == LEVELS - 1 or size > self._read_max:
                        truncated[at][someone.keys[key][0]] = None
            crowded.update(at for at, _ in full)
            if not full or level == LEVELS - 1:
                break
            asking = [(at, key, self._engine.extended(key, batch[at].features)[level]) for at, key in full]
            blocks = _blocks(await self._store.find(INDEX, "key", sorted({place for *_, place in asking})))
        for at in crowded:
            candidates[at].leave_out_nobody()
        for someone, near in zip(batch, candidates, strict=True):
            if someone.ref is not None:
                near.found.pop(someone.ref, None)
        return [Near(near.found, tuple(cut)) for near, cut in zip(candidates, truncated, strict=True)]

    async def _first_blocks(self, batch: Sequence[Looking]) -> Mapping[int, list[int]]:
        """The blocks of all keys as they are; where nobody else is in one, those who are in it are not told."""
        # In the order of the index, so that neighbours are read from one page.
        if any(each.ref is None for each in batch):
            return _blocks(await self._store.find(INDEX, "key", sorted({key for each in batch for key in each.keys})))
        return _blocks(await self._store.others(INDEX, _rows(batch)))

    def _is_full(self, key: int, sizes: Mapping[int, int]) -> bool:
        return key in self._full or sizes.get(key, 0) >= self._block_max

    def _note_full(self, key: int) -> None:
        """Remember it, as long as it is met; what is forgotten is found full again by the next look-up."""
        self._full[key] = None
        self._full.move_to_end(key)
        if len(self._full) > _FULL_KEYS_KNOWN:
            self._full.popitem(last=False)


def _rows(batch: Iterable[Looking]) -> list[IndexRow]:
    """All their rows in the order of the keys, which is that of the index."""
    return sorted(chain.from_iterable([each.rows for each in batch]), key=_KEY)


def _is_left_out(someone: Looking, key: int, block: Sequence[int]) -> bool:
    """Whether somebody's own row under a key, which is not told, is one more than a block shows."""
    return any(base == key and entry not in block for base, entry in someone.rows)


def _blocks(rows: Iterable[IndexRow]) -> Mapping[int, list[int]]:
    blocks: defaultdict[int, list[int]] = defaultdict(list)
    for key, entry in rows:
        blocks[key].append(entry)
    return blocks
