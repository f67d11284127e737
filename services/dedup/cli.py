"""``dsr dedup``: the queue of reviews and what a reviewer says."""

from typing import Any

import click

from shared.service import terminal


@click.group()
def dedup() -> None:
    """Duplicate detection."""


@dedup.group()
def review() -> None:
    """Applications that are held until somebody has looked at them."""


@review.command("list")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1), help="At most so many.")
@terminal.json_option
def list_reviews(limit: int, as_json: bool) -> None:
    """The open reviews."""
    reviews: list[dict[str, Any]] = []
    params: dict[str, str | int] = {"limit": min(limit, 500)}
    with terminal.client() as client:
        while len(reviews) < limit:
            page = client.request("GET", "dedup", "/v1/reviews", params=params).json()
            reviews += page["reviews"]
            if page.get("next") is None:
                break
            params["after"] = page["next"]
    reviews = reviews[:limit]
    if as_json:
        terminal.show_json({"reviews": reviews})
        return
    columns = ("application_id", "revision", "n", "programme", "source", "held_since", "resembles")
    rows = [
        [*(one[name] for name in columns[:-1]), " ".join(other["application_id"] for other in one["suspects"])]
        for one in reviews
    ]
    terminal.show_table("Open reviews", columns, rows)


@review.command("show")
@click.argument("application_id")
@terminal.json_option
def show_review(application_id: str, as_json: bool) -> None:
    """The evidence on APPLICATION_ID: how it agrees with each one that it resembles; every value is masked."""
    with terminal.client() as client:
        content = client.request("GET", "dedup", f"/v1/reviews/{application_id}").json()
    if as_json:
        terminal.show_json(content)
        return
    suspects = content.pop("suspects")
    terminal.show_table("", ("", ""), terminal.flat(content))
    for other in suspects:
        title = " ".join(str(other.get(name, "")) for name in ("application_id", "programme", "standing", "level"))
        columns = ("field", "agreement", "ours", "theirs")
        terminal.show_table(title, columns, [[field[name] for name in columns] for field in other.get("fields", ())])


@review.command("decide")
@click.argument("application_id")
@click.argument("verdict", type=click.Choice(["distinct", "duplicate"]))
@click.option("--of", "duplicate_of", help="With duplicate: the accepted application of the same person.")
@click.option("--reason", required=True, help="Why; stays on record.")
@click.option("--revision", type=click.IntRange(1), help="The revision that was looked at; the open one if left out.")
@click.option("--n", type=click.IntRange(1), help="The number of the hold; the open one if left out.")
@terminal.json_option
def decide_review(
    application_id: str,
    verdict: str,
    duplicate_of: str | None,
    reason: str,
    revision: int | None,
    n: int | None,
    as_json: bool,
) -> None:
    """End the hold of APPLICATION_ID: it is a person distinct from all it resembles, or a duplicate of one."""
    with terminal.client() as client:
        if revision is None or n is None:
            shown = client.request("GET", "dedup", f"/v1/reviews/{application_id}").json()
            revision, n = revision or shown["revision"], n or shown["n"]
        said = {"revision": revision, "n": n, "verdict": verdict, "duplicate_of": duplicate_of, "reason": reason}
        result = client.send_command("dedup", "review", application_id, said)
    terminal.show_result(result, as_json)
