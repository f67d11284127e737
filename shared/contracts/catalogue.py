"""Every message type with its contract, and the JSON Schemas made from them.

``python -m shared.contracts.catalogue`` writes ``docs/contracts/<type>.schema.json``. It refuses a change that is not
compatible with the schema that is there: such a change is a new type with the next major version.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from shared import topics
from shared.contracts.account import AccountNotice, AccountReport, Verify
from shared.contracts.base import Contract, Event, schema_of
from shared.contracts.chain import Cleared, Scored, Validated
from shared.contracts.command import Command, ReviewDecided, SelectionDecided
from shared.contracts.compatibility import Incompatibility, incompatibilities
from shared.contracts.entitlement import EntitlementChanged
from shared.contracts.form import CommonForm
from shared.contracts.payment import Cancel, Inquire, Instruct, Report
from shared.contracts.status import StatusLine
from shared.errors import DsrError

CATALOGUE: Final[Mapping[str, type[Contract] | type[Event]]] = {
    "application.submitted.v1": CommonForm,
    "application.validated.v1": Validated,
    "application.scored.v1": Scored,
    "application.cleared.v1": Cleared,
    "application.status.v1": StatusLine,
    "review.decided.v1": ReviewDecided,
    "selection.decided.v1": SelectionDecided,
    "entitlement.changed.v1": EntitlementChanged,
    "payment.instruct.v1": Instruct,
    "payment.inquire.v1": Inquire,
    "payment.cancel.v1": Cancel,
    "payment.report.v1": Report,
    "account.verify.v1": Verify,
    "account.report.v1": AccountReport,
    "account.notice.v1": AccountNotice,
    **{f"{stage}.command.v1": Command for stage in topics.STAGES},
}

SCHEMAS: Final = Path(__file__).parents[2] / "docs" / "contracts"


class ContractBroken(DsrError):
    """A contract differs from its published schema in a way that breaks those who use it. Nothing was written."""

    def __init__(self, faults: Mapping[str, tuple[Incompatibility, ...]]) -> None:
        self.faults = dict(faults)
        lines = "".join(f"\n  {name}: {fault}" for name, found in faults.items() for fault in found)
        super().__init__(
            f"Contracts may only grow within a major version:{lines}\n"
            "Make a new message type with the next version, and leave this one as it is."
        )


def schema(message_type: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of what a record of this type may hold."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema_of(CATALOGUE[message_type]),
        "title": message_type,
    }


def text(message_type: str) -> bytes:
    """The schema as its file has it."""
    return orjson.dumps(schema(message_type), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def file_of(message_type: str, folder: Path = SCHEMAS) -> Path:
    """Where the schema of a type is published."""
    return folder / f"{message_type}.schema.json"


def broken(folder: Path = SCHEMAS) -> dict[str, tuple[Incompatibility, ...]]:
    """By message type, how the contracts break with the published schemas; empty if they do not."""
    faults = {}
    for path in sorted(folder.glob("*.schema.json")):
        name = path.name.removesuffix(".schema.json")
        found = (
            incompatibilities(orjson.loads(path.read_bytes()), schema(name))
            if name in CATALOGUE
            else (Incompatibility("", "the message type is gone"),)
        )
        if found:
            faults[name] = found
    return faults


def publish(folder: Path = SCHEMAS) -> None:
    """Write all schemas; raises ``ContractBroken`` and then writes none."""
    faults = broken(folder)
    if faults:
        raise ContractBroken(faults)
    folder.mkdir(parents=True, exist_ok=True)
    for name in CATALOGUE:
        file_of(name, folder).write_bytes(text(name))


if __name__ == "__main__":
    try:
        publish()
    except ContractBroken as error:
        sys.exit(str(error))
