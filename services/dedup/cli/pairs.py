"""``dsr dedup review pairs`` and ``pair``: who is in the lists twice, and what a reviewer says of it."""

from itertools import islice
from typing import Any

import click

from services.dedup.listed import PAIR
from shared.service import terminal

PAGE = 200
_RECORDS = "the two records"
_LISTED = ("upazila, due on", "found", _RECORDS, "one person", "word")


@click.command("pairs")
@click.option("--upazila", help="Only this upazila: the BBS code, eight digits.")
@click.option("--due-by", help="To be looked at by this day, YYYY-MM-DD.")
@click.option("--undecided", is_flag=True, help="Only pairs of which no reviewer's word holds.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many.")
@terminal.json_option
def list_pairs(limit: int, as_json: bool, undecided: bool, **wanted: str | None) -> None:
    """Pairs found within the lists that were loaded, by upazila, with the evidence masked (--json shows it)."""
    params: dict[str, str | int] = {name: value for name, value in wanted.items() if value is not None}
    params |= {"limit": min(limit, PAGE)} | ({"undecided": "true"} if undecided else {})
    with terminal.client() as client:
        pairs = list(islice(client.entries("dedup", "/v1/pairs", "pairs", params), limit))
    if as_json:
        terminal.show_json({"pairs": pairs})
        return
    terminal.show_table("Pairs within lists", _LISTED, [_listed(pair) for pair in pairs], whole=(_RECORDS,))
    if pairs:
        one, other = pairs[0]["ours"]["application_id"], pairs[0]["theirs"]["application_id"]
        click.echo(f'Say what one is with: dsr dedup review pair {one} {other} same|different --reason "…"')


@click.command("pair")
@click.argument("application_id")
@click.argument("other")
@click.argument("verdict", type=click.Choice(["same", "different", "undo"]))
@click.option("--reason", required=True, help="Why; stays on record. Write nothing of a person.")
@click.option("--n", default=0, show_default=True, type=click.IntRange(0), help="How many words are known on the pair.")
@terminal.json_option
def decide_pair(application_id: str, other: str, verdict: str, reason: str, n: int, as_json: bool) -> None:
    """Say whether the records APPLICATION_ID and OTHER of lists are one person; it stops neither of them.

    To turn a word round, or take it back, takes another person, and --n, which `pairs` tells.
    """
    said = {"other": other, "n": n, "verdict": verdict, "reason": reason}
    with terminal.client() as client:
        result = client.send_command("dedup", PAIR, application_id, said)
    terminal.show_result(result, as_json)


def _listed(pair: dict[str, Any]) -> list[str]:
    word = pair.get("word")
    said = f"{word['verdict']}, {word['by']} (n {pair['n']})" if word is not None else ""
    ours, theirs = (_record(pair[side]) for side in ("ours", "theirs"))
    due = f"{pair['upazila']}\n{pair['due_on']}"
    return [due, pair["kind"], f"{ours}\n{theirs}", f"{pair['p_same']:.0%}", said]


def _record(one: dict[str, Any]) -> str:
    return f"{one['application_id']}\n{one['programme']}, {one['source']} {one['source_ref']}"
