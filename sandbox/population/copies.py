"""Second applications: the same person again, or somebody who is easily taken for the same person."""

from dataclasses import dataclass, replace
from datetime import date
from random import Random

from sandbox.population.desk import NOT_ELIGIBLE, Desk, Filed, delay
from sandbox.population.forms import Typist
from sandbox.population.households import Companion, Household, household
from sandbox.population.needs import Need
from sandbox.population.people import Person, WalletState, new_name, person
from sandbox.population.spelling import mistype
from sandbox.population.truth import Content, Planted, Reference

COMPANIONS = {
    Planted.TWIN: Companion("sibling", twin=True),
    Planted.SIBLING: Companion("sibling"),
    Planted.SPOUSE: Companion("spouse"),
}
"""Others of the family who apply for the same programme."""


@dataclass(frozen=True, slots=True)
class First:
    """The first application of a family, and whose it is. ``second`` is another programme that is meant for them."""

    number: int
    filed: Filed
    home: Household
    who: Person
    need: Need
    second: str | None = None


def beside(desk: Desk, rng: Random, first: First, planted: Planted) -> Filed:
    """The application that is planted beside a first one."""
    if planted is Planted.EXACT_DUPLICATE:
        return _exact(desk, rng, first)
    if planted in COMPANIONS:
        return _companion(desk, rng, first, planted)
    if planted is Planted.BORROWED_ID:
        return _borrowed(desk, rng, first)
    if planted is Planted.CROSS_PROGRAMME:
        sending = desk.any_source(rng, first.second or first.need.programme)
        typist = Typist(respell=0.3, slips=0.05)
        return desk.file(
            rng, first.number, 1, sending, first.who, first.need, _content(first), planted, _reference(first), typist
        )
    return _again(desk, rng, first, planted)


def _reference(first: First) -> Reference:
    return first.filed.truth.reference


def _content(first: First) -> Content:
    """What is wrong with the applicant is wrong a second time; a fault of the form need not be."""
    content = first.filed.truth.content
    return content if content in NOT_ELIGIBLE and content is not Content.NOT_ALLOWED else Content.CLEAN


def _sending(desk: Desk, rng: Random, first: First) -> tuple[str, str]:
    if rng.random() < 0.5:
        return _reference(first).source, first.need.programme
    return desk.any_source(rng, first.need.programme)


def _exact(desk: Desk, rng: Random, first: First) -> Filed:
    source = _reference(first).source
    reference = Reference(source, desk.reference(source, first.number, 1))
    truth = replace(first.filed.truth, reference=reference, planted=Planted.EXACT_DUPLICATE, copy_of=_reference(first))
    return Filed({**first.filed.form, "source_ref": reference.source_ref}, truth, delay(rng))


def _companion(desk: Desk, rng: Random, first: First, planted: Planted) -> Filed:
    other = person(desk.seed, first.home, 1, first.need, desk.scenario, planted is Planted.TWIN)
    if planted is Planted.SPOUSE and rng.random() < 0.4 and first.who.wallet.state is WalletState.ACTIVE:
        other = replace(other, wallet=replace(first.who.wallet, state=WalletState.SHARED))
    # The household's pretence is everybody's; a first person's own obstacle is not.
    pretends = first.filed.truth.content is Content.PRETENDED
    content = Content.PRETENDED if pretends else Content.CLEAN
    sending = _sending(desk, rng, first)
    return desk.file(rng, first.number, 1, sending, other, first.need, content, planted, _reference(first))


def _borrowed(desk: Desk, rng: Random, first: First) -> Filed:
    near = household(desk.seed, 2 * first.number + 1, first.need, desk.scenario, desk.today)
    stranger = person(desk.seed, near, 0, first.need, desk.scenario)
    filed = desk.file(
        rng, first.number, 1, _sending(desk, rng, first), stranger, first.need, Content.CLEAN, Planted.BORROWED_ID,
        _reference(first),
    )  # fmt: skip
    _put_id(filed, first.who.national_id(first.who.shown_id))
    return filed


def _again(desk: Desk, rng: Random, first: First, planted: Planted) -> Filed:
    """The same person for the same programme, typed anew."""
    who, shown = first.who, first.who.shown_id
    other_kind = 17 if shown == 10 else 10
    mistyped = planted is Planted.FUZZY_DUPLICATE and rng.random() < 0.4
    if planted is Planted.EQUAL_ID:
        typist = Typist(respell=0.5, slips=0.3, digits=10 if shown == 10 else 30 - shown)
        if rng.random() < 0.5:
            who = replace(who, mobile=_other_mobile(rng))
    elif planted is Planted.VAGUE_DUPLICATE:
        typist = Typist(respell=0.0, digits=other_kind)
        religion = first.home.religion
        who = replace(
            who,
            father=new_name(rng, religion, "M"),
            mother=new_name(rng, religion, "F"),
            parents_n13=None,
            mobile=_other_mobile(rng),
        )
    else:
        typist = Typist(respell=0.35, slips=0.15, digits=shown if mistyped else other_kind)
        at = rng.random()
        if at < 0.5:
            who = replace(who, mobile=_other_mobile(rng))
        if at > 0.9:
            who = replace(who, recorded_birth=_near_date(rng, who.recorded_birth))
    filed = desk.file(
        rng, first.number, 1, _sending(desk, rng, first), who, first.need, _content(first), planted,
        _reference(first), typist,
    )  # fmt: skip
    if mistyped:
        _put_id(filed, mistype(rng, who.national_id(shown)))
    return filed


def _put_id(filed: Filed, national_id: str) -> None:
    filed.form["applicant"]["national_id"] = national_id
    if filed.form["payee"] is not None:
        filed.form["payee"].pop("holder_national_id", None)


def _other_mobile(rng: Random) -> str:
    return f"01{3 + int(rng.random() * 7)}{int(rng.random() * 1e8):08}"


def _near_date(rng: Random, born: date) -> date:
    """Day and month changed places, or another day of the month."""
    if born.day <= 12 and born.day != born.month and rng.random() < 0.5:
        return born.replace(day=born.month, month=born.day)
    return born.replace(day=1 + (born.day + int(rng.random() * 26)) % 28)
