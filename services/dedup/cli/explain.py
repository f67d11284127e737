"""``dsr dedup explain``: the evidence of a decision as a waterfall, from the prior to the weight."""

from collections.abc import Iterator
from typing import Any, Final

import click

from shared.service import terminal

_CELLS: Final = 24
"""Width of the waterfall, so that the table fits into 80 columns; it shows what the running sum moves between the
lowest and the highest it comes to."""


@click.command()
@click.argument("application_id")
@terminal.json_option
def explain(application_id: str, as_json: bool) -> None:
    """Why APPLICATION_ID was decided as it was; every value is masked.

    Each field moves the odds that both are one person by some bits; ten bits are a factor of a thousand.
    """
    with terminal.client() as client:
        content = client.request("GET", "dedup", f"/v1/applications/{application_id}/explanation").json()
    if as_json:
        terminal.show_json(content)
        return
    for decision in content["decisions"]:
        compared = decision.pop("compared")
        decision["truncated"] = ", ".join(decision["truncated"]) or "none"
        terminal.show_table(f"Decision {decision['n']}", ("", ""), terminal.flat(decision))
        for other in compared:
            gate = "open" if other["gate"] else "closed"
            title = (
                f"{other['application_id']}: {other['level']}, weight {other['weight']:.2f} bits, one person "
                f"{other['p_same']:.4g}, relatives {other['p_relative']:.4g}, strangers {other['p_stranger']:.4g}; "
                f"gate {gate}; found by {', '.join(other['keys']) or 'a reviewer'}"
            )
            terminal.show_table(title, ("field", "level", "bits", "sum", "waterfall"), list(waterfall(other)))
            values = [[each["field"], each["ours"], each["theirs"]] for each in other["fields"]]
            terminal.show_table("", ("field", "ours", "theirs"), values)


def waterfall(compared: dict[str, Any]) -> Iterator[list[str]]:
    """A row for the prior, for each field and for the calibrated weight."""
    steps = [("prior", "", compared["prior"])]
    steps += [(each["field"], each["level"] or "not comparable", each["bits"]) for each in compared["fields"]]
    sums = [0.0]
    for step in steps:
        sums.append(sums[-1] + step[2])
    lowest, highest = min(*sums, compared["weight"]), max(*sums, compared["weight"])
    scale = _CELLS / (highest - lowest) if highest > lowest else 0.0
    for (name, level, bits), before, after in zip(steps, sums[:-1], sums[1:], strict=True):
        first, last = sorted((round((before - lowest) * scale), round((after - lowest) * scale)))
        bar = " " * first + ("+" if after > before else "-") * max(last - first, 1 if bits else 0)
        yield [name, level, f"{bits:+.2f}", f"{after:.2f}", bar]
    yield ["weight", "calibrated", "", f"{compared['weight']:.2f}", ""]
