"""What ships with the services, read once for all tests: nobody can change it."""

from functools import cache
from pathlib import Path

from shared.policy import Policy, load_policy

POLICY_FOLDER = Path(__file__).parents[1] / "deploy" / "policy"


@cache
def shipped_policy() -> Policy:
    """The policy that ships."""
    return load_policy(POLICY_FOLDER)
