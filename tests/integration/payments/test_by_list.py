"""A cycle that pays by list, from the treasury's order to the closed cycle, typed as its people type it."""

from collections.abc import Iterator

import orjson
import pytest

from sandbox.treasury import cycle_on
from shared.contracts.payment import Instruct
from tests.integration.payments.by_list import BOTH, PROVIDER, Site, site, until

PROGRAMME = "disability"
OWN, SHARED, DORMANT, LATE = "01711000001", "01711000002", "01711000003", "01711000004"
ORDERS = """kind,order_ref,budget_code,programme,cycle,amount_taka,dated
allocate,AL/1,1-2903,{programme},{cycle},100000.00,{day}
release,RE/1,1-2903,{programme},{cycle},50000.00,{day}
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("by-list"), dormant=[DORMANT]) as made:
        yield made


def statement(told: list[Instruct], day: str) -> str:
    """What the provider's statement says of the instructions that it has carried out."""
    lines = [
        f"{place},paid,{one.attempt_ref},{one.amount_poisha // 100}.00,{one.account},{day}"
        for place, one in enumerate(told, 1)
    ]
    head = [f"statement,S-1,{day},{day},BDT", "line,kind,reference,amount,account,booked_on"]
    return "\n".join([*head, *lines, f"end,{len(told)},{sum(one.amount_poisha for one in told) // 100}.00", ""])


def test_a_cycle_goes_by_list_from_the_treasurys_order_to_its_end(deployed: Site) -> None:
    here, today = deployed, deployed.world.today
    dates = cycle_on(here.world.deployment.policy.programmes[PROGRAMME], today)
    assert dates is not None
    named = (PROGRAMME, dates.cycle)

    def cycle(who: str, name: str, *more: str) -> list[str]:
        """The codes for which a command about the cycle is refused; none where it is done."""
        said = here.dsr(who, "payments", "cycle", name, *named, *more, "--json")
        return [] if said.code == 0 else said.reasons

    # The treasury orders, the operator opens.
    (here.folder / "orders.csv").write_text(ORDERS.format(programme=PROGRAMME, cycle=dates.cycle, day=today))
    assert [row["became"] for row in here.done("treasury", "payments", "treasury", "import", "orders.csv")] == [
        "done",
        "done",
    ]
    starts = ("--starts-on", dates.starts_on.isoformat())
    assert cycle("operator", "open", *starts) == []
    assert cycle("operator", "open", *starts) == ["cycle_known"]

    # People come; two of them give one account, and one an account that was never activated.
    forms = [here.world.people.form(PROGRAMME, payee__account=one) for one in (OWN, SHARED, SHARED, DORMANT)]
    here.enrolled(*forms)
    assert cycle("operator", "release") == ["list_unknown"]
    assert cycle(BOTH, "freeze") == []
    blocked = here.list_shown(*named, 1, "frozen")
    assert (blocked["manifest"]["count"], blocked["manifest"]["problems"]) == (3, 1)
    manifest = ("--manifest", blocked["manifest"]["hash"][:12])
    assert cycle("approver-upazila", "approve", *manifest) == ["list_has_problems"]
    assert cycle("operator", "close") == ["list_waits"]
    assert not here.told()

    # Two operators withhold one of the two who share an account; the others go on.
    (problem,) = blocked["problems"]
    assert problem["code"] == "account_twice"
    withheld = (*named, problem["entitlements"][1], "--reason", "one account for two; the union is asked")
    proposal = here.done("operator", "payments", "cycle", "withhold", *withheld)["result"]
    confirm = ("payments", "confirm", proposal["proposal"])
    assert here.dsr("operator", *confirm, "--json").reasons == ["second_person_needed"]
    here.done("second-operator", *confirm)
    assert cycle(BOTH, "freeze") == []
    number, frozen = ("--list", "2"), here.list_shown(*named, 2, "frozen")
    assert (frozen["manifest"]["count"], frozen["manifest"]["problems"]) == (2, 0)
    manifest = ("--manifest", frozen["manifest"]["hash"][:12])

    # Signed by the chain, in its order, by different people; and only then released.
    assert cycle("operator", "release", *number) == ["list_not_approved"]
    assert cycle(BOTH, "approve", *number, *manifest) == ["maker_approves"]
    assert cycle("approver-finance", "approve", *number, *manifest) == ["not_your_step"]
    assert cycle("approver-upazila", "approve", *number, "--manifest", "0" * 12) == ["manifest_differs"]
    assert cycle("approver-upazila", "approve", *number, *manifest) == []
    assert cycle("approver-upazila", "approve", *number, *manifest) == ["approved_before"]
    assert cycle("approver-msw", "approve", *number, *manifest) == []
    assert cycle("approver-finance", "approve", *number, *manifest) == []
    assert not here.told()
    file = here.folder / "manifest.json"
    assert here.dsr("operator", "payments", "cycle", "manifest", *named, *number, "--output", str(file)).code == 0
    assert "2 people" in here.dsr("operator", "payments", "cycle", "verify", str(file)).out
    file.write_bytes(orjson.dumps({**orjson.loads(file.read_bytes()), "count": 3}))
    assert here.dsr("operator", "payments", "cycle", "verify", str(file)).code == 1
    assert cycle("operator", "release", *number) == []
    here.list_shown(*named, 2, "released")

    # Somebody comes late and joins the supplementary list.
    here.enrolled(here.world.people.form(PROGRAMME, payee__account=LATE))
    late = here.done("operator", "sandbox", "payroll", *named, "--keys", str(here.folder / "secrets" / "keys"))
    assert (late["number"], late["people"]) == (3, 1)
    assert late["signed_by"] == ["approver-upazila", "approver-msw", "approver-finance"]
    told = until(lambda: found if len(found := here.told()) == 3 else None, "three instructions")
    assert {one.account for one in told} == {OWN, SHARED, LATE}

    # The provider reports and settles; everything agrees.
    for one in told:
        here.world.payment(one.payment_id, lambda shown: shown["state"] == "credited")
    (here.folder / "statement.csv").write_text(statement(told, today.isoformat()))
    here.done("operator", "payments", "statement", "load", PROVIDER, "statement.csv")
    assert here.done("operator", "payments", "reconcile")["agreed"][PROVIDER]["by_reference"] == 3
    paid = sum(one.amount_poisha for one in told)
    trace = here.done("treasury", "payments", "trace", "RE/1", "--by", "state")
    assert [(part["state"], part["payments"], part["poisha"]) for part in trace["parts"]] == [("reached", 3, paid)]
    assert (trace["unexplained"], trace["left"]) == (0, 5_000_000 - paid)
    assert cycle("operator", "close") == []
    assert [one["state"] for one in here.done("operator", "payments", "cycle", "show", *named)["lists"]] == [
        "dropped",
        "released",
        "released",
    ]
    here.world.payment(proposal["payment_id"], lambda shown: shown["state"] == "void")
    (totals,) = here.done("operator", "payments", "totals", "--by", "programme")["totals"]
    assert (totals["committed"], totals["sent"], totals["reached"]) == (paid, paid, paid)
    assert [row for row in here.done("operator", "check") if not row["holds"]] == []
