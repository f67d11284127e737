"""``dsr enrolment``: rounds, cells, entitlements."""

from typing import Any

import click

from shared.service import terminal


@click.group()
def enrolment() -> None:
    """Places, rounds and entitlements."""


@enrolment.group("round")
def round_() -> None:
    """Selection rounds of a programme."""


@round_.command("open")
@click.argument("programme")
@terminal.json_option
def open_round(programme: str, as_json: bool) -> None:
    """Open a round of PROGRAMME."""
    _send("round.open", programme, {}, as_json)


@round_.command("close")
@click.argument("programme")
@terminal.json_option
def close_round(programme: str, as_json: bool) -> None:
    """Close the open round of PROGRAMME: each cell is ranked, poorest first, and its places are offered."""
    _send("round.close", programme, {}, as_json)


@round_.command("show")
@click.argument("round_id", required=False)
@terminal.json_option
def show_round(round_id: str | None, as_json: bool) -> None:
    """All rounds, or the cells of ROUND_ID."""
    with terminal.client() as client:
        if round_id is None:
            content = client.request("GET", "enrolment", "/v1/rounds").json()
        else:
            content = client.request("GET", "enrolment", f"/v1/rounds/{round_id}").json()
            after = content["next"]
            while after is not None:
                page = client.request("GET", "enrolment", f"/v1/rounds/{round_id}", params={"after": after}).json()
                content["cells"] += page["cells"]
                after = page["next"]
            content.pop("next")
    if as_json:
        terminal.show_json(content)
    elif round_id is None:
        names = ("round_id", "programme", "state", "opened_at", "closed_at")
        terminal.show_table("Rounds", names, [[row[name] or "" for name in names] for row in content["rounds"]])
    else:
        columns = ("cell", "ranked", "quota", "confirmed", "offered", "waiting")
        rows = [[str(row[name]) for name in columns] for row in content["cells"]]
        terminal.show_table(f"{round_id}: {content['state']}", columns, rows)


@enrolment.group()
def cell() -> None:
    """Places of a programme in one area."""


@cell.command("show")
@click.argument("programme")
@click.argument("area")
@click.option("--round", "round_id", help="List the members of this closed round, poorest first.")
@terminal.json_option
def show_cell(programme: str, area: str, round_id: str | None, as_json: bool) -> None:
    """The places of PROGRAMME in AREA (its BBS geo code)."""
    path = f"/v1/cells/{programme}/{area}" if round_id is None else f"/v1/rounds/{round_id}/cells/{area}"
    with terminal.client() as client:
        content = client.request("GET", "enrolment", path).json()
    if as_json:
        terminal.show_json(content)
    elif round_id is None:
        terminal.show_table("", ("", ""), terminal.flat(content))
    else:
        names = ("rank", "application_id", "state")
        terminal.show_table(
            f"{round_id} in {area}", names, [[row[name] for name in names] for row in content["members"]]
        )


@cell.command("fill")
@click.argument("programme")
@click.argument("area")
@click.option("--retry-overlaps", is_flag=True, help="Try those again whom an overlap has kept out.")
@terminal.json_option
def fill_cell(programme: str, area: str, retry_overlaps: bool, as_json: bool) -> None:
    """Give the free places of a cell to those who wait there."""
    _send("fill", f"{programme}|{area}", {"retry_overlaps": retry_overlaps}, as_json)


@enrolment.group()
def entitlement() -> None:
    """Entitlements of enrolled people."""


@entitlement.command("end")
@click.argument("entitlement_id")
@click.option("--reason", required=True, help="Why it ends; stays on record.")
@terminal.json_option
def end_entitlement(entitlement_id: str, reason: str, as_json: bool) -> None:
    """End ENTITLEMENT_ID; its place becomes free and goes to the next."""
    _send("entitlement.end", entitlement_id, {"reason": reason}, as_json)


def _send(name: str, about: str, arguments: dict[str, Any], as_json: bool) -> None:
    with terminal.client() as client:
        result = client.send_command("enrolment", name, about, arguments)
    terminal.show_result(result, as_json)
