"""What a run has seen is judged: repeats that differ, work that lay too long, one record more than ends."""

from sandbox.chaos.published import Published, written_topics
from sandbox.chaos.takeover import LIMIT_S, Kill
from shared.policy import Policy
from shared.stage.records import Origin, Record, Unreadable

STATUS = "msw.application.status.v1"
OWN = (("ce_id", b"one"), ("ce_source", b"/dsr/scoring"))


def event(offset: int, value: bytes = b"{}", headers: tuple[tuple[str, bytes], ...] = OWN) -> Record:
    return Record(Origin(STATUS, 0, offset), b"key", value, headers, 0)


def published(*records: Record | Unreadable) -> Published:
    seen = Published()
    for record in records:
        seen.take(record)
    return seen


def test_an_event_that_is_published_again_in_the_same_bytes_is_a_repeat() -> None:
    seen = published(event(0), event(1), event(2), event(3, headers=(("ce_id", b"two"), OWN[1])))
    assert (seen.events, seen.repeated["scoring"], seen.differing) == (4, 2, [])


def test_a_repeat_with_another_value_or_another_header_differs() -> None:
    for other in (event(1, b"[]"), event(1, headers=(*OWN, ("ce_time", b"now")))):
        assert published(event(0), other).differing == ["scoring one"]


def test_a_dead_letter_is_named_by_the_record_that_it_is_of() -> None:
    letter = (("dlq_partition", b"1"), ("dlq_offset", b"7"))
    other = (("dlq_partition", b"1"), ("dlq_offset", b"8"))
    seen = published(event(0, headers=letter), event(1, headers=letter), event(2, headers=other))
    assert seen.repeated == {"dead letters": 1}


def test_what_others_wrote_and_what_cannot_be_read_is_left_alone() -> None:
    foreign = event(0, headers=(("ce_id", b"one"), ("ce_source", b"/msw/mis")))
    assert published(foreign, event(1, headers=()), Unreadable(Origin(STATUS, 0, 2), "bad")).events == 0


def test_commands_are_not_compared_since_a_timer_asks_again_at_another_time(policy: Policy) -> None:
    names = written_topics(policy)
    assert STATUS in names
    assert not [name for name in names if name.endswith(".command.v1")]
    assert "msw.application.submitted.v1" not in names


def kill(continued_s: float | None, gave_up: bool = False) -> Kill:
    return Kill(1.0, "scoring", "a", None, False, False, 2, 5, continued_s, gave_up)


def test_work_that_lay_longer_than_the_bar_or_for_ever_is_too_slow() -> None:
    assert kill(LIMIT_S + 0.1).too_slow
    assert kill(None, gave_up=True).too_slow
    assert not kill(LIMIT_S).too_slow
    assert not kill(None).too_slow, "there was nothing to do"
