"""``dsr scoring``: how a household's score comes about. Needs no running service, only the policy."""

import re
from datetime import UTC, date, datetime
from pathlib import Path

import click
import msgspec
import orjson

from services.scoring.model import InsufficientData, Score, score_household
from shared.contracts.household import Household
from shared.errors import DsrError
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.service import terminal
from shared.service.exits import FAILED

_PLACE = re.compile(r"`\$([^`]*)`")
"""Where in the household msgspec found the mistake."""


class FormUnusable(DsrError):
    """The file holds no household that can be scored."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path, self.cause = path, cause
        super().__init__(f"{path} cannot be scored: {cause}.")


class ProgrammeUnscored(DsrError):
    """There is no such programme, or it uses no proxy means test."""

    exit_code = 2

    def __init__(self, programme: str, scored: list[str]) -> None:
        self.programme = programme
        super().__init__(f"{programme} is no programme with a proxy means test; these are: {', '.join(scored)}.")


@click.group()
def scoring() -> None:
    """The proxy means test."""


@scoring.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--programme", required=True, help="By whose model, and on whose reference date.")
@click.option("--on", type=click.DateTime(["%Y-%m-%d"]), help="The day of receipt; today if left out.")
@terminal.json_option
def score(file: Path, programme: str, on: datetime | None, as_json: bool) -> None:
    """Score the household of the application form in FILE (JSON) and show what each answer adds.

    Exit code 1 if an answer is missing: then there is no score.
    """
    policy = load_policy(terminal.settings().policy_dir)
    chosen = policy.programmes.get(programme)
    model = None if chosen is None else policy.model_of(chosen)
    if chosen is None or model is None:
        raise ProgrammeUnscored(programme, [code for code, one in policy.programmes.items() if one.model is not None])
    received: date = policy_date(datetime.now(UTC)) if on is None else on.date()
    found = score_household(model, _household(file), chosen.reference(received))
    if isinstance(found, InsufficientData):
        missing = [one.field for one in found.missing]
        if as_json:
            terminal.show_json({"model": model.ref, "score": None, "missing": missing})
        else:
            terminal.show_table(f"{model.ref}: no score", ("missing answer",), [(field,) for field in missing])
        raise click.exceptions.Exit(FAILED)
    _show(found, as_json)


def _household(file: Path) -> Household:
    try:
        form = orjson.loads(file.read_bytes())
    except orjson.JSONDecodeError as error:
        raise FormUnusable(file, f"it is not JSON ({error})") from None
    if not isinstance(form, dict) or not isinstance(form.get("household"), dict):
        raise FormUnusable(file, "it has no object named household")
    try:
        return msgspec.convert(form["household"], Household)
    except msgspec.ValidationError as error:
        field = _PLACE.search(str(error))
        where = "household" + (field[1] if field is not None else "")
        raise FormUnusable(file, f"this field is not as the common form has it: {where}") from None


def _show(found: Score, as_json: bool) -> None:
    band = found.band
    likelihood = {} if band is None else dict(zip(("lower_line", "upper_line"), band.texts, strict=True))
    if as_json:
        terminal.show_json(
            {
                "model": found.model,
                "score": f"{found.value:f}",
                "constant": f"{found.constant:f}",
                "contributions": [one._asdict() for one in found.contributions],
                "likelihood_percent": likelihood or None,
            }
        )
        return
    rows = [(one.input, str(one.answer), f"{one.points:f}") for one in found.contributions]
    rows += [("constant", "", f"{found.constant:f}")] if found.constant else []
    terminal.show_table(f"{found.model}: {found.value:f}", ("variable", "answer", "points"), rows)
    if likelihood:
        click.echo(
            f"Likelihood of poverty: {likelihood['lower_line']} % under the lower national line, "
            f"{likelihood['upper_line']} % under the upper one."
        )
