"""May a contract change like this within its major version? Compares two JSON Schemas of one message type.

Messages that were written by the old one must still be read by the new one, and who reads the old one must find in new
messages what it relied on. So fields may be added and values allowed; no field may go, become required or optional, and
no value that was allowed may be refused.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "format", "multipleOf", "uniqueItems")


class Incompatibility(NamedTuple):
    """What breaks, and where: ``path`` is that of the field, "" for the message itself."""

    path: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text


def incompatibilities(old: Schema, new: Schema) -> tuple[Incompatibility, ...]:
    """All that breaks; empty where the change is allowed."""
    return tuple(dict.fromkeys(_Comparison(old, new).compare(old, new, "")))


class _Comparison:
    """Two documents, each with definitions of its own that references point into."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old, self._new = old, new
        self._open: set[tuple[str, str]] = set()

    def compare(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        """Every alternative that was allowed must be allowed by an alternative of now."""
        pair = str(old.get("$ref")), str(new.get("$ref"))
        if "$ref" in old and "$ref" in new:
            if pair in self._open:  # a definition that refers to itself
                return
            self._open.add(pair)
        choices = list(_alternatives(new, self._new))
        for was in _alternatives(old, self._old):
            attempts = [list(self._one(was, now, path)) for now in choices]
            yield from min(attempts, key=len)
        self._open.discard(pair)

    def _one(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        if not _types(old) <= _types(new):
            yield Incompatibility(path, f"{_kind(old)} is no longer allowed")
            return
        yield from _narrowed(old, new, path)
        if "object" in _types(old):
            yield from self._objects(old, new, path)
        if "array" in _types(old):
            yield from self._arrays(old, new, path)

    def _objects(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        were: Schema = old.get("properties", {})
        are: Schema = new.get("properties", {})
        required_before, required_now = set(old.get("required", ())), set(new.get("required", ()))
        for name in were:
            inner = f"{path}.{name}" if path else name
            if name not in are:
                yield Incompatibility(inner, "the field is gone")
                continue
            if name in required_before - required_now:
                yield Incompatibility(inner, "the field was always there and now need not be")
            yield from self.compare(were[name], are[name], inner)
        for name in sorted(required_now - required_before):
            yield Incompatibility(f"{path}.{name}" if path else name, "the field is required now")
        yield from self._inside(old.get("additionalProperties", True), new.get("additionalProperties", True), path)

    def _arrays(self, old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
        before: Sequence[Schema] = old.get("prefixItems", ())
        now: Sequence[Schema] = new.get("prefixItems", ())
        for place in range(max(len(before), len(now))):
            was = before[place] if place < len(before) else old.get("items", True)
            is_ = now[place] if place < len(now) else new.get("items", True)
            yield from self._inside(was, is_, f"{path}[{place}]")
        yield from self._inside(old.get("items", True), new.get("items", True), f"{path}[]")

    def _inside(self, old: Schema | bool, new: Schema | bool, path: str) -> Iterator[Incompatibility]:
        if new is True or old is False:
            return
        if new is False:
            yield Incompatibility(path, "no more is allowed here")
            return
        yield from self.compare({} if isinstance(old, bool) else old, {} if isinstance(new, bool) else new, path)


_ALL_TYPES = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})


def _alternatives(schema: Schema, document: Schema) -> Iterator[Schema]:
    """The schemas of which a value must meet one: references followed, choices opened."""
    if "$ref" in schema:
        target: Any = document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = target[part]
        yield from _alternatives(target, document)
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            yield from _alternatives(choice, document)
    else:
        yield schema


def _types(schema: Schema) -> frozenset[str]:
    stated = schema.get("type")
    if stated is None:
        return _ALL_TYPES
    types = frozenset({stated} if isinstance(stated, str) else stated)
    return types | {"integer"} if "number" in types else types


def _kind(schema: Schema) -> str:
    return " or ".join(sorted(_types(schema))) if schema.get("type") else "any value"


def _values(schema: Schema) -> list[Any] | None:
    """The values that are allowed, where they are listed."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _narrowed(old: Schema, new: Schema, path: str) -> Iterator[Incompatibility]:
    before, now = _values(old), _values(new)
    if now is not None:
        if before is None:
            yield Incompatibility(path, f"only {', '.join(map(str, now))} is allowed now")
        else:
            yield from (Incompatibility(path, f"{value} is no longer allowed") for value in before if value not in now)
    for name in _LOWER:
        if name in new and (name not in old or new[name] > old[name]):
            yield Incompatibility(path, f"{name} is {new[name]} now")
    for name in _UPPER:
        if name in new and (name not in old or new[name] < old[name]):
            yield Incompatibility(path, f"{name} is {new[name]} now")
    for name in _EXACT:
        if name in new and new[name] != old.get(name):
            yield Incompatibility(path, f"{name} is {new[name]} now")
