"""A feed of a thousand applications and a thousand families, made once: one whole block of what is planted."""

from datetime import date

import pytest

from sandbox.ministries.feed import Feed, Submission
from sandbox.population.catalogue import Catalogue
from sandbox.population.families import Families, Family
from sandbox.population.scenario import MATURE
from shared.policy import Policy
from tests.shipped import shipped_policy

TODAY = date(2026, 11, 22)


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy that ships."""
    return shipped_policy()


@pytest.fixture(scope="session")
def submissions(policy: Policy) -> list[Submission]:
    """The records of a mature feed in the order in which they are sent."""
    return list(Feed(3, MATURE, policy, TODAY, 1_000))


@pytest.fixture(scope="session")
def families(policy: Policy) -> list[Family]:
    """A thousand families of a mature population."""
    made = Families(11, MATURE, Catalogue.of(policy), TODAY)
    return [made.at(number) for number in range(1_000)]
