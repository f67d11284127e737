"""Applications without a fault, each of another person of the sandbox's population, to put one thing wrong in."""

from dataclasses import fields, replace
from datetime import date
from itertools import count
from typing import Any

import orjson

from sandbox.population.catalogue import Catalogue
from sandbox.population.desk import Desk
from sandbox.population.draws import stream
from sandbox.population.households import household
from sandbox.population.needs import NEEDS, Need
from sandbox.population.people import person
from sandbox.population.scenario import MATURE, Scenario
from sandbox.population.truth import Content
from shared.policy import Policy
from tests.unit.intake.forms import put

SEED = 9
Form = dict[str, Any]


def _faultless() -> Scenario:
    rates = {rate.name: 0.0 for rate in fields(MATURE) if rate.name != "name"}
    return replace(MATURE, name="faultless", **rates)


class People:
    """Makes forms; no two of them are of one person or one household, and no two have one reference."""

    def __init__(self, policy: Policy, today: date) -> None:
        self._desk = Desk(SEED, _faultless(), Catalogue.of(policy), today.toordinal())
        self._numbers = count()

    def form(self, programme: str, source: str = "lgd", need: Need | None = None, /, **leaves: Any) -> Form:
        """An application that qualifies; ``applicant__gender="X"`` changes one leaf and ``...`` removes it.

        ``need`` says who applies, where it is not just those whom the programme is for.
        """
        number, desk, need = next(self._numbers), self._desk, need or NEEDS[programme]
        home = household(SEED, 2 * number, need, desk.scenario, desk.today)
        who = person(SEED, home, 0, need, desk.scenario)
        filed = desk.file(
            stream(SEED, 10, number),
            number,
            0,
            (source, programme),
            who,
            replace(need, programme=programme),
            Content.CLEAN,
        )
        form: Form = orjson.loads(orjson.dumps(filed.form))
        form["payee"] = {
            "kind": "self",
            "provider": "bkash",
            "account": who.mobile,
            "holder_name": form["applicant"]["name"],
        }
        return changed(form, **leaves)


def changed(form: Form, **leaves: Any) -> Form:
    """A copy with some leaves changed."""
    copy: Form = orjson.loads(orjson.dumps(form))
    for path, value in leaves.items():
        put(copy, path.replace("__", "."), value)
    return copy
