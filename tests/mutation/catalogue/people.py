"""Who selects and who looks: places of a cell, reviewers' words (I8, I10)."""

from tests.mutation.mutant import Edit, Mutant

PEOPLE = (
    Mutant(
        "offers_take_no_place",
        "a place that is offered is not given to somebody else",
        (
            Edit(
                "services/enrolment/plan.py",
                "self.free = quota - cell.held - cell.offered",
                "self.free = quota - cell.held",
            ),
        ),
        (
            "tests/unit/enrolment/test_competing.py::test_two_instances_never_give_more_places_than_there_are",
            "tests/unit/enrolment/test_rounds.py",
        ),
    ),
    Mutant(
        "verdict_on_any_hold",
        "a reviewer's word counts only for the revision and the hold that it names",
        (
            Edit(
                "services/dedup/taking.py",
                "return me.ruling.hold is Hold.REVIEWER and (me.row.revision, me.n) == (revision, n)",
                "return me.ruling.hold is Hold.REVIEWER",
            ),
            Edit(
                "services/dedup/verdicts.py",
                "if ruling is None or (me.row.revision, me.n) != (said.revision, said.n):",
                "if ruling is None:",
            ),
        ),
        ("tests/unit/dedup/test_reviews.py::test_a_verdict_on_another_hold_is_refused_with_the_reason",),
    ),
)
