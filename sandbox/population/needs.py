"""Who applies for which programme in this world: the people for whom a programme is meant (domain.md §4).

Ages are drawn a year or more inside a programme's limits, so that a birthday between two runs changes nothing.
The registry's own rules are in ``deploy/policy``; these are not read from there, as the world does not follow the
form. A programme that is not listed here is sent by nobody.
"""

from dataclasses import dataclass

Ages = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Need:
    """The people of one programme: ages of men and women (None: not meant for them) and what is true of them.

    ``underage`` are the limits of domain.md §4 for men and women, where the programme has a lower one: a planted age
    failure is below them. ``overage`` is an upper limit of women's age.
    """

    programme: str
    men: Ages | None = None
    women: Ages | None = None
    widowed: bool = False
    disabled: bool = False
    pregnant: bool = False
    student: bool = False
    community: str | None = None
    underage: tuple[int, int] | None = None
    overage: int | None = None

    def with_also(self, other: "Need") -> "Need | None":
        """The people for whom both programmes are meant, filed under the first; None if there are none."""
        men, women = _both(self.men, other.men), _both(self.women, other.women)
        communities = {self.community, other.community} - {None}
        if (men is None and women is None) or len(communities) > 1:
            return None
        if (self.pregnant or other.pregnant) and (self.widowed or other.widowed):
            return None
        return Need(
            self.programme,
            men,
            women,
            widowed=self.widowed or other.widowed,
            disabled=self.disabled or other.disabled,
            pregnant=self.pregnant or other.pregnant,
            student=self.student or other.student,
            community=self.community or other.community,
        )


def _both(one: Ages | None, other: Ages | None) -> Ages | None:
    if one is None or other is None:
        return None
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low + 2 <= high else None


NEEDS = {
    need.programme: need
    for need in (
        Need("old_age", men=(67, 92), women=(64, 92), underage=(65, 62)),
        Need("widow", women=(28, 88), widowed=True),
        Need("disability", men=(20, 80), women=(20, 80), disabled=True),
        Need("disability_stipend", men=(19, 24), women=(19, 24), disabled=True, student=True),
        Need("mother_child", women=(21, 33), pregnant=True, underage=(20, 20), overage=35),
        Need("vwb", women=(22, 47), underage=(20, 20), overage=50),
        Need("hijra", men=(52, 75), community="hijra", underage=(50, 50)),
        Need("bede", men=(52, 80), women=(52, 80), community="bede", underage=(50, 50)),
        Need("anagrasar", men=(52, 80), women=(52, 80), community="anagrasar", underage=(50, 50)),
        Need("tea_worker", men=(20, 58), women=(20, 58), community="tea_worker"),
    )
}
"""By programme code."""
