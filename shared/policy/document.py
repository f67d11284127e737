"""A YAML file with its line numbers: read whole, with every mistake of form reported."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from shared.policy.errors import PolicyFault


class _PlainLoader(yaml.SafeLoader):
    """Values as JSON has them: dates and decimal fractions stay text, so that no digit is lost on the way."""


class _QuickLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same in C, eight times as fast, as every process reads the policy when it starts; where libyaml is there."""


def _as_text(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> str:
    return str(loader.construct_scalar(node))


for _tag in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float"):
    _PlainLoader.add_constructor(_tag, _as_text)
    _QuickLoader.add_constructor(_tag, _as_text)


class Document:
    """One file of the policy. ``data`` is empty where the file could not be read; ``faults`` says why."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self.data: dict[str, Any] = {}
        self.faults: list[PolicyFault] = []
        self._root: yaml.Node | None = None
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            self.fault("the file is missing")
        except (OSError, UnicodeDecodeError) as error:
            self.fault(f"the file cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8'}")
        else:
            self._parse(text)

    def _parse(self, text: str) -> None:
        try:
            try:
                root, repeated, data = _read(_QuickLoader(text))
            except yaml.YAMLError:  # the parser in Python says more exactly what is wrong
                root, repeated, data = _read(_PlainLoader(text))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.faults.append(PolicyFault(self.name, mark.line + 1 if mark else 0, f"not valid YAML: {error.problem}"))
            return
        except yaml.reader.ReaderError as error:
            line = text.count("\n", 0, error.position) + 1
            self.faults.append(PolicyFault(self.name, line, f"not valid YAML: {error.reason}"))
            return
        self.faults.extend(PolicyFault(self.name, line, f"the key {key!r} stands twice") for key, line in repeated)
        if not isinstance(data, dict):
            self.fault("the file must be a mapping with version and one section")
            return
        self._root, self.data = root, data

    def fault(self, message: str, *at: int | str) -> None:
        """Report a mistake at the place that ``at`` leads to, as far as it exists."""
        self.faults.append(PolicyFault(self.name, self.line(*at), message))

    def line(self, *at: int | str) -> int:
        """The line, from 1, of the value at this path; parts of the path that lead nowhere are passed over."""
        node = self._root
        if node is None:
            return 0
        line = node.start_mark.line
        for part in at:
            if isinstance(node, yaml.MappingNode):
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if found is not None:
                    line, node = found[0].start_mark.line, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line
        return line + 1


def _read(loader: yaml.SafeLoader) -> tuple[yaml.Node | None, list[tuple[str, int]], Any]:
    """The nodes, the keys that stand twice, and the data; to build the data merges mappings, so it comes last."""
    root = loader.get_single_node()
    if root is None:
        return None, [], None
    return root, list(_repeated_keys(root)), loader.construct_document(root)


def _repeated_keys(root: yaml.Node) -> Iterator[tuple[str, int]]:
    """Keys that stand twice in one mapping: YAML would silently keep the last. Each node is looked at once, as an
    alias may lead back to what holds it."""
    seen_nodes: set[int] = set()
    nodes = [root]
    while nodes:
        node = nodes.pop()
        if id(node) in seen_nodes:
            continue
        seen_nodes.add(id(node))
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in seen:
                        yield key.value, key.start_mark.line + 1
                    seen.add(key.value)
                nodes.append(value)
        elif isinstance(node, yaml.SequenceNode):
            nodes.extend(node.value)
