"""``dsr payments cycle``, ``treasury``, ``account``: what operators, approvers and the treasury do."""

from pathlib import Path
from typing import Any
from uuid import UUID

import click
import orjson

from services.payments.cli.shown import STAGE, command, get, taka
from services.payments.payroll.manifest import ManifestAltered, verify
from services.payments.treasury.files import read_orders
from shared.errors import DsrError
from shared.http.client import Refused
from shared.service import terminal
from shared.service.exits import FAILED
from shared.service.secrets import manifest_key

PROGRAMME, NAME = click.argument("programme"), click.argument("name")
NUMBER = click.option("--list", "number", type=click.IntRange(1, 9999), default=1, show_default=True, help="Its list.")


class NoSuchFile(DsrError):
    """A file that is to be read cannot be."""

    exit_code = 2

    def __init__(self, path: Path, cause: str) -> None:
        self.path = path
        super().__init__(f"{path} cannot be read: {cause}.")


@click.group()
def cycle() -> None:
    """The cycles in which programmes pay: open, freeze, approve, release, close."""


@cycle.command("open")
@PROGRAMME
@NAME
@click.option("--starts-on", required=True, metavar="YYYY-MM-DD", help="The first day; its rates are paid.")
@terminal.json_option
def open_(programme: str, name: str, starts_on: str, as_json: bool) -> None:
    """Open cycle NAME of PROGRAMME. Where policy pays straight through, everyone who is entitled is paid."""
    command("cycle.open", {"programme": programme, "cycle": name, "starts_on": starts_on}, as_json)


@cycle.command()
@PROGRAMME
@NAME
@terminal.json_option
def freeze(programme: str, name: str, as_json: bool) -> None:
    """Freeze the next list of cycle NAME: everyone entitled who is on no released list, with a signed manifest."""
    then = "The list is being frozen; `dsr payments cycle show {programme} {cycle}` says when, and who signs next."
    command("cycle.freeze", {"programme": programme, "cycle": name}, as_json, then=then)


@cycle.command()
@PROGRAMME
@NAME
@NUMBER
@click.option("--manifest", required=True, metavar="HEX", help="How the manifest's hash begins: 8 digits or more.")
@terminal.json_option
def approve(programme: str, name: str, number: int, manifest: str, as_json: bool) -> None:
    """Sign a frozen list of cycle NAME, with the key of the office that is next in policy's chain."""
    given = {"programme": programme, "cycle": name, "number": number, "manifest": manifest}
    command("cycle.approve", given, as_json)


@cycle.command("send-back")
@PROGRAMME
@NAME
@NUMBER
@click.option("--reason", required=True)
@terminal.json_option
def send_back(programme: str, name: str, number: int, reason: str, as_json: bool) -> None:
    """Do not sign a frozen list; it can then be frozen anew."""
    given = {"programme": programme, "cycle": name, "number": number, "reason": reason}
    command("cycle.send-back", given, as_json)


_ENTITLEMENT = click.argument("entitlement_id", type=click.UUID)
_SECOND = "Nothing has changed yet: somebody else confirms it with `dsr payments confirm {proposal}`."


@cycle.command()
@PROGRAMME
@NAME
@_ENTITLEMENT
@click.option("--reason", required=True, help="Why; it is kept.")
@terminal.json_option
def withhold(programme: str, name: str, entitlement_id: UUID, reason: str, as_json: bool) -> None:
    """Propose to take ENTITLEMENT_ID off the lists of cycle NAME, so that the others are paid.

    Somebody else confirms it with `dsr payments confirm PROPOSAL`; then freeze the list anew.
    """
    _propose("cycle.withhold", programme, name, entitlement_id, reason, as_json)


@cycle.command()
@PROGRAMME
@NAME
@_ENTITLEMENT
@click.option("--reason", required=True, help="What was found out; it is kept.")
@terminal.json_option
def restore(programme: str, name: str, entitlement_id: UUID, reason: str, as_json: bool) -> None:
    """Propose to put ENTITLEMENT_ID, which is withheld, on the next list of cycle NAME; somebody else confirms it."""
    _propose("cycle.restore", programme, name, entitlement_id, reason, as_json)


def _propose(wanted: str, programme: str, name: str, entitlement_id: UUID, reason: str, as_json: bool) -> None:
    given = {"programme": programme, "cycle": name, "entitlement_id": str(entitlement_id), "reason": reason}
    command(wanted, given, as_json, then=_SECOND)


@cycle.command()
@PROGRAMME
@NAME
@NUMBER
@terminal.json_option
def release(programme: str, name: str, number: int, as_json: bool) -> None:
    """Send an approved list of cycle NAME."""
    then = "The list is leaving; `dsr payments cycle show {programme} {cycle}` says when it has, and who was left out."
    command("cycle.release", {"programme": programme, "cycle": name, "number": number}, as_json, then=then)


@cycle.command()
@PROGRAMME
@NAME
@terminal.json_option
def close(programme: str, name: str, as_json: bool) -> None:
    """Close cycle NAME of PROGRAMME: nothing more is sent for it, and what was never sent ends."""
    then = "The cycle is closed. What was never sent for it becomes void; `dsr payments totals` counts it."
    command("cycle.close", {"programme": programme, "cycle": name}, as_json, then=then)


@cycle.command()
@click.argument("programme", required=False)
@click.argument("name", required=False)
@terminal.json_option
def show(programme: str | None, name: str | None, as_json: bool) -> None:
    """List all cycles; or the lists of cycle NAME of PROGRAMME, who signed them, and who can be asked."""
    if programme is None or name is None:
        found = get("/v1/cycles")["cycles"]
        if as_json:
            terminal.show_json(found)
        else:
            names = ("programme", "cycle", "starts_on", "state")
            terminal.show_table("Cycles", names, [[one[each] for each in names] for one in found])
        return
    found = get(f"/v1/payrolls/{programme}/{name}")
    if as_json:
        terminal.show_json(found)
        return
    columns = ("list", "state", "people", "taka", "problems", "manifest", "signed by", "next")
    terminal.show_table(f"Lists of {programme} {name}", columns, [_row(one) for one in found["lists"]])
    problems = [
        [one["number"], each["code"], entitlement, application, " ".join(each["ask"])]
        for one in found["lists"]
        if one["state"] == "frozen"
        for each in one["problems"]
        for entitlement, application in zip(each["entitlements"], each["applications"], strict=True)
    ]
    if problems:
        title = "Twice on the lists: ask; or withhold one of the two, and freeze anew"
        terminal.show_table(title, ("list", "problem", "entitlement", "application", "ask"), problems)
    left_out = [
        [one["number"], code, count]
        for one in found["lists"]
        for code, count in ((one["came_to"] or {}).get("left_out") or {}).items()
    ]
    if left_out:
        terminal.show_table("Signed for, and did not leave", ("list", "why", "people"), left_out)
    for one in found["lists"]:
        if one["state"] == "short":
            missing = taka(one["came_to"]["missing"])
            click.echo(f"List {one['number']} stopped: {missing} taka more have to be released for it to go on.")


def _row(one: dict[str, Any]) -> list[object]:
    manifest, due = one["manifest"] or {}, one["next"]
    return [
        one["number"],
        one["state"],
        manifest.get("count", 0),
        taka(manifest.get("poisha", 0)),
        manifest.get("problems", 0),
        str(manifest.get("hash", ""))[:12],
        ", ".join(f"{each['by']} ({each['level']})" for each in one["signatures"]),
        "-" if due is None else " ".join([due["level"], *due["areas"]]),
    ]


@cycle.command()
@PROGRAMME
@NAME
@NUMBER
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
def manifest(programme: str, name: str, number: int, output: Path) -> None:
    """Write the signed manifest of a list to a file, to be filed and verified later."""
    lists = get(f"/v1/payrolls/{programme}/{name}")["lists"]
    found = next((one["manifest"] for one in lists if one["number"] == number), None)
    if found is None:
        raise Refused(STAGE, 404, f"List {number} of {programme} {name} is not frozen.", ())
    output.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


@cycle.command("verify")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def verify_(file: Path) -> None:
    """Check the signature of a manifest in FILE with the key of DSR_MANIFEST_KEY_FILE; no service is needed."""
    try:
        content = orjson.loads(file.read_bytes())
    except OSError as error:
        raise NoSuchFile(file, error.strerror or "it cannot be opened") from None
    except orjson.JSONDecodeError:
        raise ManifestAltered("it is not JSON any more") from None
    if not isinstance(content, dict):
        raise ManifestAltered("it is no manifest")
    verify(content, manifest_key(terminal.settings().manifest_key_file))
    click.echo(f"The manifest is as it was signed: {content['count']} people, {taka(content['poisha'])} taka.")


@cycle.command()
@PROGRAMME
@NAME
@NUMBER
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), required=True)
def eft(programme: str, name: str, number: int, output: Path) -> None:
    """Write the EFT file of a released list, where policy lets the programme leave as one."""
    with terminal.client() as client:
        output.write_bytes(client.request("GET", STAGE, f"/v1/payrolls/{programme}/{name}/{number}/eft").content)


@click.group()
def treasury() -> None:
    """Orders of iBAS++: what may be committed, and what may leave."""


@treasury.command("import")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@terminal.json_option
def import_(file: Path, as_json: bool) -> None:
    """Enter the orders of FILE (CSV); each counts once, so that doing it again is harmless.

    The columns are kind (allocate or release), order_ref, budget_code, programme, cycle, amount_taka, dated. A file
    with a mistake in it is not entered at all.
    """
    orders = read_orders(file)
    rows, refused = [], 0
    with terminal.client() as client:
        for one in orders:
            given = one.order.model_dump(mode="json")
            about = f"{one.order.programme}|{one.order.cycle}"
            result = client.send_command(STAGE, f"treasury.{one.kind}", about, given)
            refused += result.state == "refused"
            known = result.result.get("recognised", False)
            why = " ".join(str(reason["text_en"]) for reason in result.reasons)
            said = "known before" if known else result.state
            rows.append((one.line, one.kind, one.order.order_ref, taka(one.order.poisha), said, why))
    columns = ("line", "kind", "order", "taka", "became", "why")
    if as_json:
        terminal.show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        terminal.show_table(f"Orders of {file.name}", columns, rows)
    if refused:
        raise click.exceptions.Exit(FAILED)


@treasury.command()
@click.argument("fiscal_year")
@terminal.json_option
def lapse(fiscal_year: str, as_json: bool) -> None:
    """Take back what FISCAL_YEAR (such as 2026-27), which is over, has left unspent. A timer does so by itself."""
    command("treasury.lapse", {"fiscal_year": fiscal_year}, as_json, about=fiscal_year)


@click.group()
def account() -> None:
    """Accounts that were changed, or that a provider could not compare."""


@account.command()
@terminal.json_option
def changes(as_json: bool) -> None:
    """Changed accounts that are not paid yet, and why."""
    found = get("/v1/accounts/changes")["changes"]
    if as_json:
        terminal.show_json(found)
        return
    names = ("entitlement_id", "programme", "source", "why", "clerk", "changed_at", "cools_off_at")
    terminal.show_table("Changed accounts", names, [[str(one[name]) for name in names] for one in found])


@account.command()
@click.argument("entitlement_id", type=click.UUID)
@click.option("--looked-at", help="What was found out, where the change is one of a burst.")
@terminal.json_option
def confirm(entitlement_id: Any, looked_at: str | None, as_json: bool) -> None:
    """Stand for a changed account, as a second person."""
    given = {"entitlement_id": str(entitlement_id), **({"looked_at": looked_at} if looked_at else {})}
    command("account.confirm", given, as_json, about=str(entitlement_id))


@account.command()
@click.argument("entitlement_id", type=click.UUID)
@click.option("--reason", required=True)
@terminal.json_option
def reject(entitlement_id: UUID, reason: str, as_json: bool) -> None:
    """Do not pay to a changed account."""
    given = {"entitlement_id": str(entitlement_id), "reason": reason}
    command("account.reject", given, as_json, about=str(entitlement_id))


@account.command()
@click.argument("verify_ref", type=click.UUID)
@click.option("--accept/--refuse", required=True)
@click.option("--reason", required=True)
@terminal.json_option
def decide(verify_ref: Any, accept: bool, reason: str, as_json: bool) -> None:
    """Say whether an account that its provider could not compare is the payee's."""
    given = {"verify_ref": str(verify_ref), "accept": accept, "reason": reason}
    command("account.decide", given, as_json, about=str(verify_ref))


@click.command()
@click.argument("programme")
@click.argument("entitlement_id", type=click.UUID)
@click.option("--poisha", type=click.IntRange(1), required=True)
@click.option("--order-ref", required=True)
@click.option("--reason", required=True)
@terminal.json_option
def recover(programme: str, entitlement_id: Any, poisha: int, order_ref: str, reason: str, as_json: bool) -> None:
    """Hold an overpayment back from the later payments of an entitlement, policy's share of each."""
    given = {"programme": programme, "entitlement_id": str(entitlement_id), "poisha": poisha}
    command("recovery.order", {**given, "order_ref": order_ref, "reason": reason}, as_json, about=str(entitlement_id))


COMMANDS = (cycle, treasury, account, recover)
