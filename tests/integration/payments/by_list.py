"""A deployment that pays by list and asks about accounts first, and the people who type ``dsr`` there."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from time import monotonic, sleep
from typing import Any

import anyio
import orjson
import yaml
from anyio.from_thread import start_blocking_portal

from sandbox.deployment.deployment import ROOT, STOP_S, Deployment, log_of, prepare, running
from sandbox.kafka.broker import LocalKafka
from sandbox.server_process import ServerProcess
from services.payments.accounts.watch import LOOK
from shared import topics
from shared.contracts.command import Command
from shared.contracts.payment import Instruct
from shared.http.keys import fingerprint
from shared.policy import load_policy
from shared.policy.dates import policy_date
from shared.stage.records import Record
from tests.integration.bad_input.ears import PATIENCE_S, Ears
from tests.integration.bad_input.people import Form, People
from tests.integration.bad_input.world import World

SHIPPED = "{flow: straight_through, account_check: false}"
PROVIDER = "bkash"
BOTH = "operator-who-also-signs"


@dataclass(frozen=True)
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as data."""
        return orjson.loads(self.out)

    @property
    def reasons(self) -> list[str]:
        """The codes for which it was refused, with exit code 1."""
        assert (self.code, self.json["state"]) == (1, "refused"), self
        return [str(reason["code"]) for reason in self.json["reasons"]]


@dataclass(frozen=True)
class Site:
    """A running system whose programmes pay by list, and its providers, which report at once."""

    world: World
    folder: Path
    typist: "subprocess.Popen[bytes]"

    def dsr(self, who: str, *words: str) -> Said:
        """Type a command with somebody's key."""
        deployment = self.world.deployment
        out, err = self.folder / "out", self.folder / "err"
        told = {
            "words": words,
            "environment": {**deployment.environment, "DSR_API_KEY_FILE": str(deployment.secrets.key_file(who))},
            "folder": str(self.folder),
            "out": str(out),
            "err": str(err),
        }
        assert self.typist.stdin is not None
        assert self.typist.stdout is not None
        self.typist.stdin.write(orjson.dumps(told) + b"\n")
        self.typist.stdin.flush()
        said = Said(int(self.typist.stdout.readline()), out.read_text("utf-8"), err.read_text("utf-8"))
        assert "Traceback" not in said.err, said.err
        return said

    def done(self, who: str, *words: str) -> Any:
        """The same, for a command that has to succeed; its result as data."""
        said = self.dsr(who, *words, "--json")
        assert said.code == 0, said
        return said.json

    def enrolled(self, *forms: Form) -> None:
        """Applications come in, get their places, and their providers answer about the accounts."""
        before = len(self.looked())
        self.world.submit(*forms)
        for form in forms:
            self.world.line(form, "enrolment", "enrolled")
        until(lambda: len(self.looked()) >= before + len(forms), "the providers' answers")

    def looked(self) -> list[Record]:
        """The commands that follow an answer about an account that payments has stored."""
        heard = self.world.heard(topics.command("payments"))
        return [record for record in heard if Command.read(record.value or b"").name == LOOK]

    def list_shown(self, programme: str, cycle: str, number: int, state: str) -> Any:
        """A list as ``cycle show`` has it, once it is in this state."""
        path = f"/v1/payrolls/{programme}/{cycle}"

        def shown() -> Any:
            found = self.world.get("payments", path)["lists"]
            return next((one for one in found if (one["number"], one["state"]) == (number, state)), None)

        return until(shown, f"list {number} {state}")

    def told(self) -> list[Instruct]:
        """What the provider was told to pay."""
        heard = self.world.heard(topics.instruction(PROVIDER))
        return [
            Instruct.read(record.value or b"") for record in heard if record.header("ce_type") == b"payment.instruct.v1"
        ]


def until(look: Any, what: str) -> Any:
    """What ``look`` finds, as soon as it finds something."""
    deadline = monotonic() + PATIENCE_S
    while not (found := look()):
        assert monotonic() < deadline, f"{what} did not come"
        sleep(0.05)
    return found


@contextmanager
def site(folder: Path, dormant: Sequence[str]) -> Iterator[Site]:
    """Six services and the providers as processes; ``dormant`` are bKash's accounts that were never activated."""
    policy_dir = _policy(folder / "policy")
    policy, today = load_policy(policy_dir), policy_date(datetime.now(UTC))
    with ExitStack() as stack:
        kafka = stack.enter_context(LocalKafka(folder / "kafka"))
        prepared = anyio.run(prepare, folder, kafka.bootstrap, policy, policy_dir)
        prepared = replace(prepared, environment={**prepared.environment, "DSR_REPORT_WAIT_FACTOR": "1"})
        _let_one_do_both(prepared)
        deployment = stack.enter_context(running(prepared))
        stack.enter_context(_providers(deployment, dormant))
        portal = stack.enter_context(start_blocking_portal("asyncio"))
        ears = Ears()
        names = [topics.status("lgd"), topics.command("payments"), topics.instruction(PROVIDER)]
        following = portal.start_task_soon(ears.follow, kafka.bootstrap, names)
        stack.callback(following.cancel)
        world = World(deployment, portal, ears, People(policy, today))
        stack.callback(world.close)
        typist = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.integration.payments.typist"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
        )
        yield Site(world, folder, typist)


def _policy(folder: Path) -> Path:
    copytree(ROOT / "deploy" / "policy", folder)
    for name, before, after in (
        ("programmes.yaml", SHIPPED, "{flow: by_list, account_check: true}"),
        ("sources.yaml", "2027-06-30", "2099-12-31"),  # gaps that are tolerated for a time
    ):
        text = (folder / name).read_text(encoding="utf-8")
        assert before in text
        (folder / name).write_text(text.replace(before, after), encoding="utf-8")
    return folder


def _let_one_do_both(deployment: Deployment) -> None:
    """Somebody who may freeze and sign, to show that the two are still kept apart."""
    key, file = "k" * 32, deployment.secrets.keys_file
    known = yaml.safe_load(file.read_text(encoding="utf-8"))
    roles = ["operator", "approver:finance"]
    known["keys"].append({"principal": BOTH, "roles": roles, "sha256": fingerprint(key)})
    file.write_text(yaml.safe_dump(known), encoding="utf-8")
    deployment.secrets.key_file(BOTH).write_text(key, encoding="ascii")


@contextmanager
def _providers(deployment: Deployment, dormant: Sequence[str]) -> Iterator[None]:
    accounts = deployment.folder / "accounts.csv"
    rows = "".join(f"{PROVIDER},{account},dormant\n" for account in dormant)
    accounts.write_text("provider,account,state\n" + rows, encoding="utf-8")
    argv = [sys.executable, "-m", "sandbox.providers", "--mode", "accept", "--accounts", str(accounts)]
    argv += ["--directory", str(deployment.folder / "providers")]
    process = ServerProcess(argv, ROOT, log_of(deployment.folder, "providers"), dict(deployment.environment))
    try:
        yield
    finally:
        process.stop(STOP_S)
