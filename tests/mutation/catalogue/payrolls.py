"""What holds a payroll back: days that were paid for, one human twice on the list, whom two people withhold."""

from tests.mutation.mutant import Edit, Mutant

_WITHHOLDING = "tests/unit/payments/test_withholding.py::"

PAYROLLS = (
    Mutant(
        "days_paid_for_twice",
        "no cycle shares days with one before, whatever it is called",
        (
            Edit(
                "services/payments/payroll/calendar.py",
                'return TABLE["days_paid_for"] if any(',
                'return TABLE["days_paid_for"] if False and any(',
            ),
        ),
        (
            "tests/unit/payments/test_paying.py::test_days_that_a_cycle_has_paid_for_are_not_paid_for_again_under_another_name",
        ),
    ),
    Mutant(
        "national_id_twice_unseen",
        "one national id twice on a list blocks its signatures, also where the records are of two persons",
        (
            Edit(
                "services/payments/payroll/twice.py",
                "for one in entry.national_ids]",
                "for one in entry.national_ids[:0]]",
            ),
        ),
        (
            "tests/unit/payments/test_payroll.py::test_one_national_id_twice_blocks_the_approval_unless_it_is_a_guardians",
        ),
    ),
    Mutant(
        "list_before_forgotten",
        "nobody leaves with a national id or an account that a list of the cycle has paid before",
        (
            Edit(
                "services/payments/payroll/twice.py",
                "one.number < number and one.state == RELEASED",
                "one.number < 0",
            ),
        ),
        (
            "tests/unit/payments/test_payroll.py::"
            "test_who_shares_a_national_id_or_an_account_with_somebody_paid_by_a_list_before_blocks_the_next",
        ),
    ),
    Mutant(
        "withheld_by_one",
        "nobody is taken off a list by one person alone",
        (
            Edit(
                "services/payments/attending.py",
                "if proposal.by == item.event.by:",
                "if proposal.by == item.event.by and proposal.name not in withholding.NAMES:",
            ),
        ),
        (f"{_WITHHOLDING}test_one_person_alone_withholds_nobody",),
    ),
    Mutant(
        "withheld_leaves_with_the_list",
        "who is withheld after the signatures does not leave with the list",
        (Edit("services/payments/payroll/release.py", "    if is_withheld(payment):", "    if False:"),),
        (f"{_WITHHOLDING}test_whoever_is_withheld_after_the_signatures_does_not_leave_and_the_money_is_free_again",),
    ),
)
