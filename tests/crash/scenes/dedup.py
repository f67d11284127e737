"""Dedup: two scenes, for its two consumers.

Applications: a person, her copy, two who compete for one national id in one batch, a borrower of an id who is held and
on whom a reviewer decides, an amendment, a repeat, one that comes too late. Commands: refused ones are looked at again
when the one that they rest on is withdrawn.
"""

from services.dedup.checks import is_concession, verify_refusals
from shared.contracts.person import Name, NationalId
from shared.stage.ports import Sink
from shared.stage.records import Origin, Record
from shared.store.port import Store
from tests.crash.play import Fed, NowUs, Parts, Phase, Scene, each, fed, shipped
from tests.unit.dedup.people import person
from tests.unit.dedup.world import Process, World

BORROWER = person(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"))
OTHER = person(national_id=NationalId(n10="7700000001"), name=Name(bn="সোলায়মান"), mother=None, father=None, mobile=None)
RUBBISH = Record(Origin("registry.application.scored.v1", 0, 0), b"x", b"{", (), 1)
WORLD = World()


def build(store: Store, sink: Sink, now_us: NowUs, other_policy: bool) -> Parts:
    process = Process(store, sink, now_us)  # type: ignore[arg-type]
    return Parts(process.stage, process.commands, process.sweeper.look)


def arrive(name: str, *arguments: object, **changes: object) -> Fed:
    return fed(WORLD.record(name, *arguments, **changes))


from services.dedup.tables import TABLES  # noqa: E402

COMMON = {
    "stage": "dedup",
    "build": build,
    "tables": TABLES,
    "domain": (each(lambda store: verify_refusals(store, shipped())),),
    "is_reservation": is_concession,
}

MAIN = Scene(
    name="dedup",
    phases=(
        Phase(
            "main",
            [
                arrive("a2", place=1),
                arrive("a1"),
                arrive("a3", BORROWER, place=2),
                fed(RUBBISH),
                arrive("o1", OTHER, place=3),
                arrive("o1", OTHER, place=3, revision=2, programme="disability"),
                arrive("o1", OTHER, place=3),
                arrive("a1"),
            ],
        ),
        Phase("main", [fed(WORLD.verdict("a3", "distinct", n=1)), fed(WORLD.verdict("a3", "distinct", n=1))], hours=1),
    ),
    **COMMON,  # type: ignore[arg-type]
)

COMMANDS = Scene(
    name="dedup commands",
    setup=(
        Phase("main", [arrive("a1"), arrive("a2", place=1), arrive("a3", place=2)]),
        Phase("main", [arrive("a1", revision=2, outcome="withdrawn")], hours=1),
    ),
    # Time stands still: a timer that looks again after a crash would otherwise decide at another time.
    phases=(
        Phase("look", hours=2),
        Phase("commands", hours=2),
        Phase("look", hours=2),
        Phase("commands", hours=2),
        Phase("look", hours=2),
        Phase("commands", hours=2),
    ),
    traces=False,
    **COMMON,  # type: ignore[arg-type]
)
