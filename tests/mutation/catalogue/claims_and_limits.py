"""Claims and limits: what only one may hold, and of which no more may be taken than there is (design.md §5)."""

from tests.mutation.mutant import Edit, Mutant

CLAIMS = "shared/store/claims.py"
LIMITS = "shared/store/limits.py"
LIMIT_LOG = "shared/store/limit_log.py"

_CLAIMS = "tests/unit/store/test_claims.py::"
_LIMITS = "tests/unit/store/test_limits.py::"
_LOG = "tests/unit/store/test_limit_log.py::"
_ONE_HOLDER = f"{_CLAIMS}test_at_no_moment_do_two_latest_decisions_name_the_same_claim"
_NO_MORE = f"{_LIMITS}test_places_taken_never_exceed_those_offered_and_none_stays_free_while_somebody_was_refused"

CLAIMS_AND_LIMITS = (
    Mutant(
        "no_unique_claim",
        "of two who take a claim at once one has it, and the other is told",
        (Edit(CLAIMS, "if got_in and _pins_all(", "if _pins_all("),),
        (_ONE_HOLDER,),
    ),
    Mutant(
        "claim_ours_by_its_first_row",
        "a claim that was not looked at is ours only where its first row went in now",
        (Edit(CLAIMS, "got_in = stored is row if unread else stored == row", "got_in = stored == row"),),
        (f"{_CLAIMS}test_what_was_taken_long_ago_and_given_up_is_not_held_again_because_it_was_thought_new",),
    ),
    Mutant(
        "claim_outlives_its_decision",
        "a claim that its owner's latest decision does not name is free",
        (
            Edit(
                CLAIMS,
                "elif owner in latest and claim in latest[owner].claims.split():",
                "elif owner in latest:",
            ),
        ),
        (f"{_CLAIMS}test_an_owner_whose_latest_decision_does_not_name_a_claim_has_given_it_up",),
    ),
    Mutant(
        "claim_of_the_undecided_is_free",
        "a claim is held while the record that it was taken for has no fate",
        (Edit(CLAIMS, "if not all(origin in fates for origin in each.origins):", "if False:"),),
        (f"{_CLAIMS}test_the_first_who_wants_a_claim_has_it_and_the_others_are_told",),
    ),
    Mutant(
        "claim_not_taken_for_each_record",
        "an owner takes its claim again for each record that it wants it for",
        (
            Edit(
                CLAIMS,
                "if holder is None or (holder.owner == owner and takings is not None "
                "and origin not in takings.origins):",
                "if holder is None:",
            ),
        ),
        (
            f"{_CLAIMS}test_an_owner_keeps_its_claim_for_a_later_record_while_an_earlier_one_gives_it_up",
            f"{_CLAIMS}test_a_claim_holds_until_all_records_that_its_owner_took_it_for_have_their_fate",
            _ONE_HOLDER,
        ),
    ),
    Mutant(
        "decisions_read_before_fates",
        "fates are read before decisions, so that a decision made in between is not missed",
        (
            Edit(CLAIMS, "        fates = await self._store.get(FATES, origins)\n", ""),
            Edit(
                CLAIMS,
                "        held: dict[str, Holder] = {}\n",
                "        fates = await self._store.get(FATES, origins)\n        held: dict[str, Holder] = {}\n",
            ),
        ),
        (f"{_CLAIMS}test_a_decision_that_lands_while_somebody_else_looks_is_not_missed",),
    ),
    Mutant(
        "limit_read_from_a_total",
        "what is free is computed from the rows that precede a taking, and not from a total read at some time",
        (
            Edit(
                LIMITS,
                "        longer = {row.log: extended(logs[row.log], [row]) "
                "for row in await self._store.insert(LIMITS, rows)}\n",
                "        longer = {}\n"
                "        for row in rows:\n"
                "            while (await self._store.insert(LIMITS, [row]))[0] != row:\n"
                "                row = row._replace(n=row.n + 1)\n"
                "            longer[row.log] = (await self.read([row.log]))[row.log]\n",
            ),
        ),
        (_NO_MORE, "tests/unit/enrolment/test_competing.py::test_two_instances_never_give_more_places_than_there_are"),
    ),
    Mutant(
        "more_than_offered",
        "no more is taken than is offered",
        (Edit(LIMIT_LOG, 'return "full" if row.amount > log.offered - log.taken else None', "return None"),),
        (f"{_LOG}test_a_row_may_follow_or_is_refused_for_a_reason",),
    ),
    Mutant(
        "taken_after_frozen",
        "after a limit is frozen nothing is taken from it",
        (
            Edit(
                LIMIT_LOG,
                '        if log.frozen:\n            return "frozen"\n        if log.held_by(',
                "        if log.held_by(",
            ),
        ),
        (f"{_LOG}test_a_frozen_limit_has_nothing_free_but_takes_back",),
    ),
    Mutant(
        "held_twice",
        "a holder is unique in a limit's log",
        (Edit(LIMIT_LOG, "if log.held_by(holders):", "if False:"),),
        (f"{_LOG}test_a_row_may_follow_or_is_refused_for_a_reason",),
    ),
)
