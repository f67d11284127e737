"""``dsr dedup index findings``: who is in the loaded lists twice."""

import click

from services.dedup.cli.opened import run
from services.dedup.index import Index
from services.dedup.loading.findings import Findings, Pair, findings
from services.dedup.matching.engine import Engine
from services.dedup.register import Register
from shared.service import terminal
from shared.store.port import Store

_RECORDS = "the two records"
_PAIRS = ("upazila, due on", "found", _RECORDS, "word")


def _upazila(ctx: click.Context, param: click.Parameter, code: str | None) -> str | None:
    if code is not None and not (len(code) == 8 and code.isascii() and code.isdigit()):
        raise click.BadParameter("it has eight digits, such as 55490052.")
    return code


@click.command("findings")
@click.option("--upazila", callback=_upazila, help="Those of one upazila, eight digits; all if left out.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1))
@terminal.json_option
def list_findings(upazila: str | None, limit: int, as_json: bool) -> None:
    """Who is in the loaded lists twice: the pairs to look at, by upazila, with their date."""

    async def work(store: Store, engine: Engine) -> Findings:
        return await findings(store, Register(store, Index(store, engine)), upazila, limit)

    found = run(work)
    if as_json:
        terminal.show_json({"upazilas": found.upazilas, "pairs": [pair._asdict() for pair in found.pairs]})
        return
    terminal.show_table("By upazila", ("upazila", "pairs"), list(found.upazilas.items()))
    if found.pairs:
        terminal.show_table("Pairs", _PAIRS, [_row(pair) for pair in found.pairs], whole=(_RECORDS,))


def _row(pair: Pair) -> list[str]:
    one = f"{pair.application_id}\n{pair.programme}, {pair.source} {pair.source_ref}"
    other = f"{pair.other}\n{pair.other_programme}, {pair.other_source} {pair.other_source_ref}"
    return [f"{pair.upazila}\n{pair.due_on}", f"{pair.kind}\n{pair.weight:.1f} bits", f"{one}\n{other}", pair.word]
