"""Reading a policy folder: everything is checked, all mistakes come at once, with file and line (design.md §7)."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from shared.policy.checks import Sections, check
from shared.policy.document import Document
from shared.policy.errors import PolicyFault, PolicyInvalid
from shared.policy.hashing import short_hash
from shared.policy.models import PmtModel
from shared.policy.overlaps import OverlapGroup
from shared.policy.policy import Policy
from shared.policy.programmes import ProgrammePolicy
from shared.policy.providers import ProviderPolicy
from shared.policy.reviews import ReviewPolicy
from shared.policy.section import Section
from shared.policy.sources import SourcePolicy


def load_policy(directory: Path) -> Policy:
    """Read the files of a policy folder; raises ``PolicyInvalid`` with every mistake."""
    if not directory.is_dir():
        raise PolicyInvalid([PolicyFault(str(directory), 0, "there is no such folder")])
    sections = Sections(
        sources=Section(Document(directory / "sources.yaml"), "sources", SourcePolicy),
        programmes=Section(Document(directory / "programmes.yaml"), "programmes", ProgrammePolicy),
        models=Section(Document(directory / "models.yaml"), "models", PmtModel, code_field="id"),
        overlaps=Section(Document(directory / "overlaps.yaml"), "groups", OverlapGroup),
        providers=Section(Document(directory / "providers.yaml"), "providers", ProviderPolicy),
        reviews=Section(Document(directory / "reviews.yaml"), "reviews", ReviewPolicy),
    )
    check(sections)
    parts: tuple[Section[Any], ...] = (
        sections.sources,
        sections.programmes,
        sections.models,
        sections.overlaps,
        sections.providers,
        sections.reviews,
    )
    faults = [fault for section in parts for fault in section.document.faults]
    if faults:
        raise PolicyInvalid(faults)
    content = {section.key: {code: entry.canonical() for code, entry in section.entries.items()} for section in parts}
    versions = {section.document.name: section.version for section in parts}
    return Policy(
        sources=MappingProxyType(sections.sources.entries),
        programmes=MappingProxyType(_with_groups(sections)),
        models=MappingProxyType(sections.models.entries),
        overlaps=MappingProxyType(sections.overlaps.entries),
        providers=MappingProxyType(sections.providers.entries),
        reviews=MappingProxyType(sections.reviews.entries),
        versions=MappingProxyType(versions),
        hash=short_hash({"versions": versions, **content}),
    )


def _with_groups(sections: Sections) -> Mapping[str, ProgrammePolicy]:
    """The programmes, each knowing the exclusion groups that name it."""
    groups = sections.overlaps.entries.values()
    return {
        code: programme.model_copy(
            update={"exclusion_groups": tuple(sorted(g.code for g in groups if code in g.programmes))}
        )
        for code, programme in sections.programmes.entries.items()
    }
