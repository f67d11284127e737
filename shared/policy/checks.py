"""What one file of the policy says about another, and rules over several entries."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from shared.policy.models import PmtModel
from shared.policy.overlaps import OverlapGroup
from shared.policy.programmes import ProgrammePolicy
from shared.policy.providers import ProviderPolicy
from shared.policy.rates import overlapping
from shared.policy.reviews import DUPLICATES, ReviewPolicy
from shared.policy.section import Section
from shared.policy.sources import SourcePolicy
from shared.reference.ccds import GENDER, MANDATORY_FIELDS, NEVER_A_GAP

DEFAULT_CLASS = "default"


@dataclass(frozen=True, slots=True)
class Sections:
    """The files of a policy."""

    sources: Section[SourcePolicy]
    programmes: Section[ProgrammePolicy]
    models: Section[PmtModel]
    overlaps: Section[OverlapGroup]
    providers: Section[ProviderPolicy]
    reviews: Section[ReviewPolicy]


def check(sections: Sections) -> None:
    """Report every mistake between entries and files to the document that it stands in."""
    for source in sections.sources.entries.values():
        _check_source(source, sections)
    _check_principals(sections.sources)
    for programme in sections.programmes.entries.values():
        _check_programme(programme, sections)
        _check_rates(programme, sections.programmes)
    for group in sections.overlaps.entries.values():
        _check_group(group, sections)
    _check_every_programme_grouped(sections)
    if sections.reviews.declared and DUPLICATES not in sections.reviews.declared:
        sections.reviews.document.fault(f"there is no entry {DUPLICATES}", "reviews")


def _unknown(names: Iterable[str], declared: Collection[str], kind: str) -> list[tuple[int, str]]:
    """Positions and messages of the names that nothing declares; none where the other file could not be read."""
    if not declared:
        return []
    return [(at, f"there is no {kind} {name}") for at, name in enumerate(names) if name not in declared]


def _check_source(source: SourcePolicy, sections: Sections) -> None:
    own, programmes = sections.sources, sections.programmes.declared
    for at, message in _unknown(source.programmes, programmes, "programme"):
        own.fault(message, source.code, "programmes", at)
    for name, rule in source.gaps.items():
        if name not in MANDATORY_FIELDS:
            own.fault(f"{name} is not one of the mandatory CCDS fields", source.code, "gaps", name)
        elif name in NEVER_A_GAP and rule.action != "reject":
            own.fault(f"{name} may never be left empty", source.code, "gaps", name)
        if rule.action == "derive" and (name != "gender" or rule.value not in GENDER):
            own.fault("only gender can be derived, as M, F or O", source.code, "gaps", name, "value")
        for at, message in _unknown(rule.programmes, programmes, "programme"):
            own.fault(message, source.code, "gaps", name, "programmes", at)


def _check_principals(sources: Section[SourcePolicy]) -> None:
    seen: dict[str, str] = {}
    for source in sources.entries.values():
        other = seen.setdefault(source.principal, source.code)
        if other != source.code:
            sources.fault(f"the principal {source.principal} is {other}'s already", source.code, "principal")


def _check_programme(programme: ProgrammePolicy, sections: Sections) -> None:
    own, code = sections.programmes, programme.code
    references = (
        ("owner", programme.owner, sections.sources.declared, "source"),
        ("model", programme.model, sections.models.declared, "model"),
        ("joined_into", programme.joined_into, sections.programmes.declared, "programme"),
    )
    for key, name, declared, kind in references:
        if name is not None:
            for _, message in _unknown((name,), declared, kind):
                own.fault(message, code, key)
    for at, criterion in enumerate(programme.criteria):
        if criterion.kind == "no_other_benefit":
            for _, message in _unknown(criterion.allowed, sections.programmes.declared, "programme"):
                own.fault(message, code, "criteria", at, "allowed")
    kinds = [criterion.kind for criterion in programme.criteria]
    for at, kind in enumerate(kinds):
        if kind in kinds[:at]:
            own.fault(f"the criterion {kind} stands twice", code, "criteria", at)
    model = sections.models.entries.get(programme.model or "")
    if programme.decides == "pmt" and model is not None and programme.cut_off is None and model.cut_off is None:
        own.fault("the PMT decides, but neither the programme nor its model has a cut_off", code, "decides")
    for cell in programme.quota.cells:
        if len(cell) != (10 if programme.quota.level == "union" else 8):
            own.fault(f"{cell} is not the code of a {programme.quota.level}", code, "quota", "cells", cell)


def _check_rates(programme: ProgrammePolicy, own: Section[ProgrammePolicy]) -> None:
    code, rates = programme.code, programme.rates
    for earlier, later in overlapping(rates):
        row = rates[later]
        own.fault(
            f"rates of the class {row.rate_class} overlap from {row.starts}: see also line "
            f"{own.document.line(own.key, code, 'rates', earlier)}",
            code, "rates", later,
        )  # fmt: skip
    classes = {DEFAULT_CLASS, *programme.rate_classes}
    for at, row in enumerate(rates):
        if row.rate_class not in classes:
            own.fault(f"there is no rate class {row.rate_class}", code, "rates", at, "rate_class")
        once = {frequency.every == "one_time" for frequency in programme.frequency}
        if once and (row.one_time_taka is not None) not in once and row.basis != "not_public":
            own.fault("the rate and the frequency disagree on one_time", code, "rates", at)
    if programme.open_to_applications:
        for name in classes - {row.rate_class for row in rates}:
            own.fault(f"the rate class {name} has no rate", code, "rates")
    starts = [frequency.starts for frequency in programme.frequency]
    for at, day in enumerate(starts):
        if day in starts[:at]:
            own.fault(f"two frequencies start on {day}", code, "frequency", at)


def _check_group(group: OverlapGroup, sections: Sections) -> None:
    own, programmes = sections.overlaps, sections.programmes.declared
    for at, message in _unknown(group.programmes, programmes, "programme"):
        own.fault(message, group.code, "programmes", at)
    for at, name in enumerate(group.programmes):
        if name in group.programmes[:at]:
            own.fault(f"{name} stands twice", group.code, "programmes", at)
    for name in group.exceptions:
        for _, message in _unknown((name,), programmes, "programme"):
            own.fault(message, group.code, "exceptions", name)
        if name in group.programmes:
            own.fault(f"{name} is both a member and an exception", group.code, "exceptions", name)


def _check_every_programme_grouped(sections: Sections) -> None:
    """A new programme must not escape the double-dipping policy because somebody forgot a line."""
    groups = sections.overlaps
    if not groups.declared or len(groups.entries) < len(groups.declared):
        return
    named = {name for group in groups.entries.values() for name in (*group.programmes, *group.exceptions)}
    for code in sorted(sections.programmes.declared - named):
        sections.programmes.fault("it is in no exclusion group of overlaps.yaml and no exception of one", code)
