"""A file of treasury orders from iBAS++: CSV in UTF-8, read wholly before the first order is entered."""

import csv
import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from services.payments.treasury.asked import Order
from services.payments.written import NotAnAmount, poisha_of
from shared.errors import DsrError

COLUMNS: Final = ("kind", "order_ref", "budget_code", "programme", "cycle", "amount_taka", "dated")


class OrdersUnreadable(DsrError):
    """The file has mistakes; ``faults`` names every one by its line. Nothing of it was entered."""

    exit_code = 2

    def __init__(self, path: Path, faults: tuple[str, ...]) -> None:
        self.path, self.faults = path, faults
        lines = "".join(f"\n  {fault}" for fault in faults)
        super().__init__(f"The orders in {path} cannot be entered, and none was:{lines}")


class FileOrder(NamedTuple):
    """One line: ``kind`` is allocate or release."""

    line: int
    kind: str
    order: Order


def read_orders(path: Path) -> list[FileOrder]:
    """All orders of a file; raises ``OrdersUnreadable`` with every mistake in it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise OrdersUnreadable(path, (f"it cannot be read: {error.strerror}",)) from None
    except UnicodeDecodeError:
        raise OrdersUnreadable(path, ("it is not UTF-8",)) from None
    reader = csv.DictReader(io.StringIO(text), strict=True)
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise OrdersUnreadable(path, (f"line 1: the columns must be {', '.join(COLUMNS)}",))
    orders: list[FileOrder] = []
    faults: list[str] = []
    seen: dict[tuple[str, str], int] = {}
    try:
        for row in reader:
            line = reader.line_num
            try:
                one = _read(line, row)
            except _Faults as found:
                faults += [f"line {line}: {fault}" for fault in found.texts]
                continue
            first = seen.setdefault((one.kind, one.order.order_ref), line)
            if first != line:
                faults.append(f"line {line}: the same order stands in line {first}")
            orders.append(one)
    except csv.Error as error:
        faults.append(f"line {reader.line_num}: {error}")
    if not orders and not faults:
        faults.append("it holds no order")
    if faults:
        raise OrdersUnreadable(path, tuple(faults))
    return orders


class _Faults(Exception):
    def __init__(self, texts: list[str]) -> None:
        self.texts = texts


def _read(line: int, row: Mapping[str | None, str | list[str] | None]) -> FileOrder:
    if None in row or any(row[name] is None for name in COLUMNS):
        raise _Faults([f"it has not {len(COLUMNS)} fields"])
    text = {name: str(row[name]).strip() for name in COLUMNS}
    faults = [] if text["kind"] in ("allocate", "release") else ["kind is neither allocate nor release"]
    poisha = 0
    try:
        poisha = poisha_of(text["amount_taka"])
    except NotAnAmount as wrong:
        faults.append(f"amount_taka {wrong.cause}")
    try:
        dated: date | str = date.fromisoformat(text["dated"])
    except ValueError:
        faults.append("dated is no date, as 2026-07-01")
        dated = date.min
    if not text["budget_code"]:
        faults.append("budget_code is missing")
    if faults:
        raise _Faults(faults)
    given = {name: text[name] for name in ("programme", "cycle", "order_ref", "budget_code")}
    try:
        order = Order(**given, poisha=poisha, dated=dated)
    except ValidationError as error:
        raise _Faults([f"{detail['loc'][0]}: {detail['msg']}" for detail in error.errors()]) from None
    return FileOrder(line, text["kind"], order)
