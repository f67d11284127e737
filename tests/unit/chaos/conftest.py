"""The policy that ships, read once."""

import pytest

from shared.policy import Policy
from tests.shipped import shipped_policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy that ships."""
    return shipped_policy()
