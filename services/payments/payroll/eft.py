"""The one EFT file of a payroll for iBAS++, made from the frozen list and from nothing else, so always the same bytes.

The layout that iBAS++ takes is not public: this one has what a transfer needs, a line a payment and a trailer that adds
up, and is to be mapped to the real one by whoever has it.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any, Final

from services.payments.ids import attempt_ref
from services.payments.payroll.entries import Entry

COLUMNS: Final = ("record", "reference", "provider", "routing_number", "account", "name", "poisha")


def eft_file(manifest: Mapping[str, Any], entries: Iterable[Entry]) -> bytes:
    """UTF-8 CSV: a header line of the list, its payments, a trailer with count, sum and the manifest's hash."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerow(["list", f"{manifest['programme']}/{manifest['cycle']}/{manifest['number']}", "", "", "", "", ""])
    count = poisha = 0
    for entry in entries:
        ref = attempt_ref(entry.payment_id, 1)
        routing = entry.routing_number or ""
        writer.writerow(["pay", ref, entry.provider, routing, entry.account, entry.holder_name, entry.poisha])
        count, poisha = count + 1, poisha + entry.poisha
    writer.writerow(["end", manifest["hash"], count, "", "", "", poisha])
    return out.getvalue().encode()
