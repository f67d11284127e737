"""How two values compare: each kind of field answers with the place of a level, the closest first, or NULL.

NULL means that there is nothing to compare; it weighs nothing. Levels are named in ``LEVELS``; what they weigh is the
model's business. Comparers are built once for a layout and called millions of times: they look at integers first and
at letters only where integers do not decide.
"""

from collections.abc import Callable
from typing import Final, Protocol

from rapidfuzz.distance import OSA, JaroWinkler

from services.dedup.matching.layout import Features, Layout

NULL: Final = -1
"""The last place of a list, so that a table of weights ends with the weight of "nothing to compare"."""

_CLOSE, _SIMILAR = 0.92, 0.80
"""Jaro–Winkler similarities of a slip of the pen, and of what may be another spelling."""

_YEARS_SHIFTED: Final = 3
"""Offices and people are two or three years apart on a birth year, with day and month right (dedup.md, The job)."""

_PLACES: Final = sum(1 << 4 * place for place in range(16))
_I, _SEVERAL = 2, 8
"""Vowels of a name: for each place four bits (a, e or i, o or u, several); see ``bangladesh.skeleton.Part``."""


class Comparer(Protocol):
    """Compares one field of two records."""

    def __call__(self, ours: Features, theirs: Features, /) -> int:
        """The place of the level in ``LEVELS``, or NULL."""
        ...


LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "identifier": ("equal", "near", "differ"),
    "number": ("equal", "near", "differ"),
    "date": ("equal", "slip", "shifted", "differ", "year", "year_near", "year_differ"),
    "category": ("equal", "differ"),
    "place": ("union", "upazila", "district", "differ"),
    "name": ("exact", "partial", "close", "vowels", "similar", "differ"),
    "text": ("exact", "close", "similar", "differ"),
    "names": ("exact", "swapped", "close", "similar", "differ"),
}
"""Kind of field → names of its levels.

``date``: to the day; one part differs, or day and month are swapped, or one digit is mistyped; same day and month a few
years apart; else; and where one side knows only the year: same year, a few years apart, else.
``name``: same skeleton and no vowel that contradicts; same words in another order, cut otherwise, or one name's among
the other's; a slip; same skeleton, other vowels (which makes two brothers); similar; else.
"""


def build(kind: str, slots: tuple[str, ...], layout: Layout) -> Comparer:
    """A comparer for one field; raises ``KeyError`` for an unknown kind or slot, ``ValueError`` for a wrong number."""
    places = tuple(layout.place(slot) for slot in slots)
    return _BUILDERS[kind](places)


def _identifier(places: tuple[int, ...]) -> Comparer:
    """Alternative numbers of one person: only numbers of one kind are comparable, and the closest counts."""

    def compare(ours: Features, theirs: Features, /) -> int:
        best = NULL
        for place in places:
            a, b = ours[place], theirs[place]
            if a and b:
                if a == b:
                    return 0
                level = 1 if _one_edit(a, b) else 2
                best = level if best == NULL or level < best else best
        return best

    return compare


def _number(places: tuple[int, ...]) -> Comparer:
    (place,) = places

    def compare(ours: Features, theirs: Features, /) -> int:
        a, b = ours[place], theirs[place]
        if not a or not b:
            return NULL
        return 0 if a == b else 1 if _one_edit(a, b) else 2

    return compare


def _one_edit(a: int, b: int) -> bool:
    """Whether one digit is wrong or two neighbours are swapped; most pairs are told apart without any text."""
    apart = a - b if a > b else b - a
    while apart % 10 == 0:
        apart //= 10
    # One wrong digit leaves 1…9 and zeros; a swap of neighbours 9, 18, … 81 and zeros.
    return (apart < 10 or (apart < 82 and apart % 9 == 0)) and OSA.distance(str(a), str(b), score_cutoff=1) <= 1


def _date(places: tuple[int, ...]) -> Comparer:
    (place,) = places

    def compare(ours: Features, theirs: Features, /) -> int:
        a, b = ours[place], theirs[place]
        if not a or not b:
            return NULL
        day_a, day_b = a % 10_000, b % 10_000
        if day_a and day_b:
            if a == b:
                return 0
            years = a // 10_000 - b // 10_000
            if not years:
                if day_a // 100 == day_b // 100 or day_a % 100 == day_b % 100:
                    return 1
                return 1 if day_a // 100 == day_b % 100 and day_a % 100 == day_b // 100 else 3
            if day_a == day_b:
                if -_YEARS_SHIFTED <= years <= _YEARS_SHIFTED:
                    return 2
                return 1 if _one_edit(a, b) else 3
            return 3
        years = a // 10_000 - b // 10_000
        if not years:
            return 4
        return 5 if -_YEARS_SHIFTED <= years <= _YEARS_SHIFTED else 6

    return compare


def _category(places: tuple[int, ...]) -> Comparer:
    (place,) = places

    def compare(ours: Features, theirs: Features, /) -> int:
        a, b = ours[place], theirs[place]
        if not a or not b:
            return NULL
        return 0 if a == b else 1

    return compare


def _place(places: tuple[int, ...]) -> Comparer:
    """A BBS code of ten digits: division 2, district 2, city corporation 2, upazila 2, union 2."""
    (place,) = places

    def compare(ours: Features, theirs: Features, /) -> int:
        a, b = ours[place], theirs[place]
        if not a or not b:
            return NULL
        if a == b:
            return 0
        if a // 100 == b // 100:
            return 1
        return 2 if a // 1_000_000 == b // 1_000_000 else 3

    return compare


def _name(places: tuple[int, ...]) -> Comparer:
    """(skeleton, vowels) once, or once for each of two scripts: within a script where both sides have one, and across
    them where they have not. A name that is equal in one script and not in the other is a slip, not the same."""
    if len(places) == 2:
        text, vowels = places

        def one(ours: Features, theirs: Features, /) -> int:
            a, b = ours[text], theirs[text]
            if not a[0] or not b[0]:
                return NULL
            return _names(a, ours[vowels], b, theirs[vowels], _clash)

        return one
    first, first_vowels, second, second_vowels = places

    def both(ours: Features, theirs: Features, /) -> int:
        a, b, c, d = ours[first], theirs[first], ours[second], theirs[second]
        if a[0] and b[0]:
            level = _names(a, ours[first_vowels], b, theirs[first_vowels], _clash)
            if not c[0] or not d[0]:
                return level
            other = _names(c, ours[second_vowels], d, theirs[second_vowels], _clash)
            if level == other:
                return level
            if level == 0 or other == 0:
                return 2 if level + other <= 3 else 4
            return max(level, other)
        if c[0] and d[0]:
            return _names(c, ours[second_vowels], d, theirs[second_vowels], _clash)
        x, x_vowels = (a, ours[first_vowels]) if a[0] else (c, ours[second_vowels])
        y, y_vowels = (b, theirs[first_vowels]) if b[0] else (d, theirs[second_vowels])
        if not x[0] or not y[0]:
            return NULL
        width = min(len(x), len(y))
        return _names(x[:width], x_vowels, y[:width], y_vowels, _clash_across)

    return both


def _names(a: bytes, vowels_a: int, b: bytes, vowels_b: int, clash: Callable[[int, int], bool]) -> int:
    if a == b:
        return 3 if vowels_a != vowels_b and clash(vowels_a, vowels_b) else 0
    a, b = a.rstrip(b"\0"), b.rstrip(b"\0")
    words_a, words_b = a.split(), b.split()
    if (len(words_a) != 1 or len(words_b) != 1) and (
        _among(words_a, words_b) or b"".join(words_a) == b"".join(words_b)
    ):
        return 1
    likeness = JaroWinkler.similarity(a, b)
    if likeness >= _CLOSE:
        return 2
    return 4 if likeness >= _SIMILAR else 5


def _among(one: list[bytes], other: list[bytes]) -> bool:
    """Whether the words of the shorter are among those of the longer, each as often."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    for word in shorter:  # noqa: SIM110 - a generator costs twice as much
        if shorter.count(word) > longer.count(word):
            return False
    return True


def _clash(a: int, b: int) -> bool:
    """Whether, within one script, a place has vowels in either and none in common: সালমা and সেলিমা are two sisters."""
    return bool(_written(a | b) & ~_written(a & b)) or _clash_at_first(a, b)


def _clash_across(a: int, b: int) -> bool:
    """Whether, across scripts, a place has other vowels in both; or an i where the other has none: the vowel that
    Bangla leaves unwritten is an a or an o."""
    only_i = (a | b) >> 1 & ~(a | b) & ~((a | b) >> 2) & _PLACES
    return bool((_written(a) & _written(b) | only_i) & ~_written(a & b)) or _clash_at_first(a, b)


def _clash_at_first(a: int, b: int) -> bool:
    """Whether the first vowel is an i in one and several in the other: লাইলী and লিলি, Rahima and Rima."""
    places = _written(a | b)
    first = (places & -places).bit_length() - 1 if places else 0
    x, y = a >> first & 15, b >> first & 15
    return (x == _I and y & _SEVERAL != 0) or (y == _I and x & _SEVERAL != 0)


def _written(vowels: int) -> int:
    """A bit for each place that has a vowel."""
    return (vowels | vowels >> 1 | vowels >> 2) & _PLACES


def _text(places: tuple[int, ...]) -> Comparer:
    (place,) = places

    def compare(ours: Features, theirs: Features, /) -> int:
        a, b = ours[place], theirs[place]
        if not a[0] or not b[0]:
            return NULL
        if a == b:
            return 0
        likeness = JaroWinkler.similarity(a.rstrip(b"\0"), b.rstrip(b"\0"))
        return 1 if likeness >= _CLOSE else 2 if likeness >= _SIMILAR else 3

    return compare


def _two_names(places: tuple[int, ...]) -> Comparer:
    """Given name and surname in two slots, which forms swap."""
    given, last = places

    def compare(ours: Features, theirs: Features, /) -> int:
        a, b, c, d = ours[given], ours[last], theirs[given], theirs[last]
        if not (a[0] or b[0]) or not (c[0] or d[0]):
            return NULL
        if a == c and b == d:
            return 0
        if a == d and b == c:
            return 1
        ours_joined, theirs_joined = _joined(a, b), _joined(c, d)
        likeness = max(
            JaroWinkler.similarity(ours_joined, theirs_joined),
            JaroWinkler.similarity(ours_joined, _joined(d, c)),
        )
        return 2 if likeness >= _CLOSE else 3 if likeness >= _SIMILAR else 4

    return compare


def _joined(first: bytes, second: bytes) -> bytes:
    return first.rstrip(b"\0") + b" " + second.rstrip(b"\0")


_BUILDERS: Final[dict[str, Callable[[tuple[int, ...]], Comparer]]] = {
    "identifier": _identifier,
    "number": _number,
    "date": _date,
    "category": _category,
    "place": _place,
    "name": _name,
    "text": _text,
    "names": _two_names,
}
