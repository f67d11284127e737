"""One file of the policy: its version, and entries by code, each read by itself so that one mistake hides no other."""

import json
from typing import Any, Generic, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from shared.policy.base import PolicyPart
from shared.policy.document import Document

P = TypeVar("P", bound=PolicyPart)


class Section(Generic[P]):
    """The entries of ``<section>`` in a document of the form ``version: "…"``, ``<section>: {code: entry}``.

    ``declared`` are all codes that stand in the file, also those whose entry is wrong: a reference to one of them is
    no second mistake. ``entries`` are the right ones.
    """

    def __init__(self, document: Document, key: str, entry: type[P], code_field: str = "code") -> None:
        self.document, self.key = document, key
        self.version = ""
        self.entries: dict[str, P] = {}
        self.declared: frozenset[str] = frozenset()
        if not document.data:
            if not document.faults:
                document.fault("the file is empty")
            return
        self._read_head(document.data)
        raw = document.data.get(key)
        if not isinstance(raw, dict) or not raw:
            document.fault(f"{key} must be a mapping with at least one entry", key)
            return
        self.declared = frozenset(str(code) for code in raw)
        for code, value in raw.items():
            self._read_entry(code, value, entry, code_field)

    def _read_head(self, data: dict[str, Any]) -> None:
        for unknown in data.keys() - {"version", self.key}:
            self.document.fault(f"unknown key {unknown!r}; the file has version and {self.key}", unknown)
        version = data.get("version")
        if not isinstance(version, str) or not version.strip():
            self.document.fault('version is missing or is not a text in quotes, such as "2026-07.1"', "version")
        else:
            self.version = version

    def _read_entry(self, code: object, value: object, entry: type[P], code_field: str) -> None:
        if not isinstance(code, str) or not isinstance(value, dict):
            self.document.fault(f"{code}: the code must be a text and its entry a mapping", self.key, str(code))
            return
        try:
            # By way of JSON: strict there means no coercion of types, yet dates and tuples can be written.
            text = json.dumps({**value, code_field: code})
        except (TypeError, ValueError, RecursionError):
            self.document.fault(
                f"{code}: it holds something other than texts, numbers, lists and mappings", self.key, code
            )
            return
        try:
            self.entries[code] = entry.model_validate_json(text)
        except ValidationError as error:
            for details in error.errors(include_url=False, include_input=False):
                self.document.fault(f"{code}: {_explain(details)}", self.key, code, *details["loc"])

    def fault(self, message: str, code: str, *at: int | str) -> None:
        """Report a mistake in an entry."""
        self.document.fault(f"{code}: {message}", self.key, code, *at)


def _explain(details: ErrorDetails) -> str:
    """A sentence for a pydantic error, in the words of the file."""
    where = ".".join(str(part) for part in details["loc"])
    match details["type"]:
        case "extra_forbidden":
            return f"unknown key {where}"
        case "missing":
            return f"{where} is missing"
        case "value_error":
            message = details["msg"].removeprefix("Value error, ")
            return f"{where}: {message}" if where else message
        case "string_pattern_mismatch" if details["loc"] in (("code",), ("id",)):
            return "the code may hold lower-case letters, digits and (by kind) hyphens or underscores only"
        case _:
            message = details["msg"]
            return f"{where}: {message[:1].lower()}{message[1:]}"
