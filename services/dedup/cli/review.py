"""``dsr dedup review``: the queue of reviews, the evidence, and what a reviewer says."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any
from urllib.parse import quote

import click

from shared.http.client import Client
from shared.policy.dates import DHAKA
from shared.service import terminal

PAGE = 500
_APPLICATION = "application"
_LISTED = (_APPLICATION, "upazila", "held since", "taken by", "resembles")
_COMPARED = ("field", "agreement", "this one", "the other one", "speaks for one person")
_DECIDED = ("n", "at", "state", "word of", "verdict", "reason")
_AGREEMENTS = {
    "equal": "= the same",
    "exact": "= the same",
    "union": "= same union",
    "partial": "≈ a word more or less",
    "swapped": "≈ in another order",
    "close": "≈ spelt a little differently",
    "vowels": "≈ other vowels",
    "similar": "≈ similar",
    "near": "≈ one digit apart",
    "slip": "≈ a slip of the pen",
    "shifted": "≈ some years apart",
    "year": "≈ only the year is known",
    "year_near": "≈ the years are near",
    "upazila": "≈ same upazila",
    "district": "≠ same district only",
    "differ": "≠ different",
    "year_differ": "≠ another year",
    "": "nothing to compare",
}
"""The levels of the matching model in words; one that is not here is shown as the model calls it."""

_BITS_SHOWN_MIN = 0.05


@click.group()
def review() -> None:
    """Applications that somebody has to look at, and the word of whoever has looked."""


@review.command("list")
@click.option("--upazila", help="Only this upazila: the BBS code, eight digits.")
@click.option("--source", help="Only applications of this source.")
@click.option("--programme", help="Only applications for this programme.")
@click.option("--from", "held_from", help="Held on this day or later, YYYY-MM-DD.")
@click.option("--to", "held_to", help="Held on this day or earlier, YYYY-MM-DD.")
@click.option("--older-than", "older_than_h", type=click.IntRange(1), help="Held for longer than so many hours.")
@click.option("--free", is_flag=True, help="Only what nobody has taken.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many.")
@terminal.json_option
def list_reviews(limit: int, as_json: bool, free: bool, **wanted: str | int | None) -> None:
    """The open reviews; who applied first stands first."""
    params: dict[str, str | int] = {name: value for name, value in wanted.items() if value is not None}
    params |= {"limit": min(limit, PAGE)} | ({"free": "true"} if free else {})
    with terminal.client() as client:
        reviews = list(islice(client.entries("dedup", "/v1/reviews", "reviews", params), limit))
    if as_json:
        terminal.show_json({"reviews": reviews})
        return
    terminal.show_table("Open reviews", _LISTED, [_listed(one) for one in reviews], whole=(_APPLICATION,))
    if reviews:
        click.echo(f"Look at one with: dsr dedup review show {reviews[0]['application_id']}")


@review.command("show")
@click.argument("application_id")
@terminal.json_option
def show_review(application_id: str, as_json: bool) -> None:
    """APPLICATION_ID as it stands: whom it resembles and by what, and what was decided. Every value is masked."""
    with terminal.client() as client:
        content = _shown(client, application_id)
    if as_json:
        terminal.show_json(content)
        return
    name = content["application_id"]
    click.echo(f"{name}  {content['programme']}, sent by {content['source']} as {content['source_ref']}")
    click.echo(f"Upazila {content['upazila']}. {_standing(content)}")
    for place, other in enumerate(content["suspects"], 1):
        known = f"{other.get('programme', '')}, sent by {other.get('source', '')}, {other.get('standing', '')}"
        title = f"\n{place}. {other['application_id']}  {known}\n   {_odds(other)}"
        terminal.show_table(title, _COMPARED, [_evidence(field) for field in other.get("fields") or ()])
    if content["truncated"]:
        click.echo(f"\nNot everybody could be looked at: too many share {', '.join(content['truncated'])}.")
    steps = [_step(step) for step in content["decisions"]]
    terminal.show_table(f"\nDecisions on revision {content['revision']}", _DECIDED, steps)
    click.echo(_what_to_do(content))


@review.command()
@click.argument("application_id")
@terminal.json_option
def claim(application_id: str, as_json: bool) -> None:
    """Take APPLICATION_ID, so that nobody else decides it while you look; again, to have it for longer."""
    _ask("review.claim", application_id, {}, as_json)


@review.command()
@click.argument("application_id")
@terminal.json_option
def release(application_id: str, as_json: bool) -> None:
    """Give APPLICATION_ID back to the others."""
    _ask("review.release", application_id, {}, as_json)


def _says(function: Callable[..., None]) -> Callable[..., None]:
    """The options of everything that a reviewer can say."""
    for option in (
        terminal.json_option,
        click.option("--n", type=click.IntRange(1), help="The number of the decision; the present one if left out."),
        click.option(
            "--revision", type=click.IntRange(1), help="The revision that was looked at; the present one if left out."
        ),
        click.option("--reason", required=True, help="Why; stays on record. Write nothing of a person."),
        click.argument("application_id"),
    ):
        function = option(function)
    return function


@review.command("decide")
@_says
@click.argument("verdict", type=click.Choice(["distinct", "duplicate"]))
@click.option("--of", "duplicate_of", help="With duplicate: the accepted application of the same person.")
def decide_review(application_id: str, verdict: str, duplicate_of: str | None, as_json: bool, **said: Any) -> None:
    """End the hold of APPLICATION_ID: it is a person distinct from all it resembles, or a duplicate of one."""
    _ask("review", application_id, {"verdict": verdict, "duplicate_of": duplicate_of, **said}, as_json)


@review.command()
@_says
def split(application_id: str, as_json: bool, **said: Any) -> None:
    """APPLICATION_ID was refused or recognised as somebody who it is not."""
    _ask("review", application_id, {"verdict": "split", **said}, as_json)


@review.command()
@_says
@click.option("--with", "duplicate_of", required=True, help="The accepted application of the same person, which stays.")
def merge(application_id: str, duplicate_of: str, as_json: bool, **said: Any) -> None:
    """APPLICATION_ID was accepted and is of a person who was accepted already."""
    _ask("review", application_id, {"verdict": "merge", "duplicate_of": duplicate_of, **said}, as_json)


@review.command()
@_says
def undo(application_id: str, as_json: bool, **said: Any) -> None:
    """Take back the last reviewer's word on APPLICATION_ID; another one than who said it must do so."""
    _ask("review", application_id, {"verdict": "undo", **said}, as_json)


def _ask(command: str, application_id: str, said: dict[str, Any], as_json: bool) -> None:
    with terminal.client() as client:
        if said.get("revision") is None or said.get("n") is None:
            now = _shown(client, application_id)
            said |= {name: now[name] for name in ("revision", "n") if said.get(name) is None}
        result = client.send_command(
            "dedup", command, application_id, {name: value for name, value in said.items() if value is not None}
        )
    terminal.show_result(result, as_json)


def _shown(client: Client, application_id: str) -> dict[str, Any]:
    found: dict[str, Any] = client.request("GET", "dedup", f"/v1/reviews/{quote(application_id, safe='')}").json()
    return found


def _listed(one: dict[str, Any]) -> list[str]:
    since, taken, others = _dhaka(one["since"]), one.get("taken_by") or "", str(len(one["suspects"]))
    application = f"{one['application_id']}\n{one['programme']}, {one['source']}"
    return [application, one["upazila"], since, taken, others]


def _evidence(field: dict[str, Any]) -> list[str]:
    agreement, bits = field["agreement"], field["bits"]
    weight = f"{bits:+.1f}" if abs(bits) >= _BITS_SHOWN_MIN else ""
    return [field["field"], _AGREEMENTS.get(agreement, agreement), field["ours"], field["theirs"], weight]


def _odds(other: dict[str, Any]) -> str:
    shares = (("one person", "p_same"), ("relatives", "p_relative"), ("strangers", "p_stranger"))
    return ", ".join(f"{word} {other[name]:.0%}" for word, name in shares)


def _step(step: dict[str, Any]) -> list[str]:
    words = (step.get("by"), step.get("verdict"), step.get("reason"))
    return [str(step["n"]), _dhaka(step["at"]), step["state"], *(word or "" for word in words)]


def _standing(content: dict[str, Any]) -> str:
    since = _dhaka(content["since"])
    if not content["held"]:
        return f"It is not held for a reviewer: {content['state']} since {since}."
    taken = content.get("taken_by")
    whose = f"taken by {taken} until {_dhaka(content['taken_until'])}" if taken else "nobody has taken it"
    return f"It waits for a reviewer since {since}; {whose}."


def _what_to_do(content: dict[str, Any]) -> str:
    name, commands = content["application_id"], "dsr dedup review"
    accepted = next((other for other in content["suspects"] if other.get("standing") == "accepted"), None)
    if not content["held"]:
        return f'If that is wrong: {commands} split|merge|undo {name} --reason "…"'
    lines = [f'Somebody else than all of these: {commands} decide {name} distinct --reason "…"']
    if accepted is not None:
        of = accepted["application_id"]
        lines.append(f'The same person as one of them: {commands} decide {name} duplicate --of {of} --reason "…"')
    return "\n".join(lines)


def _dhaka(moment: str) -> str:
    """A clerk's own time of day."""
    return datetime.fromisoformat(moment).astimezone(DHAKA).strftime("%Y-%m-%d %H:%M")
