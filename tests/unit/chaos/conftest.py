"""The policy that ships, read once."""

from pathlib import Path

import pytest

from shared.policy import Policy, load_policy


@pytest.fixture(scope="session")
def policy() -> Policy:
    """The policy that ships."""
    return load_policy(Path(__file__).parents[3] / "deploy" / "policy")
