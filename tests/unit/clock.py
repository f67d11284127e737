"""A clock of a test's own: apart from what it serves, which so does not refer to itself."""


class Clock:
    """Gives µs since 1970 UTC, and goes on by one whenever it is looked at."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        self.now += 1
        return self.now
