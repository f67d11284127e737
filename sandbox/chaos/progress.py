"""What is shown while a run goes on: one line that is always true, and a line for each change of phase."""

from collections.abc import Mapping
from time import monotonic

from rich.console import Console
from rich.live import Live
from rich.text import Text

from sandbox.chaos.tally import Tally

EVERY_S = 15.0
"""Where nobody looks at a terminal, a line is written this often."""


class Progress:
    """A context manager; ``show`` is called a few times a second."""

    def __init__(self, console: Console, tally: Tally, expected: int) -> None:
        self._console, self._tally, self._expected = console, tally, expected
        self._live = Live(console=console, refresh_per_second=4, transient=True, auto_refresh=False)
        self._told_at = monotonic()

    def __enter__(self) -> "Progress":
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(self, *ended: object) -> None:
        self._live.stop()

    def phase(self, sentence: str) -> None:
        """Say what happens now."""
        self._console.print(sentence)

    def show(self, sent: int, behind: Mapping[str, int]) -> None:
        """Bring the line up to date. ``behind`` is by group."""
        tally = self._tally
        left = " ".join(f"{group.removeprefix('dsr-')} {count:,}" for group, count in behind.items() if count)
        now = "; ".join(f"{who}: {what}" for who, what in sorted(tally.now.items()))
        minutes, seconds = divmod(int(tally.at_s), 60)
        line = (
            f"{minutes}:{seconds:02}  sent {sent:,} of {self._expected:,}  kills {len(tally.kills)}  "
            f"behind: {left or 'nobody'}  now: {now or 'peace'}"
        )
        if self._console.is_terminal:
            self._live.update(Text(line, no_wrap=True, overflow="ellipsis"), refresh=True)
        elif monotonic() - self._told_at > EVERY_S:
            self._told_at = monotonic()
            self._console.print(line, markup=False, highlight=False, soft_wrap=True)
