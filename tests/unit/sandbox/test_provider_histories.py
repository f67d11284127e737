"""A provider keeps its contract whatever it is told, in whatever order, however often it restarts."""

from collections import defaultdict
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.providers.behaviour import always
from sandbox.providers.desk import Told
from sandbox.providers.modes import Mode
from shared.policy import Policy
from tests.unit.sandbox.provider_bench import Bench, cancel, inquire, instruct

What = Literal["instruct", "inquire", "cancel", "wait", "restart", "again"]


class Step(NamedTuple):
    """One thing that happens: a message, a wait, a restart, or the last batch once more."""

    what: What
    payment: str
    attempt: int
    ref: str
    seconds: int


WHAT: list[What] = ["instruct", "instruct", "instruct", "instruct", "wait", "inquire", "cancel", "restart", "again"]
STEP = [Step(*each) for each in product(WHAT, "ppq", (1, 2, 3), "abc", (1, 11, 40))]
STEPS = st.lists(st.sampled_from(STEP), min_size=10, max_size=25)
"""Long ones: what pays twice needs several attempts in the right order."""
MEMORY = Path("/dev/shm")
"""What restarts here is a process and no machine: its file need not come to a disk."""
MODES = st.lists(st.sampled_from([Mode.LATE, *Mode]), min_size=3, max_size=3)


@given(STEPS, MODES)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_at_most_one_success_a_payment_and_no_two_answers_that_contradict(
    policy: Policy, steps: list[Step], modes: list[Mode]
) -> None:
    plans = {ref: always(mode) for ref, mode in zip("abc", modes, strict=True)}
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        bench = Bench(policy, Path(folder), lambda order: plans[order.attempt_ref](order))
        last: list[Told] = []
        answers: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for step in steps:
            if step.what == "restart":
                bench.restart()
                continue
            if step.what == "wait":
                reports = bench.wait(step.seconds)
            else:
                make = {"instruct": instruct, "inquire": inquire, "cancel": cancel}.get(step.what)
                last = last if make is None else [make(step.ref, step.attempt, step.payment)]  # type: ignore[operator]
                reports = bench.tell(*last)
            for report in reports:
                answers[report.payment_id, report.attempt_ref].add(report.kind)
        ledger = bench.ledger()
        bench.provider.close()

    assert ledger.paid_twice == 0
    paid = [payment for (payment, _), told in answers.items() if told & {"credited", "returned"}]
    assert len(paid) == len(set(paid))
    for told in answers.values():
        final = told & {"credited", "failed", "cancelled"}
        assert len(final) <= 1, "what is final never changes"
        assert "returned" not in told or "credited" in told
    assert ledger.credited >= len(paid)
