"""None of them stops its partition, loses its neighbours, or reaches a log; each has one fate and, where told, one
answer."""

from time import time

import pytest

from shared import topics
from shared.stage.records import Origin
from tests.contract.kafka_worlds import Real
from tests.integration.bad_input.world import Sent, event
from tests.integration.poison.catalogue import CATALOGUE, Poison
from tests.integration.poison.site import Site

INTAKE, SCORING = topics.GROUPS["intake"], topics.GROUPS["scoring"]
SUBMITTED = topics.submitted("lgd")


def assert_neighbours(site: Site, *forms: dict[str, object]) -> None:
    """They went through intake and the stage behind it."""
    assert [site.line(form, "scoring").state for form in forms] == ["eligible"] * len(forms)


@pytest.mark.parametrize("poison", CATALOGUE.values(), ids=CATALOGUE.keys())
def test_a_bad_record_costs_itself_alone(site: Site, poison: Poison) -> None:
    before, after, bad = (site.form() for _ in range(3))
    word = site.secret()
    sent = poison.spoil(bad, word)
    began_ms = int(time() * 1000)
    origins = site.submit(before, sent, after)
    assert_neighbours(site, before, after)
    fate = site.fates("intake", origins)[1]

    if poison.code is None:
        assert fate.kind == "decision"
        assert site.line(bad, "intake").state == poison.answer
        assert site.letters_of(origins[1], INTAKE) == 0
    else:
        assert fate.kind == "dead_letter"
        letter = site.letter(origins[1], INTAKE)
        assert letter.header("dlq_reason") == poison.code.encode()
        assert (letter.key, letter.value) == (sent.key, sent.value)
        assert [name for name, _ in letter.headers[: len(sent.headers)]] == [name for name, _ in sent.headers]
        assert site.letters_of(origins[1], INTAKE) == 1
        if poison.answer is not None:
            assert site.answer(origins[1]).state == poison.answer
    if poison.answer == "accepted":
        assert site.validated(bad).received_at.timestamp() * 1000 >= began_ms - 1000, "the sender's time counts nothing"
    assert len(site.answers_to(origins[1])) == (poison.answer == "unreadable")
    assert not any(site.told().values())


def test_a_header_name_that_is_not_utf8_costs_its_record_alone(site: Site) -> None:
    before, after = site.form(), site.form()
    word = site.secret().encode()
    (first,) = site.submit(before)

    async def put_bad() -> None:
        outsider = await Real.open(site.deployment.bootstrap)
        await outsider.put_bad(SUBMITTED, 0, word, None, word)
        await outsider.close()

    site.call(put_bad)
    (last,) = site.submit(after)
    assert last.offset == first.offset + 4
    bad = [Origin(SUBMITTED, 0, first.offset + n) for n in (1, 2, 3)]
    letters = [site.letter(origin, INTAKE) for origin in bad]
    assert [letter.value for letter in letters] == [word, None, word]
    assert letters[1].header("dlq_reason") == b"header_name_not_utf8"
    assert [fate.kind for fate in site.fates("intake", bad)] == ["dead_letter"] * 3
    assert_neighbours(site, before, after)
    assert not any(site.told().values())


def test_a_record_that_says_it_is_of_1970_is_kept_and_read(site: Site) -> None:
    bad = site.form()

    async def put() -> None:
        outsider = await Real.open(site.deployment.bootstrap)
        sent = event(bad)
        await outsider.producer.send_and_wait(
            SUBMITTED, sent.value, sent.key, 1, timestamp_ms=1_000, headers=list(sent.headers)
        )
        await outsider.close()

    site.call(put)
    assert_neighbours(site, bad)


def test_a_value_above_the_limit_is_refused_to_its_sender_and_harms_nobody(site: Site) -> None:
    big = Sent(b'"' + b"x" * (topics.OUTSIDE_MAX_BYTES + 100_000) + b'"', ())
    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        site.submit(big)
    after = site.form()
    site.submit(after)
    assert_neighbours(site, after)


def test_a_value_above_the_limit_that_gets_in_all_the_same_is_put_aside_without_its_bytes(site: Site) -> None:
    before, after, word = site.form(), site.form(), site.secret()
    with site.topic_set(SUBMITTED, 8 * 1024 * 1024):
        (first,) = site.submit(before)
        (bad,) = site.submit(Sent(word.encode() + b"x" * 3_000_000, ()))
        site.submit(after)
    letter = site.letter(bad, INTAKE)
    assert (letter.header("dlq_reason"), letter.value) == (b"missing_ce_specversion", None)
    assert int(letter.header("dlq_left_out_bytes") or 0) >= 3_000_000
    assert [fate.kind for fate in site.fates("intake", [first, bad])] == ["decision", "dead_letter"]
    assert_neighbours(site, before, after)
    shown = site.dsr("dlq", "show", "intake", f"{bad.topic}/{bad.partition}/{bad.offset}")
    assert shown["state"] == "open"
    site.dsr("dlq", "replay", "intake", f"{bad.topic}/{bad.partition}/{bad.offset}", "--reason", "a try", code=1)
    assert not any(site.told().values())


def test_a_compressed_bomb_is_inflated_and_refused_where_outsiders_write(site: Site) -> None:
    with pytest.raises(Exception, match="MessageSizeTooLarge"):
        site.compressed(SUBMITTED, bytes(20_000_000))
    after = site.form()
    site.submit(after)
    assert_neighbours(site, after)


def test_a_compressed_bomb_on_an_inner_topic_is_a_dead_letter_without_its_bytes(site: Site) -> None:
    bomb = site.compressed(topics.VALIDATED, bytes(20_000_000))
    letter = site.letter(bomb, SCORING)
    assert (letter.header("dlq_reason"), letter.value) == (b"missing_ce_specversion", None)
    assert site.fates("scoring", [bomb])[0].kind == "dead_letter"
    after = site.form()
    site.submit(after)
    assert_neighbours(site, after)
