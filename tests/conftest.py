"""What every test has: asyncio under pytest's anyio plugin."""

import pytest


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Tests marked ``anyio`` run on asyncio, which the services use; session-wide, so session fixtures can be async."""
    return "asyncio"
