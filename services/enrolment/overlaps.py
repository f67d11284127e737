"""Which claims a place needs: (exclusion group, person), for every id under which the person is known."""

from collections.abc import Iterable

from shared.policy.programmes import ProgrammePolicy


def claims_of(programme: ProgrammePolicy, person_id: str, cluster: Iterable[str]) -> tuple[str, ...]:
    """The claims of a place of this programme, sorted; none where it excludes no other."""
    groups = programme.exclusion_groups
    if not groups:
        return ()
    people = sorted({person_id, *cluster})
    return tuple([f"{group}|{person}" for group in sorted(groups) for person in people])
