"""Whom a look-up finds in a register: by the matching that decides on applications, which it only reads."""

from datetime import date

from services.dedup.lookup.finding import RegisterFinder
from services.dedup.ruling import Standing
from shared.contracts.person import Name, NationalId
from tests.unit.dedup.people import person
from tests.unit.dedup.world import ENGINE, Process, World, enter_listed, played

BORROWER = person(name=Name(bn="লুৎফর রহমান", en="Lutfur Rahman"))


@played
async def test_an_accepted_application_of_this_person_is_found_for_sure(world: World, process: Process) -> None:
    await process.process(world.record("a1", programme="widow"))
    before = {name: len(rows.by_key) for name, rows in world.memory.tables.items()}
    (seen,) = (await RegisterFinder(process.register, ENGINE).find(person(mobile=None))).seen
    assert (seen.application_id, seen.programme, seen.standing, seen.sure) == ("a1", "widow", Standing.ACCEPTED, True)
    assert (seen.person_id, seen.listed) == ("a1", False)
    after = {name: len(rows.by_key) for name, rows in world.memory.tables.items()}
    assert after == before, "a question leaves nothing in the register"


@played
async def test_what_would_go_to_a_reviewer_is_not_sure(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    (seen,) = (await RegisterFinder(process.register, ENGINE).find(BORROWER)).seen
    assert not seen.sure


@played
async def test_a_twin_is_never_told_the_other_ones_programmes(world: World, process: Process) -> None:
    await process.process(world.record("a1", programme="widow"))
    twin = person(national_id=NationalId(n10="4601234999"), name=Name(bn="মোঃ আব্দুর রহিম", en="Md. Abdur Rahim"))
    found = await RegisterFinder(process.register, ENGINE).find(twin)
    assert not any(seen.sure for seen in found.seen)


@played
async def test_somebody_of_a_list_is_found_as_such(world: World, process: Process) -> None:
    await enter_listed(process, "l1", person(), "widow")
    (seen,) = (await RegisterFinder(process.register, ENGINE).find(person())).seen
    assert (seen.listed, seen.standing, seen.person_id, seen.sure) == (True, Standing.ACCEPTED, "l1", True)


@played
async def test_a_stranger_is_not_found(world: World, process: Process) -> None:
    await process.process(world.record("a1"))
    stranger = person(
        national_id=NationalId(n10="7700000001"),
        name=Name(bn="সোলায়মান", en="Solaiman"),
        mother=None,
        father=None,
        mobile=None,
        date_of_birth=date(1961, 7, 5),
    )
    assert (await RegisterFinder(process.register, ENGINE).find(stranger)).seen == []
