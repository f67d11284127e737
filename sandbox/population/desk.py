"""The desk where applications are handed in: a form, what is wrong with it, and the truth about it."""

from dataclasses import dataclass, replace
from random import Random

from sandbox.population.catalogue import Catalogue, Sending
from sandbox.population.draws import pick, scattered
from sandbox.population.faults import leave_unanswered, leave_undeclared, make_unfit, spoil_ccds
from sandbox.population.forms import CAREFUL, Form, Typist, common_form
from sandbox.population.needs import Need
from sandbox.population.people import Person
from sandbox.population.scenario import Scenario
from sandbox.population.truth import Content, Planted, Reference, Truth
from sandbox.population.welfare import consumption

_REFERENCES = 1_000_000_000
_FILED_MAX = 4
"""Applications that a family can have; references are numbered by it."""

NOT_ELIGIBLE = frozenset({Content.AGE_FAILURE, Content.UNFIT, Content.PRETENDED, Content.NOT_ALLOWED})
"""What is wrong with the applicant, not with the form."""


@dataclass(frozen=True, slots=True)
class Filed:
    """An application: its form as the applicant handed it in, and the truth. ``delay`` counts families from its own
    until it is sent: a copy may come at once or much later."""

    form: Form
    truth: Truth
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """Where and when applications are filed. ``today`` is an ordinal."""

    seed: int
    scenario: Scenario
    catalogue: Catalogue
    today: int

    def file(
        self, rng: Random, number: int, nth: int, sending: Sending, who: Person, need: Need, content: Content,
        planted: Planted = Planted.NONE, copy_of: Reference | None = None, typist: Typist = CAREFUL,
    ) -> Filed:  # fmt: skip
        """The ``nth`` application of family ``number``; ``content`` goes wrong in it."""
        source, programme = sending
        form = common_form(rng, who, replace(need, programme=programme), self.today, typist)
        form["source_ref"] = self.reference(source, number, nth)
        self._spoil(form, rng, source, content)
        home = who.household
        truth = Truth(
            reference=Reference(source, form["source_ref"]),
            programme=form["programme"],
            person_id=who.person_id,
            household_id=home.household_id,
            poor=home.poor,
            welfare=consumption(home.welfare),
            eligible=not who.deceased and content not in NOT_ELIGIBLE,
            deceased=who.deceased,
            planted=planted,
            copy_of=copy_of,
            content=content,
            wallet=who.wallet,
            geo_code=home.union.geo_code,
        )
        return Filed(form, truth, delay(rng) if nth else 0)

    def reference(self, source: str, number: int, nth: int) -> str:
        """The source's own reference for an application; it says nothing about the applicant."""
        return f"{source.upper()}-{scattered(number * _FILED_MAX + nth, _REFERENCES, self.seed):09}"

    def any_source(self, rng: Random, programme: str) -> Sending:
        """One of the sources that send a programme."""
        return self.catalogue.senders(programme).at(rng.random())

    def _spoil(self, form: Form, rng: Random, source: str, content: Content) -> None:
        if content is Content.CCDS_GAP:
            spoil_ccds(form, rng, self.catalogue.sources[source].gaps)
        elif content is Content.NOT_ALLOWED:
            form["programme"] = pick(rng, self.catalogue.sources[source].not_allowed)
        elif content is Content.UNFIT:
            make_unfit(form, rng)
        elif content is Content.UNANSWERED:
            leave_unanswered(form, rng)
        elif content is Content.UNDECLARED:
            leave_undeclared(form, rng)


def delay(rng: Random) -> int:
    """How many families later a second record comes: a quarter at once, most soon, some very late."""
    if rng.random() < 0.25:
        return 0
    return min(3_000, 1 + int(rng.expovariate(1 / 300)))
