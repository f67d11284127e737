"""Reads one part of the form leaf by leaf, so that one bad leaf is one fault and the rest is still read.

Only parts that are not in order as they stand (``in_order``) are read in this way.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final, TypeVar

from services.intake.faults import Fault
from services.intake.in_order import TEXT_MAX
from shared.reference.dates import EARLIEST, iso_date
from shared.reference.identifiers import Wrong, compact
from shared.reference.text import ascii_digits, has_forbidden, is_blank, is_tidy, length, tidy

T = TypeVar("T")

_TRUE_FALSE: Final = {"true": True, "false": False}
DIGITS_MAX: Final = 20
"""No number of the form has as many digits."""

_NOTHING: Final[Mapping[str, Any]] = {}


class Section:
    """An object of the form and the path to it. Every reader returns None for what is absent, blank or wrong.

    What is wrong goes to ``faults``, shared by all sections of one form. What is absent is no fault here: which
    field may be absent is for the rules to say.
    """

    __slots__ = ("_name", "_within", "content", "faults")

    def __init__(self, content: object, faults: list[Fault], name: str = "", within: "Section | None" = None) -> None:
        """``content`` is what stands under ``name`` in the part ``within``; the whole form has neither."""
        self._name, self._within = name, within
        self.faults = faults
        if isinstance(content, dict):
            self.content: Mapping[str, Any] = content
        else:
            self.content = _NOTHING
            if content is not None:
                faults.append(Fault("wrong_type", self._path()))

    def _path(self) -> str:
        return self._name if self._within is None else self._within.at(self._name)

    def at(self, name: str) -> str:
        """The path of a field of this part."""
        path = self._path()
        return f"{path}.{name}" if path else name

    def fault(self, name: str, code: str) -> None:
        """Note one thing wrong with a field of this part."""
        self.faults.append(Fault(code, self.at(name)))

    def section(self, name: str) -> "Section":
        """A part of this part; empty where it is absent."""
        return Section(self.content.get(name), self.faults, name, self)

    def sections(self, name: str, at_most: int) -> "Iterator[Section]":
        """The objects of a list; more than ``at_most`` of them is a fault, and the rest is not read."""
        for leaf, content in self._entries(name, at_most):
            yield Section(content, self.faults, leaf, self)

    def texts(self, name: str, at_most: int) -> Iterator[tuple[str, str]]:
        """The texts of a list, tidied, each with its own field name; blank ones are left out."""
        for leaf, content in self._entries(name, at_most):
            text = self._text_of(content, leaf, TEXT_MAX)
            if text is not None:
                yield leaf, text

    def _entries(self, name: str, at_most: int) -> Iterator[tuple[str, object]]:
        content = self.content.get(name)
        if content is None:
            return
        if not isinstance(content, list):
            self.fault(name, "wrong_type")
            return
        if len(content) > at_most:
            self.fault(name, "too_many")
        for index, entry in enumerate(content[:at_most]):
            yield f"{name}[{index}]", entry

    def blank(self, name: str) -> bool:
        """Whether the field is absent or holds nothing but white space."""
        return is_blank(self.content.get(name))

    def need(self, name: str) -> None:
        """Note that a field is missing, if it is; one that is there but wrong has its own fault."""
        if self.blank(name):
            self.fault(name, "missing")

    def text(self, name: str, at_most: int = TEXT_MAX) -> str | None:
        """Text, tidied."""
        return self._text_of(self.content.get(name), name, at_most)

    def _text_of(self, content: object, name: str, at_most: int) -> str | None:
        """The text that stands under ``name``."""
        if content is None:
            return None
        if not isinstance(content, str):
            self.fault(name, "wrong_type")
            return None
        if is_tidy(content) and len(content) <= at_most:
            return content
        if has_forbidden(content):
            self.fault(name, "forbidden_character")
            return None
        tidied = tidy(content)
        if len(tidied) > at_most and length(tidied) > at_most:
            self.fault(name, "too_long")
            return None
        return tidied or None

    def read(self, name: str, parse: Callable[[str], T | Wrong]) -> T | None:
        """Text that a parser of ``shared.reference.identifiers`` understands."""
        text = self.text(name)
        if text is None:
            return None
        value = parse(text)
        if isinstance(value, Wrong):
            self.fault(name, value.value)
            return None
        return value

    def code(
        self,
        name: str,
        codes: Collection[str],
        wrong: str = "code_unknown",
        spelling: Callable[[str], str] = lambda text: compact(text).upper(),
    ) -> str | None:
        """A code of a list, whatever the script of its digits or the case of its letters.

        ``spelling`` makes equal codes equal texts; a code of the list is in that spelling.
        """
        content = self.content.get(name)
        if content is None or (isinstance(content, str) and content in codes):
            return content
        text = self.text(name)
        if text is None:
            return None
        code = spelling(text)
        if code in codes:
            return code
        self.fault(name, wrong)
        return None

    def choice(self, name: str, choices: Collection[str], wrong: str = "choice_unknown") -> str | None:
        """One of the form's own words."""
        return self.code(name, choices, wrong, str.lower)

    def day(self, name: str, today: date) -> date | None:
        """A date from 1900 to today."""
        content = self.content.get(name)
        if content is None:
            return None
        day = iso_date(content) if isinstance(content, str) else None
        if day is None:
            text = self.text(name)
            if text is None:
                return None
            day = iso_date(text)
        if day is None:
            self.fault(name, "date_format")
        elif day > today:
            self.fault(name, "date_in_future")
        elif day < EARLIEST:
            self.fault(name, "date_before_1900")
        else:
            return day
        return None

    def boolean(self, name: str) -> bool | None:
        """true or false; as text too, since a CSV file has nothing else."""
        content = self.content.get(name)
        if content is None or isinstance(content, bool):
            return content
        if not isinstance(content, str):
            self.fault(name, "not_yes_or_no")
            return None
        text = self.text(name)
        if text is None:
            return None
        answer = _TRUE_FALSE.get(text.lower())
        if answer is None:
            self.fault(name, "not_yes_or_no")
        return answer

    def whole(self, name: str, lowest: int, highest: int) -> int | None:
        """A whole number within bounds; digits as text, of either script, count as well."""
        content = self.content.get(name)
        if content is None:
            return None
        if type(content) is int and lowest <= content <= highest:
            return content
        number: int | None = None
        if isinstance(content, int):
            number = None if isinstance(content, bool) else content
        elif isinstance(content, float):
            number = int(content) if content.is_integer() else None
        elif isinstance(content, str):
            text = self.text(name)
            if text is None:
                return None
            digits = ascii_digits(text)
            number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < DIGITS_MAX else None
        if number is None:
            self.fault(name, "not_whole_number")
        elif lowest <= number <= highest:
            return number
        else:
            self.fault(name, "number_out_of_range")
        return None
