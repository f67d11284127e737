"""How much goes wrong: the rates of a feed, each with its source in domain.md §6.

A rate marked *assumed* has no public source; it is here so that each situation occurs, and is labelled so.
"""

from dataclasses import dataclass, fields

from shared.errors import DsrError


class RateOutOfRange(DsrError):
    """A rate of a scenario that is no share."""

    def __init__(self, scenario: str, field: str, rate: float) -> None:
        self.scenario, self.field, self.rate = scenario, field, rate
        super().__init__(f"{field} of scenario {scenario} is a share between 0 and 1, not {rate}.")


@dataclass(frozen=True, slots=True)
class Scenario:
    """Shares between 0 and 1. Of applications unless it says otherwise.

    Copies — a person who is filed more than once, or is taken for another:

    * ``exact_duplicate``: the same form under a second reference.
    * ``equal_id``: the same person, programme and national id; name, mobile and address are typed anew.
    * ``fuzzy_duplicate``: the same person with nothing equal on the id (another kind of number, or a digit
      mistyped) and a respelt name; birth date and a parent or the mobile still agree.
    * ``vague_duplicate`` (assumed): the same person; only name and birth date are left to tell.
    * ``borrowed_id`` (assumed): somebody else under the national id of an applicant.
    * ``cross_programme``: the same person in another programme.
    * ``twin``, ``sibling``, ``spouse`` (assumed): another person of the family applies for the same programme.

    Content — what is wrong in a form:

    * ``ccds_gap``: a field of the CCDS is missing or malformed, and no policy lets that pass.
    * ``not_allowed`` (assumed): a programme that the source may not send.
    * ``age_failure``: under or over the programme's age, of programmes with an age.
    * ``unfit``: another criterion is openly not met.
    * ``unanswered`` (assumed): questions of the proxy means test are left out.
    * ``undeclared`` (assumed): a declaration that a criterion needs is left out.
    * ``pretended``: does not qualify, and the form hides it.

    Life — of people: ``deceased``; ``wrong_birth_date`` on the national id; ``first_january`` (assumed): of the birth
    year only is known; ``shared_mobile``: one mobile number for a household; ``wallet_missing``,
    ``wallet_mismatch`` (the SIM is another's), ``wallet_dormant`` (never activated), ``wallet_shared`` (assumed: a
    wife's allowance goes to her husband's wallet).

    Delivery (all assumed) — extra records, as a share of applications: ``resend``, ``conflict``, ``late``,
    ``amendment``, ``unreadable``.
    """

    name: str
    exact_duplicate: float
    equal_id: float
    fuzzy_duplicate: float
    vague_duplicate: float
    borrowed_id: float
    cross_programme: float
    twin: float
    sibling: float
    spouse: float
    ccds_gap: float
    not_allowed: float
    age_failure: float
    unfit: float
    unanswered: float
    undeclared: float
    pretended: float
    deceased: float
    wrong_birth_date: float
    first_january: float
    shared_mobile: float
    wallet_missing: float
    wallet_mismatch: float
    wallet_dormant: float
    wallet_shared: float
    resend: float
    conflict: float
    late: float
    amendment: float
    unreadable: float

    def __post_init__(self) -> None:
        """Raises ``RateOutOfRange`` for a rate outside 0 … 1."""
        for field in fields(self):
            rate = getattr(self, field.name)
            if field.name != "name" and not 0 <= rate <= 1:
                raise RateOutOfRange(self.name, field.name, rate)


MATURE = Scenario(
    name="mature",
    exact_duplicate=0.010,
    equal_id=0.005,  # with exact_duplicate: "exact duplicates 1–2 %"
    fuzzy_duplicate=0.025,
    vague_duplicate=0.005,  # with fuzzy_duplicate: "fuzzy 2–4 %"
    borrowed_id=0.004,
    cross_programme=0.040,
    twin=0.004,
    sibling=0.006,
    spouse=0.010,
    ccds_gap=0.065,
    not_allowed=0.003,
    age_failure=0.060,
    unfit=0.030,
    unanswered=0.025,
    undeclared=0.015,
    pretended=0.100,
    deceased=0.015,
    wrong_birth_date=0.030,
    first_january=0.120,
    shared_mobile=0.050,
    wallet_missing=0.030,
    wallet_mismatch=0.010,  # with wallet_missing: "wallet mismatch or none 3–5 %"
    wallet_dormant=0.030,
    wallet_shared=0.010,
    resend=0.010,
    conflict=0.004,
    late=0.004,
    amendment=0.010,
    unreadable=0.004,
)
"""A feed as it could be: the assumed rates of domain.md §6, last paragraph."""

BAD_2020 = Scenario(
    name="bad-2020",
    exact_duplicate=0.020,
    equal_id=0.015,
    fuzzy_duplicate=0.020,
    vague_duplicate=0.005,  # these four: registered more than once, 6 % of 50 lakh (bmirror.net)
    borrowed_id=0.010,
    cross_programme=0.060,
    twin=0.004,
    sibling=0.006,
    spouse=0.010,
    ccds_gap=0.120,
    not_allowed=0.005,
    age_failure=0.068,  # under age at the national-id check (Kendua, bd-pratidin.com)
    unfit=0.050,
    unanswered=0.050,
    undeclared=0.030,
    pretended=0.300,  # ineligible: 30 % old age, 33 % widow (Prothom Alo, CPD)
    deceased=0.030,
    wrong_birth_date=0.160,  # bmirror.net
    first_january=0.180,
    shared_mobile=0.160,  # repeated phone number (tritiyomatra.com)
    wallet_missing=0.030,  # no wallet, Pangsha (sokalersomoy.online)
    wallet_mismatch=0.166,  # mobile not registered to the national id (bmirror.net)
    wallet_dormant=0.126,  # wallet never activated (TBS)
    wallet_shared=0.030,
    resend=0.020,
    conflict=0.010,
    late=0.008,
    amendment=0.020,
    unreadable=0.010,
)
"""The cash list of 2020 as the newspapers reported it; assumed where they did not."""

SCENARIOS = {scenario.name: scenario for scenario in (MATURE, BAD_2020)}
