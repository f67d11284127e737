"""What every contract has in common. There are two kinds, told apart by who writes the records.

A ``Contract`` is written by people or outsiders, or shown over HTTP: pydantic says each mistake and serves FastAPI. An
``Event`` is what our own stages hand on for each application, large and often: msgspec reads and writes it at a fifth
of the cost (docs/decisions/0014-msgspec-between-stages.md).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Self

import msgspec
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError
from pydantic_core import core_schema

from shared.errors import DsrError


class NotAsAgreed(DsrError):
    """The value of a record is not what its contract says. Nothing of the value is in the text."""

    def __init__(self, contract: str) -> None:
        self.contract = contract
        super().__init__(f"The value is no {contract}: compare it with its schema in docs/contracts.")


class Contract(BaseModel):
    """A frozen message part. Unknown fields are ignored, so that a newer sender is understood."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="float")

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Parse the value of a record; raises ``NotAsAgreed``."""
        try:
            return cls.model_validate_json(value)
        except ValidationError:
            raise NotAsAgreed(cls.__name__) from None

    def write(self) -> bytes:
        """The bytes to send: the same object always gives the same bytes."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """A frozen part of what stages hand on. Unknown fields are ignored; a field at its default is not written.

    Only what is read is checked: who makes one by hand is one of us, and ``mypy`` sees to the types. As it is frozen
    it is in no cycle, so the search for garbage passes it over.
    """

    @classmethod
    def read(cls, value: bytes) -> Self:
        """Parse the value of a record; raises ``NotAsAgreed``."""
        try:
            return msgspec.json.decode(value, type=cls)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise NotAsAgreed(cls.__name__) from None

    def write(self) -> bytes:
        """The bytes to send: the same object always gives the same bytes."""
        return _WRITER.encode(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """So that it can be a part of a ``Contract``, of FastAPI's answers and of the AsyncAPI document."""
        return core_schema.no_info_plain_validator_function(
            partial(_converted, cls),
            serialization=core_schema.plain_serializer_function_ser_schema(msgspec.to_builtins),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: core_schema.CoreSchema, handler: Any) -> dict[str, Any]:
        """Its schema in one piece: pydantic numbers definitions in a way of its own."""
        top, definitions = _schema_and_definitions(cls)
        inlined: dict[str, Any] = _inlined(top, definitions)
        return inlined


def _converted(event: type[Event], given: Any) -> Event:
    try:
        return given if isinstance(given, event) else msgspec.convert(given, event)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from None


_WRITER = msgspec.json.Encoder()


def schema_of(contract: type[Contract] | type[Event]) -> dict[str, Any]:
    """The JSON Schema of a contract, its definitions under ``$defs``."""
    if issubclass(contract, Contract):
        return contract.model_json_schema(mode="validation")
    top, definitions = _schema_and_definitions(contract)
    return top | ({"$defs": definitions} if definitions else {})


def _schema_and_definitions(event: type[Event]) -> tuple[dict[str, Any], dict[str, Any]]:
    _, definitions = msgspec.json.schema_components([event], ref_template="#/$defs/{name}")
    return definitions.pop(event.__name__), definitions


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """``schema`` with each reference replaced by what it refers to; none of ours refers to itself."""
    if isinstance(schema, list):
        return [_inlined(part, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[schema["$ref"].rpartition("/")[2]], definitions)
    return {name: _inlined(part, definitions) for name, part in schema.items()}


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


Utc = Annotated[AwareDatetime, AfterValidator(_to_utc)]
"""A moment in a ``Contract``: aware, made UTC."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A moment in an ``Event``: aware; our stages write UTC."""
