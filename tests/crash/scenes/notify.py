"""Notify: lines of several stages, one twice, one out of order, an answer about a submission, one nobody can read."""

from services.notify.checks import verify_views
from services.notify.line_refs import LINE_REFS
from services.notify.stage import NotifyStage
from shared.stage.records import Record
from shared.store.port import Store
from tests.crash.play import Parts, Phase, Scene, each, fed, shipped
from tests.unit.notify.world import ID, World, answer, line


def _records() -> list[Record]:
    world = World()
    told = [
        line("intake", "accepted"),
        line("scoring", "eligible"),
        line("dedup", "cleared", 2),
        line("dedup", "review", 1),
        answer("recognised", "00000000-0000-5000-8000-000000000001"),
        line("dedup", "cleared", 2),
        line("payments", "instructed", subject="00000000-0000-5000-8000-000000000002"),
    ]
    records = [world.record(each) for each in told]
    broken = Record(records[0].origin, ID.encode(), b"[]", records[0].headers, 1)
    return [*records[:3], broken, *records[3:]]


def build(store: Store, sink: object, now_us: object, other_policy: bool) -> Parts:
    return Parts(main=NotifyStage(store))


SCENE = Scene(
    "notify",
    "notify",
    (Phase("main", [fed(record) for record in _records()]),),
    build,
    tables=(LINE_REFS,),
    domain=(each(lambda store: verify_views(store, shipped())),),
    decides=False,
)
