"""Nobody is paid twice, and the books agree: the person's claim, the states' table, a provider's silence (I3 to I5)."""

from tests.mutation.mutant import Edit, Mutant

STATES = "services/payments/states.py"
COMMANDS = "services/payments/commands.py"
OVERTAKING = "services/payments/reports/overtaking.py"

_REPORTS = "tests/unit/payments/test_reports.py::"
_ATTENDING = "tests/unit/payments/test_attending.py::"
_OVERTAKING = "tests/unit/payments/test_overtaking.py::"
_SILENT = f"{_REPORTS}test_silence_is_asked_about_and_a_late_credit_still_counts"

PAYMENTS = (
    Mutant(
        "resend_on_unknown",
        "a provider that is silent is asked, and not told again to pay",
        (Edit(COMMANDS, "state=state, move=Move.ASKED,", "state=state, move=Move.SENT,"),),
        (_SILENT,),
    ),
    Mutant(
        "unknown_may_be_instructed",
        "the table of states has no way from an unknown outcome to an instruction",
        (
            Edit(
                STATES,
                "        State.UNKNOWN: MappingProxyType(_WITH_PROVIDER),\n",
                "        State.UNKNOWN: MappingProxyType({**_WITH_PROVIDER, State.INSTRUCTED: Move.SENT}),\n",
            ),
        ),
        ("tests/unit/payments/test_states.py::test_an_unknown_outcome_is_never_followed_by_an_instruction",),
    ),
    Mutant(
        "unknown_counts_as_back",
        "only money that is back for certain goes out again",
        (
            Edit(
                STATES,
                "BACK: Final = frozenset({State.FAILED,",
                "BACK: Final = frozenset({State.UNKNOWN, State.FAILED,",
            ),
        ),
        (f"{_ATTENDING}test_an_open_outcome_is_never_sent_again",),
    ),
    Mutant(
        "not_found_is_final",
        "a provider's 'not found' is never taken as the end of a payment",
        (
            Edit(
                "services/payments/reports/judging.py",
                '    if kind in ("pending", "not_found"):\n'
                '        return Nothing("pending" if kind == "pending" else "not_found")\n',
                '    if kind == "not_found":\n        return Moved(State.FAILED)\n'
                '    if kind == "pending":\n        return Nothing("pending")\n',
            ),
        ),
        (_SILENT,),
    ),
    Mutant(
        "unpaid_by_its_history",
        "only an entitlement whose first change is stored now has no payments for certain, not one undecided so far",
        (Edit("services/payments/stage.py", "if stored is row} & fresh", "} & fresh"),),
        ("tests/unit/payments/test_life.py::test_a_release_that_races_with_those_it_is_for_leaves_nobody_waiting",),
    ),
    Mutant(
        "person_not_claimed",
        "before a payment is made each person of its cluster is claimed for the cycle",
        (
            Edit(
                "services/payments/sending/claiming.py",
                "            if [claim for claim in plan.claims if owners[claim] != payment_id]:\n",
                "            if False:\n",
            ),
        ),
        (
            "tests/unit/payments/test_paying.py::test_two_entitlements_of_one_person_get_one_payment_and_the_other_is_blocked",
        ),
    ),
    Mutant(
        "one_person_twice",
        "a new attempt or a correction needs a second person",
        (Edit("services/payments/attending.py", "if proposal.by == item.event.by:", "if False:"),),
        (f"{_ATTENDING}test_a_failure_that_is_not_the_accounts_waits_for_two_people",),
    ),
    Mutant(
        "corrected_while_valid",
        "nothing that its provider may still pay is corrected to failed, nor what is open to returned",
        (Edit("services/payments/attending.py", "if _us(item) < payment.valid_until_us and ", "if False and "),),
        (
            f"{_ATTENDING}test_an_attempt_is_not_corrected_to_failed_while_its_provider_may_still_carry_it_out",
            f"{_ATTENDING}test_an_open_attempt_is_not_corrected_to_returned_while_its_provider_may_still_carry_it_out",
        ),
    ),
    Mutant(
        "wrong_amount_believed",
        "a report of another amount moves nothing",
        (
            Edit(
                "services/payments/reports/judging.py",
                "if report.amount_poisha is not None and report.amount_poisha != payment.amount:",
                "if False:",
            ),
        ),
        (f"{_REPORTS}test_a_report_that_does_not_fit_is_kept_and_changes_nothing",),
    ),
    Mutant(
        "entered_for_any_payment",
        "nobody enters the outcome of a payment that did not leave by file",
        (
            Edit(
                "services/payments/reports/desk.py",
                "return payment.eft or takes_files(self._policy, provider)",
                "return True",
            ),
        ),
        (
            "tests/unit/payments/test_cli.py::test_what_is_entered_for_a_payment_that_did_not_leave_by_file_moves_nothing",
        ),
    ),
    Mutant(
        "late_fate_passed_over",
        "the running ledger adds up a fate that is stored after a later one's",
        (Edit("services/payments/books/running.py", "        if self.passed_over:\n", "        if False:\n"),),
        (
            "tests/unit/payments/test_check.py::"
            "test_a_fate_that_is_stored_after_a_later_ones_is_added_up_too_also_by_who_goes_on_from_what_is_kept",
        ),
    ),
    Mutant(
        "any_kept_report_follows",
        "a credit brings back only what was kept for its place, not what could not be true when it was said",
        (
            Edit(
                OVERTAKING,
                "        if row.code == OUT_OF_ORDER:\n            report",
                "        if row.code:\n            report",
            ),
        ),
        (f"{_OVERTAKING}test_a_return_of_an_attempt_that_had_not_left_yet_stays_with_people",),
    ),
    Mutant(
        "credit_stored_alone",
        "a credit that was stored, and not yet what follows it, is gone on with after a crash",
        (Edit("services/payments/reports/desk.py", "    if len(own) > 1 or rows", "    if own or rows"),),
        (f"{_OVERTAKING}test_a_crash_at_any_operation_of_the_credit_loses_neither_line",),
    ),
    Mutant(
        "credit_meant_is_gone_on_from",
        "what follows a credit posts from the credit that is stored, also where another instance has stored it",
        (
            Edit(
                "shared/stage/deciding.py",
                "return _stands(row, draft, item) and (draft.subject != head.subject or row.body == draft.body)",
                "return _stands(row, draft, item)",
            ),
        ),
        (f"{_OVERTAKING}test_what_follows_goes_on_from_the_credit_that_is_stored_and_not_from_the_one_that_was_meant",),
    ),
    Mutant(
        "applied_again_after_a_correction",
        "what a report said of an attempt is applied once, also where two people have placed the money otherwise since",
        (Edit("services/payments/reports/judging.py", "    if (report.attempt, target) in applied:", "    if False:"),),
        (f"{_OVERTAKING}test_a_return_that_was_applied_is_not_applied_again_after_two_people_have_corrected_it",),
    ),
)
