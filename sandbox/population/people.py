"""Who the people of a household are: names, parents, numbers, occupation, wallet."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from random import Random

from sandbox.population.draws import Weighted, mix, pick, stream
from sandbox.population.households import Household
from sandbox.population.identity import MEMBERS_MAX, Numbers, numbers, routing_number
from sandbox.population.names import STOCKS
from sandbox.population.names_men import MUSLIM_MEN
from sandbox.population.needs import Need
from sandbox.population.scenario import Scenario
from sandbox.population.tokens import LATE, Token

Words = tuple[Token, ...]


class WalletState(StrEnum):
    """What is true of the account on the form. A mismatch is an account on somebody else's SIM."""

    ACTIVE = "active"
    DORMANT = "dormant"
    MISSING = "missing"
    MISMATCH = "mismatch"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Wallet:
    """An account as the form gives it. ``routing_number`` only for a bank or agent bank."""

    state: WalletState
    provider: str
    account: str
    routing_number: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """A person with what a national id, a telephone and a neighbour know of them."""

    person_id: str
    household: Household
    member: int
    name: Words
    father: Words
    mother: Words
    parents_n13: tuple[str, str] | None
    recorded_birth: date
    gender: str
    marital_status: str
    occupation: str
    education: str
    disability: str
    numbers: Numbers
    shown_id: int
    mobile: str
    wallet: Wallet
    deceased: bool

    def national_id(self, digits: int) -> str:
        """The 10-digit number, the 13-digit one, or birth year and the 13."""
        if digits == 10:
            return self.numbers.n10
        return self.numbers.n13 if digits == 13 else f"{self.recorded_birth.year:04}{self.numbers.n13}"


# The first three are of domain.md §5 (2021); the split of the smaller ones is made up.
_PROVIDERS = Weighted([("nagad", 0.645), ("bkash", 0.165), ("rocket", 0.03), ("upay", 0.02), ("agent-bank", 0.14)])
_SHOWN_ID = Weighted([(10, 0.6), (17, 0.25), (13, 0.15)])
_OCCUPATIONS = ("61", "61", "61", "54", "54", "45", "36", "64", "75", "79", "81", "13")
_PROVIDER_CODES = ("nagad", "bkash", "rocket", "upay", "agent-bank")


def new_name(rng: Random, religion: str, gender: str, last: Token | None = None) -> Words:
    """A full name; ``last`` keeps a family's last word."""
    stock = STOCKS[religion if religion in "123" else "1", "F" if gender == "F" else "M"]
    words: list[Token] = []
    if stock.honorifics and rng.random() < 0.62:
        words.append(pick(rng, stock.honorifics))
    words.append(pick(rng, stock.given))
    if stock is MUSLIM_MEN and rng.random() < 0.22:
        words.append(pick(rng, stock.given))
    words.append(last or pick(rng, stock.last))
    return tuple(words)


def person(seed: int, home: Household, member: int, need: Need, scenario: Scenario, twins: bool = False) -> Person:
    """The ``member``-th person of a household. ``need`` says what is true of the one who applies.

    ``twins``: the first two are twins, with names to match.
    """
    rng = stream(seed, 3, home.index * MEMBERS_MAX + member)
    draw = rng.random
    kin = home.kin[member]
    blood = kin.relation in ("self", "sibling")
    family = stream(seed, 4, home.index * MEMBERS_MAX + (0 if blood else member + 1))
    father = new_name(family, home.religion, "M")
    mother = new_name(family, home.religion, "F")
    if family.random() < 0.3:
        father = (LATE, *father)
    stock = STOCKS[home.religion, "F" if kin.gender == "F" else "M"]
    name = new_name(rng, home.religion, kin.gender)
    if twins and member < 2:
        last = pick(family, stock.last)
        name = (pick(family, stock.twins)[member], last)
    parents = None
    if family.random() < 0.2:
        parents = (_parent_n13(family, home), _parent_n13(family, home))
    wives = member > 0 and kin.relation == "spouse" and kin.gender == "F"
    own = numbers(seed, rng, home.union, home.index, home.place, member, 0.25 if wives else 0.08)
    mobile = _shared_mobile(seed, home) if draw() < scenario.shared_mobile else own.mobile
    principal = member == 0 or blood
    disability = "0"
    if need.disabled and principal:
        disability = str(1 + int(draw() * 5))
    return Person(
        person_id=f"p{home.index}-{member}",
        household=home,
        member=member,
        name=name,
        father=father,
        mother=mother,
        parents_n13=parents,
        recorded_birth=date.fromordinal(kin.recorded),
        gender=kin.gender,
        marital_status=home.married if principal else "2" if kin.relation == "spouse" else "1",
        occupation=pick(rng, _OCCUPATIONS),
        education=f"{int(draw() ** 2 * 12):02}" if not need.student else "12" if draw() < 0.5 else "11",
        disability=disability,
        numbers=own,
        shown_id=_SHOWN_ID.at(draw()),
        mobile=mobile,
        wallet=_wallet(seed, rng, home, own, scenario),
        deceased=draw() < scenario.deceased,
    )


def _parent_n13(rng: Random, home: Household) -> str:
    # Serials of parents may meet somebody's: parents are named by them, never found by them.
    return f"{home.union.upazila.district}1{home.union.upazila.code}{home.union.code}{int(rng.random() * 1e6):06}"


def _shared_mobile(seed: int, home: Household) -> str:
    """The telephone of a shop or an agent that some twenty households of a union give as theirs."""
    place = int(home.union.upazila.code + home.union.code) * 2_000 + home.place // 40
    return f"01{3 + mix(seed, 5, place) % 7}{mix(seed, 6, place) % 100_000_000:08}"


def _wallet(seed: int, rng: Random, home: Household, own: Numbers, scenario: Scenario) -> Wallet:
    at, state, account = rng.random(), WalletState.ACTIVE, own.mobile
    for chance, kind in (
        (scenario.wallet_missing, WalletState.MISSING),
        (scenario.wallet_mismatch, WalletState.MISMATCH),
        (scenario.wallet_dormant, WalletState.DORMANT),
        (scenario.wallet_shared, WalletState.SHARED),
    ):
        if at < chance:
            state = kind
            break
        at -= chance
    if state is WalletState.MISMATCH:
        account = f"01{3 + int(rng.random() * 7)}{int(rng.random() * 1e8):08}"
    elif state is WalletState.SHARED:
        account = _shared_mobile(seed, home)
    provider = _PROVIDERS.at(rng.random())
    if state is WalletState.SHARED:
        provider = _PROVIDER_CODES[mix(seed, 7, int(account)) % 2]
    if provider == "rocket":
        return Wallet(state, provider, account + account[-1])
    if provider == "agent-bank":
        bank, branch = 60 + int(rng.random() * 4) * 5, 1 + int(rng.random() * 400)
        number = f"{bank:03}{int(account[2:]):010}"
        return Wallet(state, provider, number, routing_number(bank, home.union.upazila.district, branch))
    return Wallet(state, provider, account)
