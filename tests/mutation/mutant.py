"""A mutant: one safeguard, the edits that take it out, and the tests that must miss it."""

from dataclasses import dataclass
from pathlib import Path

from shared.errors import DsrError


class AnchorGone(DsrError):
    """The code that an edit replaces is not there exactly once."""

    def __init__(self, mutant: str, path: str, found: int) -> None:
        self.mutant, self.path, self.found = mutant, path, found
        super().__init__(
            f"Mutant {mutant}: what it replaces in {path} is there {found} times, not once. The code has changed: "
            "bring the mutant in tests/mutation/catalogue up to date."
        )


@dataclass(frozen=True, slots=True)
class Edit:
    """Replaces ``before``, which is in the file at ``path`` exactly once, by ``after``."""

    path: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Mutant:
    """``safeguard`` says what is lost, as a sentence; ``tests`` are pytest's ids of tests of which one must fail.

    ``needs_kafka`` says that only a real Kafka shows it; the other tests take seconds.
    """

    name: str
    safeguard: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    needs_kafka: bool = False

    def files(self, root: Path) -> dict[str, str]:
        """By path the text of each file that changes, with the safeguard gone. Raises ``AnchorGone``."""
        changed: dict[str, str] = {}
        for edit in self.edits:
            text = changed.get(edit.path) or (root / edit.path).read_text(encoding="utf-8")
            found = text.count(edit.before)
            if found != 1:
                raise AnchorGone(self.name, edit.path, found)
            changed[edit.path] = text.replace(edit.before, edit.after)
        return changed
