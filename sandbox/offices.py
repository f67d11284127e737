"""The offices that pay by list: an operator freezes and releases, and a person of each office in policy's chain signs.

They sign whatever adds up: what a real office would look into is not played here. Each has a key of its own, and the
order of the chain, the areas and the manifest are held by payments, not by them.
"""

from collections.abc import Mapping
from time import monotonic, sleep
from typing import Any, NamedTuple, Protocol

from sandbox.treasury import NotDone
from shared.errors import DsrError
from shared.http.client import CommandResult

STAGE = "payments"
HASH_DIGITS = 12
WAIT_S = 120.0
_POLL_S = 0.2


class Office(Protocol):
    """Somebody with a key: ``shared.http.client.Client``."""

    def send_command(self, stage: str, name: str, about: str, arguments: Mapping[str, Any], /) -> CommandResult:
        """Ask, and wait until it is decided."""

    def request(self, method: str, stage: str, path: str, /) -> Any:
        """Read; the answer has ``json()``."""


class ListStopped(DsrError):
    """A list cannot be signed or does not leave: somebody is on it twice, or too little money is released."""

    def __init__(self, programme: str, cycle: str, shown: Mapping[str, Any]) -> None:
        self.programme, self.cycle, self.shown = programme, cycle, shown
        who = sorted({one for problem in shown["problems"] for one in problem["ask"]})
        ask = f"; ask {', '.join(who)}" if who else ""
        super().__init__(f"List {shown['number']} of {programme} {cycle} is {shown['state']} and does not leave{ask}.")


class Paid(NamedTuple):
    """A list that has left; ``poisha`` is its sum when it was frozen."""

    programme: str
    cycle: str
    number: int
    people: int
    poisha: int
    signed_by: tuple[str, ...]


def pay_by_list(operator: Office, approvers: Mapping[str, Office], programme: str, cycle: str) -> Paid:
    """Freeze the next list of an open cycle, have it signed by the whole chain, and release it.

    ``approvers`` are by level of policy's chain, such as *upazila*. Raises ``NotDone`` where payments refuse something,
    ``ListStopped``, and what ``Client`` raises.
    """
    number = int(_do(operator, "cycle.freeze", programme, cycle)["number"])
    shown = _until(operator, programme, cycle, number, passing=("freezing",))
    given = {"number": number, "manifest": shown["manifest"]["hash"][:HASH_DIGITS]}
    while shown["state"] == "frozen":
        if shown["problems"]:
            raise ListStopped(programme, cycle, shown)
        _do(approvers[shown["next"]["level"]], "cycle.approve", programme, cycle, **given)
        shown = _until(operator, programme, cycle, number)
    _do(operator, "cycle.release", programme, cycle, number=number)
    shown = _until(operator, programme, cycle, number, passing=("releasing",))
    if shown["state"] != "released":
        raise ListStopped(programme, cycle, shown)
    signed_by = tuple(one["by"] for one in shown["signatures"])
    return Paid(programme, cycle, number, shown["manifest"]["count"], shown["manifest"]["poisha"], signed_by)


def _do(office: Office, name: str, programme: str, cycle: str, **more: Any) -> dict[str, Any]:
    about = f"{programme}|{cycle}"
    result = office.send_command(STAGE, name, about, {"programme": programme, "cycle": cycle, **more})
    if result.state == "refused":
        raise NotDone(name, about, result)
    return dict(result.result)


def _until(operator: Office, programme: str, cycle: str, number: int, passing: tuple[str, ...] = ()) -> dict[str, Any]:
    """The list as it is shown, once it is in none of these states; as it is then, at the latest."""
    until = monotonic() + WAIT_S
    while True:
        lists = operator.request("GET", STAGE, f"/v1/payrolls/{programme}/{cycle}").json()["lists"]
        shown: dict[str, Any] = next(one for one in lists if one["number"] == number)
        if shown["state"] not in passing:
            return shown
        if monotonic() > until:
            raise ListStopped(programme, cycle, shown)
        sleep(_POLL_S)
